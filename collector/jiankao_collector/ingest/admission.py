"""Admission: what an envelope must pass before it is evidence.

In this order, each step resting on the one before: 1 size; 2 certificate (the caller has looked it up); 3 signature;
4 sequence and chain; 5 parse. Pure: what is already committed is asked through a callable.
"""

from collections.abc import Callable

from jiankao_collector.enrolment.keyring import Enrolled
from jiankao_collector.errors import RefusedError
from jiankao_proto.chain import BreakKind, ChainError, ChainHead, follow
from jiankao_proto.codec import MAX_ENVELOPE, read_batch, read_header
from jiankao_proto.envelope import BATCH_TYPE, envelope_digest, open_envelope
from jiankao_proto.errors import IntegrityError, MalformedError
from jiankao_proto.records import EnvelopeAdmitted, RefusalReason

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


class Admission:
    """Admits the envelopes of one workstation in order. `known` gives the digest committed at a sequence."""

    def __init__(
        self, enrolled: Enrolled, head: ChainHead, known: Callable[[int], bytes | None]
    ) -> None:
        self._enrolled = enrolled
        self._known = known
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
            known = (
                self._known(header.sequence) if header.sequence < self.head.next_sequence else None
            )
            head = follow(self.head, header, envelope_digest(envelope), known)  # 4
            read_batch(payload)  # 5
        except ChainError as error:
            raise EnvelopeRefusedError(_CHAIN_REASONS[error.kind], str(error)) from error
        except MalformedError as error:
            raise EnvelopeRefusedError(RefusalReason.MALFORMED_BATCH, str(error)) from error
        self.head = head
        return EnvelopeAdmitted(self._enrolled.workstation_id, header.sequence, envelope)
