"""One row against its place in the log: steps 1 and 2 of audit.verify. Pure."""

from dataclasses import dataclass

from jiankao_collector.audit.findings import BadRecordError, Fault
from jiankao_collector.audit.rows import StoredRow, UnreadableRest
from jiankao_collector.evidence_log.writer import derived_columns
from jiankao_proto.codec import RECORD_KINDS, read_record, record_digest
from jiankao_proto.errors import MalformedError
from jiankao_proto.records import Record, UnknownBody


@dataclass(frozen=True, slots=True)
class Place:
    """What the next row must be: its number, the digest it must hold, the time it must not precede."""

    number: int
    previous_digest: bytes
    not_before_us: int


def check_row(row: StoredRow | UnreadableRest, place: Place) -> tuple[Record, bytes]:
    """Return the record in a row, and its digest. Raises BadRecordError when it does not fit its place."""
    if isinstance(row, UnreadableRest):
        raise BadRecordError(1, Fault.UNREADABLE, row.why)
    # 2.1
    if row.number != place.number or not isinstance(row.number, int):
        raise BadRecordError(
            2, Fault.MISSING, f"the row in its place is numbered {row.number!r:.40}"
        )
    # 2.2
    if not isinstance(row.content, bytes):
        raise BadRecordError(
            2, Fault.CONTENT, f"its content is stored as {type(row.content).__name__}"
        )
    digest = record_digest(row.content)
    if row.digest != digest:
        raise BadRecordError(2, Fault.DIGEST, f"its content has digest {digest.hex()}")
    # 2.3
    try:
        record = read_record(row.content)
    except MalformedError as error:
        raise BadRecordError(2, Fault.CONTENT, str(error)) from error
    if record.number != place.number:
        raise BadRecordError(2, Fault.MISPLACED, f"its content is that of record {record.number}")
    # 2.4
    if record.previous_digest != place.previous_digest:
        raise BadRecordError(
            2,
            Fault.PREVIOUS,
            f"it follows {record.previous_digest.hex()}, before it is {place.previous_digest.hex()}",
        )
    # 2.5
    _check_columns(row, record)
    # 2.6
    if record.recorded_at_us < place.not_before_us and place.number > 0:
        raise BadRecordError(
            2, Fault.TIME, f"recorded {place.not_before_us - record.recorded_at_us} µs before it"
        )
    return record, digest


def _check_columns(row: StoredRow, record: Record) -> None:
    kind, workstation, sequence = derived_columns(record)
    if isinstance(record.body, UnknownBody) and row.kind not in RECORD_KINDS:
        return  # written by a later version: what its columns should say is not known here
    pairs = (
        ("kind", row.kind, kind),
        ("workstation_id", row.workstation_id, workstation),
        ("sequence", row.sequence, sequence),
    )
    for name, stored, said in pairs:
        if stored != said or type(stored) is not type(said):
            raise BadRecordError(
                2, Fault.COLUMNS, f"column {name} holds {stored!r:.80}, its content says {said!r}"
            )
