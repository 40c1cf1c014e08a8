"""Rows as records, for commands that show what a log says rather than prove it."""

from collections.abc import Iterable, Iterator

from jiankao_collector.audit.rows import StoredRow, UnreadableRest
from jiankao_collector.errors import AlteredEvidenceError
from jiankao_proto.codec import read_record
from jiankao_proto.errors import MalformedError
from jiankao_proto.records import Record


def records(rows: Iterable[StoredRow | UnreadableRest]) -> Iterator[Record]:
    """Yield the records of a log. Raises AlteredEvidenceError, naming the first unreadable one."""
    for expected, row in enumerate(rows):
        try:
            yield _read(row)
        except MalformedError as error:
            raise AlteredEvidenceError(expected, f"{error}; run jiankao-audit verify") from error


def _read(row: StoredRow | UnreadableRest) -> Record:
    if isinstance(row, UnreadableRest):
        raise MalformedError(f"cannot be read ({row.why})")
    if not isinstance(row.content, bytes):
        raise MalformedError("its content is not stored as bytes")
    return read_record(row.content)
