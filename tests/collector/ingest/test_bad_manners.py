"""Streams that begin or end as no agent's does: cut off, recorded, and without a traceback."""

import asyncio

import grpc
import pytest

from jiankao_collector.config import Address
from jiankao_collector.demo.cable import Cable
from jiankao_collector.ingest import service
from jiankao_proto.meeting import SERVER_NAME
from jiankao_proto.records import EnvelopeRejected, RefusalReason, StreamClosed
from jiankao_proto.v1 import transport_pb2, transport_pb2_grpc
from tests.support.collector import Intake
from tests.support.room import until
from tests.support.stream_client import Client


def channel(client: Client) -> grpc.aio.Channel:
    one = client.identity.credentials
    return grpc.aio.secure_channel(
        str(client.telemetry_at),
        grpc.ssl_channel_credentials(one.authority, one.private_key, one.certificate),
        options=(("grpc.ssl_target_name_override", SERVER_NAME),),
    )


async def first_answer(client: Client, *said: transport_pb2.Uplink) -> grpc.StatusCode:
    """Say something on a new stream and return what it ends with."""
    async with channel(client) as open_channel:
        call = transport_pb2_grpc.TelemetryStub(open_channel).Stream()  # type: ignore[no-untyped-call] # generated
        for uplink in said:
            await call.write(uplink)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async with asyncio.timeout(10):
                await call.read()
        assert "a stream begins with Hello" in str(caught.value.details())
        return caught.value.code()


async def test_who_never_says_hello_is_cut_off(
    collector: Intake, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_HELLO_WITHIN_S", 0.2)
    assert await first_answer(client) is grpc.StatusCode.INVALID_ARGUMENT
    assert not collector.bodies("stream_opened")


async def test_an_envelope_before_hello_is_refused_and_kept(
    collector: Intake, client: Client
) -> None:
    (envelope,) = client.seal(1)
    code = await first_answer(client, transport_pb2.Uplink(envelope=envelope))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    (record,) = collector.bodies("envelope_rejected")
    assert isinstance(record, EnvelopeRejected)
    assert (record.reason, record.envelope) == (RefusalReason.MALFORMED_ENVELOPE, envelope)
    assert not collector.bodies("envelope_admitted")


async def test_a_second_hello_changes_nothing(collector: Intake, client: Client) -> None:
    async with channel(client) as open_channel:
        call = transport_pb2_grpc.TelemetryStub(open_channel).Stream()  # type: ignore[no-untyped-call] # generated
        hello = transport_pb2.Uplink(hello=transport_pb2.Hello(boot_id="boot-1"))
        for _ in range(3):
            await call.write(hello)
        await call.write(transport_pb2.Uplink())
        await call.write(transport_pb2.Uplink(envelope=client.seal(1)[0]))
        await call.done_writing()
        answers = [answer.WhichOneof("message") async for answer in call]
    assert answers.count("welcome") == 1
    assert answers[-1] == "ack"
    assert len(collector.bodies("stream_opened")) == 1


async def test_a_connection_that_breaks_is_recorded_and_leaves_nothing_behind(
    collector: Intake, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    backlog = client.seal(400)
    async with Cable(collector.telemetry_at) as cable:
        client.telemetry_at = Address.parse(cable.address)
        for _ in range(3):
            async with client.stream() as stream:
                upto = stream.welcomed_at + 100
                await stream.send(*backlog[stream.welcomed_at : upto])
                await stream.acknowledged(stream.welcomed_at + 1)
                await cable.cut()
                assert await stream.ended()
        async with client.stream() as stream:
            await stream.send(*backlog[stream.welcomed_at :])
            await stream.acknowledged(400)

    def closed() -> list[StreamClosed]:
        bodies = collector.bodies("stream_closed")
        return [body for body in bodies if isinstance(body, StreamClosed)]

    await until("every end is recorded", lambda: len(closed()) == 4)
    assert all(end.why in {"connection lost", "replaced by a newer stream"} for end in closed())
    assert len(collector.bodies("envelope_admitted")) == 400
    assert collector.problem() is None
    assert "Traceback" not in caplog.text
