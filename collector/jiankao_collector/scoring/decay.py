"""What is left of a finding's weight when it no longer goes on: half of it after each half-life. Pure.

Time is counted in whole steps of ten seconds and weights in whole centibans, so that live and replay agree, and so that
nobody has to be woken in between.
"""

from functools import cache
from typing import Final

STEP_US: Final = 10_000_000
_ONE: Final = 1 << 16
_HALVES: Final = 16
"""After so many half-lives nothing is left."""


class Decay:
    """How weights fade with one half-life (seconds, at least one step)."""

    def __init__(self, half_life_s: int) -> None:
        self._steps = max(1, half_life_s * 1_000_000 // STEP_US)
        self._parts = tuple(int(_ONE * 2 ** (-step / self._steps)) for step in range(self._steps))

    @property
    def longest_us(self) -> int:
        """After so long nothing is left."""
        return (_HALVES * self._steps + 1) * STEP_US

    def left(self, centibans: int, ended_us: int, now_us: int) -> int:
        """Return what is left of a weight whose finding ended then; never more than before."""
        steps = now_us // STEP_US - ended_us // STEP_US
        if steps <= 0:
            return centibans
        halves, rest = divmod(steps, self._steps)
        return 0 if halves >= _HALVES else centibans * self._parts[rest] >> 16 + halves


@cache
def decay_of(half_life_s: int) -> Decay:
    """Return the one of a half-life; its table is made once."""
    return Decay(half_life_s)
