"""The whole agent as a process of its own, against a collector over real mutual TLS."""

import asyncio
import signal

from jiankao_proto.observations import (
    AgentLifecycle,
    LifecycleStage,
    ProcessEnded,
)
from tests.agent.conftest import StartAgent
from tests.support.fake_collector import FakeCollector


async def _end(process: asyncio.subprocess.Process) -> str:
    process.send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(process.communicate(), 20)
    return errors.decode() if errors else ""


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
    ticks = [f.pid for f in facts if isinstance(f, ProcessEnded)]
    assert ticks == list(range(1, len(ticks) + 1))
    assert collector.refused == []
    assert "monitored" in errors
    assert "监控" in errors
    collector.check_chain()
