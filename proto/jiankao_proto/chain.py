"""The chain of one workstation's batches: which one may come next."""

from dataclasses import dataclass
from enum import Enum

from jiankao_proto.batch import BatchHeader
from jiankao_proto.errors import IntegrityError


class BreakKind(Enum):
    """How a batch fails to be the next one."""

    DUPLICATE = "duplicate"
    OUT_OF_ORDER = "out-of-order"
    FORK = "fork"
    BROKEN = "broken"


class ChainError(IntegrityError):
    """The batch is not the next link. `kind` says how."""

    def __init__(self, kind: BreakKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class ChainHead:
    """What the next batch must say: its sequence and the digest it must name."""

    next_sequence: int
    digest: bytes


def genesis(enrolment_record_digest: bytes) -> ChainHead:
    """Return the head of a chain that has no batch yet."""
    return ChainHead(0, enrolment_record_digest)


def follow(head: ChainHead, header: BatchHeader, digest: bytes, known: bytes | None) -> ChainHead:
    """Return the head after the batch with this header and envelope digest.

    `known` is the digest of the envelope already committed at the header's sequence, if there is one.
    Raises ChainError otherwise: the same batch again, another batch at a taken sequence (a fork), a sequence
    that is still to come, or a batch that names another predecessor.
    """
    said, due = header.sequence, head.next_sequence
    if said < due:
        if known == digest:
            raise ChainError(
                BreakKind.DUPLICATE, f"batch {said} is committed already; next is {due}"
            )
        raise ChainError(
            BreakKind.FORK,
            f"a different batch {said} is committed already: two agents hold this key, or a log was wound back",
        )
    if said > due:
        raise ChainError(
            BreakKind.OUT_OF_ORDER, f"batch {said} came, {due} is next; send from {due}"
        )
    if header.previous_digest != head.digest:
        raise ChainError(
            BreakKind.BROKEN,
            f"batch {said} follows {header.previous_digest.hex()[:16]}, the log ends at {head.digest.hex()[:16]}",
        )
    return ChainHead(due + 1, digest)
