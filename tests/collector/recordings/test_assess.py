"""`jiankao-audit assess` from a file to alerts: other people's recordings, run through our judgement."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jiankao_collector.audit.__main__ import INTACT, UNREADABLE, main
from tests.support.recorded import (
    connected,
    evtx_dump,
    security,
    started,
    sysmon,
    time_of,
    winlogbeat,
    written,
)

BROWSER = r"C:\Program Files\Browser\browser.exe"
QUIET = [
    started(BROWSER, 0, pid=900),
    connected(BROWSER, "203.0.113.80:443", 1, pid=900),
    sysmon(
        22, 2, ProcessId="900", Image=BROWSER, QueryName="exam.example", QueryResults="10.0.0.5;"
    ),
    security(
        4624, 3, LogonType="3", IpAddress="10.1.0.20", TargetUserName="print$", TargetLogonId="0x7"
    ),
    sysmon(5, 90, ProcessId="900", Image=BROWSER),
]
"""A seat where nothing happens: a browser, and a print server that looks in over the network."""


def assessed(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    """Run the command and return its JSON."""
    assert main(["assess", str(path), "--json", *options]) == INTACT
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def tools(found: dict[str, Any]) -> set[str]:
    return {
        finding["subject"]
        for alert in found["alerts"]
        for finding in alert["findings"]
        if finding["detector"] == "known_software"
    }


@pytest.mark.parametrize(
    ("image", "more", "tool"),
    [
        (r"C:\Program Files (x86)\AnyDesk\AnyDesk.exe", {}, "anydesk"),
        (
            r"C:\Users\c\Downloads\exam helper.exe",
            {"OriginalFileName": "AnyDesk.exe", "Company": "AnyDesk Software GmbH"},
            "anydesk",
        ),
        (r"C:\Program Files\TeamViewer\TeamViewer_Desktop.exe", {}, "teamviewer"),
        (
            r"C:\Program Files (x86)\ScreenConnect Client (1f2e)\ScreenConnect.ClientService.exe",
            {
                "CommandLine": r'"C:\Program Files (x86)\ScreenConnect Client (1f2e)\ScreenConnect.ClientService.exe" '
                '"?e=Access&y=Guest&h=relay.example&p=443&s=1&k=BgIAAACkAABSU0Ex"'
            },
            "screenconnect",
        ),
        (r"C:\Program Files\ToDesk\ToDesk.exe", {}, "todesk"),
        (r"C:\Program Files\Oray\SunLogin\SunloginClient\SunloginClient.exe", {}, "awesun"),
        (
            r"C:\Program Files\RustDesk\rustdesk.exe",
            {"CommandLine": "rustdesk.exe --cm"},
            "rustdesk",
        ),
    ],
)
@pytest.mark.parametrize("shape", [dict, evtx_dump, winlogbeat])
def test_a_tool_that_starts_is_named(  # noqa: PLR0917 - two fixtures and what varies
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    image: str,
    more: dict[str, str],
    tool: str,
    shape: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    events = [*QUIET, {**started(image, 30), **more}, connected(image, "203.0.113.9:443", 31)]
    found = assessed(written(tmp_path / "seat.jsonl", map(shape, events)), capsys)
    assert tools(found) == {tool}
    (alert,) = found["alerts"]
    assert (alert["kind"], alert["seat"]) == ("remote_control", "seat-07.exam.local")
    assert alert["first_time"] == time_of(30).replace("Z", "000Z")
    (finding, *_) = alert["findings"]
    # The start, and the connection where it says through which relay.
    start, *connection = finding["lines"]
    assert start == len(QUIET) + 1
    assert connection in ([], [start + 1])
    assert finding["reason"]["zh"] != finding["reason"]["en"]


def test_a_quiet_seat_gives_no_alert(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = assessed(written(tmp_path / "seat.jsonl", QUIET), capsys)
    assert found["alerts"] == found["below_alert"] == []
    assert found["events_without_meaning"] == {"security 4624": 1}
    assert found["from"] == "evtx-json"
    assert found["from_guessed"] is True
    assert {entry["detector"] for entry in found["not_judged"]} >= {"silence", "injected_input"}


def test_a_remote_desktop_session_from_the_first_knock_to_the_logon(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [
        *QUIET,
        connected(
            r"C:\Windows\System32\svchost.exe",
            "10.1.0.66:49000",
            40,
            near="10.1.0.7:3389",
            inbound=True,
        ),
        security(
            4624, 41, LogonType="10", IpAddress="10.1.0.66", TargetUserName="c", TargetLogonId="0x9"
        ),
    ]
    found = assessed(written(tmp_path / "seat.jsonl", events), capsys)
    (alert,) = found["alerts"]
    assert {f["detector"] for f in alert["findings"]} == {"remote_desktop", "remote_session"}
    assert alert["severity"] == "critical"


def test_lines_in_any_order_and_several_computers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two logs one after the other: what each computer did is judged in the order in which it happened."""
    tool = r"C:\Program Files (x86)\AnyDesk\AnyDesk.exe"
    events = [
        sysmon(5, 60, ProcessId="4100", Image=tool, computer="seat-1"),
        started(tool, 30, computer="seat-1"),
        *QUIET,
        started(BROWSER, 5, computer="seat-2"),
    ]
    found = assessed(written(tmp_path / "seats.jsonl", events), capsys)
    (alert,) = found["alerts"]
    assert (alert["computer"], alert["over"]) == ("seat-1", True)
    assert alert["findings"][0]["lines"] == [1, 2]
    assert {c["computer"]: c["alerts"] for c in found["computers"]} == {
        "seat-1": 1,
        "seat-2": 0,
        "seat-07.exam.local": 0,
    }


