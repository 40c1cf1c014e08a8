"""`jiankao-audit alerts`: the latest revision of each alert, for people and for machines."""

import json
from pathlib import Path

import pytest

from jiankao_collector.audit.__main__ import ALTERED, INTACT, main
from jiankao_collector.audit.layout import iso, safe, table, width
from jiankao_proto.ids import AlertId
from jiankao_proto.records import AlertAcknowledged
from tests.support.audit_logs import alert, finding
from tests.support.damage import copy_of, run_sql
from tests.support.logs import LogBuilder


def test_json_is_one_object_a_line_and_complete(
    every_kind: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alerts", str(every_kind), "--json"]) == INTACT
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    findings = found.pop("findings")
    reason = {
        "zh": "发现远程控制软件 x11vnc 正在运行",
        "en": "The remote-control program x11vnc is running",
    }
    assert found == {
        "alert_id": "a-1",
        "revision": 2,
        "record_number": 15,
        "room": "101",
        "seat": "07",
        "workstation": "w-one",
        "exam_session": "2026-09-21-am",
        "kind": "remote_control",
        "severity": "critical",
        "score": 95,
        "first_time": "2026-09-21T14:13:29.000000Z",
        "last_time": "2026-09-21T14:13:32.345678Z",
        "over": False,
        "lowered": False,
        "prior_decibans": None,
        "reasons": [reason, reason],
        "record_numbers": [12, 14],
        "acknowledgements": [
            {
                "record_number": 16,
                "time": "2026-09-21T14:13:33.000000Z",
                "user": "proctor",
                "note": "已到座位查看",
            }
        ],
        "ruling": None,
    }
    assert [f["record_numbers"] for f in findings] == [[12], [14, 12]]
    assert findings[0] | {"record_numbers": 0} == {
        "detector": "known_software",
        "kind": "remote_tool",
        "family": "software",
        "subject": "x11vnc",
        "points": 60,
        "adds_decibans": 0.0,
        "reason": reason,
        "first_time": "2026-09-21T14:13:29.000000Z",
        "last_time": "2026-09-21T14:13:29.500000Z",
        "count": 1,
        "record_numbers": 0,
    }


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", ["远程控制", "严重", "发现远程控制软件 x11vnc 正在运行", "进行中", "已到座位查看"]),
        ("en", ["remote control", "critical", "The remote-control program", "going on", "proctor"]),
    ],
)
def test_the_table(
    every_kind: Path, capsys: pytest.CaptureFixture[str], language: str, expected: list[str]
) -> None:
    assert main(["alerts", str(every_kind), "--language", language]) == INTACT
    out = capsys.readouterr().out
    assert [word for word in expected if word not in out] == []
    heading, row = out.splitlines()[:2]
    last = "已查看" if language == "zh" else "SEEN BY"
    assert width(heading[: heading.index(last)]) == width(row[: row.index("proctor")])


def test_a_log_without_alerts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with LogBuilder(tmp_path):
        pass
    assert main(["alerts", str(tmp_path), "--language", "en"]) == INTACT
    assert capsys.readouterr().out == "The log holds no alerts.\n"
    assert main(["alerts", str(tmp_path), "--json"]) == INTACT
    assert not capsys.readouterr().out


def test_text_from_outside_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with LogBuilder(tmp_path) as log:
        log.append(alert("w-one", 1, 60, finding()))
        log.append(AlertAcknowledged(AlertId("a-1"), "\x1b[2Jroot", "fine\r\x1b[1A\u202egone"))
    assert main(["alerts", str(tmp_path)]) == INTACT
    out = capsys.readouterr().out
    assert "gone" in out
    assert not {"\x1b", "\r", "\u202e"} & set(out)


def test_a_record_that_cannot_be_read_is_named(
    every_kind: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = copy_of(every_kind, tmp_path)
    run_sql(data, "UPDATE records SET content = x'ffff' WHERE number = 9")
    assert main(["alerts", str(data)]) == ALTERED
    assert capsys.readouterr().err == (
        "jiankao-audit: record 9: record: 2 bytes that are not one; run jiankao-audit verify\n"
    )


def test_layout() -> None:
    assert table([("座位", "x"), ("a", "y")]) == ["座位  x", "a     y"]
    assert table([]) == []
    assert safe("a" * 300, 10) == "a" * 9 + "…"
    assert safe("a" * 10, 10) == "a" * 10
    assert iso(0) == "1970-01-01T00:00:00.000000Z"
    assert iso(-1) == "1969-12-31T23:59:59.999999Z"
    assert iso(2**63 - 1) == f"{2**63 - 1}us"
