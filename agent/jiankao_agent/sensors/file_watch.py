"""The files sensor at work: which folders are watched, and what becomes of an event in one of them.

watchdog (inotify, ReadDirectoryChangesW) says that something happened to a path; the sensor's own thread looks at it
once it has settled. Nothing here runs in watchdog's threads but the handing over of paths.
"""

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from watchdog.observers.api import BaseObserver, ObservedWatch

from jiankao_agent.platform.file_look import LARGEST, Look, look
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.file_changes import Budget, KnownFiles, Settling
from jiankao_agent.sensors.file_events import KINDS, Events, Media
from jiankao_agent.sensors.watched_places import REMOVABLE, Place
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Change, Health

TURN_S = 0.2
"""Between two looks while a file settles."""
_PLAN_EVERY_S = 10.0
"""How often folders that were not there are looked for."""
_MOST_LISTED = 20_000
"""Files of one place that are looked at when its watch begins."""
_DIGESTED_AT_START = 256 * 1024


@dataclass(slots=True)
class _Watched:
    place: Place
    watch: ObservedWatch
    mount: int = 0
    inode: int = 0


class FileWatch:
    """The watched places of one run of the sensor."""

    def __init__(
        self,
        context: SensorContext,
        observer: BaseObserver,
        media: Media,
        wanted: Callable[[], tuple[tuple[Place, ...], Condition]],
    ) -> None:
        self._context, self._observer, self._media, self._wanted = (
            context,
            observer,
            media,
            wanted,
        )
        self._events = Events(context.stopping.wake)
        self._watched: dict[Place, _Watched] = {}
        self._known = KnownFiles(_look)
        self._settling, self._budget = Settling(), Budget()
        self._troubles: dict[object, Condition] = {}
        self._said: Condition | None = None
        self._baseline = False
        self._planned_s: float | None = None

    def turn(self) -> None:
        """Look once. Raises OSError."""
        now_s = time.monotonic()
        self._baseline |= self._context.baseline_wanted()
        first = self._planned_s is None
        if self._planned_s is None or now_s - self._planned_s >= _PLAN_EVERY_S:
            self._planned_s = now_s
            self._plan(first=first)
        if self._media.changed():
            self._look_at_media(first=first)
        if self._baseline:
            self._baseline = False
            for fact in self._known.baseline():
                self._context.emit(fact)
        self._hear(now_s)
        for path in self._settling.settled(now_s):
            self._judge(path, now_s)
        self._report(now_s)

    def wait(self) -> None:
        """Wait for something to happen: shortly while a file has to settle, else for the next event."""
        if len(self._settling):
            self._context.stopping.wait(TURN_S)
        elif self._events.awaited():
            left_s = (self._planned_s or 0.0) + _PLAN_EVERY_S - time.monotonic()
            self._media.wait(self._context.stopping, max(0.0, left_s))

    # ---- which folders ----

    def _plan(self, *, first: bool) -> None:
        wanted, condition = self._wanted()
        self._trouble("settings", condition)
        for place in wanted:
            watched = self._watched.get(place)
            inode = _inode(place.path)
            if watched is not None and watched.inode != inode:
                self._leave(watched)  # gone, or another folder in its place
                watched = None
            if watched is None and inode:
                self._enter(place, inode, new=not first)

    def _look_at_media(self, *, first: bool) -> None:
        there = {medium.number: medium for medium in self._media.media()}
        for watched in [w for w in self._watched.values() if w.mount and w.mount not in there]:
            self._leave(watched)
        have = {w.mount for w in self._watched.values()}
        for number, medium in there.items():
            if number not in have:
                place = Place(Path(medium.point), REMOVABLE, programs_only=True, told_first=True)
                self._enter(place, _inode(place.path), new=not first, mount=number)

    def _enter(self, place: Place, inode: int, *, new: bool, mount: int = 0) -> None:
        """Watch a place. What is in a `new` one (it was not there before) is told as added."""
        try:
            watch = self._observer.schedule(
                self._events, str(place.path), recursive=place.recursive, event_filter=KINDS
            )
        except OSError as error:
            self._trouble(place, _unwatched(place, error))
            return
        self._trouble(place, OK)
        self._watched[place] = _Watched(place, watch, mount, inode)
        # Only now: a file that comes between listing and watching would be missed the other way round.
        for path in self._listed(place):
            if new:
                self._settling.touch(path, time.monotonic())
            elif place.takes(path):
                digest_up_to = LARGEST if place.group == REMOVABLE else _DIGESTED_AT_START
                seen = _look(path, digest_up_to)
                if seen is not None:
                    self._known.learn(place, path, seen)

    def _leave(self, watched: _Watched) -> None:
        del self._watched[watched.place]
        with suppress(KeyError, OSError):  # the folder is gone, and with it the kernel's watch
            self._observer.unschedule(watched.watch)
        now_s = time.monotonic()
        for fact in self._known.forget(watched.place):
            if self._budget.allows(fact.group, now_s):
                self._context.emit(fact)

    def _listed(self, place: Place) -> Iterator[str]:
        count = 0
        for folder, folders, names in os.walk(place.path):
            self._baseline |= (
                self._context.baseline_wanted()
            )  # a sign of life: a large folder takes its time
            if not place.recursive:
                folders.clear()
            elif place.left_out and folder == str(place.path):
                folders[:] = [f for f in folders if os.path.normcase(f) not in place.left_out]
            for name in names:
                count += 1
                if count > _MOST_LISTED or self._context.stopping.is_set():
                    return
                yield os.path.join(folder, name)  # noqa: PTH118 - tens of thousands

    # ---- what happens in them ----

    def _hear(self, now_s: float) -> None:
        for path, folder in self._events.take():
            self._touch(path, folder, now_s)

    def _touch(self, path: str, folder: bool, now_s: float) -> None:
        if self._place_of(path) is not None:
            self._settling.touch(path, now_s)
        for below in self._known.below(path) if folder else ():
            self._settling.touch(below, now_s)

    def _judge(self, path: str, now_s: float) -> None:
        place = self._place_of(path)
        if place is None:
            return
        fact = self._known.judge(place, path)
        if fact is not None and self._budget.allows(fact.group, now_s):
            self._context.emit(fact, urgent=fact.change is not Change.REMOVED)

    def _place_of(self, path: str) -> Place | None:
        """Return the place a path counts in: the innermost, when places lie in each other."""
        found: Place | None = None
        for place in self._watched:
            below = place.below(path)
            if not place.recursive and os.sep in below:
                continue
            deeper = found is None or len(str(place.path)) > len(str(found.path))
            if below and deeper and place.takes(path):
                found = place
        return found

    # ---- how it is ----

    def _trouble(self, of: object, condition: Condition) -> None:
        if condition is OK:
            self._troubles.pop(of, None)
        else:
            self._troubles[of] = condition

    def _report(self, now_s: float) -> None:
        self._budget.look(now_s)
        condition = next(iter(self._troubles.values()), OK)
        if condition is OK and self._budget.exceeded:
            groups = ", ".join(sorted(self._budget.exceeded))
            condition = Condition(
                Health.DEGRADED,
                say(
                    f"短时间内文件变化太多（{groups}），只上报了最早的一部分",
                    f"too many files changed at once ({groups}); only the first of them were told",
                ),
                say(
                    "若正在升级软件，请等待完成；考试期间请勿升级",
                    "wait if software is being updated; do not update during an exam",
                ),
            )
        if condition != self._said:
            self._said = condition
            self._context.report(condition)


