"""A seat is driven from another computer with a real VNC client: the alert, its speed, and the proof afterwards."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.codec import read_batch, read_envelope
from jiankao_proto.observations import ConnectionOpened, Direction, InjectedInput, ProcessStarted
from jiankao_proto.records import AlertChanged, EnvelopeAdmitted
from tests.support.exam_room import Collector, ExamRoom, until

WITHIN_US = 2_000_000
SECRET_WORD = "zhouyiliu"


def alert(collector: Collector, seat: str, kind: str) -> dict[str, Any] | None:
    """Return the latest state of a seat's alert of a kind."""
    return next((a for a in collector.alerts() if (a["seat"], a["kind"]) == (seat, kind)), None)


def drive(room: ExamRoom, port: int = 5900) -> None:
    seat = room.seats["01"]
    room.drive(seat, "move", "300", "300", "click", "1", "type", SECRET_WORD, port=port)
    room.drive(seat, "move", "500", "200", "click", "1", "move", "40", "60", port=port)


def first_seen_us(collector: Collector, wanted: type, **fields: object) -> int:
    """Return when a workstation first observed something (its own clock, which is this machine's)."""
    reader = EvidenceLogReader(collector.data / "evidence.sqlite")
    try:
        for record in reader.of_kinds(("envelope_admitted",)):
            assert isinstance(record.body, EnvelopeAdmitted)
            for observation in read_batch(read_envelope(record.body.envelope)[1]).observations:
                fact = observation.fact
                if isinstance(fact, wanted) and all(
                    getattr(fact, n) == v for n, v in fields.items()
                ):
                    return observation.wall_clock_us
    finally:
        reader.close()
    raise AssertionError(f"no {wanted.__name__} with {fields} in the log")


def first_recorded_us(collector: Collector, seat: str, kind: str, saying: str = "") -> int:
    """Return when the first revision of an alert that says something was committed."""
    reader = EvidenceLogReader(collector.data / "evidence.sqlite")
    try:
        for record in reader.of_kinds(("alert_changed",)):
            body = record.body
            assert isinstance(body, AlertChanged)
            said = " ".join(f.reason_en for f in body.findings)
            if (body.seat, body.kind) == (seat, kind) and saying in said:
                return record.recorded_at_us
    finally:
        reader.close()
    raise AssertionError(f"no alert {kind} of seat {seat} saying {saying!r}")


def assert_proven(collector: Collector) -> None:
    """What was recorded is intact, and a replay gives the same alerts."""
    verified = collector.audit("verify", "--json")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    replayed = collector.audit("replay", "--json")
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr


def test_a_driven_seat_alerts_within_two_seconds_and_the_other_does_not(
    room: ExamRoom, capsys: pytest.CaptureFixture[str]
) -> None:
    seat, collector = room.seats["01"], room.collector
    seat.start_vnc()
    drive(room)

    named = until("the software alert", lambda: alert(collector, "01", "remote_control"))
    injected = until("the input alert", lambda: alert(collector, "01", "injected_input"))
    until(
        "the session",
        lambda: (alert(collector, "01", "remote_control") or {})["severity"] == "critical",
    )

    assert "x11vnc" in json.dumps(named["reasons"])
    assert named["record_numbers"]
    assert injected["record_numbers"]
    delays = {
        "software": first_recorded_us(collector, "01", "remote_control", "x11vnc")
        - first_started_us(collector, "x11vnc"),
        "injected input": first_recorded_us(collector, "01", "injected_input")
        - first_seen_us(collector, InjectedInput),
        "session": first_recorded_us(collector, "01", "remote_control", room.solver.address)
        - first_seen_us(collector, ConnectionOpened, direction=Direction.INBOUND),
    }
    with capsys.disabled():
        shown = {name: delay // 1000 for name, delay in delays.items()}
        sys.stdout.write(f"\nfrom first sign to recorded alert (ms): {shown}\n")
    assert all(delay <= WITHIN_US for delay in delays.values()), delays
    assert [a for a in collector.alerts() if a["seat"] == "02"] == []
    assert_proven(collector)


def first_started_us(collector: Collector, name: str) -> int:
    """Return when a program was started, as the kernel says."""
    reader = EvidenceLogReader(collector.data / "evidence.sqlite")
    try:
        for record in reader.of_kinds(("envelope_admitted",)):
            assert isinstance(record.body, EnvelopeAdmitted)
            for observation in read_batch(read_envelope(record.body.envelope)[1]).observations:
                fact = observation.fact
                if isinstance(fact, ProcessStarted) and fact.process.name == name:
                    return fact.process.started_at_us
    finally:
        reader.close()
    raise AssertionError(f"no process {name} in the log")


@pytest.mark.parametrize("port", [5900, 7789])
def test_a_renamed_tool_alerts_by_what_it_does(room: ExamRoom, tmp_path: Path, port: int) -> None:
    seat, collector = room.seats["01"], room.collector
    renamed = tmp_path / "notepad"
    shutil.copy(shutil.which("x11vnc") or "", renamed)
    seat.start_vnc(renamed, port)
    drive(room, port)

    control = until("the behaviour alert", lambda: alert(collector, "01", "remote_control"))
    until("the input alert", lambda: alert(collector, "01", "injected_input"))

    said = json.dumps(control["reasons"])
    assert "notepad" in said
    assert room.solver.address in said or str(port) in said
    assert [a for a in collector.alerts() if a["seat"] == "02"] == []
    assert_proven(collector)


def test_a_seat_that_is_only_looked_at_alerts_by_what_is_done(
    room: ExamRoom, tmp_path: Path
) -> None:
    seat, collector = room.seats["01"], room.collector
    renamed = tmp_path / "notepad"
    shutil.copy(shutil.which("x11vnc") or "", renamed)
    seat.start_vnc(renamed, 7789)
    room.drive(seat, "pause", "8", port=7789)

    control = until("the viewer's alert", lambda: alert(collector, "01", "remote_control"))
    said = json.dumps(control["reasons"])
    assert "notepad keeps reading all of it" in said
    assert room.solver.address in said
    assert alert(collector, "01", "injected_input") is None
    assert [a for a in collector.alerts() if a["seat"] == "02"] == []
    assert_proven(collector)


def test_nothing_that_was_typed_is_anywhere(room: ExamRoom) -> None:
    seat, collector = room.seats["01"], room.collector
    seat.start_vnc()
    drive(room)
    until("the input alert", lambda: alert(collector, "01", "injected_input"))
    assert seat.agent is not None
    seat.agent.stop()

    kept = [p for root in (collector.data, seat.state) for p in root.rglob("*") if p.is_file()]
    word, backwards = SECRET_WORD.encode(), SECRET_WORD[::-1].encode()
    for path in [*kept, seat.log]:
        data = path.read_bytes()
        assert word not in data, f"{path} holds what was typed"
        assert backwards not in data, f"{path} holds what was typed, backwards"
