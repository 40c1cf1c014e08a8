"""How many log-ins may fail. Pure: time is an input, in microseconds.

Three counters guard a log-in: of one name from one address, of one address whatever the name, and of one name whatever
the address. The last one is the most patient: a stranger must not be able to lock a proctor out of an exam cheaply.
"""

from collections import OrderedDict
from dataclasses import dataclass

_SECOND = 1_000_000
FIRST_WAIT_US = 15 * _SECOND
LONGEST_WAIT_US = 900 * _SECOND
FORGOTTEN_AFTER_US = 1800 * _SECOND
"""An address or name without failures for so long starts afresh."""
PAIR_TRIES = 5
PEER_TRIES = 15
NAME_TRIES = 40
MOST_COUNTERS = 10_000
"""Counters kept; the longest unused go first, so that a flood of invented names cannot fill the memory."""


@dataclass(slots=True)
class _Counter:
    failures: int = 0
    last_us: int = 0
    open_again_us: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """A log-in that is not even tried. `first`: nobody was told yet, so this one is worth a record."""

    wait_us: int
    first: bool


class Throttle:
    """Counts failed log-ins. A try is counted as failed when it begins, so parallel tries gain nothing."""

    def __init__(self) -> None:
        self._counters: OrderedDict[tuple[str, str], _Counter] = OrderedDict()
        self._told: set[tuple[str, str]] = set()

    def begin(self, name: str, peer: str, now_us: int) -> Refused | None:
        """Count a try, or refuse it and say how long to wait."""
        counters = {key: self._counter(key, now_us) for key, _ in _keys(name, peer)}
        wait_us = max(c.open_again_us for c in counters.values()) - now_us
        if wait_us > 0:
            closed = {k for k, c in counters.items() if c.open_again_us > now_us}
            first = not closed <= self._told
            self._told |= closed
            return Refused(wait_us, first)
        for key, tries in _keys(name, peer):
            counter = counters[key]
            self._told.discard(key)
            counter.failures += 1
            counter.last_us = now_us
            if counter.failures >= tries:
                wait = FIRST_WAIT_US << min(counter.failures - tries, 10)
                counter.open_again_us = now_us + min(wait, LONGEST_WAIT_US)
        return None

    def succeeded(self, name: str, peer: str) -> None:
        """Forget the failures of whoever has just logged in."""
        for key, _ in _keys(name, peer):
            self._counters.pop(key, None)
            self._told.discard(key)

    def _counter(self, key: tuple[str, str], now_us: int) -> _Counter:
        counter = self._counters.setdefault(key, _Counter())
        self._counters.move_to_end(key)
        if counter.last_us + FORGOTTEN_AFTER_US < now_us and counter.open_again_us <= now_us:
            counter.failures = 0
        while len(self._counters) > MOST_COUNTERS:
            gone, _ = self._counters.popitem(last=False)
            self._told.discard(gone)
        return counter


def _keys(name: str, peer: str) -> tuple[tuple[tuple[str, str], int], ...]:
    return (((name, peer), PAIR_TRIES), (("", peer), PEER_TRIES), ((name, ""), NAME_TRIES))
