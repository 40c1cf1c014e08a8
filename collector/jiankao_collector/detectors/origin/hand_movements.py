"""Whether a hand moved the mouse just so before. Pure; bounded.

One second of a person's movement has a length, a speed and a rhythm to the last digit that never come again. The same
ones again are a recording, whoever signed it and whatever time it names; or a device that moves the mouse by itself.
"""

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator

from jiankao_collector.detectors.base import Sign
from jiankao_collector.detectors.origin.signs import Told
from jiankao_proto.batch import Batch
from jiankao_proto.observations import InputSource, InputWindow

MOTION_EVENTS, PATH_PX = 10, 50.0
"""Less movement than this may well come twice."""
ENOUGH, AMONG = 3, 8
"""Different movements that have to come again, among so many in a row."""
KEPT = 4096
"""Movements remembered twice over, 8 bytes each: more than an hour in which the mouse never rests."""
_BITS = (1 << 64) - 1


class HandMovements:
    """Follows the local movements at one workstation."""

    def __init__(self) -> None:
        self._older: array[int] = array("Q")
        self._newer: array[int] = array("Q")
        self._latest: deque[tuple[int, bool]] = deque(maxlen=AMONG)

    def take(self, batch: Batch) -> Iterator[Told]:
        """Take in an admitted batch."""
        for observation in batch.observations:
            fact = observation.fact
            if isinstance(fact, InputWindow) and _is_rich(fact):
                yield from self._window(_mark(fact))

    def _window(self, mark: int) -> Iterator[Told]:
        known = _holds(self._newer, mark) or _holds(self._older, mark)
        just_now = any(mark == latest for latest, _ in self._latest)
        if not just_now:
            self._latest.append((mark, known))
        if not known:
            self._newer.insert(bisect_left(self._newer, mark), mark)
            if len(self._newer) >= KEPT:
                self._older, self._newer = self._newer, array("Q")
        elif not just_now and sum(again for _, again in self._latest) == ENOUGH:
            yield Told(Sign.HAND_AGAIN)


def _is_rich(window: InputWindow) -> bool:
    return (
        window.source is InputSource.LOCAL_DEVICE
        and window.motion_events >= MOTION_EVENTS
        and window.path_px >= PATH_PX
    )


def _mark(window: InputWindow) -> int:
    """Return a number for a movement: the hash of numbers is the same in every process."""
    return _BITS & hash(
        (
            window.motion_events,
            window.path_px,
            window.net_px,
            window.peak_speed_px_per_s,
            window.direction_changes,
            window.motion_interval_median_us,
        )
    )


def _holds(marks: "array[int]", mark: int) -> bool:
    at = bisect_left(marks, mark)
    return at < len(marks) and marks[at] == mark
