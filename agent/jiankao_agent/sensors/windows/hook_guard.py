"""Notices hooks that no longer see the input there is. Pure; time is an input.

Windows drops a slow hook without a word, and a seat without hooks looks like a quiet one. But it also tells when a
session last got input: that this goes on while the hooks see nothing gives them away.
"""

from enum import Enum

_LOOK_EVERY_US = 1_000_000
_MISSES = 3
"""So many looks in a row with input that no hook saw: one alone may be a moment between the two."""


class Verdict(Enum):
    """What to do about the hooks."""

    FINE = 1
    SET_AGAIN = 2
    BLIND = 3
    """They were set again, and still see nothing of the input there is."""


class HookGuard:
    """Compares what the hooks saw with what the session got."""

    def __init__(self) -> None:
        """Start with nothing compared."""
        self._looked_us: int | None = None
        self._last_input_ms: int | None = None
        self._saw = False
        self._misses = 0
        self._set_again = False

    def saw(self) -> None:
        """Note that a hook saw something."""
        self._saw = True

    @property
    def trusted(self) -> bool:
        """Tell whether the hooks have seen something since they were last in doubt."""
        return not self._set_again

    def is_due(self, now_us: int) -> bool:
        """Tell whether it is time for a `look`."""
        return self._looked_us is None or now_us - self._looked_us >= _LOOK_EVERY_US

    def look(self, last_input_ms: int, now_us: int) -> Verdict:
        """Compare; `last_input_ms` is when the session last got input, on whatever clock."""
        moved = self._last_input_ms is not None and last_input_ms != self._last_input_ms
        self._last_input_ms, self._looked_us = last_input_ms, now_us
        if self._saw:
            self._saw, self._misses, self._set_again = False, 0, False
            return Verdict.FINE
        self._misses += moved
        if self._misses < _MISSES:
            return Verdict.FINE
        self._misses = 0
        if self._set_again:
            return Verdict.BLIND
        self._set_again = True
        return Verdict.SET_AGAIN
