"""The alerts of one workstation or one room within one exam session, and the ids they were given.

A series begins when an exam session opens, and ends when it closes: what was told then grows no more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from jiankao_collector.detectors.base import Finding
from jiankao_collector.knowledge.thresholds import Thresholds
from jiankao_collector.knowledge.weights import Weights
from jiankao_collector.roster import Place, Scope
from jiankao_collector.scoring.alerts import AlertState, WorkstationAlerts
from jiankao_proto.ids import AlertId, WorkstationId
from jiankao_proto.records import AlertChanged


@dataclass(slots=True)
class Series:
    """Alerts and their ids. `workstation`: None for those of a room; `scope`: None outside of any exam session."""

    workstation: WorkstationId | None
    scope: Scope | None
    weights: Weights
    alerts: WorkstationAlerts = field(init=False)
    ids: dict[str, AlertId] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with nothing found."""
        self.begin()

    def begin(self) -> None:
        """Start anew, with nothing found yet."""
        self.alerts = WorkstationAlerts(self.weights)
        self.ids.clear()

    def end(self) -> None:
        """Let what was told stand as it is; what is found from here on starts new alerts."""
        self.alerts.settle()
        self.ids.clear()

    def take(
        self,
        findings: Sequence[Finding],
        now_us: int,
        new_id: Callable[[], AlertId],
        place: Place,
        *,
        wake: bool = False,
    ) -> list[AlertChanged]:
        """Take in findings and return the alerts that are new or worth telling again.

        `new_id` is asked once for each new alert, in order. `place`: where the workstation is now; the room with an
        empty seat when it is of a room. `wake`: tell also what only waited for time to pass.
        """
        if findings or wake:
            self.alerts.level.thresholds = self._thresholds(place.room)
        states = self.alerts.take(findings, now_us)
        if wake:
            states.extend(self.alerts.wake(now_us))
        for state in states:
            if state.kind not in self.ids:
                self.ids[state.kind] = new_id()
        return [self._alert(state, place) for state in states]

    def _thresholds(self, room: str) -> Thresholds:
        for own in self.scope.thresholds if self.scope else ():
            if own.room == room:
                return Thresholds(own.warning, own.warning_falls, own.alert, own.alert_falls)
        return self.weights.thresholds

    def _alert(self, state: AlertState, place: Place) -> AlertChanged:
        return AlertChanged(
            alert_id=self.ids[state.kind],
            revision=state.revision,
            kind=state.kind.value,
            severity=state.severity,
            score=state.score,
            workstation_id=self.workstation,
            room=place.room,
            seat=place.seat,
            exam_session_id=self.scope.exam_session_id if self.scope else None,
            first_us=state.first_us,
            last_us=state.last_us,
            over=state.over,
            findings=state.findings,
            prior_centibans=-self.weights.prior_centibans,
            lowered=state.lowered,
        )
