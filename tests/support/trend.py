"""Whether readings taken one after the other grow, and how sure that is. Pure.

The slope is the Theil-Sen estimate: the median of the slopes of all pairs of readings, which a single leap does not
move, with the interval that holds the true one 95 times of 100 (Sen 1968, https://doi.org/10.2307/2285891). Readings
that follow each other are alike, so that many of them say less than as many independent ones: the variance is raised by
what the ranks of what is left after the slope have in common with themselves a while later (Hamed and Rao 1998,
https://doi.org/10.1016/S0022-1694(97)00125-X), up to the first lag at which that may be chance.
"""

from collections.abc import Sequence
from itertools import combinations
from math import sqrt
from statistics import fmean, median

_BOTH_TAILS = 1.96
"""Standard deviations of a normal distribution within which 95 of 100 lie."""


def slope(points: Sequence[tuple[float, float]]) -> dict[str, float | bool]:
    """Return the Theil-Sen slope of (x, y), its 95 % interval, and whether that holds 0. x must ascend."""
    slopes = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2))
    count, estimate = len(points), median(slopes)
    # The variance of Kendall's S without ties; with ties it is smaller, and the interval too wide.
    variance = count * (count - 1) * (2 * count + 5) / 18
    spread = _BOTH_TAILS * sqrt(variance * alikeness([y - estimate * x for x, y in points]))
    low = slopes[max(0, round((len(slopes) - spread) / 2))]
    high = slopes[min(len(slopes) - 1, round((len(slopes) + spread) / 2))]
    return {
        "estimate": round(estimate, 3),
        "low": round(low, 3),
        "high": round(high, 3),
        "within_noise": low <= 0 <= high,
    }


def alikeness(values: Sequence[float]) -> float:
    """Return by what the variance of Kendall's S is larger than that of independent values; at least 1."""
    count = len(values)
    ranks = _ranks(values)
    mean = fmean(ranks)
    away = [rank - mean for rank in ranks]
    whole = sum(a * a for a in away)
    if count < 4 or not whole:
        return 1.0
    total = 0.0
    for lag in range(1, count - 2):
        alike = sum(a * b for a, b in zip(away, away[lag:], strict=False)) / whole
        if alike < _BOTH_TAILS / sqrt(count):
            break
        total += (count - lag) * (count - lag - 1) * (count - lag - 2) * alike
    return 1 + 2 * total / (count * (count - 1) * (count - 2))


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the place of each value among all; equal ones share the middle of theirs."""
    places: dict[float, list[int]] = {}
    for place, value in enumerate(sorted(values)):
        places.setdefault(value, []).append(place)
    return [fmean((places[value][0], places[value][-1])) for value in values]
