"""Records in the order of their times, in bounded memory: sorted pieces on disk, merged.

A recording is often several logs one after the other, so that its lines are not in the order of time.
"""

import contextlib
import heapq
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

PIECE_BYTES = 48 << 20
"""How much is held in memory before it is sorted and put to disk."""
_OVERHEAD = 120
"""Bytes of memory that one held record takes beside its content, about."""
_HEAD = struct.Struct("<QQI")


@dataclass(frozen=True, slots=True, order=True)
class Timed:
    """A record's time, the number of its line, and its content. Equal times keep the order of the lines."""

    at_us: int
    line: int
    content: bytes


class TimeOrder:
    """Takes records in any order, gives them in the order of time. A context: its temporary files go with it."""

    def __init__(self, piece_bytes: int = PIECE_BYTES) -> None:
        self._most = piece_bytes
        self._held: list[Timed] = []
        self._held_bytes = 0
        self._pieces: list[IO[bytes]] = []
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def add(self, record: Timed) -> None:
        """Take a record. Raises OSError when the disk is full."""
        self._held.append(record)
        self._held_bytes += len(record.content) + _OVERHEAD
        if self._held_bytes > self._most:
            self._put_away()

    def sorted(self) -> Iterator[Timed]:
        """Yield everything that was added, once."""
        self._held.sort()
        yield from heapq.merge(*(_read(piece) for piece in self._pieces), self._held)

    def _put_away(self) -> None:
        piece = tempfile.TemporaryFile(prefix="jiankao-assess-")  # noqa: SIM115 - lives as long as this order
        self._open.callback(piece.close)
        self._held.sort()
        for record in self._held:
            piece.write(_HEAD.pack(record.at_us, record.line, len(record.content)))
            piece.write(record.content)
        piece.seek(0)
        self._pieces.append(piece)
        self._held, self._held_bytes = [], 0


def _read(piece: IO[bytes]) -> Iterator[Timed]:
    while head := piece.read(_HEAD.size):
        at_us, line, size = _HEAD.unpack(head)
        yield Timed(at_us, line, piece.read(size))
