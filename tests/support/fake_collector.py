"""A small faithful collector for the agent's tests: real mutual TLS, real admission, kept in memory.

It admits like the real one (signature, then chain, then parse), acknowledges what it committed, and can be
told to misbehave: refuse, withhold acknowledgements, or be killed and come back on the same ports.
"""

import asyncio
import datetime as dt
import secrets
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from typing import TypeAlias

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from jiankao_proto.batch import Batch
from jiankao_proto.chain import BreakKind, ChainError, ChainHead, follow, genesis
from jiankao_proto.codec import read_batch, read_envelope, read_statement
from jiankao_proto.envelope import (
    BATCH_TYPE,
    ENROLMENT_TYPE,
    envelope_digest,
    open_envelope,
)
from jiankao_proto.errors import IntegrityError, MalformedError
from jiankao_proto.meeting import HOLD_OFF_KEY, LARGEST_MESSAGE, SERVER_NAME
from jiankao_proto.observations import Fact
from jiankao_proto.records import RefusalReason
from jiankao_proto.ticket import fingerprint_of, format_ticket, parse_ticket
from jiankao_proto.v1 import transport_pb2, transport_pb2_grpc

StreamContext: TypeAlias = "grpc.aio.ServicerContext[transport_pb2.Uplink, transport_pb2.Downlink]"
DescribeContext: TypeAlias = (
    "grpc.aio.ServicerContext[transport_pb2.DescribeRequest, transport_pb2.DescribeResponse]"
)
EnrolContext: TypeAlias = (
    "grpc.aio.ServicerContext[transport_pb2.EnrolRequest, transport_pb2.EnrolResponse]"
)

_BREAKS = {
    BreakKind.DUPLICATE: RefusalReason.DUPLICATE,
    BreakKind.OUT_OF_ORDER: RefusalReason.OUT_OF_ORDER,
    BreakKind.FORK: RefusalReason.FORK,
    BreakKind.BROKEN: RefusalReason.CHAIN_BROKEN,
}
_OPTIONS = (
    ("grpc.http2.max_ping_strikes", 0),
    ("grpc.so_reuseport", 0),
)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


class ThrowAwayAuthority:
    """A certificate authority that lives as long as its test."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("throw-away authority")
        self.certificate = self._issue(self._name, self._key.public_key(), ca=True)
        self.fingerprint = fingerprint_of(self.certificate.public_bytes(Encoding.DER))

    def server(self, *, from_now: dt.timedelta = dt.timedelta()) -> tuple[bytes, bytes]:
        """Return key and certificate (PEM) of a server, valid for two days around now + `from_now`."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._issue(_name(SERVER_NAME), key.public_key(), from_now=from_now)
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return secret, pem(certificate)

    def client(self, key: ec.EllipticCurvePublicKey) -> x509.Certificate:
        return self._issue(_name("workstation"), key)

    def _issue(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        *,
        ca: bool = False,
        from_now: dt.timedelta = dt.timedelta(),
    ) -> x509.Certificate:
        middle = dt.datetime.now(dt.UTC) + from_now
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(middle - dt.timedelta(days=1))
            .not_valid_after(middle + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if subject == _name(SERVER_NAME):
            names = x509.SubjectAlternativeName([x509.DNSName(SERVER_NAME)])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())


