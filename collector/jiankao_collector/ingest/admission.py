"""Admission: what an envelope must pass before it is evidence.

In this order, each step resting on the one before: 1 size; 2 certificate (the caller has looked it up); 3 signature;
4 sequence and chain; 5 parse. Pure: what is already committed is asked through a callable.
"""

from collections.abc import Callable
from hashlib import sha256

from jiankao_collector.enrolment.keyring import Enrolled
from jiankao_collector.errors import RefusedError
from jiankao_collector.ingest.limits import MOST_OPENED, OPENED_WITHIN_US, HeldOff
from jiankao_proto.chain import BreakKind, ChainError, ChainHead, follow
from jiankao_proto.codec import MAX_ENVELOPE, read_batch, read_header
from jiankao_proto.envelope import BATCH_TYPE, envelope_digest, open_envelope
from jiankao_proto.errors import IntegrityError, MalformedError
from jiankao_proto.ids import WorkstationId
from jiankao_proto.meeting import LARGEST_MESSAGE
from jiankao_proto.records import EnvelopeAdmitted, EnvelopeRejected, RefusalReason

_CHAIN_REASONS = {
    BreakKind.DUPLICATE: RefusalReason.DUPLICATE,
    BreakKind.OUT_OF_ORDER: RefusalReason.OUT_OF_ORDER,
    BreakKind.FORK: RefusalReason.FORK,
    BreakKind.BROKEN: RefusalReason.CHAIN_BROKEN,
}


class EnvelopeRefusedError(RefusedError):
    """An envelope did not pass; `reason` says at which step."""

    def __init__(self, reason: RefusalReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


KEPT_OF_REJECTED = 64 * 1024
"""Bytes kept of an envelope that was refused."""
MOST_UNCOMMITTED = 1024
"""Envelopes that may be admitted before the first of them is committed."""


def rejected(
    workstation: WorkstationId | None, refused: EnvelopeRefusedError, envelope: bytes, peer: str
) -> EnvelopeRejected:
    """Return what is recorded of an envelope that did not pass."""
    return EnvelopeRejected(
        workstation,
        refused.reason,
        str(refused),
        envelope[:KEPT_OF_REJECTED],
        len(envelope),
        sha256(envelope).digest(),
        peer,
    )


def not_read(workstation: WorkstationId, peer: str) -> EnvelopeRejected:
    """Return what is recorded of a message gRPC refused before it read it: neither its bytes nor its size are known."""
    detail = (
        f"a message of more than {LARGEST_MESSAGE} bytes, packed or unpacked; none of it was read"
    )
    return EnvelopeRejected(workstation, RefusalReason.TOO_LARGE, detail, b"", 0, b"", peer)


def too_often(workstation: WorkstationId, held: HeldOff, peer: str) -> EnvelopeRejected:
    """Return what is recorded, once a hold-off, of a workstation that came back too often."""
    within_s, for_s = OPENED_WITHIN_US // 1_000_000, held.for_us // 1_000_000
    detail = f"{MOST_OPENED} streams within {within_s} s; held off for {for_s} s"
    if held.turned_away:
        detail += f"; the hold-off before turned away {held.turned_away}"
    return EnvelopeRejected(workstation, RefusalReason.TOO_MANY, detail, b"", 0, b"", peer)


class Admission:
    """Admits the envelopes of one workstation in order.

    `known` gives the digest committed at a sequence; of the last MOST_UNCOMMITTED admitted here it need not know.
    """

    def __init__(
        self, enrolled: Enrolled, head: ChainHead, known: Callable[[int], bytes | None]
    ) -> None:
        self._enrolled = enrolled
        self._known = known
        self._admitted: dict[int, bytes] = {}
        self.head = head
        """Where the chain stands after what was admitted so far."""

    def admit(self, envelope: bytes) -> EnvelopeAdmitted:
        """Return what is to be recorded and move the head. Raises EnvelopeRefusedError."""
        if len(envelope) > MAX_ENVELOPE:  # 1
            raise EnvelopeRefusedError(
                RefusalReason.TOO_LARGE,
                f"an envelope of {len(envelope)} bytes; at most {MAX_ENVELOPE} are admitted",
            )
        try:
            payload = open_envelope(envelope, BATCH_TYPE, self._enrolled.identity_public_key)  # 3
        except MalformedError as error:
            raise EnvelopeRefusedError(RefusalReason.MALFORMED_ENVELOPE, str(error)) from error
        except IntegrityError as error:
            raise EnvelopeRefusedError(RefusalReason.SIGNATURE, str(error)) from error
        try:
            header = read_header(payload)
            if header.workstation_id != self._enrolled.workstation_id:
                raise EnvelopeRefusedError(
                    RefusalReason.WRONG_WORKSTATION,
                    f"the batch says it is of {header.workstation_id}, the certificate is of "
                    f"{self._enrolled.workstation_id}",
                )
            digest = envelope_digest(envelope)
            head = follow(self.head, header, digest, self._taken(header.sequence))  # 4
            read_batch(payload)  # 5
        except ChainError as error:
            raise EnvelopeRefusedError(_CHAIN_REASONS[error.kind], str(error)) from error
        except MalformedError as error:
            raise EnvelopeRefusedError(RefusalReason.MALFORMED_BATCH, str(error)) from error
        self.head = head
        self._admitted[header.sequence] = digest
        self._admitted.pop(header.sequence - MOST_UNCOMMITTED, None)
        return EnvelopeAdmitted(self._enrolled.workstation_id, header.sequence, envelope)

    def _taken(self, sequence: int) -> bytes | None:
        """Return the digest of the envelope at a sequence that is not free any more, committed or on its way there."""
        if sequence >= self.head.next_sequence:
            return None
        return self._admitted.get(sequence) or self._known(sequence)
