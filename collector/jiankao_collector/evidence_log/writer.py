"""Appending to the evidence log.

Invariants: records are numbered densely from 0; each holds the digest of the one before; `recorded_at_us` never goes
backwards; a batch of records is committed as a whole and is durable (WAL, synchronous=FULL) when `append` returns.
Several processes may append (the command line beside a running collector): every append reads the head inside its own
write transaction. A crash in the middle leaves the log as it was before the call.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jiankao_collector.errors import EvidenceLogError
from jiankao_collector.evidence_log.schema import connect
from jiankao_proto.codec import read_record, record_digest, record_kind, write_record
from jiankao_proto.ids import DIGEST_SIZE
from jiankao_proto.records import EnvelopeAdmitted, Record, RecordBody


@dataclass(frozen=True, slots=True)
class Appended:
    """A record that is now durable, and its digest."""

    record: Record
    digest: bytes


class EvidenceLogWriter:
    """Appends records to the log at `path`. Not safe for several threads at once."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self._path = path
        self._connection = connect(path, create=create)

    def append(self, bodies: Sequence[RecordBody], now_us: int) -> list[Appended]:
        """Append records and return them once they are durable.

        `now_us`: the collector's wall clock; when it stands before the last record's time, that time is used.
        Raises EvidenceLogError when nothing was stored: no space, locked, or unreadable.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                appended = list(self._build(bodies, now_us))
                self._connection.executemany(
                    "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)", (_row(a) for a in appended)
                )
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

    def _build(self, bodies: Iterable[RecordBody], now_us: int) -> Iterable[Appended]:
        row = self._connection.execute(
            "SELECT content, digest FROM records ORDER BY number DESC LIMIT 1"
        ).fetchone()
        number, previous, at_us = 0, bytes(DIGEST_SIZE), now_us
        if row is not None:
            last = read_record(row[0])
            number, previous, at_us = last.number + 1, row[1], max(now_us, last.recorded_at_us)
        for body in bodies:
            record = Record(number, previous, at_us, body)
            previous = record_digest(write_record(record))
            number += 1
            yield Appended(record, previous)


def _row(appended: Appended) -> tuple[int, str, str, int, bytes, bytes]:
    record = appended.record
    kind, workstation_id, sequence = derived_columns(record)
    return (record.number, kind, workstation_id, sequence, write_record(record), appended.digest)


def derived_columns(record: Record) -> tuple[str, str, int]:
    """Return (kind, workstation id, sequence) as the table repeats them; sequence -1 where there is none."""
    workstation = getattr(record.body, "workstation_id", None)
    sequence = record.body.sequence if isinstance(record.body, EnvelopeAdmitted) else -1
    return (record_kind(record), str(workstation) if workstation else "", sequence)
