"""A live side that says what a test tells it to: the console's `Live`, with nothing behind it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from hashlib import sha256

from jiankao_collector.console.standing import OpenExamSession
from jiankao_collector.judging_again import JudgingAgain
from jiankao_collector.rulings import Rulings
from jiankao_collector.scoring.seats import SeatState, SeatView
from jiankao_proto.batch import SensorHealth
from jiankao_proto.ids import AlertId, ExamSessionId, WorkstationId
from jiankao_proto.observations import Health
from jiankao_proto.records import (
    AlertAcknowledged,
    AlertChanged,
    ExamSessionOpened,
    FindingCited,
    Record,
    Severity,
)

SECOND = 1_000_000


class ScriptedLive:
    """Holds what the test put in. May be changed from any thread."""

    def __init__(self) -> None:
        self._seats: dict[tuple[str, str], SeatView] = {}
        self._beside: tuple[SeatView, ...] = ()
        self._alerts: dict[AlertId, AlertChanged] = {}
        self._acknowledgements: dict[AlertId, tuple[AlertAcknowledged, int]] = {}
        self._exam_sessions: list[OpenExamSession] = []
        self.refusals: dict[str, str] = {}
        self.again: JudgingAgain | None = None
        self._rulings = Rulings()
        self._watchers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._lock = threading.Lock()
        self._failed = False

    def seats(self) -> tuple[SeatView, ...]:
        return (*self._seats.values(), *self._beside)

    def alerts(self) -> tuple[AlertChanged, ...]:
        return tuple(self._alerts.values())

    def acknowledgements(self) -> dict[AlertId, tuple[AlertAcknowledged, int]]:
        return dict(self._acknowledgements)

    def policy_refusals(self) -> dict[str, str]:
        return dict(self.refusals)

    def judging_again(self) -> JudgingAgain | None:
        return self.again

    def rulings(self) -> Rulings:
        return self._rulings

    def exam_sessions(self) -> tuple[OpenExamSession, ...]:
        return tuple(self._exam_sessions)

    async def changes(self) -> AsyncIterator[None]:
        watcher = asyncio.get_running_loop(), asyncio.Event()
        with self._lock:
            self._watchers.add(watcher)
        try:
            while True:
                await watcher[1].wait()
                watcher[1].clear()
                if self._failed:
                    raise RuntimeError("the live side failed, as the test asked")
                yield
        finally:
            with self._lock:
                self._watchers.discard(watcher)

    # ---- what tests say ----

    def put(self, *seats: SeatView) -> None:
        """Add seats, or change them."""
        self._seats |= {(s.room, s.seat): s for s in seats}
        self._tell()

    def put_beside(self, *seats: SeatView) -> None:
        """Add seats even where one of the same name is."""
        self._beside += seats
        self._tell()

    def raise_alert(self, *alerts: AlertChanged) -> None:
        """Add alerts, or later revisions of them."""
        self._alerts |= {a.alert_id: a for a in alerts}
        for each in alerts:
            self._rulings.see(Record(0, b"", each.last_us, each))
        self._tell()

    def acknowledge(self, body: AlertAcknowledged, at_us: int) -> None:
        """An acknowledgement has been recorded."""
        self._acknowledgements[body.alert_id] = (body, at_us)
        self._tell()

    def rule(self, record: Record) -> None:
        """A ruling has been recorded."""
        self._rulings.see(record)
        self._tell()

    def open_exam_session(self, name: str, since_us: int, policy: bytes = b"") -> None:
        """An exam session begins."""
        number = len(self._exam_sessions) + 1
        body = ExamSessionOpened(ExamSessionId(f"es-{number}"), name, ("A",), policy, "chief")
        self._exam_sessions.append((body, since_us))
        self._tell()

    def fail(self) -> None:
        """Break down."""
        self._failed = True
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            for loop, event in self._watchers:
                loop.call_soon_threadsafe(event.set)


SENSORS = ("processes", "connections", "input", "sessions")


def seat(
    name: str,
    state: SeatState = SeatState.WATCHED,
    *,
    room: str = "A",
    score: int = 0,
    candidate: str = "",
    hostname: str = "",
    simulated: bool = False,
    sensors: dict[str, Health] | None = None,
    findings: tuple[FindingCited, ...] = (),
    last_seen_us: int = 1_800_000_000 * SECOND,
) -> SeatView:
    """A seat as the assessment would describe it."""
    here = state is not SeatState.NEVER_ARRIVED
    health = dict.fromkeys(SENSORS, Health.OK) if sensors is None else sensors
    return SeatView(
        room=room,
        seat=name,
        workstation_id=workstation(room, name) if here else None,
        hostname=hostname or (f"exam-{name}".lower() if here else ""),
        candidate=candidate,
        state=state,
        score=score,
        simulated=simulated,
        connected=here and state is not SeatState.SILENT,
        last_seen_us=last_seen_us if here else 0,
        exam_session_id=ExamSessionId("es-1") if here else None,
        sensors=tuple(SensorHealth(n, h) for n, h in health.items()) if here else (),
        findings=findings,
        alert_ids=(),
    )


def workstation(room: str, name: str) -> WorkstationId:
    """The workstation of a seat."""
    return WorkstationId(f"ws-{sha256(f'{room}/{name}'.encode()).hexdigest()[:12]}")


def finding(
    reason_zh: str,
    reason_en: str,
    *,
    points: int = 90,
    at_us: int = 1_700_000_000 * SECOND,
    count: int = 3,
    records: tuple[int, ...] = (1204, 1207, 1211),
    subject: str = "x11vnc",
) -> FindingCited:
    """A finding as it stands under an alert."""
    return FindingCited(
        "remote_control_software", "session", "software", subject, points, reason_zh, reason_en,
        at_us, at_us + 4 * SECOND, count, records,
    )  # fmt: skip


def alert(
    number: int,
    seat_name: str,
    *findings: FindingCited,
    room: str = "A",
    kind: str = "remote_control",
    severity: Severity = Severity.CRITICAL,
    score: int = 92,
    revision: int = 1,
    first_us: int = 1_800_000_000 * SECOND,
    last_us: int = 0,
    over: bool = False,
) -> AlertChanged:
    """An alert at one of its revisions."""
    return AlertChanged(
        AlertId(f"alert-{number:04d}"), revision, kind, severity, score, workstation(room, seat_name), room, seat_name,
        ExamSessionId("es-1"), first_us, last_us or first_us + SECOND, over, findings,
    )  # fmt: skip
