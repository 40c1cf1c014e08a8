"""What the operating system tells of watched folders (through watchdog), and of media that come and go."""

import os
import queue
import sys
from collections.abc import Sequence
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

KINDS: list[type[FileSystemEvent]] = [
    FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent, FileClosedEvent, FileAttribEvent,
    DirCreatedEvent, DirDeletedEvent, DirMovedEvent,
]  # fmt: skip
"""The events that are asked for."""


class Events(FileSystemEventHandler):
    """Hands the paths of events over to the sensor's thread."""

    def __init__(self, paths: "queue.SimpleQueue[tuple[str, bool]]") -> None:
        self._paths = paths

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Hand over both ends of a move; whether it may be a folder goes along."""
        folder = event.is_directory
        if sys.platform == "win32" and event.event_type == EVENT_TYPE_DELETED:
            folder = True  # Windows does not tell which it was
        for path in (event.src_path, event.dest_path):
            if path:
                self._paths.put((os.fsdecode(path), folder))


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

    def changed(self) -> bool:
        """Tell, without waiting, whether they may be others than at the last question; yes at the first."""

    def media(self) -> Sequence[Medium]:
        """Return those that are there now. Raises OSError."""
