"""From findings to a risk score: log-odds that add up, capped for each family, and shown as a score 0..100.

Everything is whole centibans, so contributions add up to the total exactly. The score is the logistic function of the
total: how likely, by the authors' weights, it is that the seat is driven from elsewhere. docs/adr/0016 says what that
means and what it does not.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, log10
from typing import Final

from jiankao_collector.detectors.base import Family
from jiankao_collector.knowledge.weights import CENTIBANS_PER_DECIBAN, Weights

_BOUNDS: Final = tuple(
    ceil(100 * log10((score - 0.5) / (100.5 - score))) for score in range(1, 101)
)
"""The least log-odds, in centibans, of each score from 1 on."""


@dataclass(frozen=True, slots=True)
class Risk:
    """A score 0..100, the log-odds behind it, and what each finding added to those, in the order given.

    The prior and the contributions add up to the log-odds: the strongest finding of a family counts first, and what
    its family's cap leaves no room for counts nothing.
    """

    score: int
    centibans: int
    contributions: tuple[int, ...]


def score_of(centibans: int) -> int:
    """Return the score that log-odds are shown as: their probability in percent, rounded."""
    return bisect_right(_BOUNDS, centibans)


def least_of(score: int) -> int:
    """Return the least log-odds (centibans) that are shown as a score of 1..100."""
    return _BOUNDS[score - 1]


def points(centibans: int) -> int:
    """Return a contribution in whole decibans, for lists that show no fractions."""
    return (centibans + CENTIBANS_PER_DECIBAN // 2) // CENTIBANS_PER_DECIBAN


def risk(findings: Iterable[tuple[Family, int]], weights: Weights) -> Risk:
    """Add up findings: the family of each, and what it weighs now (centibans, 0 or more)."""
    scored = list(findings)
    added = [0] * len(scored)
    left = dict(weights.caps)
    for index in sorted(range(len(scored)), key=lambda i: (-scored[i][1], i)):
        family, centibans = scored[index]
        room = left[family]
        added[index] = min(centibans, room)
        left[family] = room - added[index]
    total = weights.prior_centibans + sum(added)
    return Risk(score_of(total), total, tuple(added))
