"""The two gRPC calls of a workstation: enrolment and the telemetry stream. Nothing else knows gRPC.

The certificate authority and the collector's internal name authenticate the collector; its address
is only where it is found.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import grpc
from google.protobuf.message import Message

from jiankao_collector.errors import CollectorError, RefusedError
from jiankao_proto.ids import WorkstationId
from jiankao_proto.meeting import CLIENT_OPTIONS, WORKSTATION_KEEPALIVE
from jiankao_proto.messages import Policy
from jiankao_proto.records import RefusalReason
from jiankao_proto.v1 import transport_pb2

_OPTIONS = (
    *CLIENT_OPTIONS,
    *WORKSTATION_KEEPALIVE,
    ("grpc.http2.max_pings_without_data", 0),
    # A connection of its own for every stream, as every workstation has.
    ("grpc.use_local_subchannel_pool", 1),
)
_CALL_WITHIN_S = 15.0
_WELCOME_WITHIN_S = 10.0


class StreamLostError(CollectorError):
    """The stream cannot be opened, or has ended. What is not acknowledged is sent again."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a workstation proves itself with, all PEM, and whom it trusts."""

    private_key: bytes
    certificate: bytes
    authority: bytes


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Every sequence below `committed_count` is durable at the collector."""

    committed_count: int


@dataclass(frozen=True, slots=True)
class Refused:
    """An envelope was not admitted."""

    reason: RefusalReason
    detail: str
    committed_count: int


Answer: TypeAlias = Acknowledged | Refused | Policy
_Call: TypeAlias = "grpc.aio.StreamStreamCall[Message, transport_pb2.Downlink]"


@dataclass(frozen=True, slots=True)
class Hello:
    """What a workstation says first."""

    agent_version: str
    boot_id: str
    next_sequence: int


@dataclass(frozen=True, slots=True)
class Issued:
    """What a workstation is given when it is enrolled. The certificate is PEM."""

    workstation_id: WorkstationId
    certificate: bytes
    chain_genesis: bytes
    room: str
    seat: str


class EnrolmentDesk:
    """The enrolment call, over TLS that trusts exactly one server certificate (PEM)."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        service = "/jiankao.transport.v1.Enrolment"
        self._describe = channel.unary_unary(
            f"{service}/Describe",
            request_serializer=transport_pb2.DescribeRequest.SerializeToString,
            response_deserializer=transport_pb2.DescribeResponse.FromString,
        )
        self._enrol = channel.unary_unary(
            f"{service}/Enrol",
            request_serializer=transport_pb2.EnrolRequest.SerializeToString,
            response_deserializer=transport_pb2.EnrolResponse.FromString,
        )

    async def describe(self) -> bytes:
        """Return the certificate authority's certificate (PEM). Raises StreamLostError."""
        try:
            answer = await self._describe(transport_pb2.DescribeRequest(), timeout=_CALL_WITHIN_S)
        except grpc.aio.AioRpcError as error:
            raise StreamLostError(
                f"the collector did not describe itself: {_said(error)}"
            ) from None
        return answer.ca_certificate_pem

    async def enrol(self, ticket_secret: str, envelope: bytes) -> Issued:
        """Hand in the ticket and the signed statement.

        Raises RefusedError or StreamLostError; MalformedError when the answer makes no sense.
        """
        request = transport_pb2.EnrolRequest(ticket_secret=ticket_secret, envelope=envelope)
        try:
            answer = await self._enrol(request, timeout=_CALL_WITHIN_S)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.PERMISSION_DENIED:
                raise RefusedError(f"the collector refused to enrol: {_said(error)}") from None
            raise StreamLostError(f"the collector did not enrol: {_said(error)}") from None
        return Issued(
            WorkstationId(answer.workstation_id),
            answer.certificate_pem,
            answer.chain_genesis,
            answer.room,
            answer.seat,
        )


@asynccontextmanager
async def enrolment_desk(address: str, server_certificate: bytes) -> AsyncIterator[EnrolmentDesk]:
    """Open the way to the enrolment call at HOST:PORT, trusting exactly that certificate (PEM)."""
    trust = grpc.ssl_channel_credentials(root_certificates=server_certificate)
    async with grpc.aio.secure_channel(address, trust, options=_OPTIONS) as channel:
        yield EnrolmentDesk(channel)