def _look(path: str, digest_up_to: int = LARGEST) -> Look | None:
    """Look at a file; no digest of a private key leaves this computer."""
    return look(path, 0 if path.endswith(".key") else digest_up_to)


def _inode(path: Path) -> int:
    try:
        status = path.stat()
    except OSError:
        return 0
    return status.st_ino if path.is_dir() else 0


def _unwatched(place: Place, error: OSError) -> Condition:
    if sys.platform == "win32":
        return Condition(
            Health.DEGRADED,
            say(
                f"无法监视文件夹 {place.path}：{error}",
                f"folder {place.path} cannot be watched: {error}",
            ),
            say("请以管理员身份运行采集程序", "run the agent as administrator"),
        )
    else:  # noqa: RET505 - mypy reads a platform's branch only as an else
        return _unwatched_by_inotify(place, error)


def _unwatched_by_inotify(place: Place, error: OSError) -> Condition:
    full = error.errno in {errno.ENOSPC, errno.EMFILE}
    return Condition(
        Health.DEGRADED,
        say(
            f"无法监视文件夹 {place.path}：{'inotify 监视数量已达上限' if full else error}",
            f"folder {place.path} cannot be watched: "
            f"{'the limit of inotify watches is reached' if full else error}",
        ),
        say(
            "请提高上限：sysctl fs.inotify.max_user_watches=524288 与 fs.inotify.max_user_instances=512",
            "raise the limit: sysctl fs.inotify.max_user_watches=524288 and fs.inotify.max_user_instances=512",
        )
        if full
        else say("请以 root 运行采集程序", "run the agent as root"),
    )
