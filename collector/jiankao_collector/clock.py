"""The collector's clock: the wall clock at start, then the monotonic one.

Somebody who turns the machine's clock during an exam session neither stops time in the evidence log (the writer never
lets it go backwards) nor makes every seat look silent. Commands given beside a running collector take the time from its
clock, so that a wall clock that was turned forward meanwhile does not get into the log through them.
"""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class CollectorClock:
    """Microseconds since the Unix epoch. `not_before_us`: the last recorded time, below which it does not start."""

    not_before_us: int = 0
    _ahead_us: int = field(init=False)
    """How far this clock is ahead of the monotonic one, which on one machine is the same in every process."""

    def __post_init__(self) -> None:
        self._ahead_us = max(time.time_ns() // 1000, self.not_before_us) - _monotonic_us()

    @classmethod
    def told(cls, ahead_us: int) -> "CollectorClock":
        """Return the clock of the collector that told this by `ahead_us`."""
        clock = cls()
        clock._ahead_us = ahead_us
        return clock

    @property
    def ahead_us(self) -> int:
        """What `told` needs in another process on this machine, until it is started anew."""
        return self._ahead_us

    def now_us(self) -> int:
        """Return the time now."""
        return _monotonic_us() + self._ahead_us

    def recorded(self, at_us: int) -> None:
        """Go on from a recorded time that is ahead: else the log's time would stand still until it is reached."""
        self._ahead_us = max(self._ahead_us, at_us - _monotonic_us())


def _monotonic_us() -> int:
    return time.monotonic_ns() // 1000
