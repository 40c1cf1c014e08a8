"""A set of rules in force, and which of them an event matches. Pure; made by `compiling`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from jiankao_collector.sigma.events import Event, Value
from jiankao_collector.sigma.expressions import Expression
from jiankao_collector.sigma.index import Index
from jiankao_collector.sigma.matching import Test

COMMUNITY_LICENCE = "Detection Rule License 1.1"
"""What rules of the community's collection are under; theirs do not say so one by one.
https://github.com/SigmaHQ/Detection-Rule-License"""

_WIDER = {
    "registry_add": "registry_event",
    "registry_delete": "registry_event",
    "registry_set": "registry_event",
    "registry_rename": "registry_event",
}
"""Categories that rules may also name by a wider word."""
_SOURCES_KEPT = 1024


class Level(IntEnum):
    """How serious a rule's author holds a match to be."""

    INFORMATIONAL = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


@dataclass(frozen=True, slots=True)
class Source:
    """The events a rule is about; an empty part is any."""

    category: str = ""
    product: str = ""
    service: str = ""

    def takes(self, event: "Source") -> bool:
        """Tell whether an event of that source is meant."""
        return (
            self.category in {"", event.category, _WIDER.get(event.category, event.category)}
            and self.product in {"", event.product}
            and self.service in {"", event.service}
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `line`: where it begins in its file. `author` may be empty."""

    file: str
    line: int
    title: str
    id: str
    author: str
    licence: str
    level: Level
    tags: tuple[str, ...]
    source: Source
    expression: Expression


@dataclass(slots=True)
class RuleSet:
    """Rules with their tests. `digest`: of what was read and how it was understood; empty when there are no rules."""

    rules: tuple[Rule, ...] = ()
    tests: tuple[Test, ...] = ()
    digest: bytes = b""
    _indexes: dict[tuple[str, str, str], tuple[Index, tuple[Rule, ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def matches(self, event: Event) -> tuple[Rule, ...]:
        """Return the rules an event matches, in their order."""
        source = (event.category, event.product, event.service)
        found = self._indexes.get(source)
        if found is None:
            found = self._index(source)
        index, rules = found
        if not rules:
            return ()
        try:
            numbers = index.matches(event)
        except UnicodeEncodeError:
            # Half a surrogate pair: Windows allows it in names, the search libraries do not.
            numbers = index.matches(replace(event, fields=_whole(event.fields)))
        return tuple([rules[number] for number in numbers])

    def _index(self, named: tuple[str, str, str]) -> tuple[Index, tuple[Rule, ...]]:
        source = Source(*(part.casefold() for part in named))
        chosen = [
            (rule, test)
            for rule, test in zip(self.rules, self.tests, strict=True)
            if rule.source.takes(source)
        ]
        found = (
            Index([(rule.expression, test) for rule, test in chosen]),
            tuple(rule for rule, _ in chosen),
        )
        if len(self._indexes) >= _SOURCES_KEPT:
            self._indexes.clear()
        self._indexes[named] = found
        return found


def _whole(fields: Mapping[str, Value]) -> dict[str, Value]:
    return {
        name.encode(errors="replace").decode(): (
            value.encode(errors="replace").decode() if isinstance(value, str) else value
        )
        for name, value in fields.items()
    }
