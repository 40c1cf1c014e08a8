"""The workstation's two clocks, and the watch that compares them."""

import sys
import time
from dataclasses import dataclass

JUMP_US = 2_000_000
"""A difference larger than this is reported."""


@dataclass(frozen=True, slots=True)
class Now:
    """Microseconds since the Unix epoch, and since the operating system started."""

    wall_us: int
    monotonic_us: int


def now() -> Now:
    """Read both clocks."""
    return Now(time.time_ns() // 1000, monotonic_us())


def monotonic_us() -> int:
    """Read the clock that nobody can set; on Linux it also runs while the computer sleeps."""
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
    else:  # noqa: RET505 - a platform switch, which the type checker reads as one
        return time.monotonic_ns() // 1000


class ClockWatch:
    """Tells when the wall clock moved against the monotonic one.

    Both are slewed alike by time synchronisation, so any difference is a step that somebody made.
    It is measured since the last report: many small steps add up to a report as well.
    """

    def __init__(self, first: Now) -> None:
        self._offset_us = first.wall_us - first.monotonic_us

    def look(self, at: Now) -> int | None:
        """Return the jump in microseconds (positive: forward), or None when there was none."""
        offset_us = at.wall_us - at.monotonic_us
        jump_us = offset_us - self._offset_us
        if abs(jump_us) <= JUMP_US:
            return None
        self._offset_us = offset_us
        return jump_us
