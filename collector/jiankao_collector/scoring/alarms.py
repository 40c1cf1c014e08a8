"""Who wants to be woken when. Pure; what it costs does not grow with how many there are."""

from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

K = TypeVar("K")


class Alarms(Generic[K]):
    """One time for each key at most. Those whose time has come are woken in the order they were first given in."""

    def __init__(self) -> None:
        self._place: dict[K, int] = {}
        self._keys: list[K] = []
        self._times: list[int | None] = []
        self._heap: list[tuple[int, int]] = []

    def set(self, key: K, at_us: int | None) -> None:
        """Wake it then, and not when it wanted before; None: not at all."""
        place = self._place.get(key)
        if place is None:
            place = self._place[key] = len(self._keys)
            self._keys.append(key)
            self._times.append(None)
        if self._times[place] == at_us:
            return
        self._times[place] = at_us
        if at_us is not None:
            heappush(self._heap, (at_us, place))
            if len(self._heap) > 4 * len(self._keys) + 64:
                self._heap = [(at, n) for n, at in enumerate(self._times) if at is not None]
                heapify(self._heap)

    def next_us(self) -> int | None:
        """Return the earliest time."""
        while self._heap and self._times[self._heap[0][1]] != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now_us: int) -> list[K]:
        """Return whose time has come, without taking the time away: `set` does that."""
        if (first := self.next_us()) is None or first > now_us:
            return []
        places = set[int]()
        kept = []
        while self._heap and self._heap[0][0] <= now_us:
            entry = heappop(self._heap)
            if self._times[entry[1]] == entry[0] and entry[1] not in places:
                places.add(entry[1])
                kept.append(entry)
        for entry in kept:
            heappush(self._heap, entry)
        return [self._keys[place] for place in sorted(places)]
