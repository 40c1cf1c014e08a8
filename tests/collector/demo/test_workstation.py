"""A simulated workstation against a real collector: what it sends is evidence, what goes wrong is told."""

from collections.abc import AsyncIterator, Callable
from itertools import count, pairwise

import pytest
import pytest_asyncio

from jiankao_collector.demo import spool
from jiankao_collector.demo.enrolling import enrol
from jiankao_collector.demo.transport import StreamLostError
from jiankao_collector.demo.workstation import SENSORS, SimulatedWorkstation
from jiankao_collector.errors import RefusedError
from jiankao_proto.batch import Batch
from jiankao_proto.codec import read_batch, read_envelope
from jiankao_proto.envelope import envelope_digest
from jiankao_proto.errors import IntegrityError
from jiankao_proto.observations import (
    AgentLifecycle,
    Fact,
    Health,
    Heartbeat,
    LifecycleStage,
    ObservationsDropped,
    ProcessStarted,
    SensorStateChanged,
)
from jiankao_proto.observations import Process as ObservedProcess
from jiankao_proto.records import EnvelopeAdmitted, RefusalReason, WorkstationEnrolled
from jiankao_proto.ticket import format_ticket, parse_ticket
from tests.support import misbehaviour
from tests.support.room import EXAM_SESSION, RoomCollector, room_collector, until, workstation

STARTED = AgentLifecycle(LifecycleStage.STARTED)
RUNNING = ProcessStarted(ObservedProcess(4, 1_000, "spoolsv.exe"))


pytestmark = pytest.mark.asyncio(loop_scope="module")
SEATS = (f"{number:02d}" for number in count(1))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def collector(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RoomCollector]:
    async with room_collector(tmp_path_factory.mktemp("collector") / "data") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def one(collector: RoomCollector) -> AsyncIterator[SimulatedWorkstation]:
    async with workstation(collector, next(SEATS)) as enrolled:
        enrolled.happen(RUNNING)
        enrolled.start_agent()
        await until("connected", lambda: enrolled.delivery.stream is not None)
        await until("first batch", lambda: enrolled.delivery.committed_count)
        yield enrolled


def admitted(collector: RoomCollector, one: SimulatedWorkstation) -> list[tuple[bytes, Batch]]:
    bodies = collector.bodies("envelope_admitted", one.identity.workstation_id)
    envelopes = [b.envelope for b in bodies if isinstance(b, EnvelopeAdmitted)]
    return [(e, read_batch(read_envelope(e)[1])) for e in envelopes]


def facts(collector: RoomCollector, one: SimulatedWorkstation) -> list[Fact]:
    return [o.fact for _, batch in admitted(collector, one) for o in batch.observations]


async def test_it_is_enrolled_as_what_it_is(
    collector: RoomCollector, one: SimulatedWorkstation
) -> None:
    (enrolled,) = collector.bodies("workstation_enrolled", one.identity.workstation_id)
    assert isinstance(enrolled, WorkstationEnrolled)
    assert enrolled.simulated
    assert enrolled.workstation_id == one.identity.workstation_id
    assert enrolled.identity_public_key == one.identity.key.public_key().public_bytes_raw()


async def test_its_batches_are_dense_and_bound_to_each_other(
    collector: RoomCollector, one: SimulatedWorkstation
) -> None:
    for pid in range(100, 140):
        one.happen(ProcessStarted(ObservedProcess(pid, 2_000, "notepad.exe")), urgent=True)
        one.seal()
    await until("all acknowledged", lambda: not one.delivery.spool)
    chain = admitted(collector, one)
    assert [batch.header.sequence for _, batch in chain] == list(range(len(chain)))
    assert len(chain) > 40
    assert chain[0][1].header.previous_digest == one.identity.chain_genesis
    for (envelope, _), (_, after) in pairwise(chain):
        assert after.header.previous_digest == envelope_digest(envelope)
    assert {h.sensor for h in chain[-1][1].header.sensors} == set(SENSORS)


async def test_a_sensor_that_fails_stands_in_the_header(
    collector: RoomCollector, one: SimulatedWorkstation
) -> None:
    one.turn_sensor(SensorStateChanged("input", Health.UNAVAILABLE, "cut off", "restart"))
    await until(
        "the header says so",
        lambda: (
            Health.UNAVAILABLE in {h.health for h in admitted(collector, one)[-1][1].header.sensors}
        ),
    )


