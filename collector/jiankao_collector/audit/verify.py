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
7.  Each policy that is recorded as signed:
    7.1  the signature holds under the key the record names;
    7.2  the signed text is the one the record puts in force.

The first record that fails a step is the first bad record. From there on nothing rests on the
record chain any more; what is still counted are envelopes whose own signature holds.

What this cannot see: a tail cut off between two records, and a rewriting of everything after the
last envelope by somebody who recomputes every digest. Both change the head, so both are seen by
comparing it with a copy (step 6).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jiankao_collector.audit.binding import Place, check_row
from jiankao_collector.audit.findings import (
    BadRecordError,
    Fault,
    NotedHead,
    Problem,
    SignedAfter,
    Verdict,
    WorkstationEvidence,
)
from jiankao_collector.audit.rows import StoredRow, UnreadableRest
from jiankao_collector.audit.signed import check_policy, check_statement, signed_header
from jiankao_collector.evidence_log.writer import derived_columns
from jiankao_proto import chain
from jiankao_proto.chain import ChainHead
from jiankao_proto.codec import read_record
from jiankao_proto.envelope import envelope_digest
from jiankao_proto.errors import MalformedError
from jiankao_proto.ids import DIGEST_SIZE, WorkstationId
from jiankao_proto.records import (
    EnvelopeAdmitted,
    ExamSessionOpened,
    LogOpened,
    PolicyChanged,
    Record,
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
        self._stray: object = None

    def take(self, row: StoredRow | UnreadableRest) -> Problem | None:
        """Check the next row and step on, or say what is wrong with it."""
        if self._next == 0 and isinstance(row, StoredRow) and _is_negative(row.number):
            # Outside the numbering, so it comes first; the number it should have had will be missing.
            self._stray = row.number
            return None
        try:
            place = Place(self._next, self._head, self._last_us)
            record, digest = check_row(row, place)
            self._check_opening(record)
            self._check_noted(record.number, digest)
            match record.body:
                case WorkstationEnrolled():
                    workstation = self._check_enrolment(record.body, digest)
                    self._workstations[record.body.workstation_id] = workstation
                case ExamSessionOpened() | PolicyChanged():
                    check_policy(record.body)
                case EnvelopeAdmitted():
                    self._workstations[record.body.workstation_id].head = self._check_envelope(
                        record.body
                    )
        except BadRecordError as bad:
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

    # ---- step 3 ----

    def _check_opening(self, record: Record) -> None:
        if record.number == 0:
            if not isinstance(record.body, LogOpened):
                raise BadRecordError(3, Fault.OPENING, "record 0 must open the log")
            self._log_id = record.body.log_id
        elif isinstance(record.body, LogOpened):
            raise BadRecordError(3, Fault.OPENING, "only record 0 may open a log")

    # ---- step 4 ----

    def _check_enrolment(self, enrolled: WorkstationEnrolled, digest: bytes) -> _Workstation:
        # 4.1
        if enrolled.workstation_id in self._workstations:
            raise BadRecordError(
                4, Fault.ENROLMENT, f"workstation {enrolled.workstation_id} is enrolled already"
            )
        # 4.2, 4.3
        check_statement(enrolled)
        return _Workstation(enrolled, proven=True, head=chain.genesis(digest))

    # ---- step 5 ----

    def _check_envelope(self, admitted: EnvelopeAdmitted) -> ChainHead:
        # 5.1
        workstation = self._workstations.get(admitted.workstation_id)
        if workstation is None:
            raise BadRecordError(
                5, Fault.ENVELOPE, f"workstation {admitted.workstation_id} is not enrolled"
            )
        # 5.2, 5.3
        header = signed_header(admitted, workstation.enrolled)
        # 5.4
        try:
            return chain.follow(workstation.head, header, envelope_digest(admitted.envelope), None)
        except chain.ChainError as error:
            raise BadRecordError(5, Fault.CHAIN, str(error)) from error

    # ---- step 6 ----

    def _check_noted(self, number: int, digest: bytes) -> None:
        if (
            self._noted is not None
            and self._noted.record == number
            and self._noted.digest != digest
        ):
            raise BadRecordError(6, Fault.NOTED_HEAD, f"this log has {digest.hex()} there")

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
                check_statement(body)
                self._workstations[body.workstation_id] = _Workstation(
                    body, proven=False, head=ChainHead(0, b"")
                )
            elif isinstance(body, EnvelopeAdmitted) and body.workstation_id in self._workstations:
                workstation = self._workstations[body.workstation_id]
                said = signed_header(body, workstation.enrolled).sequence
                workstation.first = min(workstation.first, said) if workstation.signed else said
                workstation.last = max(workstation.last, said)
                workstation.signed += 1
        except (MalformedError, BadRecordError):
            pass  # a row that proves nothing; the verdict already names the first bad record
        return 1


def _is_negative(number: object) -> bool:
    return isinstance(number, int) and number < 0
