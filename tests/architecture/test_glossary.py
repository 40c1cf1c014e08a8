"""The glossary's words are the console's words: what a proctor reads and what we say are one."""

import re

from jiankao_collector.console.words_of_pages import WORDS_OF_PAGES
from jiankao_collector.scoring.seats import SeatState
from tests.support.source_tree import ROOT


def test_seat_states_are_called_what_the_console_calls_them() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    table = glossary.split("| State | 中文 | |\n|---|---|---|\n")[1]
    said = re.findall(r"^\| (.+?) \| (.+?) \|", table, re.MULTILINE)
    console = [WORDS_OF_PAGES[f"state.{state.value}"] for state in SeatState]
    assert sorted((zh, en) for en, zh in said) == sorted(console)
