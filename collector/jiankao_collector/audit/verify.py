"""Whether an evidence log holds together, from its rows and the public keys in it alone. Pure.

The steps; the same numbers stand on the code and in every problem found:

1.  The file is an evidence log of ours, in a format this version reads, and gives its rows
    (audit.stored opens it).
2.  Record by record:
    2.1  numbers are dense from 0;
    2.2  the stored digest is the digest of the content;
    2.3  the content is a record that names the row's number;
    2.4  it holds the digest of the record before;
    2.5  the derived columns repeat what the content says;
    2.6  its time does not go backwards.
3.  Record 0, and no other, opens the log.
4.  Each enrolment:
    4.1  its workstation was not enrolled before;
    4.2  the workstation's own signed statement holds under the identity key the record names;
    4.3  the statement says what the record says of it.
5.  Each admitted envelope:
    5.1  its workstation is enrolled;
    5.2  the signature holds under the enrolled key;
    5.3  the signed header names that workstation and sequence;
    5.4  it is the next link of the workstation's chain, which begins with the digest of the
         enrolment record.
6.  Count, and state the head: the digest of the last record. A head noted down earlier must be in
    the log.

The first record that fails a step is the first bad record. From there on nothing rests on the
record chain any more; what is still counted are envelopes whose own signature holds.

What this cannot see: a tail cut off between two records, and a rewriting of everything after the
last envelope by somebody who recomputes every digest. Both change the head, so both are seen by
comparing it with a copy (step 6).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jiankao_collector.audit.findings import (
    Fault,
    NotedHead,
    Problem,
    SignedAfter,
    Verdict,
    WorkstationEvidence,
)
from jiankao_collector.audit.rows import StoredRow, UnreadableRest
from jiankao_collector.evidence_log.writer import derived_columns
from jiankao_proto import chain
from jiankao_proto.batch import BatchHeader
from jiankao_proto.chain import ChainHead
from jiankao_proto.codec import RECORD_KINDS, read_batch, read_record, read_statement, record_digest
from jiankao_proto.envelope import BATCH_TYPE, ENROLMENT_TYPE, envelope_digest, open_envelope
from jiankao_proto.errors import IntegrityError, MalformedError
from jiankao_proto.ids import DIGEST_SIZE, WorkstationId
from jiankao_proto.records import (
    EnvelopeAdmitted,
    LogOpened,
    Record,
    UnknownBody,
    WorkstationEnrolled,
)


def verify(rows: Iterable[StoredRow | UnreadableRest], noted: NotedHead | None = None) -> Verdict:
    """Check the rows of a log, in the order of their numbers. Raises nothing of its own."""
    verifier = _Verifier(noted)
    stored = iter(rows)
    for row in stored:
        problem = verifier.take(row)
        if problem is not None:
            return verifier.verdict(problem, row, stored)
    return verifier.verdict(verifier.end(), None, stored)


class _BadRecordError(Exception):
    def __init__(self, step: int, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.step, self.fault, self.detail = step, fault, detail


@dataclass(slots=True)
class _Workstation:
    enrolled: WorkstationEnrolled
    proven: bool
    head: ChainHead
    signed: int = 0
    first: int = 0
    last: int = 0

    def evidence(self) -> WorkstationEvidence:
        after = (
            SignedAfter(self.signed, self.first, self.last, self.proven) if self.signed else None
        )
        it = self.enrolled
        return WorkstationEvidence(
            it.workstation_id.value, it.room, it.seat, self.head.next_sequence, after
        )


class _Verifier:
    def __init__(self, noted: NotedHead | None) -> None:
        self._noted = noted
        self._next = 0
        self._head = bytes(DIGEST_SIZE)
        self._first_us = self._last_us = 0
        self._log_id = ""
        self._kinds: Counter[str] = Counter()
        self._workstations: dict[WorkstationId, _Workstation] = {}
        self._stray: int | None = None

    def take(self, row: StoredRow | UnreadableRest) -> Problem | None:
        """Check the next row and step on, or say what is wrong with it."""
        if (
            self._next == 0
            and isinstance(row, StoredRow)
            and isinstance(row.number, int)
            and row.number < 0
        ):
            self._stray = (
                row.number
            )  # outside the numbering; the number it should have had will be missing
            return None
        try:
            record, digest = self._check_row(row)
            self._check_opening(record)
            self._check_noted(record.number, digest)
            match record.body:
                case WorkstationEnrolled():
                    workstation = self._check_enrolment(record.body, digest)
                    self._workstations[record.body.workstation_id] = workstation
                case EnvelopeAdmitted():
                    self._workstations[record.body.workstation_id].head = self._check_envelope(
                        record.body
                    )
        except _BadRecordError as bad:
            return Problem(self._next, bad.step, bad.fault, bad.detail)
        self._step_on(record, digest)
        return None

    def end(self) -> Problem | None:
        """Say what only the end of the rows can show."""
        if self._stray is not None:
            return Problem(
                self._next,
                2,
                Fault.MISSING,
                f"a row numbered {self._stray} lies outside the numbering",
            )
        if self._next == 0:
            return Problem(0, 2, Fault.MISSING, "the log holds no records at all")
        if self._noted is not None and self._noted.record >= self._next:
            return Problem(
                self._next,
                6,
                Fault.MISSING,
                f"the noted head is record {self._noted.record}; the log ends before it",
            )
        return None

    def _step_on(self, record: Record, digest: bytes) -> None:
        if record.number == 0:
            self._first_us = record.recorded_at_us
        self._last_us = record.recorded_at_us
        kind, _, _ = derived_columns(record)
        self._kinds[kind] += 1
        self._next, self._head = record.number + 1, digest

    # ---- step 2 ----

    def _check_row(self, row: StoredRow | UnreadableRest) -> tuple[Record, bytes]:
        if isinstance(row, UnreadableRest):
            raise _BadRecordError(1, Fault.UNREADABLE, row.why)
        # 2.1
        if row.number != self._next or not isinstance(row.number, int):
            raise _BadRecordError(
                2, Fault.MISSING, f"the row in its place is numbered {row.number!r:.40}"
            )
        # 2.2
        if not isinstance(row.content, bytes):
            raise _BadRecordError(
                2, Fault.CONTENT, f"its content is stored as {type(row.content).__name__}"
            )
        digest = record_digest(row.content)
        if row.digest != digest:
            raise _BadRecordError(2, Fault.DIGEST, f"its content has digest {digest.hex()}")
        # 2.3
        try:
            record = read_record(row.content)
        except MalformedError as error:
            raise _BadRecordError(2, Fault.CONTENT, str(error)) from error
        if record.number != self._next:
            raise _BadRecordError(
                2, Fault.MISPLACED, f"its content is that of record {record.number}"
            )
        # 2.4
        if record.previous_digest != self._head:
            raise _BadRecordError(
                2,
                Fault.PREVIOUS,
                f"it follows {record.previous_digest.hex()}, before it is {self._head.hex()}",
            )
        # 2.5
        _check_columns(row, record)
        # 2.6
        if record.recorded_at_us < self._last_us and self._next > 0:
            raise _BadRecordError(
                2, Fault.TIME, f"recorded {self._last_us - record.recorded_at_us} µs before it"
            )
        return record, digest

    # ---- step 3 ----

    def _check_opening(self, record: Record) -> None:
        if record.number == 0:
            if not isinstance(record.body, LogOpened):
                raise _BadRecordError(3, Fault.OPENING, "record 0 must open the log")
            self._log_id = record.body.log_id
        elif isinstance(record.body, LogOpened):
            raise _BadRecordError(3, Fault.OPENING, "only record 0 may open a log")

    # ---- step 4 ----

    def _check_enrolment(self, enrolled: WorkstationEnrolled, digest: bytes) -> _Workstation:
        # 4.1
        if enrolled.workstation_id in self._workstations:
            raise _BadRecordError(
                4, Fault.ENROLMENT, f"workstation {enrolled.workstation_id} is enrolled already"
            )
        # 4.2, 4.3
        _check_statement(enrolled)
        return _Workstation(enrolled, proven=True, head=chain.genesis(digest))

    # ---- step 5 ----

    def _check_envelope(self, admitted: EnvelopeAdmitted) -> ChainHead:
        # 5.1
        workstation = self._workstations.get(admitted.workstation_id)
        if workstation is None:
            raise _BadRecordError(
                5, Fault.ENVELOPE, f"workstation {admitted.workstation_id} is not enrolled"
            )
        # 5.2, 5.3
        header = _open_batch(admitted, workstation.enrolled)
        # 5.4
        try:
            return chain.follow(workstation.head, header, envelope_digest(admitted.envelope), None)
        except chain.ChainError as error:
            raise _BadRecordError(5, Fault.CHAIN, str(error)) from error

    # ---- step 6 ----

    def _check_noted(self, number: int, digest: bytes) -> None:
        if (
            self._noted is not None
            and self._noted.record == number
            and self._noted.digest != digest
        ):
            raise _BadRecordError(6, Fault.NOTED_HEAD, f"this log has {digest.hex()} there")

    def verdict(
        self,
        problem: Problem | None,
        bad: StoredRow | UnreadableRest | None,
        rest: Iterator[StoredRow | UnreadableRest],
    ) -> Verdict:
        """Sum up; from the bad row on, count the envelopes that hold by their own signature."""
        after = 0
        if bad is not None:
            after += self._count_signed(bad)
            for row in rest:
                after += self._count_signed(row)
        return Verdict(
            records=self._next,
            head=self._head,
            problem=problem,
            workstations=tuple(w.evidence() for w in self._workstations.values()),
            kinds=dict(self._kinds),
            log_id=self._log_id,
            first_us=self._first_us,
            last_us=self._last_us,
            rows_after=after,
        )

    def _count_signed(self, row: StoredRow | UnreadableRest) -> int:
        if isinstance(row, UnreadableRest):
            return 0
        try:
            body = read_record(row.content).body if isinstance(row.content, bytes) else None
            if (
                isinstance(body, WorkstationEnrolled)
                and body.workstation_id not in self._workstations
            ):
                _check_statement(body)
                self._workstations[body.workstation_id] = _Workstation(
                    body, proven=False, head=ChainHead(0, b"")
                )
            elif isinstance(body, EnvelopeAdmitted) and body.workstation_id in self._workstations:
                workstation = self._workstations[body.workstation_id]
                said = _open_batch(body, workstation.enrolled).sequence
                workstation.first = min(workstation.first, said) if workstation.signed else said
                workstation.last = max(workstation.last, said)
                workstation.signed += 1
        except (MalformedError, _BadRecordError):
            pass  # a row that proves nothing; the verdict already names the first bad record
        return 1


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
            raise _BadRecordError(
                2, Fault.COLUMNS, f"column {name} holds {stored!r:.80}, its content says {said!r}"
            )


def _check_statement(enrolled: WorkstationEnrolled) -> None:
    try:
        payload = open_envelope(
            enrolled.statement_envelope, ENROLMENT_TYPE, enrolled.identity_public_key
        )  # 4.2
        statement = read_statement(payload)
    except (MalformedError, IntegrityError) as error:
        raise _BadRecordError(4, Fault.ENROLMENT, str(error)) from error
    for name in ("identity_public_key", "ticket_digest", "hostname"):  # 4.3
        if getattr(statement, name) != getattr(enrolled, name):
            raise _BadRecordError(
                4, Fault.ENROLMENT, f"record and signed statement differ in {name}"
            )


def _open_batch(admitted: EnvelopeAdmitted, enrolled: WorkstationEnrolled) -> BatchHeader:
    try:
        payload = open_envelope(admitted.envelope, BATCH_TYPE, enrolled.identity_public_key)  # 5.2
        header = read_batch(payload).header
    except (MalformedError, IntegrityError) as error:
        raise _BadRecordError(5, Fault.ENVELOPE, str(error)) from error
    if (header.workstation_id, header.sequence) != (
        admitted.workstation_id,
        admitted.sequence,
    ):  # 5.3
        raise _BadRecordError(
            5,
            Fault.ENVELOPE,
            f"it was signed as batch {header.sequence} of workstation {header.workstation_id}",
        )
    return header
