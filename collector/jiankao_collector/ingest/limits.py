"""How much one workstation may ask of the collector: what waits in memory, what is refused, how often it comes back."""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

MOST_IN_FLIGHT = 256
"""Envelopes of one stream that may wait for their commit."""
MOST_BYTES_IN_FLIGHT = 8 << 20
"""Bytes of them."""
MOST_REFUSED = 100
"""Envelopes of one workstation refused and recorded within REFUSED_WITHIN_US: a flood must not fill the log."""
REFUSED_WITHIN_US = 600 * 1_000_000

MOST_OPENED = 30
"""Streams of one workstation within OPENED_WITHIN_US, two records each. A cable that breaks every 3 s stays below."""
OPENED_WITHIN_US = 60 * 1_000_000
HOLD_OFFS_US = tuple(s * 1_000_000 for s in (15, 30, 60, 120, 240))
"""How long a workstation that came back too often is held off, the first time and when it does so again and again."""
FORGIVEN_US = 600 * 1_000_000
"""So long after a hold-off it counts as the first one again."""


class InFlight:
    """The envelopes of one stream that wait for their commit."""

    def __init__(self) -> None:
        self._count = self._bytes = 0
        self._fewer = asyncio.Event()

    async def enter(self, size: int) -> None:
        """Wait until there is room for an envelope of `size` bytes, and take it. One at a time may wait."""
        while self._count and (
            self._count >= MOST_IN_FLIGHT or self._bytes + size > MOST_BYTES_IN_FLIGHT
        ):
            await self._wait()
        self._count += 1
        self._bytes += size

    def leave(self, size: int) -> None:
        """Give the room of an envelope back."""
        self._count -= 1
        self._bytes -= size
        self._fewer.set()

    async def emptied(self) -> None:
        """Wait until nothing is in flight."""
        while self._count:
            await self._wait()

    async def _wait(self) -> None:
        self._fewer.clear()
        await self._fewer.wait()


class RefusalBudget:
    """Counts refused envelopes per workstation, over all its streams."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._refused: dict[Hashable, deque[int]] = {}

    def spend(self, whose: Hashable) -> None:
        """Count one refused envelope."""
        self._refused.setdefault(whose, deque(maxlen=MOST_REFUSED)).append(self._now_us())

    def is_spent(self, whose: Hashable) -> bool:
        """Tell whether no more is to be taken from it for the time being."""
        times = self._refused.get(whose)
        if times is None or len(times) < MOST_REFUSED:
            return False
        return times[0] > self._now_us() - REFUSED_WITHIN_US


@dataclass(frozen=True, slots=True)
class HeldOff:
    """A workstation may not come back yet. `first`: it is the first to be told so of this hold-off.

    `turned_away`: how many streams the hold-offs before this one refused, of which nothing else was recorded.
    """

    for_us: int
    first: bool
    turned_away: int


@dataclass(slots=True)
class _Coming:
    opened: deque[int] = field(default_factory=lambda: deque(maxlen=MOST_OPENED))
    until_us: int = 0
    hold_offs: int = 0
    turned_away: int = 0


class Reconnections:
    """Counts the streams a workstation opens, and holds off one that opens too many."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._coming: dict[Hashable, _Coming] = {}

    def ask(self, whose: Hashable) -> HeldOff | None:
        """Count a stream that is to be opened; None when it may be."""
        now_us, one = self._now_us(), self._coming.setdefault(whose, _Coming())
        if now_us < one.until_us:
            one.turned_away += 1
            return HeldOff(one.until_us - now_us, first=False, turned_away=one.turned_away)
        if len(one.opened) < MOST_OPENED or one.opened[0] <= now_us - OPENED_WITHIN_US:
            one.opened.append(now_us)
            return None
        if now_us >= one.until_us + FORGIVEN_US:
            one.hold_offs = one.turned_away = 0
        for_us = HOLD_OFFS_US[min(one.hold_offs, len(HOLD_OFFS_US) - 1)]
        held = HeldOff(for_us, first=True, turned_away=one.turned_away)
        one.until_us, one.turned_away = now_us + for_us, 1
        one.hold_offs += 1
        one.opened.clear()
        return held
