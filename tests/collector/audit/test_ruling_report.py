"""What `jiankao-audit alerts` tells of rulings; `verify` and `replay` take their records as any other."""

import json
from pathlib import Path

import pytest

from jiankao_collector.audit.__main__ import INTACT, main
from jiankao_collector.audit.ruling_report import RULINGS, STATES
from jiankao_collector.audit.wording import Language
from jiankao_collector.rulings import RulingState
from jiankao_proto.ids import AlertId
from jiankao_proto.records import AlertRuled, Ruling
from tests.support.audit_logs import alert, finding
from tests.support.logs import LogBuilder


def says(user: str, ruling: Ruling = Ruling.UNFOUNDED, reason: str = "网线松动") -> AlertRuled:
    return AlertRuled(AlertId("a-1"), 1, ruling, user, reason)


def build(data: Path, *rulings: AlertRuled) -> str:
    """Write a log with one alert and what was ruled on it; return where."""
    with LogBuilder(data) as log:
        log.append(alert("w-one", 1, 60, finding()), *rulings)
    return str(data)


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = build(tmp_path, says("li.na"), says("wang", Ruling.CONFIRMED, "鼠标自己在动"))
    assert main(["alerts", data, "--json"]) == INTACT
    (line,) = capsys.readouterr().out.splitlines()
    ruling = json.loads(line)["ruling"]
    assert {**ruling, "said": len(ruling["said"])} == {
        "state": "disputed",
        "ruling": None,
        "by_one_person": False,
        "said": 2,
    }
    assert ruling["said"][1] == {
        "record_number": 3,
        "time": ruling["said"][0]["time"],
        "user": "wang",
        "ruling": "confirmed",
        "revision": 1,
        "reason": "鼠标自己在动",
        "bearing": "counts",
    }


@pytest.mark.parametrize(
    ("rulings", "language", "expected"),
    [
        (
            (says("li.na"),),
            "zh",
            ["不属实（仅一人）", "只有一人认定，未生效", "li.na 认定“不属实”", "网线松动", "的 1 条（a-1）"],
        ),
        (
            (says("li.na"),),
            "en",
            ["unfounded (one person)", "by one person only", "li.na: unfounded", "person only: 1 (a-1)"],
        ),
        (
            (says("li.na"), says("wang")),
            "en",
            ["unfounded: two people, in force", "1 in force; ruled by one person only: 0."],
        ),
        ((says("li.na"), says("wang", Ruling.CONFIRMED)), "zh", ["意见不一"]),
        (
            (says("li.na"), says("li.na", Ruling.CONFIRMED)),
            "en",
            ["(changed by the same person later)", "confirmed (one person)"],
        ),
    ],
)  # fmt: skip
def test_the_table(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rulings: tuple[AlertRuled, ...],
    language: str,
    expected: list[str],
) -> None:
    data = build(tmp_path, *rulings)
    assert main(["alerts", data, "--language", language]) == INTACT
    out = capsys.readouterr().out
    assert [text for text in expected if text not in out] == []
    assert main(["verify", data, "--language", language]) == INTACT


def test_a_reason_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = build(tmp_path, says("\x1b[2Jroot", reason="fine\r\x1b[1A\u202egone"))
    assert main(["alerts", data]) == INTACT
    out = capsys.readouterr().out
    assert "gone" in out
    assert not {"\x1b", "\r", "\u202e"} & set(out)


def test_every_ruling_and_state_has_its_words() -> None:
    assert set(RULINGS) == set(Ruling)
    assert set(STATES) == set(RulingState)
    assert all(text[language] for text in STATES.values() for language in Language)
