"""The stored rows of an evidence log as they stand in the file, read without changing anything.

An auditor may hold the folder of a running collector, of one that was killed, or a copy on
read-only media. What the folder looks like decides how the file is opened
(https://www.sqlite.org/wal.html#readonly, https://www.sqlite.org/uri.html):

- no write-ahead file: nobody writes; opened as immutable, so that not even an index file is made;
- a write-ahead file and its shared index: a collector may run; opened read-only, with its locks;
- a write-ahead file alone (a folder copied from a running or killed collector): opened read-only,
  with the index in our own memory.

Ignoring a write-ahead file would lose the newest records without a word; that never happens here.
"""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from jiankao_collector.audit.rows import StoredRow, UnreadableRest
from jiankao_collector.errors import EvidenceLogError
from jiankao_collector.evidence_log.schema import APPLICATION_ID, FILE_NAME, FORMAT

_COLUMNS = ("number", "kind", "workstation_id", "sequence", "content", "digest")

_ALL_ROWS = (
    "SELECT number, kind, workstation_id, sequence, content, digest"
    " FROM records NOT INDEXED ORDER BY number"
)
# A damaged schema or error message need not be UTF-8, and then that is what Python reports.
_UNREADABLE = (sqlite3.Error, UnicodeError)
_LARGEST_VALUE = 64 << 20
_NOT_NOW = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
}
_NO_LOCKS_VFS = "win32-none" if os.name == "nt" else "unix-none"


class StoredLog:
    """The evidence log in a data folder. Raises EvidenceLogError when missing or not ours."""

    def __init__(self, data: Path) -> None:
        try:
            self._path = data / FILE_NAME if data.is_dir() else data
            there = self._path.is_file()
        except OSError as error:
            raise EvidenceLogError(f"{data}: may not be read ({error.strerror})") from error
        if not there:
            raise EvidenceLogError(
                f"{self._path}: there is no evidence log here; name the collector's data folder"
            )
        self._immutable = False
        try:
            self._before = _stamp(self._path)
            self._connection = self._open()
        except (*_UNREADABLE, OSError) as error:
            raise EvidenceLogError(
                f"{self._path}: cannot be read as an evidence log ({error})"
            ) from error
        try:
            self._check_ours()
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def expected_records(self) -> int:
        """Return about how many records there are, for a progress bar; 0 when unknown."""
        try:
            (newest,) = self._connection.execute("SELECT max(number) FROM records").fetchone()
        except _UNREADABLE:
            return 0  # the rows themselves will say what is wrong
        return newest + 1 if isinstance(newest, int) else 0

    def rows(self) -> Iterator[StoredRow | UnreadableRest]:
        """Yield every row in the order of its number, from one view, in bounded memory.

        Neither an index nor the derived columns are trusted to find rows. An UnreadableRest can
        only come last.
        Raises EvidenceLogError when a collector began to write a file that nobody was writing, or
        the system would not read it just now.
        """
        try:
            for values in self._connection.execute(_ALL_ROWS):
                yield StoredRow(*values)
        except _UNREADABLE as error:
            self._check_unchanged()
            if not _is_damage(error):
                raise EvidenceLogError(
                    f"{self._path}: cannot be read now ({error}); it may be whole, run this again"
                ) from error
            yield UnreadableRest(str(error))
            return
        self._check_unchanged()

    def _open(self) -> sqlite3.Connection:
        write_ahead = self._path.with_name(self._path.name + "-wal")
        index = self._path.with_name(self._path.name + "-shm")
        waiting = write_ahead.exists() and (write_ahead.stat().st_size > 0 or index.exists())
        self._immutable = not waiting
        alone = waiting and not index.exists()
        how = "immutable=1" if self._immutable else "cache=private"
        if alone:
            how = f"vfs={_NO_LOCKS_VFS}"
        connection = sqlite3.connect(
            f"{self._path.resolve().as_uri()}?mode=ro&{how}",
            uri=True,
            isolation_level=None,
            timeout=10,
        )
        # Text stays apart from bytes; text that is no UTF-8 is a wrong value, not a failure.
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_VALUE)
        connection.execute("PRAGMA trusted_schema=OFF")
        # Despite its name, on a file opened read-only this only lets SQLite read what is left of a
        # file that was cut short, instead of refusing it whole.
        connection.execute("PRAGMA writable_schema=ON")
        if alone:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        return connection

    def _check_ours(self) -> None:
        try:
            (application,) = self._connection.execute("PRAGMA application_id").fetchone()
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            columns = [row[1] for row in self._connection.execute("PRAGMA table_info(records)")]
        except _UNREADABLE as error:
            raise EvidenceLogError(
                f"{self._path}: cannot be read as an evidence log ({error})"
            ) from error
        if application != APPLICATION_ID:
            raise EvidenceLogError(f"{self._path}: a database, but not an evidence log of ours")
        if version != FORMAT:
            raise EvidenceLogError(
                f"{self._path}: log format {version}; this version reads format {FORMAT}"
            )
        if not set(_COLUMNS) <= set(columns):
            raise EvidenceLogError(f"{self._path}: its table of records is missing or is not ours")

    def _check_unchanged(self) -> None:
        if self._immutable and _stamp(self._path) != self._before:
            raise EvidenceLogError(
                f"{self._path}: a collector began to write while it was read; run this again"
            )


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _is_damage(error: Exception) -> bool:
    """Tell a file that is wrong from one that the system or another program would not let us read."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    return code not in _NOT_NOW