def test_a_pause_begins_another_exam_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tool = r"C:\Program Files (x86)\AnyDesk\AnyDesk.exe"
    tomorrow = {**started(tool), "@timestamp": "2026-06-08T10:00:00Z"}
    found = assessed(written(tmp_path / "seat.jsonl", [started(tool), tomorrow]), capsys)
    assert found["exam_sessions"] == 2
    assert [alert["exam_session"] for alert in found["alerts"]] == ["recording-1", "recording-2"]


def observed(seconds: float, fact: dict[str, Any], seat: str = "7") -> dict[str, Any]:
    at = round(seconds * 1_000_000)
    line = {"wallClockUs": str(1_780_826_400_000_000 + at), "monotonicUs": str(at + 1), **fact}
    return {"workstation": f"w-{seat}", "room": "101", "seat": seat, "observation": line}


def test_our_own_observations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What only our agent sees is judged too: input made by a program, a sensor that cannot see, a clock set back."""
    injected = {
        "injectedInput": {
            "method": "INJECTION_METHOD_XTEST_DEVICE",
            "motionEvents": 40,
            "buttonEvents": 5,
        }
    }
    blind = {
        "sensorStateChanged": {"sensor": "input", "health": "HEALTH_UNAVAILABLE", "reason": "gone"}
    }
    lines = [
        observed(0, {"heartbeat": {}}),
        *(observed(10 + n, injected) for n in range(5)),
        observed(20, blind, "8"),
        observed(300, {"heartbeat": {}}, "8"),
    ]
    found = assessed(written(tmp_path / "room.jsonl", lines), capsys)
    assert found["from"] == "observations"
    assert {(a["room"], a["seat"], a["kind"]) for a in found["alerts"]} == {
        ("101", "7", "injected_input"),
        ("101", "8", "sensor"),
    }
    assert found["observations"] == {"Heartbeat": 2, "InjectedInput": 5, "SensorStateChanged": 1}


def test_a_policy_judges_connections(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        '[[allow]]\naddress = "10.0.0.5"\nport = 443\ndirection = "outbound"\nprogram = "*"\n'
    )
    path = written(tmp_path / "seat.jsonl", QUIET)
    found = assessed(path, capsys, "--policy", str(policy))
    assert [f["kind"] for f in found["below_alert"]] == ["outside_policy"]
    policy.write_text("[[allow]]\nport = 443\n")
    assert main(["assess", str(path), "--policy", str(policy)]) == UNREADABLE
    said = capsys.readouterr()
    assert said.out == ""
    assert "policy.toml, line 1" in said.err


def test_bad_lines_are_counted_and_the_first_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "seat.jsonl.gz"
    lines = ["not json", *(json.dumps(e) for e in QUIET), *['{"EventID": 1}'] * 30]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    found = assessed(path, capsys)
    assert (found["records"], found["bad_records"]) == (len(QUIET), 31)
    assert len(found["bad_lines"]) == 20
    assert [b["line"] for b in found["bad_lines"][:2]] == [1, len(QUIET) + 2]
    assert main(["assess", str(path), "--language", "zh"]) == INTACT
    shown = capsys.readouterr().out
    assert "31 条无法使用" in shown
    assert "第 1 行：not JSON" in shown


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file holds no records"),
        (b"\x00\x01\x02", "line 1: not JSON"),
        (b'{"hello": "world"}\n', "line 1: neither an observation nor a Windows event"),
        (b"[]", "the file holds no records"),
        (b"\x1f\x8b", "cannot be read any further"),
    ],
)
def test_nothing_usable_is_one_line_and_exit_code_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, why: str
) -> None:
    path = tmp_path / "seat.jsonl"
    path.write_bytes(content)
    assert main(["assess", str(path)]) == UNREADABLE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert why in said.err


@pytest.mark.parametrize("name", ["nowhere.jsonl", "."])
def test_a_file_that_cannot_be_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["assess", str(tmp_path / name)]) == UNREADABLE
    assert "the recording cannot be read" in capsys.readouterr().err


def test_the_format_that_was_asked_for_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "seat.jsonl", QUIET)
    assert assessed(path, capsys, "--from", "sysmon")["from_guessed"] is False
    assert main(["assess", str(path), "--from", "observations"]) == UNREADABLE
    assert "no usable record among 5; line 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("zh_CN.UTF-8", ["退出码", "--from", "--policy"]),
        ("C.UTF-8", ["exit codes", "--from", "--policy"]),
    ],
)
def test_help_in_both_languages(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    locale: str,
    words: list[str],
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    with pytest.raises(SystemExit) as stopped:
        main(["assess", "--help"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert [word for word in words if word not in shown] == []


def test_a_far_end_that_is_at_several_computers_is_an_alert_of_them_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    svchost = r"C:\Windows\System32\svchost.exe"
    events = [
        connected(
            svchost,
            "10.1.0.66:49000",
            n * 30,
            near=f"10.1.0.{n}:3389",
            inbound=True,
            computer=f"seat-{n}",
        )
        for n in (1, 2, 3)
    ]
    path = written(tmp_path / "room.jsonl", events)
    found = assessed(path, capsys)
    assert {a["computer"] for a in found["alerts"] if a["kind"] == "ring"} >= {None}
    assert main(["assess", str(path), "--language", "zh"]) == INTACT
    assert "全考场" in capsys.readouterr().out


@pytest.mark.parametrize(("room", "ring"), [("101", True), ("", False)])
def test_what_begins_at_the_same_moment_is_a_ring_in_a_named_room_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], room: str, *, ring: bool
) -> None:
    """A file may be merged from many places: nobody says that its computers stand side by side."""
    lines = [
        {
            "workstation": f"w-{n}",
            "room": room,
            "seat": str(n),
            "observation": {
                "wallClockUs": str(1_780_826_400_000_000 + n * 1_000_000),
                "monotonicUs": "1",
                "injectedInput": {"method": "INJECTION_METHOD_HOOK_FLAG", "keyEvents": 9},
            },
        }
        for n in range(1, 5)
    ]
    found = assessed(written(tmp_path / "room.jsonl", lines), capsys)
    kinds = [alert["kind"] for alert in found["alerts"]]
    assert sorted(kinds) == ["injected_input"] * 4 + ["ring"] * ring
