"""Acknowledged means stored: whatever was acknowledged is in the log, once, in order."""

import asyncio

from jiankao_collector.demo.transport import Acknowledged, StreamLostError
from jiankao_proto.envelope import envelope_digest
from jiankao_proto.messages import Policy
from jiankao_proto.records import EnvelopeAdmitted, StreamClosed
from tests.support.collector import Intake, intake
from tests.support.room import until
from tests.support.stream_client import Client, enrolled


def stored(collector: Intake) -> list[bytes]:
    return [
        b.envelope for b in collector.bodies("envelope_admitted") if isinstance(b, EnvelopeAdmitted)
    ]


async def test_an_acknowledged_envelope_is_in_the_log(collector: Intake, client: Client) -> None:
    async with client.stream() as stream:
        for count, envelope in enumerate(client.seal(5), start=1):
            await stream.send(envelope)
            await stream.acknowledged(count)
            assert stored(collector)[count - 1] == envelope


async def test_hundreds_in_flight_keep_their_order_and_share_acknowledgements(
    collector: Intake, client: Client
) -> None:
    envelopes = client.seal(700)
    async with client.stream() as stream:
        await stream.send(*envelopes)
        await stream.acknowledged(700)
        counts = [a.committed_count for a in stream.answers if isinstance(a, Acknowledged)]
    assert stored(collector) == envelopes
    assert counts == sorted(set(counts))
    assert len(counts) < 700


async def test_large_envelopes_wait_for_room_and_all_come_through(
    collector: Intake, client: Client
) -> None:
    # More bytes than may be in flight at once.
    at_once = 30
    envelopes = [client.seal_large(700_000) for _ in range(at_once)]
    async with client.stream() as stream:
        await stream.send(*envelopes)
        await stream.acknowledged(at_once)
    assert [envelope_digest(e) for e in stored(collector)] == [
        envelope_digest(e) for e in envelopes
    ]


async def test_a_workstation_that_finishes_is_told_the_rest(
    collector: Intake, client: Client
) -> None:
    async with client.stream() as stream:
        await stream.send(*client.seal(300))
        await stream.finish()
        assert await stream.ended() == ""
        assert stream.committed == 300
    (closed,) = collector.bodies("stream_closed")
    assert isinstance(closed, StreamClosed)
    assert (closed.why, closed.replaced, closed.collector_stopping) == (
        "ended by the workstation",
        False,
        False,
    )


async def test_after_a_restart_it_goes_on_where_the_log_ends(
    collector: Intake, client: Client
) -> None:
    first, second = client.seal(20), client.seal(20)
    async with client.stream() as stream:
        await stream.send(*first)
        await stream.acknowledged(20)
    await collector.service.stop()
    async with intake(collector.folder) as again:
        client.telemetry_at = again.telemetry_at
        async with client.stream() as stream:
            assert stream.welcomed_at == 20
            await stream.send(*second)
            await stream.acknowledged(40)
        assert stored(again) == first + second


async def test_a_stream_that_ends_with_the_collector_says_so(
    collector: Intake, client: Client
) -> None:
    async with client.stream() as stream:
        await stream.send(*client.seal(3))
        await stream.acknowledged(3)
        await collector.service.stop()
        assert "the collector is stopping" in await stream.ended()
    (closed,) = collector.bodies("stream_closed")
    assert isinstance(closed, StreamClosed)
    assert closed.collector_stopping


async def test_a_newer_stream_replaces_the_older_and_nothing_is_stored_twice(
    collector: Intake, client: Client
) -> None:
    envelopes = client.seal(400)
    async with client.stream() as older:
        await older.send(*envelopes[:200])
        async with client.stream() as newer:
            assert "a newer stream" in await older.ended()
            assert stored(collector) == envelopes[: newer.welcomed_at]
            await newer.send(*envelopes[newer.welcomed_at :])
            await newer.acknowledged(400)
    assert stored(collector) == envelopes
    closed = [b for b in collector.bodies("stream_closed") if isinstance(b, StreamClosed)]
    assert closed[0].replaced


async def test_of_ten_streams_at_once_one_lives(collector: Intake, client: Client) -> None:
    (envelope,) = client.seal(1)

    async def one() -> bool:
        try:
            async with client.stream() as stream:
                return not await stream.ended()
        except StreamLostError:  # replaced before its welcome
            return False

    def replaced() -> int:
        ends = [b for b in collector.bodies("stream_closed") if isinstance(b, StreamClosed)]
        return sum(end.replaced for end in ends)

    streams = [asyncio.create_task(one()) for _ in range(10)]
    await until("nine are replaced", lambda: replaced() == 9)
    async with client.stream() as last:
        await last.send(envelope)
        await last.acknowledged(1)
    assert await asyncio.gather(*streams) == [False] * 10
    assert stored(collector) == [envelope]


async def test_the_policy_comes_after_welcome_and_whenever_it_is_pushed(
    collector: Intake, client: Client
) -> None:
    who = client.identity.workstation_id
    collector.policies[who] = Policy(exam_session_id="es-1", baseline_request=7)
    other = await enrolled(collector, "02", "pc-02")
    async with client.stream() as stream, other.stream() as beside:
        assert (await stream.policy()).baseline_request == 7
        assert (await beside.policy()).exam_session_id == ""
        collector.policies[who] = Policy(exam_session_id="es-2", baseline_request=8)
        collector.service.push_policies()
        assert (await stream.policy(lambda p: p.exam_session_id == "es-2")).baseline_request == 8
        await beside.send(*other.seal(1))
        await beside.acknowledged(1)
        assert {a.exam_session_id for a in beside.answers if isinstance(a, Policy)} == {""}
