"""Messages that gRPC refuses before anybody reads them: recorded as refused, and only they."""

import asyncio
import contextlib

import grpc
import pytest

from jiankao_collector.demo.transport import StreamLostError
from jiankao_collector.ingest import limits
from jiankao_collector.ingest.stream import UNREAD
from jiankao_proto.codec import MAX_ENVELOPE
from jiankao_proto.meeting import LARGEST_MESSAGE, SERVER_NAME
from jiankao_proto.records import EnvelopeRejected, RefusalReason, StreamClosed
from jiankao_proto.v1 import transport_pb2, transport_pb2_grpc
from tests.support.collector import Intake
from tests.support.room import until
from tests.support.stream_client import Client


def rejected(collector: Intake) -> list[EnvelopeRejected]:
    return [b for b in collector.bodies("envelope_rejected") if isinstance(b, EnvelopeRejected)]


def ends(collector: Intake) -> list[str]:
    return [b.why for b in collector.bodies("stream_closed") if isinstance(b, StreamClosed)]


async def recorded(collector: Intake, count: int = 1) -> list[EnvelopeRejected]:
    await until("it is recorded", lambda: len(rejected(collector)) == count)
    return rejected(collector)


async def read_to_the_end(
    call: "grpc.aio.StreamStreamCall[transport_pb2.Uplink, transport_pb2.Downlink]",
) -> None:
    async with asyncio.timeout(15):
        while await call.read() is not grpc.aio.EOF:
            pass


async def send_packed(client: Client, *, first: bool) -> None:
    """Send what is small packed and large unpacked, instead of Hello (`first`) or after it, and see it not taken."""
    one = client.identity.credentials
    hello = transport_pb2.Uplink(hello=transport_pb2.Hello(boot_id="boot-1"))
    bomb = transport_pb2.Uplink(envelope=bytes(16 << 20))
    async with grpc.aio.secure_channel(
        str(client.telemetry_at),
        grpc.ssl_channel_credentials(one.authority, one.private_key, one.certificate),
        options=(("grpc.ssl_target_name_override", SERVER_NAME),),
        compression=grpc.Compression.Gzip,
    ) as channel:
        call = transport_pb2_grpc.TelemetryStub(channel).Stream()  # type: ignore[no-untyped-call] # generated
        if not first:
            await call.write(hello)
            assert (await call.read()).WhichOneof("message") == "welcome"
        await call.write(bomb)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await read_to_the_end(call)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("beside", [0, 300], ids=["a quiet stream", "a busy stream"])
async def test_a_message_beyond_grpc_s_own_limit_is_recorded_as_refused(
    collector: Intake, client: Client, caplog: pytest.LogCaptureFixture, beside: int
) -> None:
    good = client.seal(2 + beside)
    async with client.stream() as stream:
        await stream.send(*good[: 1 + beside])
        if not beside:
            await stream.acknowledged(1)
        await stream.send(bytes(LARGEST_MESSAGE + 1))
        told = await stream.ended()
        assert "larger than max" in told
        assert "\n" not in told
    (record,) = await recorded(collector)
    assert record.workstation_id == client.identity.workstation_id
    assert record.reason is RefusalReason.TOO_LARGE
    assert str(LARGEST_MESSAGE) in record.detail
    assert (record.envelope, record.envelope_size, record.envelope_sha256) == (b"", 0, b"")
    assert record.peer
    await until("its end is recorded", lambda: ends(collector) == [UNREAD.why])
    async with client.stream() as stream:
        await stream.send(*good[stream.welcomed_at :])
        await stream.acknowledged(2 + beside)
    assert collector.problem() is None
    assert "Traceback" not in caplog.text


async def test_an_orderly_end_and_a_broken_one_are_no_refusals(
    collector: Intake, client: Client
) -> None:
    async with client.stream() as stream:
        await stream.send(*client.seal(1))
        await stream.acknowledged(1)
        await stream.finish()
        await stream.ended()
    async with client.stream():
        pass  # left at once: the call is cancelled
    await until("both ends are recorded", lambda: len(ends(collector)) == 2)
    assert rejected(collector) == []


async def test_just_within_grpc_s_limit_its_size_is_told_and_the_stream_goes_on(
    collector: Intake, client: Client
) -> None:
    async with client.stream() as stream:
        await stream.send(bytes(LARGEST_MESSAGE - 64))
        (refusal,) = await stream.refusals()
        assert f"{LARGEST_MESSAGE - 64} bytes; at most {MAX_ENVELOPE}" in refusal.detail
        await stream.send(*client.seal(1))
        await stream.acknowledged(1)
    (record,) = rejected(collector)
    assert record.envelope_size == LARGEST_MESSAGE - 64


@pytest.mark.parametrize("first", [True, False], ids=["instead of Hello", "after Hello"])
async def test_what_is_packed_small_and_large_unpacked_is_refused_unread(
    collector: Intake, client: Client, *, first: bool
) -> None:
    await send_packed(client, first=first)
    (record,) = await recorded(collector)
    assert (record.reason, record.workstation_id) == (
        RefusalReason.TOO_LARGE,
        client.identity.workstation_id,
    )
    assert len(collector.bodies("stream_opened")) == (not first)


async def test_who_sends_such_messages_again_and_again_does_not_fill_the_log(
    collector: Intake, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_REFUSED", 3)
    for _ in range(3):
        async with client.stream() as stream:
            with contextlib.suppress(StreamLostError):
                await stream.send(bytes(LARGEST_MESSAGE + 1))
            await stream.ended()
    await recorded(collector, 3)
    with pytest.raises(StreamLostError, match="too many envelopes"):
        async with client.stream():
            pass
    assert len(rejected(collector)) == 3


async def test_nor_does_who_sends_them_instead_of_hello(
    collector: Intake, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_REFUSED", 3)
    for _ in range(6):
        await send_packed(client, first=True)
    with pytest.raises(StreamLostError, match="too many envelopes"):
        async with client.stream():
            pass
    assert len(rejected(collector)) == 3
