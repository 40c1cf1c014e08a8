"""Every text in both languages, and no text anywhere else."""

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest

import jiankao_collector.console
from jiankao_collector.console.access import Role
from jiankao_collector.console.wording import (
    CATALOGUE,
    Language,
    Words,
    language_accepted,
    language_of,
)
from jiankao_collector.console.words_of_pages import WORDS_OF_PAGES
from jiankao_collector.console.words_of_records import WORDS_OF_RECORDS
from jiankao_collector.console.words_of_rulings import WORDS_OF_RULINGS
from jiankao_collector.detectors.base import AlertKind
from jiankao_collector.rulings import Bearing, RulingState
from jiankao_collector.scoring.seats import SeatState
from jiankao_proto import observations
from jiankao_proto.records import RefusalReason, Ruling, Severity

CONSOLE = Path(jiankao_collector.console.__file__).parent
TEMPLATES = sorted((CONSOLE / "templates").glob("*.html"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# The switch names the language it leads to.
SWITCH = {"language.switch", "language.label"}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name and name != "s"}


@pytest.mark.parametrize("key", CATALOGUE)
def test_a_text_says_the_same_in_both_languages(key: str) -> None:
    chinese, english = CATALOGUE[key]
    assert chinese.strip() == chinese != ""
    assert english.strip() == english != ""
    assert places(chinese) == places(english)
    if key not in SWITCH:
        assert not CHINESE.search(english)
        assert CHINESE.search(chinese)


def test_no_key_is_there_twice() -> None:
    assert len(CATALOGUE) == sum(map(len, (WORDS_OF_PAGES, WORDS_OF_RECORDS, WORDS_OF_RULINGS)))


def test_every_value_that_can_be_shown_has_a_word() -> None:
    groups: dict[str, Iterable[str]] = {
        "state": SeatState,
        "state_means": SeatState,
        "role": Role,
        "kind": AlertKind,
        "health": [h.name for h in observations.Health],
        "severity": [str(s.value) for s in Severity],
        "refusal": [r.name for r in RefusalReason],
        "logon": [k.name for k in observations.SessionKind],
        "method": [m.name for m in observations.InjectionMethod],
        "change": [c.name for c in observations.Change],
        "window": [k.name for k in observations.WindowFindingKind],
        "ruling": [r.name for r in Ruling],
        "ruling_state": RulingState,
        "ruling_badge": RulingState,
        "bearing": set(Bearing) - {Bearing.COUNTS},
        "stage": [s.name for s in observations.LifecycleStage],
    }
    missing = [f"{group}.{v.lower()}" for group, values in groups.items() for v in values]
    assert [key for key in missing if key not in CATALOGUE] == []


class _Literals(HTMLParser):
    """Collects what a template says by itself: text, and attributes that people read or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        readable = {"title", "placeholder", "alt", "aria-label"}
        self.found += [value or "" for name, value in attrs if name in readable]
        self.found += [v or "" for n, v in attrs if n == "value" and tag == "button"]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def literals(template: str) -> list[str]:
    """What is left of a template's words when everything Jinja fills in is gone."""
    plain = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", template, flags=re.DOTALL)
    reader = _Literals()
    reader.feed(plain)
    reader.close()
    return [text.strip() for text in reader.found if re.search(r"[^\W\d_]", text)]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.name)
def test_a_template_has_no_words_of_its_own(template: Path) -> None:
    assert literals(template.read_text("utf-8")) == []


def test_the_search_for_words_would_find_some() -> None:
    assert literals('<p title="Hello">{{ w("x") }} 你好</p>') == ["Hello", "你好"]


def test_a_template_names_only_texts_that_exist() -> None:
    named = {
        key
        for path in TEMPLATES
        for key in re.findall(r'\bw\("([^"]+)"(?! [~+])', path.read_text("utf-8"))
    }
    assert len(named) > 50
    assert {key for key in named if key not in CATALOGUE} == set()


def test_script_and_style_have_no_words() -> None:
    for name in ("console.js", "console.css"):
        assert not CHINESE.search((CONSOLE / "static" / name).read_text("utf-8"))


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-US,en;q=0.9", "en"),
        ("de,en;q=0.5,zh;q=0.4", "en"),
        ("zh-Hant-TW", "zh-CN"),
        ("en;q=0, zh;q=0.1", "zh-CN"),
        ("fr", ""),
        ("", ""),
        ("en;q=garbage", ""),
        (";;;,,,q=", ""),
    ],
)
def test_the_browser_is_asked_what_it_likes(header: str, language: str) -> None:
    assert language_accepted(header) == language


def test_chinese_when_nobody_says_otherwise() -> None:
    assert language_of("", "tlh", "") is Language.CHINESE
    assert language_of("", "en", "zh-CN") is Language.ENGLISH


def test_plurals_and_unknown_names() -> None:
    english = Words(Language.ENGLISH)
    assert english("alert.records", n=1) == "rests on 1 record"
    assert english("alert.records", n=2) == "rests on 2 records"
    assert english.name("sensor", "processes") == "Programs"
    assert english.name("sensor", "a-new-one") == "a-new-one"
    assert english.either("中文", "") == "中文"
