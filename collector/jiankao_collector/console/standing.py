"""How the rooms stand at one moment, ordered for the eye. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jiankao_collector.judging_again import JudgingAgain
from jiankao_collector.rulings import AlertRuling
from jiankao_collector.scoring.seats import SeatState, SeatView
from jiankao_proto.ids import AlertId
from jiankao_proto.records import AlertAcknowledged, AlertChanged, ExamSessionOpened, FindingCited

URGENT_FIRST = tuple(reversed(SeatState))

OpenExamSession = tuple[ExamSessionOpened, int]
"""An exam session that is open, and when it was opened (microseconds)."""


@dataclass(frozen=True, slots=True)
class AlertShown:
    """An alert as the lists show it, with what people said about it."""

    alert: AlertChanged
    acknowledged: AlertAcknowledged | None
    acknowledged_us: int
    simulated: bool
    ruling: AlertRuling | None = None

    @property
    def has_grown(self) -> bool:
        """Whether something was added after a person had seen it."""
        return self.acknowledged is not None and self.alert.last_us > self.acknowledged_us

    @property
    def is_open(self) -> bool:
        """Whether somebody should look: nobody has yet, or something else was found after somebody did."""
        return self.acknowledged is None or any(
            f.first_us > self.acknowledged_us for f in self.alert.findings
        )

    @property
    def leading(self) -> FindingCited | None:
        """The finding that says most: the most points, the latest of those."""
        return max(self.alert.findings, key=lambda f: (f.points, f.last_us), default=None)

    @property
    def records(self) -> int:
        """How many records the alert rests on."""
        return sum(max(f.count, len(f.record_numbers)) for f in self.alert.findings)


@dataclass(frozen=True, slots=True)
class Standing:
    """Seats, alerts (latest revision of each), who acknowledged what, and the exam sessions that are open."""

    seats: Sequence[SeatView]
    alerts: Sequence[AlertChanged]
    acknowledgements: Mapping[AlertId, tuple[AlertAcknowledged, int]]
    exam_sessions: Sequence[OpenExamSession]
    now_us: int
    policy_refusals: Mapping[str, str] = field(default_factory=dict)
    """Why a policy offered for an exam session was not taken, by exam session."""
    judging_again: JudgingAgain | None = None
    """How far judging has come after a restart; until then seats and alerts are as recorded."""
    rulings: Mapping[AlertId, AlertRuling] = field(default_factory=dict)
    """How the alerts stand that somebody ruled on."""

    def exam_session_of(self, seat: SeatView) -> ExamSessionOpened | None:
        """Return the exam session a seat is in."""
        opened = (body for body, _ in self.exam_sessions)
        return next((b for b in opened if b.exam_session_id == seat.exam_session_id), None)

    def unacknowledged(self) -> list[AlertShown]:
        """Return the alerts somebody should look at: the most severe first, then the newest."""
        shown = (s for s in self._shown() if s.is_open)
        return sorted(shown, key=lambda s: (-s.alert.severity, -s.alert.first_us, s.alert.alert_id))

    def acknowledged(self) -> list[AlertShown]:
        """Return the alerts somebody has seen as they are, the last acknowledged first."""
        shown = (s for s in self._shown() if not s.is_open)
        return sorted(shown, key=lambda s: (-s.acknowledged_us, s.alert.alert_id))

    def alerts_of(self, seat: SeatView) -> list[AlertShown]:
        """Return the alerts of one seat, unacknowledged ones first."""
        return [s for s in (*self.unacknowledged(), *self.acknowledged()) if _is_of(s.alert, seat)]

    def badges(self) -> Counter[tuple[str, str]]:
        """Return how many open alerts each (room, seat) has."""
        return Counter((s.alert.room, s.alert.seat) for s in self._shown() if s.is_open)

    def states(self) -> list[tuple[SeatState, int]]:
        """Return how many seats are in each state, the most urgent state first."""
        counts = Counter(s.state for s in self.seats)
        return [(state, counts[state]) for state in URGENT_FIRST]

    def seat(self, room: str, seat: str, workstation: str = "") -> SeatView | None:
        """Return one seat by its names; where several workstations claim it, the one asked for or the most urgent."""
        here = [s for s in self.seats if (s.room, s.seat) == (room, seat)]
        asked = [s for s in here if str(s.workstation_id or "") == workstation]
        return min(asked or here, key=lambda s: URGENT_FIRST.index(s.state), default=None)

    def _shown(self) -> Iterator[AlertShown]:
        simulated = {s.workstation_id for s in self.seats if s.simulated}
        for alert in self.alerts:
            acknowledged, at_us = self.acknowledgements.get(alert.alert_id, (None, 0))
            yield AlertShown(
                *(alert, acknowledged, at_us, alert.workstation_id in simulated),
                self.rulings.get(alert.alert_id),
            )


def _is_of(alert: AlertChanged, seat: SeatView) -> bool:
    if alert.workstation_id is None:  # of the whole room
        return False
    return alert.workstation_id == seat.workstation_id or (alert.room, alert.seat) == (
        seat.room,
        seat.seat,
    )
