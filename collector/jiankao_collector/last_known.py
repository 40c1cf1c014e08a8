"""How the seats stand as far as records say without being judged: shown until judging has caught up. Pure.

Alerts are records: what was told before a collector was started again is told at once, and only once.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from jiankao_collector.roster import Roster, Scope
from jiankao_collector.scoring.seat_state import state_of
from jiankao_collector.scoring.seats import SeatView, empty_seat, seat_order
from jiankao_proto.batch import SensorHealth
from jiankao_proto.ids import AlertId, WorkstationId
from jiankao_proto.records import (
    AlertChanged,
    CollectorStarted,
    Record,
    StreamClosed,
    StreamOpened,
)


@dataclass(slots=True)
class _Stream:
    """Whether a workstation's stream is up; when and with which record it went down last."""

    up: bool
    gone_us: int = 0
    gone_with: int = -1


class LastKnown:
    """Seats and alerts as recorded. `roster`: who sits where, and which exam session is open."""

    def __init__(self) -> None:
        self.roster = Roster()
        self._alerts: dict[AlertId, AlertChanged] = {}
        self._streams: dict[WorkstationId, _Stream] = {}
        self._heard: dict[WorkstationId, tuple[int, tuple[SensorHealth, ...]]] = {}

    def see(self, record: Record) -> None:
        """Take in the next record that is no envelope."""
        body = record.body
        self.roster.see(record.number, body)
        if isinstance(body, AlertChanged):
            self._alerts[body.alert_id] = body
        elif isinstance(body, StreamOpened):
            self._streams[body.workstation_id] = _Stream(up=True)
            self._heard.setdefault(body.workstation_id, (0, ()))
        elif isinstance(body, StreamClosed):
            if not body.replaced:
                self._goes(body.workstation_id, record)
        elif isinstance(body, CollectorStarted):
            for workstation in self._streams:
                self._goes(workstation, record)

    def hear(
        self, workstation: WorkstationId, at_us: int, sensors: tuple[SensorHealth, ...]
    ) -> None:
        """Learn when a workstation was heard last, and what its sensors said then."""
        self._heard[workstation] = at_us, sensors

    def _goes(self, workstation: WorkstationId, record: Record) -> None:
        stream = self._streams.get(workstation)
        if stream is not None and stream.up:
            stream.up = False
            stream.gone_us, stream.gone_with = record.recorded_at_us, record.number

    def alerts(self) -> tuple[AlertChanged, ...]:
        """Return the latest recorded revision of every alert, oldest first."""
        return tuple(self._alerts.values())

    def seats(self, now_us: int) -> tuple[SeatView, ...]:
        """Return every seat, by room and seat, as not judged. Superseded workstations are left out."""
        of: dict[WorkstationId, list[AlertChanged]] = {}
        for alert in self._alerts.values():
            if alert.workstation_id is not None:
                of.setdefault(alert.workstation_id, []).append(alert)
        roster = self.roster
        views = [
            self._view(workstation, of.get(workstation, ()), now_us)
            for workstation in roster.workstations()
            if not roster.is_superseded(workstation)
        ]
        views.extend(
            empty_seat(place, roster.room_scope(place.room)) for place in roster.empty_seats()
        )
        return tuple(sorted(views, key=seat_order))

    def _view(
        self, workstation: WorkstationId, told: Iterable[AlertChanged], now_us: int
    ) -> SeatView:
        place, scope = self.roster.place(workstation), self.roster.scope(workstation)
        enrolled = self.roster.enrolment(workstation)
        stream = self._streams.get(workstation, _Stream(up=False))
        last_us, sensors = self._heard.get(workstation, (0, ()))
        exam_session = scope.exam_session_id if scope else None
        alerts = [alert for alert in told if alert.exam_session_id == exam_session]
        return SeatView(
            room=place.room,
            seat=place.seat,
            workstation_id=workstation,
            hostname=enrolled.hostname if enrolled else "",
            candidate=place.candidate,
            state=state_of(
                heard=_is_heard(stream, scope),
                connected=stream.up,
                gone_for_us=now_us - stream.gone_us,
                in_exam_session=scope is not None,
                sensors=sensors,
                findings=(),
                warned=False,
                alerts=alerts,
            ),
            score=max((alert.score for alert in alerts), default=0),
            simulated=enrolled.simulated if enrolled else False,
            connected=stream.up,
            last_seen_us=last_us,
            exam_session_id=exam_session,
            sensors=sensors,
            findings=tuple(finding for alert in alerts for finding in alert.findings),
            alert_ids=tuple(alert.alert_id for alert in alerts),
            judged=False,
        )


def _is_heard(stream: _Stream, scope: Scope | None) -> bool:
    """Tell whether its stream was up at some time since its exam session opened."""
    return stream.up or stream.gone_with > (scope.opened_by_record if scope else -1)
