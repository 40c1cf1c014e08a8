"""What the operating system tells of watched folders (through watchdog), and of media that come and go."""

import os
import queue
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Protocol

from watchdog.events import (
    EVENT_TYPE_DELETED,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)

from jiankao_agent.platform.stop_signal import StopSignal

KINDS: list[type[FileSystemEvent]] = [
    FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent, FileClosedEvent, FileAttribEvent,
    DirCreatedEvent, DirDeletedEvent, DirMovedEvent,
]  # fmt: skip
"""The events that are asked for."""


class Events(FileSystemEventHandler):
    """Hands the paths of events over to the sensor's thread, and wakes it when it wants to be."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._paths: queue.SimpleQueue[tuple[str, bool]] = queue.SimpleQueue()
        self._wake = wake
        self._wakes = False

    def awaited(self) -> bool:
        """Wake the sensor with the next event, once; False when there is one already."""
        self._wakes = True  # before the question, so that an event in between wakes it
        return self._paths.empty()

    def take(self) -> Iterator[tuple[str, bool]]:
        """Return the paths that have come, and whether each may be a folder."""
        self._wakes = False
        with suppress(queue.Empty):
            while True:
                yield self._paths.get_nowait()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Hand over both ends of a move; whether it may be a folder goes along."""
        folder = event.is_directory
        if sys.platform == "win32" and event.event_type == EVENT_TYPE_DELETED:
            folder = True  # Windows does not tell which it was
        for path in (event.src_path, event.dest_path):
            if path:
                self._paths.put((os.fsdecode(path), folder))
        if self._wakes:
            self._wakes = False
            self._wake()


class Medium(Protocol):
    """A medium that comes and goes."""

    @property
    def number(self) -> int:
        """What no other medium has while it is there."""

    @property
    def point(self) -> str:
        """The folder it is in."""


class Media(Protocol):
    """The media that come and go."""

    def wait(self, stopping: StopSignal, timeout_s: float) -> None:
        """Wait until they may be others, or as the signal's own wait does."""

    def changed(self) -> bool:
        """Tell, without waiting, whether they may be others than at the last question; yes at the first."""

    def media(self) -> Sequence[Medium]:
        """Return those that are there now. Raises OSError."""
