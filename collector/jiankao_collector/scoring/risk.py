"""From findings to a risk score: each finding's points once, each family capped, the sum at most 100."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from jiankao_collector.detectors.base import Family

HIGHEST = 100
CAPS = {
    Family.SOFTWARE: 70,
    Family.SESSION: 80,
    Family.NETWORK: 70,
    Family.INPUT: 80,
    Family.HANDS: 60,
    Family.DEVICE: 40,
    Family.TAMPER: 80,
    Family.RING: 40,
}


class Scored(Protocol):
    """What has points and belongs to a family."""

    @property
    def family(self) -> Family:
        """The family it is capped in."""

    @property
    def points(self) -> int:
        """What it adds, 0..100."""


@dataclass(frozen=True, slots=True)
class Risk:
    """A score 0..100, and what each finding added to it, in the order given.

    The contributions add up to the score: the strongest finding of a family counts first, and what its family's cap or
    the highest score leaves no room for counts nothing.
    """

    score: int
    contributions: tuple[int, ...]


def risk(findings: Iterable[Scored]) -> Risk:
    """Add up findings."""
    scored = list(findings)
    added = [0] * len(scored)
    by_family: dict[Family, int] = {}
    total = 0
    for index in sorted(range(len(scored)), key=lambda i: (-scored[i].points, i)):
        finding = scored[index]
        used = by_family.get(finding.family, 0)
        added[index] = max(0, min(finding.points, CAPS[finding.family] - used, HIGHEST - total))
        by_family[finding.family] = used + added[index]
        total += added[index]
    return Risk(total, tuple(added))
