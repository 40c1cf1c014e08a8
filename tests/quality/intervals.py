"""Intervals that hold the true figure 95 times of 100."""

from math import exp, lgamma, log, sqrt
from typing import NamedTuple

_BOTH_TAILS = 1.959964
"""Standard deviations of a normal distribution within which 95 of 100 lie."""
_TAIL = 0.025
_HALVINGS = 100


class Interval(NamedTuple):
    """Its two ends."""

    low: float
    high: float


def of_share(hits: int, tries: int) -> Interval:
    """Return the interval of a share: Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953."""
    if not tries:
        return Interval(0.0, 1.0)
    square = _BOTH_TAILS**2
    share = hits / tries
    middle = share + square / (2 * tries)
    reach = _BOTH_TAILS * sqrt(share * (1 - share) / tries + square / (4 * tries**2))
    scale = 1 + square / tries
    low = 0.0 if not hits else (middle - reach) / scale
    high = 1.0 if hits == tries else (middle + reach) / scale
    return Interval(low, high)


def of_rate(events: int, hours: float) -> Interval:
    """Return the exact interval of a Poisson rate per hour: Garwood 1936, https://doi.org/10.1093/biomet/28.3-4.437."""
    if hours <= 0:
        return Interval(0.0, float("inf"))
    low = 0.0 if not events else _mean_at(events - 1, 1 - _TAIL)
    return Interval(low / hours, _mean_at(events, _TAIL) / hours)


def _mean_at(events: int, chance: float) -> float:
    """Return the mean of the Poisson distribution that gives at most `events` with this chance."""
    low, high = 0.0, events + 10 * sqrt(events + 1) + 10
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _at_most(events, middle) > chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_most(events: int, mean: float) -> float:
    return sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(events + 1))
