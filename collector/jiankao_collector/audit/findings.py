"""What a verification can find, as facts; wording is elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What is wrong with the first bad record."""

    UNREADABLE = "unreadable"  # the database gives no rows from here on
    MISSING = "missing"  # there is no record of this number
    MISPLACED = "misplaced"  # the content names another number than the row
    DIGEST = "digest"  # the stored digest is not that of the content
    CONTENT = "content"  # the content is no record
    PREVIOUS = "previous"  # it does not follow the record before
    COLUMNS = "columns"  # a derived column says something else than the content
    TIME = "time"  # recorded before the record before
    OPENING = "opening"  # record 0 does not open the log, or a later one does again
    ENROLMENT = "enrolment"  # the enrolment's statement does not hold or says something else
    ENVELOPE = "envelope"  # the signature does not hold, or the signed header says something else
    CHAIN = "chain"  # the envelope is not the next of its workstation
    POLICY = "policy"  # a policy's signature does not hold, or the signed text is another one
    NOTED_HEAD = "noted_head"  # a head noted down earlier is not in this log


class BadRecordError(Exception):
    """The record at hand fails a step; it never leaves the verification."""

    def __init__(self, step: int, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.step, self.fault, self.detail = step, fault, detail


@dataclass(frozen=True, slots=True)
class Problem:
    """The first bad record, the step that found it, and an expert's detail in one English line."""

    record: int
    step: int
    fault: Fault
    detail: str


@dataclass(frozen=True, slots=True)
class SignedAfter:
    """Envelopes from the bad record on whose own signature still holds.

    `first` and `last` are sequences.
    """

    envelopes: int
    first: int
    last: int
    key_proven: bool
    """Whether the enrolment that names the key comes before the bad record."""


@dataclass(frozen=True, slots=True)
class WorkstationEvidence:
    """What holds of one workstation.

    `envelopes`: how many were admitted before the first bad record, from sequence 0 without a gap.
    """

    workstation: str
    room: str
    seat: str
    envelopes: int
    signed_after: SignedAfter | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome. Records 0 .. records-1 hold; `head` is the digest of the last of them."""

    records: int
    head: bytes
    problem: Problem | None
    workstations: tuple[WorkstationEvidence, ...]
    kinds: Mapping[str, int] = field(default_factory=dict)
    log_id: str = ""
    first_us: int = 0
    last_us: int = 0
    rows_after: int = 0
    """Rows from the bad record on that could still be read."""

    @property
    def intact(self) -> bool:
        """Tell whether nothing is wrong."""
        return self.problem is None


@dataclass(frozen=True, slots=True)
class NotedHead:
    """A head somebody wrote down earlier: that record, with that digest, must be in the log."""

    record: int
    digest: bytes
