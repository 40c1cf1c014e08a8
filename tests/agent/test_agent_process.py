"""The whole agent as a process of its own, against a collector over real mutual TLS."""

import asyncio
import random
import signal
from contextlib import suppress
from hashlib import sha256

from jiankao_agent.config import StateFolder
from jiankao_proto.observations import (
    AgentLifecycle,
    Health,
    Heartbeat,
    LifecycleStage,
    ObservationsDropped,
    ProcessEnded,
    SensorStateChanged,
)
from jiankao_proto.records import RefusalReason
from jiankao_proto.v1 import transport_pb2
from tests.agent.conftest import StartAgent, command
from tests.support.fake_collector import FakeCollector


async def _end(process: asyncio.subprocess.Process) -> str:
    process.send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    return errors.decode() if errors else ""


def _ticks(collector: FakeCollector) -> list[int]:
    return [f.pid for f in collector.facts() if isinstance(f, ProcessEnded)]


def _without_a_gap(ticks: list[int]) -> bool:
    return ticks == list(range(1, len(ticks) + 1))


async def _said(agent: asyncio.subprocess.Process, words: str) -> str:
    """Return the first line of the agent's log that holds some words."""
    assert agent.stderr is not None
    async with asyncio.timeout(20):
        async for line in agent.stderr:
            if words in line.decode():
                return line.decode()
    raise AssertionError(f"the agent ended without saying {words!r}")


