"""What is new about windows and desktops between two looks. Pure; time is an input.

A window is told of once for each thing that is odd about it, and a program for one kind of thing at most once a minute,
however many windows it makes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from jiankao_agent.platform.windows.window_seen import DesktopSeen, WindowSeen
from jiankao_proto.observations import WindowFindingKind

SMALLEST_SIDE_PX = 40
SMALLEST_AREA_PX = 20_000
"""Less of the exam's window covered shows no answers: marks of the pointer, of input methods, of recorders."""
REPEAT_US = 60_000_000
LOST_US = 1_000_000
"""A protection that is gone for less was lifted by a program that closes its window."""
_MOST_PROGRAMS = 512


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something odd. `window` is None for a change of desktops, `desktop` empty for a window."""

    kind: WindowFindingKind
    window: WindowSeen | None = None
    desktop: str = ""


_Key = tuple[int, int]
"""Handle and process: Windows gives handles out again."""


class WindowChanges:
    """Compares looks at the windows of one desktop."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._told: set[tuple[WindowFindingKind, _Key]] = set()
        self._protected: dict[_Key, int | None] = {}
        """Windows that were not to be captured; since when they no longer are so."""
        self._programs: dict[tuple[WindowFindingKind, int], int] = {}
        self._desktop: str | None = None

    def tell_again(self) -> None:
        """Forget what was told: everything odd that is there now is told at the next look."""
        self._told.clear()
        self._programs.clear()

    def look(self, seen: DesktopSeen, now_us: int) -> list[Noticed]:
        """Take in the desktop in front with all its windows, hidden ones too. `now_us` is monotonic."""
        found: list[Noticed] = []
        if self._desktop is not None and seen.name != self._desktop:
            found.append(Noticed(WindowFindingKind.DESKTOP_SWITCH, desktop=seen.name))
        self._desktop = seen.name
        if seen.windows is None:
            return found  # closed to us: what is known stays, for the windows are there again afterwards
        there = {(window.handle, window.pid): window for window in seen.windows}
        self._forget(there.keys())
        front = next((w for w in there.values() if w.handle == seen.foreground), None)
        for key, window in there.items():
            if front is not None and _covers(window, front):
                found += self._notice(WindowFindingKind.OVERLAY, key, window, now_us)
            found += self._affinity(key, window, now_us)
        return found

    def _affinity(self, key: _Key, window: WindowSeen, now_us: int) -> list[Noticed]:
        if not window.shown:
            return []  # a hidden window is not asked about: it neither has nor loses anything
        if window.affinity:
            self._protected[key] = None
            return self._notice(WindowFindingKind.CAPTURE_EXCLUDED, key, window, now_us)
        if key not in self._protected:
            return []
        since_us = self._protected[key]
        if since_us is None:
            self._protected[key] = now_us
            return []
        if now_us - since_us < LOST_US:
            return []
        del self._protected[key]
        # Given and lost again, it is two things that happened.
        self._told.discard((WindowFindingKind.CAPTURE_EXCLUDED, key))
        self._told.discard((WindowFindingKind.AFFINITY_LOST, key))
        return self._notice(WindowFindingKind.AFFINITY_LOST, key, window, now_us)

    def _notice(
        self, kind: WindowFindingKind, key: _Key, window: WindowSeen, now_us: int
    ) -> list[Noticed]:
        if (kind, key) in self._told:
            return []
        self._told.add((kind, key))
        told_us = self._programs.get((kind, window.pid))
        if told_us is not None and now_us - told_us < REPEAT_US:
            return []
        if len(self._programs) >= _MOST_PROGRAMS:
            self._programs = {
                of: at_us for of, at_us in self._programs.items() if now_us - at_us < REPEAT_US
            }
        if len(self._programs) < _MOST_PROGRAMS:
            self._programs[kind, window.pid] = now_us
        return [Noticed(kind, window)]

    def _forget(self, there: Iterable[_Key]) -> None:
        still = set(there)
        self._told = {told for told in self._told if told[1] in still}
        self._protected = {key: at for key, at in self._protected.items() if key in still}


def _covers(window: WindowSeen, front: WindowSeen) -> bool:
    if not window.is_pane or window.pid == front.pid:
        return False
    common = window.rectangle.common(front.rectangle)
    return (
        min(common.width_px, common.height_px) >= SMALLEST_SIDE_PX
        and common.width_px * common.height_px >= SMALLEST_AREA_PX
    )