async def test_what_happens_while_the_plug_is_out_arrives_in_order(
    collector: RoomCollector, one: SimulatedWorkstation
) -> None:
    one.cable.pull()
    before = one.delivery.committed_count
    for pid in range(200, 210):
        one.happen(ProcessStarted(ObservedProcess(pid, 3_000, "calc.exe")))
        one.seal()
    assert len(one.delivery.spool) >= 10
    assert one.delivery.committed_count == before
    one.cable.put_back()
    await until("the backlog acknowledged", lambda: not one.delivery.spool)
    pids = [f.process.pid for f in facts(collector, one) if isinstance(f, ProcessStarted)]
    assert [pid for pid in pids if pid >= 200] == list(range(200, 210))


async def test_a_full_spool_drops_nothing_in_silence(
    collector: RoomCollector, one: SimulatedWorkstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await until("all acknowledged", lambda: not one.delivery.spool)
    one.cable.pull()
    monkeypatch.setattr(spool, "LIMIT", 3)
    for pid in range(500, 510):
        one.happen(ProcessStarted(ObservedProcess(pid, 3_000, "calc.exe")))
        one.seal()
    one.cable.put_back()
    await until("the backlog acknowledged", lambda: not one.delivery.spool)
    one.happen(ProcessStarted(ObservedProcess(600, 3_000, "calc.exe")), urgent=True)
    await until("what comes after", lambda: 600 in pids(collector, one))
    (hole,) = (f for f in facts(collector, one) if isinstance(f, ObservationsDropped))
    assert hole.count == 10 - len(pids(collector, one) & set(range(500, 510)))
    assert 0 < hole.first_wall_clock_us <= hole.last_wall_clock_us


async def test_a_broken_stream_is_taken_up_again_where_the_log_ends(
    collector: RoomCollector, one: SimulatedWorkstation
) -> None:
    await one.cable.cut()
    one.happen(ProcessStarted(ObservedProcess(300, 4_000, "calc.exe")), urgent=True)
    await until(
        "connected again",
        lambda: len(collector.bodies("stream_opened", one.identity.workstation_id)) == 2,
    )
    await until("all acknowledged", lambda: not one.delivery.spool)
    assert not one.delivery.refusals
    sequences = [batch.header.sequence for _, batch in admitted(collector, one)]
    assert sequences == list(range(len(sequences)))


async def test_a_killed_agent_goes_on_with_its_chain_and_tells_what_is_there(
    collector: RoomCollector, one: SimulatedWorkstation
) -> None:
    await one.kill_agent()
    await until(
        "the stream is gone", lambda: collector.bodies("stream_closed", one.identity.workstation_id)
    )
    one.happen(ProcessStarted(ObservedProcess(666, 5_000, "behind.exe")))
    one.start_agent()
    await until("its start", lambda: facts(collector, one).count(STARTED) == 2)
    assert LifecycleStage.STOPPING not in {
        f.stage for f in facts(collector, one) if isinstance(f, AgentLifecycle)
    }
    behind = ProcessStarted(ObservedProcess(666, 5_000, "behind.exe"), baseline=True)
    assert behind in facts(collector, one)
    assert len({batch.header.boot_id for _, batch in admitted(collector, one)}) == 1


async def test_a_stopped_agent_says_goodbye_last(
    collector: RoomCollector, one: SimulatedWorkstation
) -> None:
    await one.stop_agent()
    assert not one.delivery.spool
    assert facts(collector, one)[-1] == AgentLifecycle(LifecycleStage.STOPPING)
    assert collector.bodies("stream_closed", one.identity.workstation_id)


async def test_a_quiet_workstation_gives_a_sign_of_life(
    collector: RoomCollector, one: SimulatedWorkstation
) -> None:
    await until("a heartbeat", lambda: Heartbeat() in facts(collector, one))
    assert one.delivery.stream is not None


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda _: misbehaviour.GARBAGE, RefusalReason.MALFORMED_ENVELOPE),
        (lambda _: misbehaviour.oversized(), RefusalReason.TOO_LARGE),
        (
            lambda w: misbehaviour.heartbeat(w, misbehaviour.with_another_key(w)),
            RefusalReason.SIGNATURE,
        ),
        (
            lambda w: misbehaviour.heartbeat(w, misbehaviour.under_another_name(w, "w-other")),
            RefusalReason.WRONG_WORKSTATION,
        ),
        (lambda w: misbehaviour.heartbeat(w, misbehaviour.last_again(w)), RefusalReason.FORK),
        (
            lambda w: misbehaviour.heartbeat(w, misbehaviour.off_the_chain(w)),
            RefusalReason.CHAIN_BROKEN,
        ),
    ],
    ids=["garbage", "oversized", "signature", "name", "fork", "broken"],
)
async def test_misbehaviour_is_refused_and_the_honest_chain_goes_on(
    collector: RoomCollector,
    one: SimulatedWorkstation,
    make: Callable[[SimulatedWorkstation], bytes],
    reason: RefusalReason,
) -> None:
    await until("all acknowledged", lambda: not one.delivery.spool)
    await misbehaviour.send(one, make(one))
    await until("the refusal", lambda: one.delivery.refusals)
    assert one.delivery.refusals[0].reason is reason
    assert one.delivery.refusals[0].detail
    one.happen(ProcessStarted(ObservedProcess(400, 6_000, "after.exe")), urgent=True)
    await until("what comes after", lambda: 400 in pids(collector, one))
    assert len(collector.bodies("envelope_rejected", one.identity.workstation_id)) == 1


