"""The durable queue: sealed batches from the moment they are signed until the collector has them.

A folder of append-only segment files, each named by the sequence of its first batch. `append` returns
after fsync; only then may an envelope leave. Whole segments are removed once everything in them is
acknowledged; the last one always stays, so the chain's head outlives an empty queue. What a crash leaves:

- a torn record at the very end, which never left the workstation: cut off when the spool is opened;
- an empty last segment: used again;
- a stale `acknowledged` file: the collector's Welcome corrects it.

Anything else that does not read back as it was written is damage, and is named, never skipped.
"""

import errno
import os
from array import array
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from jiankao_agent.durable_files import PRIVATE_FILE, make_folder, sync_folder
from jiankao_agent.errors import SpoolError
from jiankao_agent.spool_format import (
    FRAME_SIZE,
    Framed,
    any_frame_follows,
    frame,
    read_frames,
    unframe,
)
from jiankao_proto.chain import ChainHead
from jiankao_proto.envelope import Sealed, envelope_digest

DEFAULT_LIMIT = 1 << 30
"""Bytes of batches that wait for their acknowledgement."""
_SEGMENT_BYTES = 4 << 20
_SEGMENTS_PER_LIMIT = 8
_SUFFIX = ".spool"
_ACKNOWLEDGED = "acknowledged"
_NOTED_EVERY = 64
"""Batches between two notes of what was acknowledged: each costs a page of the disk."""
_OPEN_FLAGS = os.O_RDWR | getattr(os, "O_BINARY", 0)
_KEEP_AND_ENROL = "Keep the folder as evidence and enrol again with a new ticket and --again"


@dataclass(slots=True)
class _Segment:
    """One file: where each of its batches begins, and where the next one goes."""

    path: Path
    first: int
    offsets: "array[int]" = field(default_factory=lambda: array("I"))
    end: int = 0

    @property
    def after(self) -> int:
        """The sequence after its last batch."""
        return self.first + len(self.offsets)


