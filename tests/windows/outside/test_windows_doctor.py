"""The readmes show what `jiankao-agent doctor` prints on Windows now."""

from tests.agent.doctor_output import (
    READMES,
    WINDOWS_BEGIN,
    WINDOWS_END,
    shown_in,
    windows_blocks,
)


def test_the_readmes_show_what_doctor_prints_on_windows() -> None:
    for language, block in windows_blocks().items():
        text = READMES[language].read_text(encoding="utf-8")
        shown = shown_in(text, WINDOWS_BEGIN, WINDOWS_END)
        assert shown == block, f"{READMES[language].name} is old: make doctor-output"
