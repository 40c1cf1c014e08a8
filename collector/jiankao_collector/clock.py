"""The collector's clock: the wall clock at start, then the monotonic one.

Somebody who turns the machine's clock during an exam session neither stops time in the evidence log (the writer never
lets it go backwards) nor makes every seat look silent.
"""

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CollectorClock:
    """Microseconds since the Unix epoch. `not_before_us`: the last recorded time, below which it does not start."""

    not_before_us: int = 0
    _started_us: int = field(default_factory=lambda: time.time_ns() // 1000)
    _started_monotonic_ns: int = field(default_factory=time.monotonic_ns)

    def now_us(self) -> int:
        """Return the time now."""
        passed = (time.monotonic_ns() - self._started_monotonic_ns) // 1000
        return max(self._started_us, self.not_before_us) + passed
