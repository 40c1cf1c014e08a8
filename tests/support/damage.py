"""Ways to damage an evidence log's file, as somebody with write access could, or a bad disk."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from jiankao_collector.evidence_log.schema import FILE_NAME


def copy_of(data: Path, to: Path) -> Path:
    """Copy a data folder's log into the folder `to` and return that."""
    to.mkdir(parents=True, exist_ok=True)
    for name in (FILE_NAME, FILE_NAME + "-wal", FILE_NAME + "-shm"):
        if (data / name).exists():
            shutil.copy(data / name, to / name)
    return to


@contextmanager
def opened(data: Path) -> Iterator[sqlite3.Connection]:
    """Open a log for damage; what is done is in the file afterwards."""
    with closing(sqlite3.connect(data / FILE_NAME, isolation_level=None)) as connection:
        yield connection


def run_sql(data: Path, *statements: str) -> None:
    """Change a log behind its back."""
    with opened(data) as connection:
        for statement in statements:
            connection.execute(statement)


def places_of(file: bytes, value: bytes, page_size: int = 4096) -> list[int]:
    """Return the offsets of every byte of a stored value, which may be spread over several pages."""
    places: list[int] = []
    at = 0
    while at < len(value):
        piece = value[at : at + 48]
        found = file.find(piece)
        assert found >= 0, "the value is not in the file in one piece"
        end = min(found - found % page_size + page_size, len(file))
        length = 0
        while (
            at + length < len(value)
            and found + length < end
            and file[found + length] == value[at + length]
        ):
            length += 1
        places += range(found, found + length)
        at += length
    return places
