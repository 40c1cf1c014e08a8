"""Alerts of one workstation: when findings become one, and when a grown one is worth telling again.

There is one alert for each (exam session, workstation, kind of alert). It arises from a finding that is enough alone,
or, once the seat's score has reached the room's threshold, from findings that only add when two families agree or one
has lasted two minutes. A notice that only adds never becomes an alert: the seat's state shows it. An alert stays; it is
lowered while nothing of it that is enough alone goes on and the score has faded to the lower threshold. A new revision
is written when a proctor would care, and while something merely goes on, after waits that grow with the alert's age:
an hour of it makes fewer than a hundred revisions.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jiankao_collector.detectors.base import AlertKind, Finding
from jiankao_collector.knowledge.weights import Weights
from jiankao_collector.scoring.ledger import Key, Ledger, Standing
from jiankao_collector.scoring.level import Level
from jiankao_proto.records import FindingCited, Severity

LASTING_US = 120_000_000
SHORTEST_WAIT_US = 10_000_000
AGE_PARTS = 10
"""While it goes on, an alert is told again after a tenth of its age."""
SCORE_STEP = 5
FREE_TURNS = 8
"""Times an alert may end and come up again before that, too, has to wait."""
_KINDS = {kind: place for place, kind in enumerate(AlertKind)}


@dataclass(frozen=True, slots=True)
class AlertState:
    """What an alert says at one revision; who and where is added by the assessment."""

    kind: AlertKind
    revision: int
    severity: Severity
    score: int
    first_us: int
    last_us: int
    over: bool
    lowered: bool
    findings: tuple[FindingCited, ...]


@dataclass(slots=True)
class _Told:
    """The revision told last, and how often each finding had come up by then."""

    state: AlertState
    born_us: int
    told_us: int
    counts: dict[Key, int] = field(default_factory=dict)
    turns: int = 0
    highest: int = 0

    def wait_us(self) -> int:
        return max(SHORTEST_WAIT_US, (self.told_us - self.born_us) // AGE_PARTS)


class WorkstationAlerts:
    """The findings and alerts of one workstation within one exam session, or outside of any."""

    def __init__(self, weights: Weights) -> None:
        self.level = Level(weights)
        self.ledger = Ledger(weights)
        self._told: dict[AlertKind, _Told] = {}
        self._pending: dict[AlertKind, int] = {}
        self._lasting_at: int | None = None

    def take(self, findings: Iterable[Finding], now_us: int) -> list[AlertState]:
        """Take in findings and return the alerts that are new or worth telling again."""
        touched = {self.ledger.take(finding) for finding in findings} - {None}
        if not touched:
            return []
        return self._tell(set(AlertKind), now_us)

    def wake(self, now_us: int) -> list[AlertState]:
        """Return the alerts whose time has come."""
        return self._tell(set(AlertKind), now_us)

    def wakes_at(self) -> int | None:
        """Return when a finding will have lasted long enough, a score faded, or a held-back revision may be told."""
        times = (*self._pending.values(), self._lasting_at, self.level.falls_at)
        return min((t for t in times if t is not None), default=None)

    def settle(self) -> None:
        """End the series: what was told grows no more, and what is found from here on starts a new alert."""
        self.ledger.settle()
        self._told.clear()
        self._pending.clear()
        self._lasting_at = None
        self.level.update((), 0)

    def _tell(self, kinds: set[AlertKind], now_us: int) -> list[AlertState]:
        self.level.update(tuple(self.ledger), now_us)
        states = [
            state
            for kind in sorted(kinds, key=_KINDS.__getitem__)
            for state in self._revise(kind, now_us)
        ]
        self._lasting_at = min(
            (
                s.since_us + LASTING_US
                for s in self.ledger
                if _adds_up(s)
                and not s.over
                and s.alert not in self._told
                and s.since_us + LASTING_US > now_us
            ),
            default=None,
        )
        return states

    def _revise(self, kind: AlertKind, now_us: int) -> Iterator[AlertState]:
        members = self.ledger.of(kind)
        told = self._told.get(kind)
        if told is None and not self._arises(members.values(), now_us):
            return
        state = self._state(
            kind, told.state.revision + 1 if told else 1, [*members.values()], now_us
        )
        if told is None:
            told = self._told[kind] = _Told(state, now_us, now_us)
        elif not self._worth_telling(told, state, members, now_us):
            return
        told.turns += _turned(state, told.state)
        told.highest = max(told.highest, state.score)
        told.state, told.told_us = state, now_us
        told.counts = {key: standing.count for key, standing in members.items()}
        self._pending.pop(kind, None)
        yield state

    def _arises(self, members: Iterable[Standing], now_us: int) -> bool:
        adding = False
        for standing in members:
            if standing.alone:
                return True
            if self.level.raised and _adds_up(standing) and _is_recent(standing, now_us):
                if not standing.over and now_us - standing.since_us >= LASTING_US:
                    return True
                adding = True
        if not adding:
            return False
        families = {s.family for s in self.ledger if _adds_up(s) and _is_recent(s, now_us)}
        return len(families) > 1

    def _worth_telling(
        self, told: _Told, state: AlertState, members: dict[Key, Standing], now_us: int
    ) -> bool:
        before = told.state
        if (
            members.keys() != told.counts.keys()
            or state.severity > before.severity
            or state.score >= told.highest + SCORE_STEP
            or any(s.count >= 2 * told.counts[key] for key, s in members.items())
        ):
            return True
        may_at = told.told_us + told.wait_us()
        if _turned(state, before):
            if told.turns < FREE_TURNS or now_us >= may_at:
                return True
            self._pending[state.kind] = may_at
            return False
        self._pending.pop(state.kind, None)
        return now_us >= may_at and (
            state.score >= before.score + SCORE_STEP
            or any(s.count > told.counts[key] for key, s in members.items())
        )

    def _state(
        self, kind: AlertKind, revision: int, members: list[Standing], now_us: int
    ) -> AlertState:
        added = self.level.risk(members, now_us)
        return AlertState(
            kind=kind,
            revision=revision,
            severity=max(s.severity for s in members),
            score=added.score,
            first_us=min(s.first_us for s in members),
            last_us=max(s.last_us for s in members),
            over=all(s.over for s in members),
            lowered=not self.level.raised and not any(s.alone and not s.over for s in members),
            findings=tuple(
                s.cited(centibans)
                for s, centibans in zip(members, added.contributions, strict=True)
            ),
        )


def _adds_up(standing: Standing) -> bool:
    return standing.severity >= Severity.WARNING


def _is_recent(standing: Standing, now_us: int) -> bool:
    return not standing.over or now_us - standing.last_us <= LASTING_US


def _turned(now: AlertState, before: AlertState) -> bool:
    return (now.over, now.lowered) != (before.over, before.lowered)
