"""A simulated workstation's enrolment: keys of its own, the real call, the checks of a first contact."""

import asyncio
import datetime as dt
import ssl
import uuid
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiankao_collector.config import Address
from jiankao_collector.demo.sealing import AGENT_VERSION
from jiankao_collector.demo.transport import Credentials, StreamLostError, enrolment_desk
from jiankao_proto.codec import write_statement
from jiankao_proto.envelope import ENROLMENT_TYPE, seal
from jiankao_proto.first_contact import trusted_authority
from jiankao_proto.ids import BootId, WorkstationId
from jiankao_proto.messages import EnrolmentStatement
from jiankao_proto.ticket import parse_ticket, ticket_digest

OPERATING_SYSTEM = "simulated Windows 11"
"""The collector marks as simulated whatever says so here."""
_ANSWER_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Identity:
    """What a workstation has once it is enrolled. The keys live in memory and end with the process."""

    workstation_id: WorkstationId
    room: str
    seat: str
    boot_id: BootId
    key: Ed25519PrivateKey
    credentials: Credentials
    chain_genesis: bytes


async def enrol(desk_at: Address, ticket_text: str, *, hostname: str, now_us: int) -> Identity:
    """Enrol at the collector's enrolment port with a ticket.

    Raises MalformedError for a mistyped ticket, IntegrityError when this is not the ticket's
    collector, RefusedError when it refuses, StreamLostError when it does not answer.
    """
    ticket = parse_ticket(ticket_text)
    server_pem = await _server_certificate(desk_at)
    async with enrolment_desk(str(desk_at), server_pem.encode()) as desk:
        authority = trusted_authority(
            await desk.describe(),
            ssl.PEM_cert_to_DER_cert(server_pem),
            ticket.fingerprint,
            dt.datetime.fromtimestamp(now_us / 1e6, dt.UTC),
        )
        key, tls_key = Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
        boot_id = BootId(str(uuid.uuid4()))
        statement = EnrolmentStatement(
            key.public_key().public_bytes_raw(),
            _certificate_request(tls_key, hostname),
            ticket_digest(ticket.secret),
            hostname,
            OPERATING_SYSTEM,
            AGENT_VERSION,
            boot_id.value,
            now_us,
        )
        sealed = seal(ENROLMENT_TYPE, write_statement(statement), key)
        issued = await desk.enrol(ticket.secret, sealed.data)
    return Identity(
        issued.workstation_id,
        issued.room,
        issued.seat,
        boot_id,
        key,
        Credentials(
            _pem(tls_key),
            issued.certificate,
            authority.public_bytes(serialization.Encoding.PEM),
        ),
        issued.chain_genesis,
    )


async def _server_certificate(desk_at: Address) -> str:
    try:
        return await asyncio.to_thread(
            ssl.get_server_certificate, (desk_at.host, desk_at.port), timeout=_ANSWER_WITHIN_S
        )
    except OSError as error:
        raise StreamLostError(
            f"nothing answers for enrolment at {desk_at} ({error}); is the collector running?"
        ) from error


def _certificate_request(tls_key: ec.EllipticCurvePrivateKey, hostname: str) -> bytes:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, hostname)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return request.sign(tls_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _pem(tls_key: ec.EllipticCurvePrivateKey) -> bytes:
    return tls_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
