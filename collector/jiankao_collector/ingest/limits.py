"""How much one workstation may ask of the collector: what waits in memory, what is kept of what was refused."""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable

MOST_IN_FLIGHT = 256
"""Envelopes of one stream that may wait for their commit."""
MOST_BYTES_IN_FLIGHT = 8 << 20
"""Bytes of them."""
MOST_REFUSED = 100
"""Envelopes of one workstation refused and recorded within REFUSED_WITHIN_US: a flood must not fill the log."""
REFUSED_WITHIN_US = 600 * 1_000_000


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
