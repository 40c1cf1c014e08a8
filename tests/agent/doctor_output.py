"""Renews what the readmes show of `jiankao-agent doctor`: with a desktop, without one, and on Windows under Wine.

Run as root (`make doctor-output`): each run is on a host of its own, so that nothing of this machine shows.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.exam_room import BIN
from tests.support.hosts import Host, switch, why_not

ROOT = Path(__file__).parents[2]
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}
WINE_PYTHON = ROOT / "tests" / "windows" / "environment" / "wine-python"
_WITHIN_S = 120
BEGIN, END = "<!-- doctor: filled from `make doctor-output` -->", "<!-- /doctor -->"
WINDOWS_BEGIN = "<!-- doctor on Windows: filled from `make doctor-output` -->"
WINDOWS_END = "<!-- /doctor on Windows -->"
_WINDOWS_TITLES = {
    "en": "On Windows (under Wine, where it is tested):",
    "zh": "在 Windows 上（测试所用的 Wine 环境）：",
}
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
            *("Xvfb", ":8", "-nolock", "-noreset", "-displayfd", "1", "-nolisten", "tcp"),
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


def windows_blocks() -> dict[str, str]:
    """Return the block of each readme's language, as the command prints it under Wine now."""
    return {language: _windows_block(language) for language in READMES}


def _windows_block(language: str) -> str:
    done = subprocess.run(
        [WINE_PYTHON, "-m", "jiankao_agent", "doctor", "--language", language],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_WITHIN_S,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    part = _part(_WINDOWS_TITLES[language], language, done.stdout.replace("\r\n", "\n"))
    return f"{WINDOWS_BEGIN}\n{part}{WINDOWS_END}"


def _block(language: str, desk: str, bare: str) -> str:
    parts = [
        _part(title, language, text)
        for title, text in zip(_TITLES[language], (desk, bare), strict=True)
    ]
    return f"{BEGIN}\n" + "\n".join(parts) + END


def _part(title: str, language: str, text: str) -> str:
    command = f"$ jiankao-agent doctor{' --language zh' if language == 'zh' else ''}\n"
    return f"{title}\n\n```text\n{command}{text}```\n"


def shown_in(text: str, begin: str = BEGIN, end: str = END) -> str:
    """Return the block that a readme has."""
    return text[text.index(begin) : text.index(end) + len(end)]


def main() -> None:
    """Write the blocks into the readmes."""
    if reason := why_not():
        sys.exit(reason)
    for language, block in blocks().items():
        _renew(language, block, BEGIN, END)
    if "JIANKAO_WINE" in os.environ:
        for language, block in windows_blocks().items():
            _renew(language, block, WINDOWS_BEGIN, WINDOWS_END)


def _renew(language: str, block: str, begin: str, end: str) -> None:
    text = READMES[language].read_text(encoding="utf-8")
    READMES[language].write_text(text.replace(shown_in(text, begin, end), block), encoding="utf-8")


if __name__ == "__main__":
    main()