def pids(collector: RoomCollector, one: SimulatedWorkstation) -> set[int]:
    return {f.process.pid for f in facts(collector, one) if isinstance(f, ProcessStarted)}


async def test_a_batch_sent_again_is_a_duplicate(
    collector: RoomCollector, one: SimulatedWorkstation
) -> None:
    await until("all acknowledged", lambda: not one.delivery.spool)
    envelope, _ = admitted(collector, one)[-1]
    await misbehaviour.send(one, envelope)
    await until("the refusal", lambda: one.delivery.refusals)
    assert one.delivery.refusals[0].reason is RefusalReason.DUPLICATE
    assert [e for e, _ in admitted(collector, one)].count(envelope) == 1


async def test_a_clock_two_hours_off_is_admitted_as_it_is(collector: RoomCollector) -> None:
    off_us = misbehaviour.TWO_HOURS_US
    async with workstation(collector, next(SEATS), clock_offset_us=off_us) as late:
        late.start_agent()
        await until("a batch", lambda: admitted(collector, late))
        header = admitted(collector, late)[0][1].header
        now_us = collector.running.clock.now_us()
        assert abs(header.wall_clock_us - now_us - off_us) < 60_000_000


async def test_a_used_ticket_is_refused_in_one_line(collector: RoomCollector) -> None:
    (admittance,) = await collector.admit([next(SEATS)])
    where = collector.running.listening.enrolment
    now_us = collector.running.clock.now_us()
    await enrol(where, admittance.ticket, hostname="sim", now_us=now_us)
    with pytest.raises(RefusedError, match="the collector refused to enrol: ") as refused:
        await enrol(where, admittance.ticket, hostname="sim", now_us=now_us)
    assert "\n" not in str(refused.value)


async def test_the_ticket_of_another_collector_is_never_sent(collector: RoomCollector) -> None:
    (admittance,) = await collector.admit([next(SEATS)])
    foreign = format_ticket(b"some secret"[:10], b"another ca")
    refused_before = collector.bodies("enrolment_refused")
    assert parse_ticket(foreign).fingerprint != parse_ticket(admittance.ticket).fingerprint
    where, now_us = collector.running.listening.enrolment, collector.running.clock.now_us()
    with pytest.raises(IntegrityError, match="not the collector that issued the ticket"):
        await enrol(where, foreign, hostname="sim", now_us=now_us)
    assert collector.bodies("enrolment_refused") == refused_before


async def test_no_collector_is_one_clear_line(collector: RoomCollector) -> None:
    (admittance,) = await collector.admit([next(SEATS)])
    nowhere = type(collector.running.listening.enrolment)("127.0.0.1", 1)
    with pytest.raises(StreamLostError, match=r"nothing answers for enrolment at 127\.0\.0\.1:1 "):
        await enrol(nowhere, admittance.ticket, hostname="sim", now_us=0)


# The last one: the exam session it opens stays open.
async def test_it_obeys_the_policy(collector: RoomCollector, one: SimulatedWorkstation) -> None:
    assert all(batch.header.exam_session_id is None for _, batch in admitted(collector, one))
    told = ProcessStarted(RUNNING.process, baseline=True)
    await until("at its start and when first asked", lambda: facts(collector, one).count(told) == 2)
    await collector.open_exam_session()
    await until(
        "the exam session in a header",
        lambda: admitted(collector, one)[-1][1].header.exam_session_id == EXAM_SESSION,
    )
    assert facts(collector, one).count(told) == 3
    assert AgentLifecycle(LifecycleStage.POLICY_APPLIED, EXAM_SESSION.value) in facts(
        collector, one
    )
