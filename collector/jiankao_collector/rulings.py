"""What people ruled on alerts, and what of it stands. Pure: times come with records.

One person proposes; a ruling is in force once a second person has ruled alike. Two that differ are a dispute until one
of them rules anew. A ruling is on what an alert said at one revision: when a later one brings something new (another
finding, a higher severity, something that had ended and goes on again), it stands no more. It never changes the alert.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from jiankao_proto.ids import AlertId
from jiankao_proto.records import AlertChanged, AlertRuled, Record, Ruling, Severity

ABOUT_RULINGS = "rulings"
"""The kind of alert that is about how people ruled; the subjects of its findings are their names."""
LONGEST_REASON = 500
SHORTEST_REASON = 4
"""Characters of a reason; spaces do not count."""
NEEDED = 2
"""People who must rule alike."""


class RulingState(StrEnum):
    """How an alert stands that somebody has ruled on."""

    NOT_COUNTED = "not_counted"  # nothing that was said counts
    PROPOSED = "proposed"  # by one person
    IN_FORCE = "in_force"  # two people ruled alike
    DISPUTED = "disputed"  # people ruled differently
    REOPENED = "reopened"  # ruled before something new came


class Bearing(StrEnum):
    """Whether what a person said counts, and if not, why."""

    COUNTS = "counts"
    CHANGED = "changed"  # the same person ruled again later
    OUTDATED = "outdated"  # something new came after what the person saw
    OWN = "own"  # the alert is about this person's own rulings
    UNKNOWN = "unknown"  # a ruling of a kind this version does not know


@dataclass(frozen=True, slots=True)
class Said:
    """What one person ruled, when (microseconds), on which revision, and whether it counts."""

    record_number: int
    at_us: int
    user: str
    ruling: Ruling
    revision: int
    reason: str
    bearing: Bearing


@dataclass(frozen=True, slots=True)
class AlertRuling:
    """How people ruled on one alert. `ruling`: what stands or is proposed, None when nothing does."""

    state: RulingState
    ruling: Ruling | None
    said: tuple[Said, ...]

    @property
    def by_one_person(self) -> bool:
        """Whether all that was said comes from one person."""
        return len({said.user for said in self.said}) == 1


def about_whom(alert: AlertChanged) -> frozenset[str]:
    """Return the people whose own rulings an alert is about: theirs on it do not count."""
    if alert.kind != ABOUT_RULINGS:
        return frozenset()
    return frozenset(finding.subject for finding in alert.findings)


def reason_fits(reason: str) -> bool:
    """Tell whether a reason says something and is not too long."""
    return len("".join(reason.split())) >= SHORTEST_REASON and len(reason) <= LONGEST_REASON


@dataclass(slots=True)
class _Followed:
    """An alert as far as rulings depend on it. `news`: the latest revision that brought something new."""

    revision: int = 0
    news: int = 0
    found: set[tuple[str, str, str]] = field(default_factory=set)
    severity: Severity = Severity.UNSPECIFIED
    over: bool = False
    about: frozenset[str] = frozenset()
    ruled: list[Said] = field(default_factory=list)


class Rulings:
    """Follows alerts and what was ruled on them, as their records stand in the log."""

    def __init__(self) -> None:
        self._alerts: dict[AlertId, _Followed] = {}
        self._standing: dict[AlertId, AlertRuling] = {}

    def standing(self) -> Mapping[AlertId, AlertRuling]:
        """Return how every alert stands that somebody ruled on."""
        return self._standing

    def news(self, alert_id: AlertId) -> int:
        """Return the latest revision of an alert that brought something new, 0 for one that is unknown."""
        followed = self._alerts.get(alert_id)
        return followed.news if followed else 0

    def see(self, record: Record) -> None:
        """Take in the next record. A ruling on an alert that is not in the log has no effect."""
        body = record.body
        if isinstance(body, AlertChanged):
            it = self._alerts.setdefault(body.alert_id, _Followed())
            if body.revision > it.revision:
                _grow(it, body)
        elif isinstance(body, AlertRuled) and body.alert_id in self._alerts:
            it = self._alerts[body.alert_id]
            it.ruled.append(_said(record, body, it.revision))
        else:
            return
        if it.ruled:
            self._standing[body.alert_id] = _standing(it)


def _grow(it: _Followed, alert: AlertChanged) -> None:
    """Take in an alert's next revision."""
    found = {(f.detector, f.kind, f.subject) for f in alert.findings}
    goes_on_again = it.over and not alert.over
    if not it.revision or found - it.found or alert.severity > it.severity or goes_on_again:
        it.news = alert.revision
    it.revision, it.over, it.about = alert.revision, alert.over, about_whom(alert)
    it.severity = max(it.severity, alert.severity)
    it.found |= found


def _said(record: Record, body: AlertRuled, revision: int) -> Said:
    """Return what a record says. Nobody can have seen a revision that was not told yet."""
    return Said(
        record.number,
        record.recorded_at_us,
        body.user,
        body.ruling,
        min(body.revision, revision),
        body.reason,
        Bearing.COUNTS,
    )


def _standing(it: _Followed) -> AlertRuling:
    last = {s.user: s for s in it.ruled if s.ruling is not Ruling.UNSPECIFIED}
    said = tuple(replace(s, bearing=_bearing(s, it, last.get(s.user))) for s in it.ruled)
    counting = [s.ruling for s in said if s.bearing is Bearing.COUNTS]
    if not counting:
        outdated = any(s.bearing is Bearing.OUTDATED for s in said)
        state = RulingState.REOPENED if outdated else RulingState.NOT_COUNTED
        return AlertRuling(state, None, said)
    if len(set(counting)) > 1:
        return AlertRuling(RulingState.DISPUTED, None, said)
    state = RulingState.IN_FORCE if len(counting) >= NEEDED else RulingState.PROPOSED
    return AlertRuling(state, counting[0], said)


def _bearing(said: Said, it: _Followed, last: Said | None) -> Bearing:
    if said.user in it.about:
        return Bearing.OWN
    if said.ruling is Ruling.UNSPECIFIED:
        return Bearing.UNKNOWN
    if said is not last:
        return Bearing.CHANGED
    return Bearing.COUNTS if said.revision >= it.news else Bearing.OUTDATED