class Spool:
    """The open queue of one workstation. One process, one thread at a time."""

    def __init__(self, folder: Path, genesis: ChainHead, limit_bytes: int = DEFAULT_LIMIT) -> None:
        """Open the queue in `folder`, making it when it is missing.

        `genesis`: the head of a chain that has no batch yet. Raises SpoolError.
        """
        self._folder, self._limit = folder, limit_bytes
        self._segment_bytes = min(_SEGMENT_BYTES, limit_bytes // _SEGMENTS_PER_LIMIT)
        self._file: int | None = None
        self._unclean = False
        self.head = genesis
        self.torn_bytes = 0
        """Bytes of a batch that a crash had cut short, removed when the spool was opened."""
        self.acknowledged = self._noted = 0
        """Everything below this sequence is committed at the collector, and what the folder says of it."""
        try:
            make_folder(folder)
            self._segments = self._open_segments()
            self.acknowledged = self._noted = self._read_acknowledged()
        except OSError as error:
            self.close()
            raise _cannot(folder, "be read", error) from error
        except SpoolError:
            self.close()
            raise

    @property
    def first_kept(self) -> int:
        """The lowest sequence that can still be read."""
        return self._segments[0].first if self._segments else self.head.next_sequence

    @property
    def waiting(self) -> int:
        """How many batches are not acknowledged."""
        return self.head.next_sequence - self.acknowledged

    def append(self, sealed: Sealed) -> None:
        """Make the batch that follows `head` durable.

        Raises SpoolError when that failed: the spool is as it was, and the sequence still free.
        """
        record = frame(self.head.next_sequence, sealed.data)
        kept = sum(s.end for s in self._segments if s.after > self.acknowledged)
        if kept + len(record) > self._limit:
            raise SpoolError(
                f"{self._folder}: full, {self.waiting} batches wait for the collector "
                f"({self._limit} bytes allowed); restore the connection to it"
            )
        try:
            self._write(record)
        except OSError as error:
            raise _cannot(self._folder, "take a batch", error) from error
        self.head = ChainHead(self.head.next_sequence + 1, sealed.digest)

    def read(self, sequence: int) -> bytes:
        """Return the envelope with this sequence. Raises SpoolError: not kept, damaged, unreadable."""
        segment = next((s for s in self._segments if s.first <= sequence < s.after), None)
        if segment is None:
            raise SpoolError(f"{self._folder}: batch {sequence} is not kept")
        index = sequence - segment.first
        start = segment.offsets[index]
        end = segment.offsets[index + 1] if index + 1 < len(segment.offsets) else segment.end
        try:
            with segment.path.open("rb") as file:
                file.seek(start)
                framed = unframe(file.read(end - start))
        except OSError as error:
            raise _cannot(segment.path, "be read", error) from error
        if framed is None or framed.sequence != sequence:
            raise _damaged(segment.path, sequence, start)
        return framed.data

    def acknowledge(self, committed_count: int) -> None:
        """Everything below `committed_count` is at the collector: remove what only holds that.

        Raises SpoolError when the folder cannot be written; nothing is lost by that.
        """
        if not self.acknowledged < committed_count <= self.head.next_sequence:
            return
        self.acknowledged = committed_count
        try:
            # The last batch stays, also when the file begun after it is still empty.
            while (
                len(self._segments) > 1
                and self._segments[1].offsets
                and self._segments[0].after <= committed_count
            ):
                self._segments[0].path.unlink()
                del self._segments[0]
            if committed_count - self._noted >= _NOTED_EVERY:
                self._note_acknowledged()
        except OSError as error:
            raise _cannot(self._folder, "be tidied", error) from error

    def close(self) -> None:
        """Note what was acknowledged, and close the file."""
        if self._file is not None and self.acknowledged != self._noted:
            with suppress(OSError):  # the next Welcome says it, too
                self._note_acknowledged()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    # ---- writing ----

    def _note_acknowledged(self) -> None:
        """Not made durable on purpose: a stale or torn value is corrected by the next Welcome."""
        self._noted = self.acknowledged
        file = os.open(self._folder / _ACKNOWLEDGED, _OPEN_FLAGS | os.O_CREAT, PRIVATE_FILE)
        try:
            os.write(file, b"%020d\n" % self.acknowledged)
        finally:
            os.close(file)

    def _write(self, record: bytes) -> None:
        if not self._segments or self._segments[-1].end >= self._segment_bytes:
            self._begin_segment()
        segment, file = self._segments[-1], self._file
        assert file is not None
        try:
            if self._unclean:
                os.ftruncate(file, segment.end)
                self._unclean = False
            os.lseek(file, segment.end, os.SEEK_SET)
            rest = memoryview(record)
            while rest:
                rest = rest[os.write(file, rest) :]
            os.fsync(file)
        except OSError:
            self._cut(file, segment.end)
            raise
        segment.offsets.append(segment.end)
        segment.end += len(record)

    def _begin_segment(self) -> None:
        first = self.head.next_sequence
        path = self._folder / f"{first:020d}{_SUFFIX}"
        file = os.open(path, _OPEN_FLAGS | os.O_CREAT, PRIVATE_FILE)
        try:
            sync_folder(self._folder)
        except OSError:
            os.close(file)
            raise
        self.close()
        self._file = file
        self._segments.append(_Segment(path, first))

    def _cut(self, file: int, end: int) -> None:
        """Take away what a failed write left; when that fails too, the next write does it first."""
        try:
            os.ftruncate(file, end)
        except OSError:
            self._unclean = True

    # ---- opening ----

    def _open_segments(self) -> list[_Segment]:
        paths = sorted(self._folder.glob(f"*{_SUFFIX}"))
        segments: list[_Segment] = []
        for path in paths:
            segment, last = self._scan(path, is_last=path == paths[-1])
            if segments and segment.first != segments[-1].after:
                raise SpoolError(
                    f"{path}: begins with batch {segment.first}, but batch {segments[-1].after} is due; "
                    f"a file is missing. {_KEEP_AND_ENROL}"
                )
            segments.append(segment)
            if last is not None:
                self.head = ChainHead(last.sequence + 1, envelope_digest(last.data))
        if segments and not segments[-1].offsets and segments[-1].first != self.head.next_sequence:
            raise SpoolError(
                f"{segments[-1].path}: empty, and what came before it is missing. {_KEEP_AND_ENROL}"
            )
        if segments:
            self._file = os.open(segments[-1].path, _OPEN_FLAGS)
            if self.torn_bytes:
                os.ftruncate(self._file, segments[-1].end)
                os.fsync(self._file)
        return segments

    def _scan(self, path: Path, *, is_last: bool) -> tuple[_Segment, Framed | None]:
        name = path.name.removesuffix(_SUFFIX)
        if not name.isdecimal():
            raise SpoolError(f"{path}: not a file of the spool; move it elsewhere")
        segment = _Segment(path, int(name))
        content = path.read_bytes()
        last: Framed | None = None
        for framed in read_frames(content):
            if framed.sequence != segment.after:
                raise _damaged(path, segment.after, segment.end)
            segment.offsets.append(segment.end)
            segment.end += FRAME_SIZE + len(framed.data)
            last = framed
        torn = len(content) - segment.end
        if torn and (not is_last or any_frame_follows(content, segment.end)):
            raise _damaged(path, segment.after, segment.end)
        self.torn_bytes += torn
        return segment, last

    def _read_acknowledged(self) -> int:
        """Return what was acknowledged last, or 0 when the file does not say: Welcome will."""
        try:
            text = (self._folder / _ACKNOWLEDGED).read_text(encoding="ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            return 0
        count = int(text) if text.isdecimal() else 0
        if count > self.head.next_sequence:
            raise SpoolError(
                f"{self._folder}: {count} batches were acknowledged, but only "
                f"{self.head.next_sequence} were ever here: files are missing or were put back. "
                f"{_KEEP_AND_ENROL}"
            )
        return count


def _damaged(path: Path, sequence: int, offset: int) -> SpoolError:
    return SpoolError(f"{path}: batch {sequence} at byte {offset} is damaged. {_KEEP_AND_ENROL}")


def _cannot(path: Path, what: str, error: OSError) -> SpoolError:
    remedy = {
        errno.ENOSPC: "free disk space",
        errno.EDQUOT: "raise the disk quota",
        errno.EFBIG: "raise the file size limit",
        errno.EACCES: "run as the folder's owner",
    }.get(error.errno or 0, "check the disk")
    return SpoolError(f"{path}: cannot {what} ({error.strerror or error}); {remedy}")
