"""What changed among watched files: compares looks, waits until a file has settled, limits how much is told."""

import os
from collections import Counter
from collections.abc import Callable, Iterator

from jiankao_agent.platform.file_look import Look
from jiankao_agent.sensors.watched_places import Place
from jiankao_proto.observations import Change, WatchedFileChanged

SETTLED_S = 0.3
LONGEST_S = 2.0
"""A file that is written without a pause is looked at so often all the same."""
MOST_A_MINUTE = 120
"""Changes of one group that are told in a minute; an update that rewrites everything is told of by its first ones."""
MOST_FILES = 50_000


class Settling:
    """Paths that something happened to, until nothing more happens to them. Times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, float]] = {}

    def touch(self, path: str, now_s: float) -> None:
        """Note that something happened to a path. Beyond what anybody keeps, the rest is lost and looked for again."""
        first = self._seen.get(path, (now_s, now_s))[0]
        if path in self._seen or len(self._seen) < MOST_FILES:
            self._seen[path] = (first, now_s)

    def settled(self, now_s: float) -> list[str]:
        """Take out the paths to look at now."""
        due = [
            path
            for path, (first, last) in self._seen.items()
            if now_s - last >= SETTLED_S or now_s - first >= LONGEST_S
        ]
        for path in due:
            del self._seen[path]
        return due

    def __len__(self) -> int:
        return len(self._seen)


class Budget:
    """How much of each group was told in this minute."""

    def __init__(self) -> None:
        self._told: Counter[str] = Counter()
        self._since_s = 0.0
        self.exceeded: frozenset[str] = frozenset()
        """Groups of which something was left out in this minute or the one before."""
        self._exceeding: set[str] = set()

    def allows(self, group: str, now_s: float) -> bool:
        """Tell whether one more of a group may be told, and count it."""
        self.look(now_s)
        self._told[group] += 1
        if self._told[group] <= MOST_A_MINUTE:
            return True
        self._exceeding.add(group)
        self.exceeded |= {group}
        return False

    def look(self, now_s: float) -> None:
        """Begin a new minute when it is time."""
        if now_s - self._since_s >= 60:  # noqa: PLR2004 - a minute
            self.exceeded = frozenset(self._exceeding)
            self._exceeding.clear()
            self._told.clear()
            self._since_s = now_s


class KnownFiles:
    """The files of the watched places as they were looked at last."""

    def __init__(self, look: Callable[[str], Look | None]) -> None:
        self._look = look
        self._known: dict[str, tuple[Place, Look]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def learn(self, place: Place, path: str, look: Look) -> bool:
        """Remember a file that was there before; tell whether it counts."""
        if place.programs_only and not look.program:
            return False
        if len(self._known) < MOST_FILES:
            self._known[path] = (place, look)
        return True

    def judge(self, place: Place, path: str) -> WatchedFileChanged | None:
        """Look at a path that something happened to; return what that was, None when it was nothing."""
        now = self._look(path)
        known = self._known.get(path)
        if now is None or (place.programs_only and not now.program):
            if known is None:
                return None
            del self._known[path]
            return WatchedFileChanged(Change.REMOVED, path, place.group)
        if known is None:
            if len(self._known) < MOST_FILES:
                self._known[path] = (place, now)
            return WatchedFileChanged(Change.ADDED, path, place.group, now.sha256)
        before = known[1]
        self._known[path] = (place, now)
        if before == now or (before.sha256 and before.sha256 == now.sha256):
            return None
        return WatchedFileChanged(Change.MODIFIED, path, place.group, now.sha256)

    def below(self, path: str) -> list[str]:
        """Return the files known at a path or in a folder of that name."""
        return [known for known in self._known if known == path or known.startswith(path + os.sep)]

    def forget(self, place: Place) -> Iterator[WatchedFileChanged]:
        """Forget a place that is gone; yield what went with it."""
        for path in [path for path, (of, _) in self._known.items() if of == place]:
            del self._known[path]
            yield WatchedFileChanged(Change.REMOVED, path, place.group)

    def baseline(self) -> Iterator[WatchedFileChanged]:
        """Yield everything that is told at the start."""
        for path, (place, look) in self._known.items():
            if place.told_first:
                yield WatchedFileChanged(Change.BASELINE, path, place.group, look.sha256)