class TelemetryStream:
    """One open stream. `committed_count` is what the collector's welcome said."""

    def __init__(self, call: _Call, committed_count: int) -> None:
        self._call = call
        self.committed_count = committed_count
        # gRPC takes one write of a call at a time; a second one beside it is lost.
        self._writing = asyncio.Lock()

    async def send(self, envelope: bytes) -> None:
        """Send an envelope; that it left is no delivery. Raises StreamLostError."""
        async with self._writing:
            await _write(self._call, transport_pb2.Uplink(envelope=envelope))

    async def finish(self) -> None:
        """Say that nothing more will be sent. Raises StreamLostError."""
        with _losses():
            await self._call.done_writing()

    async def answers(self) -> AsyncIterator[Answer]:
        """Yield what the collector says, until it ends the stream. Raises StreamLostError."""
        while (downlink := await _read(self._call)) is not None:
            match downlink.WhichOneof("message"):
                case "ack":
                    yield Acknowledged(downlink.ack.committed_count)
                case "refusal":
                    yield _refused(downlink.refusal)
                case "policy":
                    yield _policy(downlink.policy)
                case _:
                    pass  # a kind of answer that only a later version knows


@asynccontextmanager
async def telemetry_stream(
    address: str, credentials: Credentials, hello: Hello
) -> AsyncIterator[TelemetryStream]:
    """Open a stream to HOST:PORT and wait for the welcome. Raises StreamLostError."""
    identity = grpc.ssl_channel_credentials(
        credentials.authority, credentials.private_key, credentials.certificate
    )
    async with grpc.aio.secure_channel(address, identity, options=_OPTIONS) as channel:
        open_call = channel.stream_stream(
            "/jiankao.transport.v1.Telemetry/Stream",
            request_serializer=transport_pb2.Uplink.SerializeToString,
            response_deserializer=transport_pb2.Downlink.FromString,
        )
        call: _Call = open_call()
        try:
            yield TelemetryStream(call, await _welcome(call, hello))
        finally:
            call.cancel()


async def _welcome(call: _Call, hello: Hello) -> int:
    message = transport_pb2.Hello(
        agent_version=hello.agent_version,
        boot_id=hello.boot_id,
        next_sequence=hello.next_sequence,
    )
    try:
        async with asyncio.timeout(_WELCOME_WITHIN_S):
            await _write(call, transport_pb2.Uplink(hello=message))
            downlink = await _read(call)
    except TimeoutError:
        raise StreamLostError("the collector did not answer; is it running?") from None
    if downlink is None or downlink.WhichOneof("message") != "welcome":
        raise StreamLostError("the collector ended the stream without a welcome")
    return downlink.welcome.committed_count


async def _write(call: _Call, uplink: transport_pb2.Uplink) -> None:
    with _losses():
        await call.write(uplink)


async def _read(call: _Call) -> transport_pb2.Downlink | None:
    with _losses():
        downlink = await call.read()
    return downlink if isinstance(downlink, transport_pb2.Downlink) else None


@contextmanager
def _losses() -> Iterator[None]:
    """Turn the ways in which gRPC says that a stream is gone into one."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise StreamLostError(f"the stream is lost: {_said(error)}") from None
    except asyncio.InvalidStateError as error:  # gRPC's word for a call that has ended already
        raise StreamLostError(f"the stream is lost: {error}") from None


def _refused(refusal: transport_pb2.Refusal) -> Refused:
    try:
        reason = RefusalReason(int(refusal.reason))
    except ValueError:
        reason = RefusalReason.UNSPECIFIED  # one that only a later version knows
    return Refused(reason, refusal.detail, refusal.committed_count)


def _policy(policy: transport_pb2.Policy) -> Policy:
    return Policy(
        policy.exam_session_id,
        policy.policy_digest,
        policy.flush_interval_ms,
        policy.quiet_interval_ms,
        policy.baseline_request,
    )


def _said(error: grpc.aio.AioRpcError) -> str:
    return " ".join((error.details() or error.code().name).split())[:300]
