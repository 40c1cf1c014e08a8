"""First contact: how this workstation gets its identity, and knows that it got it from its own collector.

 1. Read the ticket.
 2. Ask the server for its certificate, and trust exactly that one, for this call only.
 3. Describe: fetch the certificate authority, and compare it with the ticket's fingerprint.
 4. Check that this authority issued the server's certificate, and that both are valid now.
 5. Make both keys, in memory.
 6. Enrol: send the ticket and a statement signed by the identity key.
 7. Check the answer: a certificate of that authority for our TLS key.
 8. `identity.store` stores everything.

Up to 4 nothing secret is sent; before 8 nothing is stored. A crash within 8 leaves either no
`enrolment.json`, which is not enrolled, or all of it.
"""

import datetime as dt
import platform
import socket
import ssl
from typing import cast

import grpc
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from jiankao_agent.boot import boot_id
from jiankao_agent.clock import now
from jiankao_agent.config import VERSION, Address, Enrolment
from jiankao_agent.errors import EnrolmentError
from jiankao_agent.identity import Identity
from jiankao_agent.keystore import Keys, make_keys
from jiankao_agent.tls import served_certificate
from jiankao_proto.codec import write_statement
from jiankao_proto.envelope import ENROLMENT_TYPE, seal
from jiankao_proto.errors import IntegrityError, JiankaoError, MalformedError
from jiankao_proto.first_contact import check_valid, trusted_authority
from jiankao_proto.ids import DIGEST_SIZE, WorkstationId
from jiankao_proto.meeting import CLIENT_OPTIONS
from jiankao_proto.messages import EnrolmentStatement
from jiankao_proto.ticket import Ticket, parse_ticket, ticket_digest
from jiankao_proto.v1 import transport_pb2, transport_pb2_grpc

ANSWER_WITHIN_S = 10.0
_PUBLIC_KEY_SIZE = 32
_UNREACHED = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})


def enrol(ticket_text: str, enrolment_port: Address, telemetry: Address) -> Identity:
    """Make a new identity at the collector. Raises EnrolmentError, in one line; nothing is stored."""
    try:
        ticket = parse_ticket(ticket_text)  # 1
    except MalformedError as error:
        raise EnrolmentError(str(error)) from error
    leaf = _served(enrolment_port)  # 2
    with grpc.secure_channel(
        str(enrolment_port),
        grpc.ssl_channel_credentials(ssl.DER_cert_to_PEM_cert(leaf).encode()),
        options=CLIENT_OPTIONS,
    ) as channel:
        stub = transport_pb2_grpc.EnrolmentStub(channel)  # type: ignore[no-untyped-call] # generated
        try:
            described = stub.Describe(  # 3
                transport_pb2.DescribeRequest(), timeout=ANSWER_WITHIN_S
            )
            authority = trusted_authority(  # 4
                described.ca_certificate_pem, leaf, ticket.fingerprint, _now()
            )
            keys = make_keys()  # 5
            response = stub.Enrol(_request(ticket, keys), timeout=ANSWER_WITHIN_S)  # 6
        except grpc.RpcError as error:
            raise _refused(cast("grpc.Call", error), enrolment_port) from None
        except JiankaoError as error:
            raise EnrolmentError(f"{enrolment_port}: {error}") from error
    return _checked(response, keys, authority, telemetry)  # 7


def _served(address: Address) -> bytes:
    """Return the certificate (DER) the server presents, unchecked but for its dates."""
    try:
        leaf = served_certificate(address.host, address.port, ANSWER_WITHIN_S)
        check_valid(x509.load_der_x509_certificate(leaf), "the collector's certificate", _now())
    except ssl.SSLError as error:
        raise EnrolmentError(
            f"{address}: what answers there does not speak TLS 1.3 ({error.reason or 'closed'}); "
            "check host and enrolment port"
        ) from error
    except (OSError, UnicodeError) as error:
        raise EnrolmentError(
            f"{address}: no collector answers there ({_reason(error)}); "
            "check host, enrolment port, firewall, and that the collector runs"
        ) from error
    except IntegrityError as error:
        raise EnrolmentError(f"{address}: {error}") from error
    except ValueError as error:
        raise EnrolmentError(f"{address}: its certificate cannot be read") from error
    return leaf


def _now() -> dt.datetime:
    return dt.datetime.fromtimestamp(now().wall_us / 1e6, dt.UTC)


def _request(ticket: Ticket, keys: Keys) -> transport_pb2.EnrolRequest:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "jiankao workstation")])
    request = (
        x509.CertificateSigningRequestBuilder().subject_name(name).sign(keys.tls, hashes.SHA256())
    )
    statement = EnrolmentStatement(
        identity_public_key=keys.identity.public_key().public_bytes_raw(),
        certificate_request_der=request.public_bytes(Encoding.DER),
        ticket_digest=ticket_digest(ticket.secret),
        hostname=socket.gethostname()[:255],
        operating_system=f"{platform.system()} {platform.release()}",
        agent_version=VERSION,
        boot_id=str(boot_id()),
        wall_clock_us=now().wall_us,
    )
    sealed = seal(ENROLMENT_TYPE, write_statement(statement), keys.identity)
    return transport_pb2.EnrolRequest(ticket_secret=ticket.secret, envelope=sealed.data)


def _checked(
    response: transport_pb2.EnrolResponse,
    keys: Keys,
    authority: x509.Certificate,
    telemetry: Address,
) -> Identity:
    wrong = "the collector's answer to the enrolment is not usable"
    try:
        workstation_id = WorkstationId(response.workstation_id)
        certificate = x509.load_pem_x509_certificate(response.certificate_pem)
        certificate.verify_directly_issued_by(authority)
    except (MalformedError, ValueError, TypeError, InvalidSignature) as error:
        raise EnrolmentError(
            f"{wrong}: no certificate of its authority; ask for a new ticket"
        ) from error
    if certificate.public_key() != keys.tls.public_key():
        raise EnrolmentError(f"{wrong}: a certificate for another key; ask for a new ticket")
    if len(response.chain_genesis) != DIGEST_SIZE:
        raise EnrolmentError(f"{wrong}: no beginning of the chain; ask for a new ticket")
    if len(response.collector_public_key) != _PUBLIC_KEY_SIZE:
        raise EnrolmentError(f"{wrong}: no key of the collector; ask for a new ticket")
    if any(len(key) != _PUBLIC_KEY_SIZE for key in response.policy_public_keys):
        raise EnrolmentError(f"{wrong}: no key that signs policies; ask for a new ticket")
    try:
        check_valid(certificate, "the new certificate", _now())
    except IntegrityError as error:
        raise EnrolmentError(str(error)) from error
    enrolment = Enrolment(
        workstation_id,
        telemetry,
        response.collector_public_key,
        response.chain_genesis,
        response.room,
        response.seat,
        now().wall_us,
        tuple(response.policy_public_keys),
    )
    return Identity(enrolment, keys, authority.public_bytes(Encoding.PEM), response.certificate_pem)


def _refused(error: grpc.Call, address: Address) -> EnrolmentError:
    detail = " ".join((error.details() or error.code().name).split())[:300]
    if error.code() in _UNREACHED:
        return EnrolmentError(f"{address}: the collector does not answer ({detail}); try again")
    return EnrolmentError(f"{address}: the collector refused the enrolment: {detail}")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
