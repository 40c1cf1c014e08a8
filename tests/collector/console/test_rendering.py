"""What comes from candidates' machines cannot hide, reorder or run."""

import pytest
from markupsafe import Markup

from jiankao_collector.console.rendering import element_id, since, time_of_day, timestamp, visible
from jiankao_collector.console.wording import Language, Words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("chrome.exe", "chrome.exe"),
        ("微信 WeChat", "微信 WeChat"),
        ("برنامج", "برنامج"),
        ("ann\u202egpj.exe", "ann⟨U+202E⟩gpj.exe"),
        ("\u2066x\u2069", "⟨U+2066⟩x⟨U+2069⟩"),
        ("to\u200bdesk", "to⟨U+200B⟩desk"),
        ("a\x00b\x1b[31m", "a⟨U+0000⟩b⟨U+001B⟩[31m"),
        ("one\ntwo", "one\ntwo"),
    ],
)
def test_hidden_characters_are_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_long_texts_are_cut_with_a_mark() -> None:
    assert str(visible("x" * 5000)).endswith("x…")
    assert len(str(visible("x" * 5000))) == 4001


def test_markup_and_numbers_pass() -> None:
    assert visible(Markup("<b>\u202e</b>")) == Markup("<b>\u202e</b>")
    assert visible(7) == 7


def test_ids_are_safe_and_their_own() -> None:
    assert element_id("seat", '"><script>', "1").replace("-", "").isalnum()
    assert element_id("seat", "a", "bc") != element_id("seat", "ab", "c")


def test_time_is_told_in_words() -> None:
    words = Words(Language.ENGLISH)
    told = [since(words, 0, seconds * 1_000_000) for seconds in (0, 59, 60, 3599, 3600, 7380)]
    assert told == ["0 s", "59 s", "1 min", "59 min", "1 h 0 min", "2 h 3 min"]
    assert since(words, 5_000_000, 0) == "0 s"


@pytest.mark.parametrize("at_us", [-1, 0, 2**63 - 1])
def test_no_time_in_a_record_breaks_a_page(at_us: int) -> None:
    assert time_of_day(at_us).count(":") == 2
    assert timestamp(at_us)
