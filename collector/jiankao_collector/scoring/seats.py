"""How a seat stands, as the console shows it."""

from dataclasses import dataclass
from enum import StrEnum

from jiankao_collector.roster import Place, Scope
from jiankao_proto.batch import SensorHealth
from jiankao_proto.ids import AlertId, ExamSessionId, WorkstationId
from jiankao_proto.records import FindingCited


class SeatState(StrEnum):
    """The one state a seat is shown in, least to most urgent."""

    NEVER_ARRIVED = "never_arrived"  # on the roster or enrolled, not heard of in this exam session
    READY = "ready"  # connected, no exam session open for its room
    WATCHED = "watched"  # exam session open, every sensor fine, nothing found
    DEGRADED = "degraded"  # some sensor cannot see
    WARNING = "warning"  # findings that add up, no alert yet, or only a notice
    ALERT = "alert"  # an alert of severity warning or critical
    SILENT = "silent"  # its stream is broken or it says nothing


@dataclass(frozen=True, slots=True)
class SeatView:
    """A seat at one moment. `score` 0..100; times in microseconds since the epoch, 0 when never.

    `judged`: False for a seat shown as it was recorded, while a collector that was started again judges the log.
    """

    room: str
    seat: str
    workstation_id: WorkstationId | None
    hostname: str
    candidate: str
    state: SeatState
    score: int
    simulated: bool
    connected: bool
    last_seen_us: int
    exam_session_id: ExamSessionId | None
    sensors: tuple[SensorHealth, ...]
    findings: tuple[FindingCited, ...]
    alert_ids: tuple[AlertId, ...]
    judged: bool = True


def empty_seat(place: Place, scope: Scope | None) -> SeatView:
    """Return a seat that only the roster knows."""
    return SeatView(
        room=place.room,
        seat=place.seat,
        workstation_id=None,
        hostname="",
        candidate=place.candidate,
        state=SeatState.NEVER_ARRIVED,
        score=0,
        simulated=False,
        connected=False,
        last_seen_us=0,
        exam_session_id=scope.exam_session_id if scope else None,
        sensors=(),
        findings=(),
        alert_ids=(),
    )


def seat_order(view: SeatView) -> tuple[str, int, str, str]:
    """Order seats within a room by number where they have one: seat 2 stands before seat 10."""
    digits = view.seat if view.seat.isascii() and view.seat.isdigit() else ""
    number = int(digits[:9]) if digits else 0
    return (view.room, number, view.seat, str(view.workstation_id or ""))
