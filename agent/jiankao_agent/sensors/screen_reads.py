"""When reads of the screen are news: a client that goes on reading, not one screenshot. Pure; time is an input.

A picture may be fetched in many strips: reads within a tenth of a second are one look.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

LOOKS = 5
WITHIN_US = 5_000_000
ONE_LOOK_US = 100_000
AGAIN_US = 30_000_000
_FORGET_US = 60_000_000
_MOST_CLIENTS = 256

C = TypeVar("C")


@dataclass(slots=True)
class _Reader:
    looks: deque[int] = field(default_factory=lambda: deque(maxlen=LOOKS))
    told_us: int | None = None


class ScreenReads(Generic[C]):
    """Follows who reads the screen. `C` stands for one life of a client."""

    def __init__(self) -> None:
        """Start with nobody reading."""
        self._readers: dict[C, _Reader] = {}

    def feed(self, client: C, now_us: int) -> bool:
        """Take in a read; true when it is to be told: the client looks on, and that is new or half a minute old."""
        reader = self._readers.get(client)
        if reader is None:
            self._forget(now_us)
            reader = self._readers[client] = _Reader()
        looks = reader.looks
        if looks and now_us - looks[-1] < ONE_LOOK_US:
            return False
        looks.append(now_us)
        if len(looks) < LOOKS or now_us - looks[0] > WITHIN_US:
            return False
        if reader.told_us is not None and now_us - reader.told_us < AGAIN_US:
            return False
        reader.told_us = now_us
        return True

    def _forget(self, now_us: int) -> None:
        """Drop who has stopped, and the oldest when there are too many."""
        for client, reader in list(self._readers.items()):
            if now_us - reader.looks[-1] > _FORGET_US:
                del self._readers[client]
        while len(self._readers) >= _MOST_CLIENTS:
            del self._readers[next(iter(self._readers))]