async def test_an_orderly_life_is_told_from_start_to_stop(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    agent = await start_agent("ticks")
    await collector.until(lambda: collector.count >= 5)
    errors = await _end(agent)
    assert agent.returncode == 0, errors
    facts = collector.facts()
    assert isinstance(facts[0], AgentLifecycle)
    assert facts[0].stage is LifecycleStage.STARTED
    assert facts[-1] == AgentLifecycle(LifecycleStage.STOPPING)
    assert _without_a_gap(_ticks(collector))
    assert collector.refused == []
    assert "monitored" in errors
    assert "监控" in errors
    collector.check_chain()


async def test_every_header_tells_all_sensors_and_the_binaries(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    agent = await start_agent("quiet")
    await collector.until(lambda: any(b.header.binaries_digest for b in collector.batches()))
    await _end(agent)
    for batch in collector.batches():
        assert [s.sensor for s in batch.header.sensors] == ["quiet", "spool", "delivery"]
    assert len(collector.batches()[-1].header.binaries_digest) == 32


async def test_quiet_means_heartbeats(collector: FakeCollector, start_agent: StartAgent) -> None:
    agent = await start_agent("quiet")
    await collector.until(lambda: sum(isinstance(f, Heartbeat) for f in collector.facts()) >= 3)
    await _end(agent)


async def test_nothing_is_lost_or_doubled_when_the_collector_is_killed_again_and_again(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    agent = await start_agent("ticks")
    for turn in range(4):
        before = collector.count
        await collector.until(lambda due=before + 2 + turn: collector.count >= due)  # type: ignore[misc]
        await collector.kill()
        await collector.start()
    assert len(collector.hellos) >= 4
    before = collector.count
    await collector.until(lambda: collector.count > before + 2)
    await _end(agent)
    assert _without_a_gap(_ticks(collector))
    collector.check_chain()


async def test_a_killed_agent_goes_on_where_its_spool_ends(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    for turn in range(5):
        before = collector.count
        collector.acknowledging = turn % 2 == 0
        agent = await start_agent("ticks")
        due = before + random.Random(turn).randint(1, 8)
        await collector.until(lambda due=due: collector.count >= due)  # type: ignore[misc]
        agent.kill()
        await agent.wait()
    collector.acknowledging = True
    agent = await start_agent("quiet")
    before = collector.count
    await collector.until(lambda: collector.count > before)
    await _end(agent)
    starts = [f for f in collector.facts() if isinstance(f, AgentLifecycle) and f.stage == 1]
    assert len(starts) == 6
    assert RefusalReason.FORK not in collector.refused
    assert RefusalReason.CHAIN_BROKEN not in collector.refused
    collector.check_chain()


async def test_what_happened_while_the_collector_was_away_arrives_later(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    await collector.kill()
    agent = await start_agent("ticks")
    line = await _said(agent, "not reached")
    assert "trying again, nothing is lost" in line
    errors = await _end(agent)
    assert agent.returncode == 0
    assert "wait for the collector; they are sent at the next start" in errors
    await collector.start()
    agent = await start_agent("quiet")
    await collector.until(lambda: len(collector.facts()) > 0)
    await collector.until(lambda: any(isinstance(f, Heartbeat) for f in collector.facts()))
    await _end(agent)
    stops = [f for f in collector.facts() if f == AgentLifecycle(LifecycleStage.STOPPING)]
    assert _ticks(collector)[0] == 1
    assert len(stops) == 2
    collector.check_chain()


async def test_a_collector_that_cannot_store_is_asked_again_until_it_can(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    collector.refuse_next = [RefusalReason.NOT_STORED] * 3
    agent = await start_agent("ticks")
    await collector.until(lambda: collector.count >= 5)
    await _end(agent)
    assert _without_a_gap(_ticks(collector))
    assert len(collector.hellos) == 1, "it stays connected"
    collector.check_chain()


async def test_a_batch_refused_for_good_is_said_loudly_and_stays_in_the_spool(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    collector.refuse_next = [RefusalReason.SIGNATURE]
    agent = await start_agent("ticks")
    line = await _said(agent, "delivery: UNAVAILABLE")
    assert "the collector refuses batch 0" in line
    assert "enrol this computer again" in line
    await _end(agent)
    assert agent.returncode == 0
    agent = await start_agent("quiet")
    await collector.until(lambda: len(_ticks(collector)) > 2)
    await _end(agent)
    states = [f for f in collector.facts() if isinstance(f, SensorStateChanged)]
    assert ("delivery", Health.UNAVAILABLE) in [(s.sensor, s.health) for s in states]
    collector.check_chain()


async def test_an_unknown_workstation_is_told_to_enrol_again(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    collector.turn_away = "this certificate is of no enrolled workstation"
    agent = await start_agent("quiet")
    line = await _said(agent, "delivery: UNAVAILABLE")
    assert "this certificate is of no enrolled workstation" in line


async def test_a_collector_that_takes_only_smaller_messages_is_said_in_one_line(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    collector.largest_message = 64  # Hello passes, no batch does
    await collector.kill()
    await collector.start()
    agent = await start_agent("ticks")
    line = await _said(agent, "delivery: UNAVAILABLE")
    assert "a batch is larger than the collector takes" in line
    assert collector.committed == []


async def test_an_agent_that_is_held_off_says_why_and_leaves_the_collector_alone(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    collector.hold_off = ("opened 30 streams within 60 s; let in again in 3600 s", 3_600_000)
    agent = await start_agent("quiet")
    line = await _said(agent, "not reached")
    assert "let in again in 3600 s" in line
    collector.hold_off = None
    tries = collector.tries
    await asyncio.sleep(2)  # long enough for several attempts of one that was not held off
    assert collector.tries == tries == 1


async def test_a_spool_that_was_put_back_is_said(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    collector.claimed_count = 1000
    agent = await start_agent("quiet")
    assert "the collector holds 1000 batches" in await _said(agent, "delivery: UNAVAILABLE")
    assert collector.committed == []


async def test_a_collector_put_back_from_a_backup_gets_again_what_is_still_there(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    agent = await start_agent("ticks")
    await collector.until(lambda: collector.count >= 6)
    await collector.kill()
    collector.forget_from(3)
    await collector.start()
    await collector.until(lambda: collector.count >= 9)
    await _end(agent)
    assert _without_a_gap(_ticks(collector))
    collector.check_chain()


async def test_a_failed_sensor_is_started_again_and_both_are_reported(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    agent = await start_agent("crash")

    def states() -> list[tuple[Health, str]]:
        changes = [f for f in collector.facts() if isinstance(f, SensorStateChanged)]
        return [(f.health, f.reason) for f in changes if f.sensor == "crasher"]

    await collector.until(lambda: len(states()) >= 2)
    await _end(agent)
    assert states()[:2] == [
        (Health.UNAVAILABLE, "the scripted failure"),
        (Health.DEGRADED, "came back"),
    ]


async def test_a_policy_reaches_headers_and_sensors(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    agent = await start_agent("quiet")
    await collector.until(lambda: len(_ticks(collector)) == 1)
    collector.policy.MergeFrom(
        transport_pb2.Policy(
            exam_session_id="morning",
            policy_digest=sha256(b"# a policy").digest(),
            policy_toml=b"# a policy",
            baseline_request=1,
        )
    )
    collector.push(transport_pb2.Downlink(policy=collector.policy))
    await collector.until(lambda: len(_ticks(collector)) == 2)
    await _end(agent)
    header = collector.batches()[-1].header
    assert str(header.exam_session_id) == "morning"
    assert header.policy_digest == sha256(b"# a policy").digest()
    applied = AgentLifecycle(
        LifecycleStage.POLICY_APPLIED,
        f"exam session morning, policy {header.policy_digest.hex()[:12]}",
    )
    assert collector.facts().count(applied) == 1


async def test_a_full_spool_is_shown_and_memory_bridges_it(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    await collector.kill()
    agent = await start_agent("ticks", 16 * 1024)
    assert "batches wait for the collector" in await _said(agent, "spool: UNAVAILABLE")
    await collector.start()

    def spool_states() -> list[Health]:
        changes = [f for f in collector.facts() if isinstance(f, SensorStateChanged)]
        return [f.health for f in changes if f.sensor == "spool"]

    await collector.until(lambda: Health.OK in spool_states(), 30)
    await _end(agent)
    assert spool_states()[0] is Health.UNAVAILABLE
    # Memory took what the disk could not: nothing was dropped in so short a time.
    assert not any(isinstance(f, ObservationsDropped) for f in collector.facts())
    assert _without_a_gap(_ticks(collector))
    collector.check_chain()


async def test_a_second_agent_on_the_same_folder_is_refused(
    collector: FakeCollector, state: StateFolder, start_agent: StartAgent
) -> None:
    agent = await start_agent("quiet")
    await collector.until(lambda: collector.count >= 1)
    code, _, errors = await command("run", "--state", str(state.path))
    assert code == 1
    assert errors == (
        f"jiankao-agent: {state.path}: another jiankao-agent uses this folder; "
        "stop that one first\n"
    )
    await _end(agent)


async def test_a_second_signal_ends_it_at_once(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    collector.acknowledging = False  # so that the orderly end has something to wait for
    agent = await start_agent("quiet")
    await collector.until(lambda: collector.count >= 1)
    agent.send_signal(signal.SIGTERM)
    await collector.until(lambda: AgentLifecycle(LifecycleStage.STOPPING) in collector.facts())
    # Signals closer together than a second count as one, so it is sent until it counts.
    while agent.returncode is None:
        agent.send_signal(signal.SIGINT)
        with suppress(TimeoutError):
            await asyncio.wait_for(agent.wait(), 0.1)
    assert agent.returncode == 128 + signal.SIGINT
