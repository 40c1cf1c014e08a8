"""The enrolment desk: a ticket and a signed statement in, a record and a certificate out.

`accept` decides at once, without waiting for anything, so that whoever counts refused attempts counts each before the
next is looked at; `enrol` and `refuse` then leave the record.
"""

import datetime as dt
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from jiankao_collector.enrolment.certificates import Authority, issue_client_certificate
from jiankao_collector.enrolment.keyring import Keyring
from jiankao_collector.enrolment.labels import MAX_LABEL, is_label
from jiankao_collector.enrolment.tickets import Claimed, TicketOffice
from jiankao_collector.errors import EvidenceLogError, RefusedError
from jiankao_collector.evidence_log.writer import Appended
from jiankao_proto.codec import read_envelope, read_statement
from jiankao_proto.envelope import ENROLMENT_TYPE, open_envelope
from jiankao_proto.errors import JiankaoError
from jiankao_proto.ids import WorkstationId
from jiankao_proto.messages import EnrolmentStatement
from jiankao_proto.records import EnrolmentRefused, RecordBody, WorkstationEnrolled
from jiankao_proto.ticket import ticket_digest

SIMULATED_PREFIX = "simulated"
"""What the operating system of a simulated workstation begins with."""
LARGEST_STATEMENT = 16 * 1024
"""Bytes of an enrolment statement, signed: keys, a certificate request and a few names."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The answer to an enrolment."""

    workstation_id: WorkstationId
    certificate_pem: bytes
    genesis: bytes
    room: str
    seat: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """An attempt whose ticket is claimed, and what is to be recorded of it."""

    workstation_id: WorkstationId
    certificate: x509.Certificate
    statement: EnrolmentStatement
    envelope: bytes
    claimed: Claimed


class EnrolmentDesk:
    """Enrols workstations. Every attempt leaves a record.

    `now_us`: the collector's clock, for tickets. Certificates hold by the wall clock: whoever checks them goes by it.
    """

    def __init__(  # noqa: PLR0917 - everything it works with, once
        self,
        authority: Authority,
        office: TicketOffice,
        keyring: Keyring,
        record: Callable[[RecordBody], Awaitable[Appended]],
        now_us: Callable[[], int],
        wall_clock: Callable[[], dt.datetime],
    ) -> None:
        self._authority, self._office, self._keyring = authority, office, keyring
        self._record, self._now_us, self._wall_clock = record, now_us, wall_clock

    def accept(self, ticket_secret: str, envelope: bytes) -> Accepted:
        """Check one attempt and claim its ticket. Raises RefusedError, TicketError or TicketsUnusableError.

        The statement is checked before the ticket is claimed, so that a garbled request does not burn it.
        """
        statement = _checked_statement(envelope, ticket_secret)
        workstation = WorkstationId(f"w-{secrets.token_hex(6)}")
        certificate = issue_client_certificate(
            self._authority, statement.certificate_request_der, workstation, self._wall_clock()
        )
        claimed = self._office.claim(ticket_secret, self._now_us())
        return Accepted(workstation, certificate, statement, envelope, claimed)

    async def enrol(self, accepted: Accepted) -> Enrolment:
        """Record an enrolment. Raises EvidenceLogError; nobody was enrolled then, and the ticket still holds."""
        claimed, statement = accepted.claimed, accepted.statement
        seat = claimed.seat or statement.hostname
        try:
            appended = await self._record(
                WorkstationEnrolled(
                    accepted.workstation_id,
                    accepted.envelope,
                    statement.identity_public_key,
                    accepted.certificate.fingerprint(hashes.SHA256()),
                    claimed.digest,
                    claimed.room,
                    seat,
                    statement.hostname,
                    self._keyring.of_seat(claimed.room, seat),
                    simulated=statement.operating_system.startswith(SIMULATED_PREFIX),
                )
            )
        except EvidenceLogError:
            self._office.put_back(claimed)
            raise
        self._keyring.add(appended.record)
        return Enrolment(
            accepted.workstation_id,
            accepted.certificate.public_bytes(serialization.Encoding.PEM),
            appended.digest,
            claimed.room,
            seat,
        )

    async def refuse(self, why: str, peer: str) -> None:
        """Record that an attempt was refused. Raises EvidenceLogError."""
        await self._record(EnrolmentRefused(why, peer))


def _checked_statement(envelope: bytes, ticket_secret: str) -> EnrolmentStatement:
    """Return the statement, signed by the key it names and bound to this ticket."""
    if len(envelope) > LARGEST_STATEMENT:
        raise RefusedError(
            f"an enrolment statement of {len(envelope)} bytes; at most {LARGEST_STATEMENT} are taken"
        )
    try:
        claimed = read_statement(read_envelope(envelope)[1])
        statement = read_statement(
            open_envelope(envelope, ENROLMENT_TYPE, claimed.identity_public_key)
        )
    except (JiankaoError, ValueError) as error:
        raise RefusedError(f"the enrolment statement does not hold: {error}") from error
    if statement.ticket_digest != ticket_digest(ticket_secret):
        raise RefusedError("the enrolment statement was signed for another ticket")
    if not is_label(statement.hostname):
        # It is shown to people, and names the seat when the ticket names none.
        raise RefusedError(
            f"the computer's name is none that can be shown: 1 to {MAX_LABEL} printable characters; rename it"
        )
    return statement
