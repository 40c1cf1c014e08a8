"""Plays a script at a workstation, and at the computer that has a copy of its keys."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Self

from jiankao_collector.demo.address_plan import on_this_machine
from jiankao_collector.demo.cable import Cable
from jiankao_collector.demo.insider import Insider
from jiankao_collector.demo.placing import place
from jiankao_collector.demo.steps import (
    SECOND_US,
    Action,
    AgentKilled,
    AgentStarts,
    CopyRepeats,
    CopySays,
    CopyStarts,
    CopyStops,
    DayBefore,
    Happens,
    ImpostorStarts,
    PlugBack,
    PlugElsewhere,
    PlugPulled,
    RulesUnfounded,
    SensorTurns,
    Step,
)
from jiankao_collector.demo.workstation import SimulatedWorkstation
from jiankao_proto.observations import Fact, SensorStateChanged


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
    began_s = loop.time()
    stop = asyncio.create_task(stopping.wait())
    try:
        async with _Stage(workstation, pace) as stage:
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
                    await stage.act(step.action)
    finally:
        stop.cancel()


class _Stage:
    """A workstation, and what else speaks with its keys."""

    def __init__(self, workstation: SimulatedWorkstation, pace: float) -> None:
        self._workstation, self._pace = workstation, pace
        self._began_us = workstation.now().wall_clock_us
        self._copy: SimulatedWorkstation | None = None
        self._cables = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._stop_copy()
        finally:
            await self._cables.aclose()

    async def act(self, action: Action) -> None:
        """Do what a step says."""
        workstation = self._workstation
        match action:
            case Happens(facts=facts, urgent=urgent):
                workstation.happen(*self._placed(facts), urgent=urgent)
            case AgentStarts():
                workstation.start_agent()
            case AgentKilled():
                await workstation.kill_agent()
            case PlugPulled():
                workstation.cable.pull()
            case PlugBack():
                workstation.cable.put_back()
            case PlugElsewhere(address=address):
                await workstation.cable.move(address and on_this_machine(address))
            case SensorTurns(sensor=sensor, health=health, reason=reason, remedy=remedy):
                workstation.turn_sensor(SensorStateChanged(sensor, health, reason, remedy))
            case DayBefore(batches=batches):
                workstation.seal_day_before([self._placed(facts) for facts in batches])
            case _:
                await self._act_elsewhere(action)

    async def _act_elsewhere(self, action: Action) -> None:
        match action:
            case CopyStarts(address=address, up_s=up_s):
                self._copy = await self._copied(on_this_machine(address), int(up_s * SECOND_US))
                self._copy.start_agent()
            case ImpostorStarts():
                self._copy = await self._copied("", 0)
                self._copy.start_impostor()
            case CopyStops():
                await self._stop_copy()
            case CopySays(facts=facts, ago_s=ago_s) if self._copy is not None:
                self._copy.forge(self._placed(facts), int(ago_s * SECOND_US))
            case CopyRepeats(first=first, count=count) if self._copy is not None:
                await self._copy.send_again(self._copy.day_before[first : first + count])
            case _:
                raise AssertionError(f"nobody can do that now: {action}")

    async def _copied(self, out_of: str, up_us: int) -> SimulatedWorkstation:
        far = self._workstation.cable.far
        cable = await self._cables.enter_async_context(Cable(far, out_of))
        return self._workstation.copied(cable, up_us=up_us)

    async def _stop_copy(self) -> None:
        copy, self._copy = self._copy, None
        if copy is not None:
            await copy.kill_agent()

    def _placed(self, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
        return tuple(place(fact, self._wall_clock_us) for fact in facts)

    def _wall_clock_us(self, scene_us: int) -> int:
        return self._began_us + int(scene_us / self._pace)
