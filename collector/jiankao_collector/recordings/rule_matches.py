"""Which Sigma rules matched in a recording: each with its events, for the report.

Findings of one computer are folded together when they are many; here every rule is counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jiankao_collector.recordings.formats import SeenEvent
from jiankao_collector.sigma.rules import Rule

LINES_KEPT = 20
"""Lines of the recording that are named for one rule; the others are counted."""


@dataclass(slots=True)
class Matched:
    """One rule's matches. `kinds`: events by log and number; times in microseconds since the epoch."""

    rule: Rule
    first_us: int
    last_us: int
    count: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    computers: Counter[str] = field(default_factory=Counter)
    lines: list[int] = field(default_factory=list)


class RuleMatches:
    """Every rule that matched."""

    def __init__(self) -> None:
        self._matched: dict[tuple[str, int], Matched] = {}

    def __iter__(self) -> Iterator[Matched]:
        """Yield them, the gravest and then the most frequent first."""
        order = sorted(self._matched.values(), key=lambda m: (-m.rule.level, -m.count, m.rule.file))
        return iter(order)

    def __bool__(self) -> bool:
        """Tell whether any rule matched."""
        return bool(self._matched)

    def add(self, rules: Iterable[Rule], seen: SeenEvent, line: int) -> None:
        """Count an event that these rules match."""
        for rule in rules:
            matched = self._matched.get((rule.file, rule.line))
            if matched is None:
                matched = self._matched[rule.file, rule.line] = Matched(
                    rule, seen.at_us, seen.at_us
                )
            matched.count += 1
            matched.last_us = max(matched.last_us, seen.at_us)
            matched.kinds[seen.kind] += 1
            matched.computers[seen.computer] += 1
            if len(matched.lines) < LINES_KEPT and line not in matched.lines[-1:]:
                matched.lines.append(line)
