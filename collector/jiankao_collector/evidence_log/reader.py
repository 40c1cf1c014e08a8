"""Reading the evidence log, without ever changing it."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jiankao_collector.errors import AlteredEvidenceError, EvidenceLogError
from jiankao_collector.evidence_log.schema import connect
from jiankao_proto.codec import read_record
from jiankao_proto.errors import MalformedError
from jiankao_proto.ids import WorkstationId
from jiankao_proto.records import Record

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A stored row as it stands in the file, unchecked."""

    number: int
    kind: str
    workstation_id: str
    sequence: int
    content: bytes
    digest: bytes


class EvidenceLogReader:
    """Reads the log at `path`; a collector may be writing it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = connect(path, read_only=True)

    def rows(self, start: int = 0) -> Iterator[Row]:
        """Yield stored rows from record `start` on, unchecked, as they stand. Raises EvidenceLogError."""
        position = start
        while page := self._query(
            "SELECT * FROM records WHERE number >= ? ORDER BY number LIMIT ?", position, _PAGE
        ):
            yield from page
            position = page[-1].number + 1

    def records(self, start: int = 0) -> Iterator[Record]:
        """Yield records from number `start` on. Raises EvidenceLogError, AlteredEvidenceError for an unreadable one."""
        return (_parsed(row) for row in self.rows(start))

    def of_kinds(self, kinds: tuple[str, ...], start: int = 0) -> Iterator[Record]:
        """Yield every record of some kinds from number `start` on, in order."""
        marks = ",".join("?" * len(kinds))
        position = start
        while page := self._query(
            f"SELECT * FROM records WHERE kind IN ({marks}) AND number >= ? ORDER BY number LIMIT ?",  # noqa: S608 - only question marks
            *kinds,
            position,
            _PAGE,
        ):
            yield from (_parsed(row) for row in page)
            position = page[-1].number + 1

    def of_workstation(self, workstation: WorkstationId, newest: int) -> list[Record]:
        """Return the `newest` latest records that name a workstation, oldest first."""
        page = self._query(
            "SELECT * FROM records WHERE workstation_id = ? ORDER BY number DESC LIMIT ?",
            workstation.value,
            newest,
        )
        return [_parsed(row) for row in reversed(page)]

    def record(self, number: int) -> Row | None:
        """Return one stored row."""
        page = self._query("SELECT * FROM records WHERE number = ?", number)
        return page[0] if page else None

    def last_envelope(self, workstation: WorkstationId) -> Row | None:
        """Return the row of a workstation's last admitted envelope."""
        page = self._query(
            "SELECT * FROM records WHERE workstation_id = ? AND kind = 'envelope_admitted' "
            "ORDER BY sequence DESC LIMIT 1",
            workstation.value,
        )
        return page[0] if page else None

    def envelope(self, workstation: WorkstationId, sequence: int) -> Row | None:
        """Return the row of one admitted envelope."""
        page = self._query(
            "SELECT * FROM records WHERE workstation_id = ? AND kind = 'envelope_admitted' AND sequence = ?",
            workstation.value,
            sequence,
        )
        return page[0] if page else None

    def last(self) -> Record | None:
        """Return the last record."""
        page = self._query("SELECT * FROM records ORDER BY number DESC LIMIT 1")
        return _parsed(page[0]) if page else None

    def count(self) -> int:
        """Return how many records there are."""
        try:
            (count,) = self._connection.execute("SELECT count(*) FROM records").fetchone()
        except sqlite3.Error as error:
            raise EvidenceLogError(f"{self._path}: cannot be read ({error})") from error
        return int(count)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _query(self, sql: str, *arguments: str | int) -> list[Row]:
        try:
            return [Row(*row) for row in self._connection.execute(sql, arguments)]
        except sqlite3.Error as error:
            raise EvidenceLogError(f"{self._path}: cannot be read ({error})") from error


def _parsed(row: Row) -> Record:
    try:
        return read_record(row.content)
    except MalformedError as error:
        raise AlteredEvidenceError(
            row.number, f"cannot be read ({error}); run jiankao-audit verify"
        ) from error
