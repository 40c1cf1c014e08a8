"""Judging a log again and comparing with the alerts recorded live. Pure.

The live side begins a new assessment at every RuleSetInForce: it takes in the records before it
that outlast a change of rules, then every record from there on, in order, and appends the alerts
each gives. Alert records stand later in the log than their cause, but keep their order. Replay does
the same:

1.  At each RuleSetInForce a new assessment begins. When its digest is not that of the rules
    installed here, the log up to the next one is not compared: the outcome is "different rules",
    never "different alerts".
2.  The alerts that replay gives are owed; each alert record must be the oldest one owed.
3.  Alerts still owed where the log or an assessment ends are "not yet recorded": the collector
    ended before it wrote them. Only when it went on admitting envelopes for LATE_US after the cause
    is the oldest of them a difference: somebody left it out. A collector that was started again
    admits envelopes while it judges again (docs/adr/0023): from then on it has LATE_US, and a
    quarter of the time there was to judge again.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Protocol

from jiankao_collector.roster import STANDING
from jiankao_proto.records import (
    AlertChanged,
    CollectorStarted,
    EnvelopeAdmitted,
    Record,
    RuleSetInForce,
)

LATE_US = 600_000_000
"""How long an alert may be missing while the collector goes on: longer than any backlog."""


class Judge(Protocol):
    """An assessment, as far as replay needs it."""

    def see(self, record: Record) -> tuple[AlertChanged, ...]:
        """Judge one record and return the alerts it changes."""


class Outcome(StrEnum):
    """How a replay ends."""

    EQUAL = "equal"
    DIFFERENT_ALERTS = "different-alerts"
    DIFFERENT_RULES = "different-rules"


class DifferenceKind(StrEnum):
    """How recorded and replayed alerts differ."""

    CHANGED = "changed"  # another alert, or the same with other contents, was owed
    UNEXPECTED = "unexpected"  # recorded, but the log gives no alert
    MISSING = "missing"  # the log gives it, but it was never recorded


@dataclass(frozen=True, slots=True)
class Difference:
    """The first difference. `record`: holds the alert; for a missing one, the last record read."""

    kind: DifferenceKind
    record: int
    cause: int | None
    recorded: AlertChanged | None
    replayed: AlertChanged | None

    def fields(self) -> list[tuple[str, object, object]]:
        """Return (name, recorded, replayed) of every field that differs."""
        names = [f.name for f in fields(AlertChanged)]
        pairs = [
            (n, getattr(self.recorded, n, None), getattr(self.replayed, n, None)) for n in names
        ]
        return [pair for pair in pairs if pair[1] != pair[2]]


@dataclass(frozen=True, slots=True)
class OtherRules:
    """A part of the log that other rules judged: from record `record` on."""

    record: int
    version: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a replay found.

    `compared` alert records were equal; `not_compared` ones stand under other rules.
    """

    outcome: Outcome
    records: int
    compared: int
    not_compared: int
    not_yet_recorded: int
    other_rules: tuple[OtherRules, ...]
    difference: Difference | None


def replay(
    records: Iterable[Record], rules_digest: bytes, new_judge: Callable[[], Judge]
) -> Comparison:
    """Judge a log anew; `new_judge` begins an assessment with the rules of `rules_digest`."""
    replayer = _Replayer(rules_digest, new_judge)
    difference = None
    for record in records:
        difference = replayer.take(record)
        if difference is not None:
            break
    return replayer.comparison(difference or replayer.end_of_part())


@dataclass(frozen=True, slots=True)
class _Owed:
    cause: int
    at_us: int
    alert: AlertChanged


class _Replayer:
    def __init__(self, rules_digest: bytes, new_judge: Callable[[], Judge]) -> None:
        self._digest, self._new_judge = rules_digest, new_judge
        self._judge: Judge | None = None
        self._lasting: list[Record] = []
        self._owed: deque[_Owed] = deque()
        self._other: list[OtherRules] = []
        self._records = self._compared = self._not_compared = self._unrecorded = 0
        self._number = self._served_us = 0
        self._began_us = self._on_time_us = 0

    def take(self, record: Record) -> Difference | None:
        """Judge one record, or compare it when it is an alert."""
        difference = None
        if isinstance(record.body, AlertChanged):
            difference = self._compare(record.number, record.body)
        elif isinstance(record.body, RuleSetInForce):
            difference = self.end_of_part()
            if difference is None:
                self._begin_part(record, record.body)
        else:
            self._see(record)
        if isinstance(record.body, EnvelopeAdmitted):
            self._served_us = record.recorded_at_us
        elif isinstance(record.body, CollectorStarted):
            judges_us = (record.recorded_at_us - self._began_us) // 4 if self._began_us else 0
            self._on_time_us = record.recorded_at_us + LATE_US + judges_us
        elif isinstance(record.body, STANDING):
            self._lasting.append(record)
        self._records, self._number = self._records + 1, record.number
        return difference

    def end_of_part(self) -> Difference | None:
        """Settle what is owed where an assessment ends."""
        if self._owed and self._served_us > max(self._owed[0].at_us + LATE_US, self._on_time_us):
            oldest = self._owed[0]
            return Difference(
                DifferenceKind.MISSING, self._number, oldest.cause, None, oldest.alert
            )
        self._unrecorded += len(self._owed)
        self._owed.clear()
        return None

    def comparison(self, difference: Difference | None) -> Comparison:
        """Sum up."""
        outcome = Outcome.DIFFERENT_RULES if self._other else Outcome.EQUAL
        return Comparison(
            Outcome.DIFFERENT_ALERTS if difference else outcome,
            self._records,
            self._compared,
            self._not_compared,
            self._unrecorded,
            tuple(self._other),
            difference,
        )

    def _begin_part(self, record: Record, rules: RuleSetInForce) -> None:
        self._began_us, self._on_time_us = record.recorded_at_us, 0
        if rules.digest != self._digest:
            self._judge = None
            self._other.append(OtherRules(record.number, rules.version, rules.digest))
            return
        self._judge = self._new_judge()
        for earlier in self._lasting:
            self._judge.see(earlier)  # what it gives belongs to the part before
        self._see(record)

    def _see(self, record: Record) -> None:
        if self._judge is not None:
            given = self._judge.see(record)
            self._owed.extend(_Owed(record.number, record.recorded_at_us, alert) for alert in given)

    def _compare(self, number: int, alert: AlertChanged) -> Difference | None:
        if self._judge is None and self._other:
            self._not_compared += 1
            return None
        if not self._owed:
            return Difference(DifferenceKind.UNEXPECTED, number, None, alert, None)
        oldest = self._owed[0]
        if oldest.alert != alert:
            return Difference(DifferenceKind.CHANGED, number, oldest.cause, alert, oldest.alert)
        self._owed.popleft()
        self._compared += 1
        return None
