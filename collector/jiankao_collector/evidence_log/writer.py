"""Appending to the evidence log.

Invariants: records are numbered densely from 0; each holds the digest of the one before; `recorded_at_us` never goes
backwards; a batch of records is committed as a whole and is durable (WAL, synchronous=FULL) when `append` returns.
Several processes may append (the command line beside a running collector): every append reads the head inside its own
write transaction. A crash in the middle leaves the log as it was before the call. What could not be read back is not
stored: one such record would stand in the way of everything behind it.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jiankao_collector.errors import AlteredEvidenceError, EvidenceLogError
from jiankao_collector.evidence_log.schema import LOCKED_S, connect
from jiankao_proto.codec import read_record, record_digest, record_kind, write_record
from jiankao_proto.errors import MalformedError
from jiankao_proto.ids import DIGEST_SIZE
from jiankao_proto.records import EnvelopeAdmitted, Record, RecordBody


@dataclass(frozen=True, slots=True)
class Appended:
    """A record that is now durable, and its digest."""

    record: Record
    digest: bytes


class EvidenceLogWriter:
    """Appends records to the log at `path`. Not safe for several threads at once.

    `wait_s`: how long to wait for another program that is writing.
    """

    def __init__(self, path: Path, *, create: bool = False, wait_s: float = LOCKED_S) -> None:
        self._path = path
        self._connection = connect(path, create=create, wait_s=wait_s)

    def append(self, bodies: Sequence[RecordBody], now_us: int) -> list[Appended]:
        """Append records and return them once they are durable.

        `now_us`: the collector's wall clock; when it stands before the last record's time, that time is used.
        Raises EvidenceLogError when nothing was stored: no space, locked, or the last record is altered. Raises
        MalformedError when one of the records cannot be read back; nothing was stored then either.
        """
        return self.append_decided(lambda: bodies, now_us)

    def append_decided(
        self, decide: Callable[[], Sequence[RecordBody]], now_us: int
    ) -> list[Appended]:
        """Append what `decide` returns; while it decides, nobody else can append.

        What it finds in the log (with a reader of its own) still holds when its records are stored. Whatever it raises
        is raised, and nothing was stored. Otherwise as `append`.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                appended = []
                for record, content in self._build(decide(), now_us):
                    digest = record_digest(content)
                    self._connection.execute(
                        "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)",
                        (record.number, *derived_columns(record), content, digest),
                    )
                    appended.append(Appended(record, digest))
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise EvidenceLogError(
                f"{self._path}: nothing was stored ({error}); free space or close the program that holds the file"
            ) from error
        return appended

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _build(self, bodies: Iterable[RecordBody], now_us: int) -> Iterator[tuple[Record, bytes]]:
        """Yield each record and its bytes, bound to the one before."""
        row = self._connection.execute(
            "SELECT content, digest FROM records ORDER BY number DESC LIMIT 1"
        ).fetchone()
        number, previous, at_us = 0, bytes(DIGEST_SIZE), now_us
        if row is not None:
            try:
                last = read_record(row[0])
            except MalformedError as error:
                (count,) = self._connection.execute("SELECT max(number) FROM records").fetchone()
                raise AlteredEvidenceError(
                    count,
                    f"cannot be read ({error}); nothing can follow it: run jiankao-audit verify",
                ) from error
            number, previous, at_us = last.number + 1, row[1], max(now_us, last.recorded_at_us)
        for body in bodies:
            record = Record(number, previous, at_us, body)
            content = write_record(record)
            read_record(content)
            yield record, content
            previous = record_digest(content)
            number += 1


def derived_columns(record: Record) -> tuple[str, str, int]:
    """Return (kind, workstation id, sequence) as the table repeats them; sequence -1 where there is none."""
    workstation = getattr(record.body, "workstation_id", None)
    sequence = record.body.sequence if isinstance(record.body, EnvelopeAdmitted) else -1
    return (record_kind(record), str(workstation) if workstation else "", sequence)
