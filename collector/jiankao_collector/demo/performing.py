"""Plays a script at a workstation."""

import asyncio
from collections.abc import Callable, Iterator

from jiankao_collector.demo.insider import Insider
from jiankao_collector.demo.placing import place
from jiankao_collector.demo.steps import (
    Action,
    AgentKilled,
    AgentStarts,
    Happens,
    PlugBack,
    PlugPulled,
    RulesUnfounded,
    SensorTurns,
    Step,
)
from jiankao_collector.demo.workstation import SimulatedWorkstation
from jiankao_proto.observations import SensorStateChanged


async def perform(
    workstation: SimulatedWorkstation,
    script: Iterator[Step],
    stopping: asyncio.Event,
    *,
    pace: float = 1.0,
    insider: Insider | None = None,
) -> None:
    """Play a script until it ends, `stopping` is set, or the agent fails.

    `pace`: how many times faster than life. A step that is late is played at once.
    `insider`: who does what is done at the collector; without one nobody does it.
    """
    loop = asyncio.get_running_loop()
    began_s, began_us = loop.time(), workstation.now().wall_clock_us

    def wall_clock_us(scene_us: int) -> int:
        return began_us + int(scene_us / pace)

    stop = asyncio.create_task(stopping.wait())
    try:
        for step in script:
            watched: set[asyncio.Task[object]] = {stop}
            if workstation.agent is not None:
                watched.add(workstation.agent)
            due_s = max(0.0, began_s + step.at_s / pace - loop.time())
            ended, _ = await asyncio.wait(
                watched, timeout=due_s, return_when=asyncio.FIRST_COMPLETED
            )
            if ended:
                return
            if isinstance(step.action, RulesUnfounded):
                if insider is not None:
                    await insider.rule(step.action)
            else:
                await _act(workstation, step.action, wall_clock_us)
    finally:
        stop.cancel()


async def _act(
    workstation: SimulatedWorkstation, action: Action, wall_clock_us: Callable[[int], int]
) -> None:
    match action:
        case Happens(facts=facts, urgent=urgent):
            workstation.happen(*(place(fact, wall_clock_us) for fact in facts), urgent=urgent)
        case AgentStarts():
            workstation.start_agent()
        case AgentKilled():
            await workstation.kill_agent()
        case PlugPulled():
            workstation.cable.pull()
        case PlugBack():
            workstation.cable.put_back()
        case SensorTurns(sensor=sensor, health=health, reason=reason, remedy=remedy):
            workstation.turn_sensor(SensorStateChanged(sensor, health, reason, remedy))
