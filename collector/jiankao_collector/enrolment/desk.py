"""The enrolment desk: a ticket and a signed statement in, a record and a certificate out."""

import datetime as dt
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization

from jiankao_collector.enrolment.certificates import Authority, issue_client_certificate
from jiankao_collector.enrolment.keyring import Keyring
from jiankao_collector.enrolment.tickets import TicketOffice
from jiankao_collector.errors import RefusedError, TicketError
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


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The answer to an enrolment."""

    workstation_id: WorkstationId
    certificate_pem: bytes
    genesis: bytes
    room: str
    seat: str


class EnrolmentDesk:
    """Enrols workstations. Every attempt leaves a record."""

    def __init__(
        self,
        authority: Authority,
        office: TicketOffice,
        keyring: Keyring,
        record: Callable[[RecordBody], Awaitable[Appended]],
        now_us: Callable[[], int],
    ) -> None:
        self._authority, self._office, self._keyring = authority, office, keyring
        self._record, self._now_us = record, now_us

    async def enrol(self, ticket_secret: str, envelope: bytes, peer: str) -> Enrolment:
        """Enrol one workstation. Raises RefusedError or TicketError with the reason, which is recorded too.

        The statement is checked before the ticket is claimed, so that a garbled request does not burn it.
        """
        try:
            statement = _checked_statement(envelope, ticket_secret)
            now = dt.datetime.fromtimestamp(self._now_us() / 1e6, dt.UTC)
            workstation = WorkstationId(f"w-{secrets.token_hex(6)}")
            certificate = issue_client_certificate(
                self._authority, statement.certificate_request_der, workstation, now
            )
            claimed = self._office.claim(ticket_secret, self._now_us())
        except (RefusedError, TicketError) as error:
            await self._record(EnrolmentRefused(str(error), peer))
            raise
        seat = claimed.seat or statement.hostname
        appended = await self._record(
            WorkstationEnrolled(
                workstation,
                envelope,
                statement.identity_public_key,
                certificate.fingerprint(hashes.SHA256()),
                claimed.digest,
                claimed.room,
                seat,
                statement.hostname,
                self._keyring.of_seat(claimed.room, seat),
                simulated=statement.operating_system.startswith(SIMULATED_PREFIX),
            )
        )
        self._keyring.add(appended.record)
        return Enrolment(
            workstation,
            certificate.public_bytes(serialization.Encoding.PEM),
            appended.digest,
            claimed.room,
            seat,
        )


def _checked_statement(envelope: bytes, ticket_secret: str) -> EnrolmentStatement:
    """Return the statement, signed by the key it names and bound to this ticket."""
    try:
        claimed = read_statement(read_envelope(envelope)[1])
        statement = read_statement(
            open_envelope(envelope, ENROLMENT_TYPE, claimed.identity_public_key)
        )
    except (JiankaoError, ValueError) as error:
        raise RefusedError(f"the enrolment statement does not hold: {error}") from error
    if statement.ticket_digest != ticket_digest(ticket_secret):
        raise RefusedError("the enrolment statement was signed for another ticket")
    return statement
