"""A workstation that comes back again and again: the log does not grow with it, and it is told when to come."""

import asyncio

import grpc
import pytest

from jiankao_collector.demo.transport import StreamLostError
from jiankao_collector.ingest.limits import (
    FORGIVEN_US,
    HOLD_OFFS_US,
    MOST_OPENED,
    OPENED_WITHIN_US,
    HeldOff,
    Reconnections,
)
from jiankao_proto.meeting import HOLD_OFF_KEY, SERVER_NAME
from jiankao_proto.records import EnvelopeRejected, RefusalReason
from jiankao_proto.v1 import transport_pb2, transport_pb2_grpc
from tests.support.collector import Intake
from tests.support.room import until
from tests.support.stream_client import Client, enrolled

SECOND = 1_000_000


class Clock:
    """A clock that a test puts on."""

    now_us = 1_000 * SECOND

    def __call__(self) -> int:
        return self.now_us


def spend(reconnections: Reconnections, clock: Clock, every_us: int = 0) -> HeldOff:
    """Come back until it is held off."""
    for _ in range(MOST_OPENED):
        assert reconnections.ask("w-1") is None
        clock.now_us += every_us
    held = reconnections.ask("w-1")
    assert held is not None
    assert held.first
    return held


def test_a_cable_that_breaks_every_three_seconds_is_never_held_off() -> None:
    clock = Clock()
    reconnections = Reconnections(clock)
    for _ in range(1_000):
        assert reconnections.ask("w-1") is None
        clock.now_us += 3 * SECOND
    assert OPENED_WITHIN_US // (3 * SECOND) < MOST_OPENED


def test_hold_offs_grow_up_to_a_limit_and_are_forgiven() -> None:
    clock = Clock()
    reconnections = Reconnections(clock)
    for expected in (*HOLD_OFFS_US, HOLD_OFFS_US[-1], HOLD_OFFS_US[-1]):
        assert spend(reconnections, clock).for_us == expected
        assert reconnections.ask("w-2") is None
        clock.now_us += expected
    clock.now_us += FORGIVEN_US
    assert spend(reconnections, clock) == HeldOff(HOLD_OFFS_US[0], first=True, turned_away=0)


def test_who_is_held_off_is_told_how_long_still_and_counted() -> None:
    clock = Clock()
    reconnections = Reconnections(clock)
    spend(reconnections, clock, every_us=SECOND)
    for waited in range(1, 15):
        clock.now_us += SECOND
        held = reconnections.ask("w-1")
        assert held is not None
        assert (held.for_us, held.first) == (HOLD_OFFS_US[0] - waited * SECOND, False)
    clock.now_us += SECOND
    assert spend(reconnections, clock).turned_away == 15


def rejected(collector: Intake) -> list[EnvelopeRejected]:
    return [b for b in collector.bodies("envelope_rejected") if isinstance(b, EnvelopeRejected)]


async def come_back(client: Client, times: int) -> None:
    for _ in range(times):
        async with client.stream():
            pass


async def ask_again(client: Client) -> tuple[grpc.StatusCode, str, int]:
    """Open a stream and return what the collector ends it with, and for how many milliseconds to stay away."""
    one = client.identity.credentials
    async with grpc.aio.secure_channel(
        str(client.telemetry_at),
        grpc.ssl_channel_credentials(one.authority, one.private_key, one.certificate),
        options=(("grpc.ssl_target_name_override", SERVER_NAME),),
    ) as channel:
        call = transport_pb2_grpc.TelemetryStub(channel).Stream()  # type: ignore[no-untyped-call] # generated
        await call.write(transport_pb2.Uplink(hello=transport_pb2.Hello(boot_id="boot-1")))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            async with asyncio.timeout(10):
                await call.read()
        said = dict(caught.value.trailing_metadata() or ())
        return caught.value.code(), caught.value.details() or "", int(said[HOLD_OFF_KEY])


async def test_the_log_does_not_grow_with_who_comes_back_again_and_again(
    collector: Intake, client: Client
) -> None:
    await come_back(client, MOST_OPENED)
    code, told, hold_off_ms = await ask_again(client)
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert f"opened {MOST_OPENED} streams within 60 s" in told
    assert "let in again in 15 s" in told
    assert "\n" not in told
    assert hold_off_ms == HOLD_OFFS_US[0] // 1000
    await until("ends", lambda: len(collector.bodies("stream_closed")) == MOST_OPENED)
    before = len(collector.records())
    for _ in range(40):
        with pytest.raises(StreamLostError, match="let in again in"):
            async with client.stream():
                pass
    assert len(collector.records()) == before
    (record,) = rejected(collector)
    assert (record.workstation_id, record.reason) == (
        client.identity.workstation_id,
        RefusalReason.TOO_MANY,
    )
    assert record.detail == f"{MOST_OPENED} streams within 60 s; held off for 15 s"
    assert record.envelope == b""
    other = await enrolled(collector, "02", "pc-02")
    async with other.stream():
        pass
    collector.clock.recorded(collector.clock.now_us() + HOLD_OFFS_US[0])
    async with client.stream() as stream:
        await stream.send(*client.seal(2))
        await stream.acknowledged(2)
    await come_back(client, MOST_OPENED - 1)
    _, _, hold_off_ms = await ask_again(client)
    assert hold_off_ms == HOLD_OFFS_US[1] // 1000
    assert rejected(collector)[1].detail.endswith(
        "held off for 30 s; the hold-off before turned away 41"
    )
    assert collector.problem() is None


async def test_who_is_held_off_does_not_end_the_stream_that_is_up(client: Client) -> None:
    """Two computers with one key: the one that keeps coming does not put the other out."""
    await come_back(client, MOST_OPENED - 1)
    async with client.stream() as stream:
        await ask_again(client)
        await stream.send(*client.seal(1))
        await stream.acknowledged(1)
