"""Renews what the readmes show of `jiankao-agent doctor`: on a computer with a desktop, and without one.

Run as root (`make doctor-output`): each run is on a host of its own, so that nothing of this machine shows.
"""

import subprocess
import sys
from pathlib import Path

from tests.support.exam_room import BIN
from tests.support.hosts import Host, switch, why_not

ROOT = Path(__file__).parents[2]
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}
BEGIN, END = "<!-- doctor: filled from `make doctor-output` -->", "<!-- /doctor -->"
_TITLES = {
    "en": ("With a desktop:", "Without one:"),
    "zh": ("有图形桌面时：", "没有图形桌面时："),
}
_HIDDEN = ("DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE")


def _doctor(host: Host, language: str) -> str:
    without = [word for name in _HIDDEN for word in ("-u", name)]
    shown = [f"{name}={value}" for name, value in host.environment.items()]
    done = host.run(
        "env", *without, *shown, BIN / "jiankao-agent", "doctor", "--language", language
    )
    assert not done.stderr, done.stderr
    return done.stdout


def blocks() -> dict[str, str]:
    """Return the block of each readme's language, as the command prints it now."""
    with switch() as plugs:
        bare, desk = plugs.host("bare"), plugs.host("desk")
        server = desk.start(
            *("Xvfb", ":8", "-nolock", "-displayfd", "1", "-nolisten", "tcp"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        with server:
            assert server.process.stdout is not None
            assert server.process.stdout.readline() == "8\n"
            desk.environment["DISPLAY"] = ":8"
            return {
                language: _block(language, _doctor(desk, language), _doctor(bare, language))
                for language in READMES
            }


def _block(language: str, desk: str, bare: str) -> str:
    command = f"$ jiankao-agent doctor{' --language zh' if language == 'zh' else ''}\n"
    parts = [
        f"{title}\n\n```text\n{command}{text}```\n"
        for title, text in zip(_TITLES[language], (desk, bare), strict=True)
    ]
    return f"{BEGIN}\n" + "\n".join(parts) + END


def shown_in(text: str) -> str:
    """Return the block that a readme has."""
    return text[text.index(BEGIN) : text.index(END) + len(END)]


def main() -> None:
    """Write the blocks into the readmes."""
    if reason := why_not():
        sys.exit(reason)
    for language, block in blocks().items():
        text = READMES[language].read_text(encoding="utf-8")
        READMES[language].write_text(text.replace(shown_in(text), block), encoding="utf-8")


if __name__ == "__main__":
    main()