class FakeCollector(transport_pb2_grpc.TelemetryServicer, transport_pb2_grpc.EnrolmentServicer):
    """One collector for one workstation. All of it runs on the test's event loop."""

    def __init__(
        self,
        *,
        from_now: dt.timedelta = dt.timedelta(),
        keepalive: tuple[tuple[str, int], ...] = (),
    ) -> None:
        """Make one whose certificate is valid for two days around now + `from_now`."""
        self._options = (*_OPTIONS, *keepalive)
        self.largest_message = LARGEST_MESSAGE
        self.authority = ThrowAwayAuthority()
        self.described = self.authority
        self.secret = secrets.token_bytes(10)
        self.genesis = sha256(b"the enrolment record").digest()
        self.identity = b""
        self.committed: list[bytes] = []
        self.hellos: list[transport_pb2.Hello] = []
        self.refused: list[RefusalReason] = []
        self.enrolments = 0
        self.refuse_next: list[RefusalReason] = []
        self.turn_away = ""
        self.hold_off: tuple[str, int] | None = None
        self.tries = 0
        self.acknowledging = True
        self.claimed_count: int | None = None
        self.policy = transport_pb2.Policy(flush_interval_ms=100, quiet_interval_ms=500)
        self.policy_public_keys: list[bytes] = []
        self.telemetry_port = self.enrolment_port = 0
        self._head = genesis(self.genesis)
        self._changed = asyncio.Condition()
        self._servers: list[grpc.aio.Server] = []
        self._streams: set[asyncio.Queue[transport_pb2.Downlink | None]] = set()
        self._key_and_leaf = self.authority.server(from_now=from_now)

    @property
    def ticket(self) -> str:
        return format_ticket(self.secret, self.authority.fingerprint)

    # ---- life ----

    async def start(self) -> None:
        """Serve; after a `kill`, on the same ports as before."""
        key, leaf = self._key_and_leaf
        telemetry = grpc.ssl_server_credentials(
            [(key, leaf)], pem(self.authority.certificate), require_client_auth=True
        )
        enrolment = grpc.ssl_server_credentials([(key, leaf)])
        self.telemetry_port = await self._serve(
            telemetry, self.telemetry_port, transport_pb2_grpc.add_TelemetryServicer_to_server
        )
        self.enrolment_port = await self._serve(
            enrolment, self.enrolment_port, transport_pb2_grpc.add_EnrolmentServicer_to_server
        )

    async def kill(self) -> None:
        """Drop every connection at once."""
        servers, self._servers = self._servers, []
        for server in servers:
            await server.stop(grace=None)

    async def _serve(
        self, credentials: grpc.ServerCredentials, port: int, add: Callable[..., None]
    ) -> int:
        largest = ("grpc.max_receive_message_length", self.largest_message)
        server = grpc.aio.server(options=(*self._options, largest))
        add(self, server)
        bound = server.add_secure_port(f"127.0.0.1:{port}", credentials)
        await server.start()
        self._servers.append(server)
        return bound

    # ---- what a test asks ----

    def batches(self) -> list[Batch]:
        return [read_batch(read_envelope(e)[1]) for e in self.committed]

    def facts(self) -> list[Fact]:
        return [o.fact for b in self.batches() for o in b.observations]

    async def until(self, true: Callable[[], bool], within_s: float = 20.0) -> None:
        """Wait until something holds; it is looked at after everything that happens here."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(true)

    def check_chain(self) -> None:
        """Assert that what was committed is one unbroken chain."""
        head = genesis(self.genesis)
        for envelope in self.committed:
            batch = read_batch(open_envelope(envelope, BATCH_TYPE, self.identity))
            head = follow(head, batch.header, envelope_digest(envelope), None)

    def push(self, message: transport_pb2.Downlink) -> None:
        """Say something down every stream."""
        for stream in self._streams:
            stream.put_nowait(message)

    @property
    def count(self) -> int:
        return len(self.committed)

    # ---- the services ----

    async def Describe(  # noqa: N802 - the name in the schema
        self,
        request: transport_pb2.DescribeRequest,  # noqa: ARG002 - gRPC's signature
        context: DescribeContext,  # noqa: ARG002 - the same
    ) -> transport_pb2.DescribeResponse:
        return transport_pb2.DescribeResponse(ca_certificate_pem=pem(self.described.certificate))

    async def Enrol(  # noqa: N802 - the name in the schema
        self, request: transport_pb2.EnrolRequest, context: EnrolContext
    ) -> transport_pb2.EnrolResponse:
        if request.ticket_secret != parse_ticket(self.ticket).secret:
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "this ticket is not known")
        statement = read_statement(read_envelope(request.envelope)[1])
        open_envelope(request.envelope, ENROLMENT_TYPE, statement.identity_public_key)
        self.identity = statement.identity_public_key
        self.enrolments += 1
        request_for = x509.load_der_x509_csr(statement.certificate_request_der)
        key = request_for.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        certificate = self.authority.client(key)
        return transport_pb2.EnrolResponse(
            workstation_id=f"w-{self.enrolments}",
            certificate_pem=pem(certificate),
            collector_public_key=bytes(32),
            chain_genesis=self.genesis,
            room="101",
            seat="7",
            policy_public_keys=self.policy_public_keys,
        )

    async def Stream(  # noqa: N802 - the name in the schema
        self, request_iterator: AsyncIterator[transport_pb2.Uplink], context: StreamContext
    ) -> None:
        self.tries += 1
        if self.hold_off is not None:
            told, for_ms = self.hold_off
            beside = ((HOLD_OFF_KEY, str(for_ms)),)
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, told, beside)
        if self.turn_away:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, self.turn_away)
        hello = (await anext(request_iterator)).hello
        down: asyncio.Queue[transport_pb2.Downlink | None] = asyncio.Queue()
        count = self.count if self.claimed_count is None else self.claimed_count
        down.put_nowait(
            transport_pb2.Downlink(welcome=transport_pb2.Welcome(committed_count=count))
        )
        down.put_nowait(transport_pb2.Downlink(policy=self.policy))
        self._streams.add(down)
        await self._note(lambda: self.hellos.append(hello))
        listening = asyncio.create_task(self._listen(request_iterator, down))
        try:
            while (message := await down.get()) is not None:
                await context.write(message)
        finally:
            self._streams.discard(down)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(
        self,
        requests: AsyncIterator[transport_pb2.Uplink],
        down: "asyncio.Queue[transport_pb2.Downlink | None]",
    ) -> None:
        async for message in requests:
            reason = self._admit(message.envelope)
            if reason is not None:
                refusal = transport_pb2.Refusal(
                    reason=f"REFUSAL_REASON_{reason.name}",
                    detail="refused",
                    committed_count=self.count,
                )
                down.put_nowait(transport_pb2.Downlink(refusal=refusal))
            elif self.acknowledging:
                ack = transport_pb2.Ack(committed_count=self.count)
                down.put_nowait(transport_pb2.Downlink(ack=ack))
            await self._note(lambda: None)
        down.put_nowait(None)

    def _admit(self, envelope: bytes) -> RefusalReason | None:
        reason = self.refuse_next.pop(0) if self.refuse_next else self._judge(envelope)
        if reason is not None:
            self.refused.append(reason)
        return reason

    def _judge(self, envelope: bytes) -> RefusalReason | None:
        digest = envelope_digest(envelope)
        try:
            header = read_batch(open_envelope(envelope, BATCH_TYPE, self.identity)).header
            known = header.sequence < self.count
            before = envelope_digest(self.committed[header.sequence]) if known else None
            self._head = follow(self._head, header, digest, before)
        except ChainError as error:
            return _BREAKS[error.kind]
        except IntegrityError:
            return RefusalReason.SIGNATURE
        except MalformedError:
            return RefusalReason.MALFORMED_BATCH
        self.committed.append(envelope)
        return None

    def forget_from(self, count: int) -> None:
        """Lose everything from a sequence on, like a collector put back from a backup."""
        last = envelope_digest(self.committed[count - 1]) if count else self.genesis
        del self.committed[count:]
        self._head = ChainHead(count, last)

    async def _note(self, change: Callable[[], None]) -> None:
        async with self._changed:
            change()
            self._changed.notify_all()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
