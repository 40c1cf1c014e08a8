"""What is served while judging is behind: what records say by themselves, and how far judging has come."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from jiankao_collector.assessment import load_rules
from jiankao_collector.evidence_log.journal import Journal
from jiankao_collector.judging_again import JudgingAgain, Progress
from jiankao_collector.last_known import LastKnown
from jiankao_collector.live import Live
from jiankao_collector.scoring.seats import SeatState, SeatView
from jiankao_proto.batch import SensorHealth
from jiankao_proto.ids import ExamSessionId, WorkstationId
from jiankao_proto.observations import Health
from jiankao_proto.records import (
    AlertAcknowledged,
    AlertChanged,
    CollectorStarted,
    ExamSessionClosed,
    ExamSessionOpened,
    PolicyChanged,
    Record,
    RecordBody,
    RosterChanged,
    RosterEntry,
    StreamClosed,
    StreamOpened,
    WorkstationEnrolled,
)
from tests.support.audit_logs import alert, finding
from tests.support.logs import LogBuilder

SECOND = 1_000_000
EXAM, OTHER = ExamSessionId("exam"), ExamSessionId("other")
A, B = WorkstationId("w-a"), WorkstationId("w-b")
OPENED = ExamSessionOpened(EXAM, "theory", ("101",), b"", "chief")
UP = StreamOpened(A, "ipv4:10.1.0.9:1", "0.1.0", "boot", 0)
DOWN = StreamClosed(A, "gone")
STARTED = CollectorStarted("0.1.0")
DRIVEN: AlertChanged = replace(
    alert("a", 1, 92, finding(60, 5)), workstation_id=A, room="101", seat="01", exam_session_id=EXAM
)


def enrolled(workstation: WorkstationId, seat: str = "01") -> WorkstationEnrolled:
    return WorkstationEnrolled(workstation, b"", b"", b"", b"", "101", seat, f"pc-{seat}")


@dataclass
class Story:
    """Records a second apart."""

    known: LastKnown = field(default_factory=LastKnown)
    number: int = 0

    def tell(self, *bodies: RecordBody) -> "Story":
        """Append records."""
        for body in bodies:
            self.known.see(Record(self.number, b"", self.number * SECOND, body))
            self.number += 1
        return self

    def seat(self, after_s: float = 0.5) -> SeatView:
        """Return the only seat as it is shown so long after the last record."""
        (view,) = self.known.seats(round((self.number - 1 + after_s) * SECOND))
        return view


@pytest.mark.parametrize(
    ("bodies", "after_s", "state"),
    [
        ((), 0.5, SeatState.NEVER_ARRIVED),
        ((UP,), 0.5, SeatState.READY),
        ((OPENED,), 0.5, SeatState.NEVER_ARRIVED),
        ((OPENED, UP), 60.0, SeatState.WATCHED),
        ((OPENED, UP, DOWN), 1.0, SeatState.WATCHED),
        ((OPENED, UP, DOWN), 3.0, SeatState.SILENT),
        ((OPENED, UP, replace(DOWN, replaced=True)), 60.0, SeatState.WATCHED),
        ((UP, DOWN, OPENED), 60.0, SeatState.NEVER_ARRIVED),
        ((OPENED, UP, STARTED), 1.0, SeatState.WATCHED),
        ((OPENED, UP, STARTED), 3.0, SeatState.SILENT),
        ((OPENED, UP, STARTED, UP), 60.0, SeatState.WATCHED),
        ((OPENED, UP, DRIVEN), 60.0, SeatState.ALERT),
        ((OPENED, UP, replace(DRIVEN, lowered=True)), 60.0, SeatState.WARNING),
        ((OPENED, UP, DRIVEN, replace(DRIVEN, revision=2, lowered=True)), 60.0, SeatState.WARNING),
        ((OPENED, UP, replace(DRIVEN, exam_session_id=OTHER)), 60.0, SeatState.WATCHED),
        ((OPENED, UP, ExamSessionClosed(EXAM, "chief")), 60.0, SeatState.READY),
    ],
)
def test_a_seat_is_shown_as_its_records_left_it(
    bodies: tuple[RecordBody, ...], after_s: float, state: SeatState
) -> None:
    view = Story().tell(enrolled(A), *bodies).seat(after_s)
    assert (view.state, view.judged) == (state, False)


def test_what_an_alert_told_stands_at_its_seat() -> None:
    story = Story().tell(enrolled(A), OPENED, UP, DRIVEN)
    view = story.seat()
    assert (view.score, view.alert_ids) == (DRIVEN.score, (DRIVEN.alert_id,))
    assert view.findings == DRIVEN.findings
    assert story.known.alerts() == (DRIVEN,)


def test_a_sensor_that_could_not_see_is_shown() -> None:
    story = Story().tell(enrolled(A), OPENED, UP)
    story.known.hear(A, 2 * SECOND, (SensorHealth("input", Health.UNAVAILABLE),))
    view = story.seat()
    assert (view.state, view.last_seen_us) == (SeatState.DEGRADED, 2 * SECOND)


def test_seats_of_the_roster_are_there_and_those_superseded_are_not() -> None:
    roster = RosterChanged((RosterEntry("101", "02", None, "C2"),), "chief")
    story = Story().tell(enrolled(A), enrolled(B), roster)
    seats = story.known.seats(0)
    assert [(s.seat, s.workstation_id, s.candidate) for s in seats] == [
        ("01", B, ""),
        ("02", None, "C2"),
    ]


@pytest.mark.parametrize(
    ("position", "now_s", "end", "wanted"),
    [
        (100, 50.0, 1100, JudgingAgain(0.0, None)),
        (100, 50.0, 100, JudgingAgain(0.0, None)),
        (350, 50.2, 1100, JudgingAgain(0.25, None)),
        (350, 55.0, 1100, JudgingAgain(0.25, 15.0)),
        (350, 55.0, 2100, JudgingAgain(0.125, 35.0)),
        (1100, 70.0, 1100, JudgingAgain(1.0, 0.0)),
        (1100, 70.0, 1000, JudgingAgain(1.0, 0.0)),
    ],
)
def test_how_far_it_is(position: int, now_s: float, end: int, wanted: JudgingAgain) -> None:
    progress = Progress(100, 50.0, position=100, now_s=50.0)
    progress.reached(position, now_s)
    assert progress.at(end) == wanted
    assert wanted.percent == min(99, int(wanted.share * 100)), "it never reads as done before it is"


@asynccontextmanager
async def not_judging_yet(log: LogBuilder) -> AsyncIterator[Live]:
    journal = Journal(log.path, lambda: log.now_us)
    live = Live(log.path, journal, load_rules(), lambda: log.now_us)
    await live.start()
    try:
        yield live
    finally:
        await live.stop()
        await journal.close()


async def test_workstations_are_told_what_is_recorded_last_though_nothing_is_judged(
    tmp_path: Path,
) -> None:
    with LogBuilder(tmp_path) as log:
        one = log.enrol("a")
        log.append(OPENED)
        async with not_judging_yet(log):
            pass
        (changed,) = log.append(PolicyChanged(EXAM, b"other = 1", "chief"))
        late = log.enrol("late", seat="02")
        log.append(replace(DRIVEN, workstation_id=one.id))
        log.append(AlertAcknowledged(DRIVEN.alert_id, "li.na", "seen"))
        async with not_judging_yet(log) as live:
            assert live.judging_again() == JudgingAgain(0.0, None)
            for workstation in (one, late):
                policy = live.policy_of(workstation.id)
                assert (policy.exam_session_id, policy.policy_toml) == (EXAM.value, b"other = 1")
                assert policy.baseline_request == changed.record.recorded_at_us
            assert [a.alert_id for a in live.alerts()] == [DRIVEN.alert_id]
            assert list(live.acknowledgements()) == [DRIVEN.alert_id]
            assert [s.state for s in live.seats()] == [SeatState.ALERT, SeatState.NEVER_ARRIVED]
            assert len(live.exam_sessions()) == 1
