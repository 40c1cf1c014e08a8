"""The live side on a real log: what it owes it pays once, whoever writes and however it was stopped.

The clock is the test's: no time passes but what the log's builder lets pass.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from jiankao_collector.assessment import Assessment, load_rules
from jiankao_collector.audit.replay import Outcome, replay
from jiankao_collector.evidence_log.journal import Journal
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.live import Live
from jiankao_collector.rulings import RulingState, Said
from jiankao_proto.ids import ExamSessionId
from jiankao_proto.observations import Process, ProcessStarted
from jiankao_proto.records import AlertChanged, AlertRuled, ExamSessionOpened, Ruling, StreamOpened
from tests.support.collector import problem_of
from tests.support.logs import LogBuilder, Workstation
from tests.support.room import until

X11VNC = ProcessStarted(Process(4711, 1, "x11vnc", "/usr/bin/x11vnc"))
OPENED = ExamSessionOpened(ExamSessionId("es-1"), "morning", ("101",), b"", "test")


class Room:
    """A log that other processes write, with an open exam session."""

    def __init__(self, data: Path, workstations: int = 1) -> None:
        self.data = data
        self.log = LogBuilder(data)
        self.seats: list[Workstation] = [self.log.enrol("a") for _ in range(workstations)]
        self.log.append(OPENED)

    @property
    def seat(self) -> Workstation:
        """The workstation."""
        return self.seats[0]

    @asynccontextmanager
    async def live(self) -> AsyncIterator[Live]:
        """Have the live side follow the log."""
        journal = Journal(self.log.path, lambda: self.log.now_us, wait_s=0.1)
        live = Live(self.log.path, journal, load_rules(), lambda: self.log.now_us)
        await live.start()
        live.follow()
        await live.caught_up.wait()
        try:
            yield live
        finally:
            await live.stop()
            await journal.close()

    def count(self, kind: str) -> int:
        """Return how many records of a kind there are."""
        with closing(EvidenceLogReader(self.log.path)) as reader:
            return sum(1 for _ in reader.of_kinds((kind,)))

    def alerts(self) -> list[AlertChanged]:
        """Return every alert record."""
        with closing(EvidenceLogReader(self.log.path)) as reader:
            bodies = [record.body for record in reader.of_kinds(("alert_changed",))]
        return [body for body in bodies if isinstance(body, AlertChanged)]

    def replayed(self) -> Outcome:
        """Judge the log again and compare."""
        rules = load_rules()
        with closing(EvidenceLogReader(self.log.path)) as reader:
            return replay(reader.records(), rules.digest, lambda: Assessment(rules)).outcome


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    one = Room(tmp_path / "data")
    with one.log:
        yield one


async def test_what_another_process_appends_is_seen(room: Room) -> None:
    async with room.live() as live:
        assert len(live.exam_sessions()) == 1
        other = ExamSessionOpened(ExamSessionId("es-2"), "other", ("102",), b"", "test")
        room.log.append(other)
        await until("the exam session is seen", lambda: len(live.exam_sessions()) == 2)
        room.log.admit(room.seat, X11VNC, exam_session=OPENED.exam_session_id)
        await until("the alert is raised", live.alerts)
        await until("and recorded", room.alerts)
    assert room.replayed() is Outcome.EQUAL


async def test_an_alert_owed_after_a_crash_is_appended_exactly_once(room: Room) -> None:
    async with room.live():
        pass
    # The envelope was committed; the collector was killed before the alert was.
    room.log.admit(room.seat, X11VNC, exam_session=OPENED.exam_session_id)
    assert not room.alerts()
    async with room.live() as live:
        owed = room.alerts()
        assert [alert.kind for alert in owed] == [alert.kind for alert in live.alerts()]
        assert owed
    for _ in range(2):
        async with room.live():
            pass
        assert room.alerts() == owed
    assert room.replayed() is Outcome.EQUAL
    assert room.count("rule_set_in_force") == 1


async def test_an_alert_that_could_not_be_stored_stays_owed(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    async with room.live() as live:
        with closing(sqlite3.connect(room.log.path, isolation_level=None)) as other:
            room.log.admit(room.seat, X11VNC, exam_session=OPENED.exam_session_id)
            other.execute("BEGIN IMMEDIATE")
            await until("the alert cannot be stored", lambda: "nothing was stored" in caplog.text)
            assert not room.alerts()
            assert live.alerts()
            other.execute("ROLLBACK")
        await until("it is stored after all", room.alerts)
        await until("and that is said", lambda: "takes records again" in caplog.text)
    complaints = [r for r in caplog.records if "nothing was stored" in r.getMessage()]
    assert len(complaints) == 1, "said once, not at every look"
    assert room.replayed() is Outcome.EQUAL


async def test_the_clock_ticks_only_when_somebody_asked_to_be_woken(room: Room) -> None:
    async with room.live() as live:
        room.log.append(StreamOpened(room.seat.id, "ipv4:127.0.0.1:1", "0.1.0", "boot-1", 0))
        room.log.admit(room.seat, exam_session=OPENED.exam_session_id)
        room.log.now_us += 11_000_000
        await until("the silence is noticed", live.alerts)
    assert room.count("clock_tick") >= 1
    assert room.replayed() is Outcome.EQUAL


async def test_an_empty_room_s_clock_does_not_tick(tmp_path: Path) -> None:
    one = Room(tmp_path / "data", workstations=0)
    with one.log:
        async with one.live() as live:
            one.log.now_us += 3_600_000_000
            one.log.append(ExamSessionOpened(ExamSessionId("es-3"), "y", ("103",), b"", "test"))
            await until("it has looked", lambda: len(live.exam_sessions()) == 2)
            one.log.now_us += 3_600_000_000
            one.log.append(ExamSessionOpened(ExamSessionId("es-2"), "x", ("102",), b"", "test"))
            await until("it has looked again", lambda: len(live.exam_sessions()) == 3)
        assert one.count("clock_tick") == 0
        assert problem_of(one.data) is None


async def test_what_came_in_last_is_judged_before_it_stops(room: Room) -> None:
    async with room.live():
        room.log.admit(room.seat, X11VNC, exam_session=OPENED.exam_session_id)
    assert room.alerts()
    assert room.replayed() is Outcome.EQUAL


async def test_a_workstation_is_told_whose_policies_hold_in_its_room(room: Room) -> None:
    async with room.live() as live:
        live.policy_keys = lambda name: (name.encode(),)
        (view,) = live.seats()
        assert live.policy_of(room.seat.id).policy_public_keys == (view.room.encode(),)


async def test_a_workstation_enrolled_meanwhile_is_told_its_exam_session(room: Room) -> None:
    async with room.live() as live:
        told: list[str] = []
        newcomer = room.log.enrol("b", seat="02")
        live.on_scope = lambda: told.append(live.policy_of(newcomer.id).exam_session_id)
        await until("policies are pushed", lambda: told)
    assert told[-1] == "es-1"


async def test_what_people_ruled_outlives_a_restart_and_changes_no_alert(room: Room) -> None:
    async with room.live() as live:
        room.log.admit(room.seat, X11VNC, exam_session=OPENED.exam_session_id)
        await until("the alert is raised and recorded", room.alerts)
        (alert,) = live.alerts()
        for user in ("li.na", "wang.wei"):
            room.log.append(
                AlertRuled(alert.alert_id, alert.revision, Ruling.UNFOUNDED, user, "看过座位")
            )
        await until("both are seen", lambda: len(said(live, alert)) == 2)
        assert live.alerts() == (alert,)
    async with room.live() as live:
        assert live.rulings().standing()[alert.alert_id].state is RulingState.IN_FORCE
        assert [s.user for s in said(live, alert)] == ["li.na", "wang.wei"]
    assert room.replayed() is Outcome.EQUAL


def said(live: Live, alert: AlertChanged) -> tuple[Said, ...]:
    """Return what was ruled on an alert."""
    ruling = live.rulings().standing().get(alert.alert_id)
    return ruling.said if ruling else ()
