"""Which of its states a seat is shown in."""

from collections.abc import Iterable

from jiankao_collector.detectors.base import AlertKind
from jiankao_collector.scoring.ledger import Standing
from jiankao_collector.scoring.seats import SeatState
from jiankao_proto.batch import SensorHealth
from jiankao_proto.observations import Health
from jiankao_proto.records import AlertChanged, Severity

GRACE_US = 2_000_000
"""A stream may be away so long before the seat reads as silent."""
_OWN_STATE = {AlertKind.SILENCE.value, AlertKind.SENSOR.value}
"""Kinds of alert with a state of their own: silent while it lasts, degraded. The alert itself stays in the list."""


def state_of(
    *,
    heard: bool,
    connected: bool,
    gone_for_us: int,
    in_exam_session: bool,
    sensors: Iterable[SensorHealth],
    findings: Iterable[Standing],
    alerts: Iterable[AlertChanged],
) -> SeatState:
    """Return the state of a seat that has a workstation; `gone_for_us`: time since its stream went down."""
    findings, alerts = list(findings), list(alerts)
    silent = any(f.alert is AlertKind.SILENCE and not f.over for f in findings)
    if silent or (heard and not connected and gone_for_us > GRACE_US):
        return SeatState.SILENT
    serious = [a for a in alerts if a.severity >= Severity.WARNING]
    if any(a.kind not in _OWN_STATE for a in serious):
        return SeatState.ALERT
    if not heard:
        return SeatState.NEVER_ARRIVED
    was_silent = any(a.kind == AlertKind.SILENCE for a in serious)
    if was_silent or any(
        not f.over and f.points and f.alert is not AlertKind.SENSOR for f in findings
    ):
        return SeatState.WARNING
    if any(s.health is not Health.OK for s in sensors) or any(
        not f.over and f.alert is AlertKind.SENSOR for f in findings
    ):
        return SeatState.DEGRADED
    return SeatState.WATCHED if in_exam_session else SeatState.READY
