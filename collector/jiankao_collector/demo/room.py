"""A room of simulated workstations, each playing its part, in one event loop."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from statistics import median

from jiankao_collector.config import Address
from jiankao_collector.demo.address_plan import seat_address
from jiankao_collector.demo.cable import Cable
from jiankao_collector.demo.cast import Part
from jiankao_collector.demo.enrolling import enrol
from jiankao_collector.demo.insider import Insider
from jiankao_collector.demo.performing import perform
from jiankao_collector.demo.steps import Setting, Step
from jiankao_collector.demo.workstation import SimulatedWorkstation
from jiankao_proto.errors import JiankaoError


@dataclass(frozen=True, slots=True)
class Admittance:
    """A seat and the ticket that enrols a workstation for it."""

    room: str
    seat: str
    ticket: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """How a room stands. `median_ack_s`: from sealing to acknowledgement; 0 before the first."""

    seats: int
    connected: int
    sealed: int
    acknowledged: int
    refused: int
    median_ack_s: float


class Room:
    """Plays a part at every seat until it is told to stop.

    `pace`: how many times faster than life. `tell` gets one line about a seat that cannot go on;
    the others do. `insider`: who plays what a scene has done at the collector.
    """

    def __init__(
        self,
        telemetry: Address,
        enrolment: Address,
        tell: Callable[[str], None],
        *,
        seed: int = 1,
        pace: float = 1.0,
        insider: Insider | None = None,
    ) -> None:
        self._telemetry, self._enrolment, self._tell = telemetry, enrolment, tell
        self._seed, self._pace, self._insider = seed, pace, insider
        self._seats = 0
        self.workstations: list[SimulatedWorkstation] = []
        """Those that are enrolled, in the order in which they were."""

    async def run(
        self, admittances: Sequence[Admittance], parts: Sequence[Part], stopping: asyncio.Event
    ) -> None:
        """Play until `stopping` is set; every agent then says goodbye."""
        self._seats = len(admittances)
        async with asyncio.TaskGroup() as group:
            for number, (admittance, part) in enumerate(
                zip(admittances, parts, strict=True), start=1
            ):
                group.create_task(self._seat(number, admittance, part, stopping))

    def progress(self) -> Progress:
        """Return how the room stands."""
        deliveries = [w.delivery for w in self.workstations]
        latencies = [s for d in deliveries for s in list(d.latencies_s)[-20:]]
        return Progress(
            self._seats,
            sum(d.stream is not None for d in deliveries),
            sum(w.sealer.head.next_sequence for w in self.workstations),
            sum(d.committed_count for d in deliveries),
            sum(len(d.refusals) for d in deliveries),
            median(latencies) if latencies else 0.0,
        )

    async def _seat(
        self, number: int, admittance: Admittance, part: Part, stopping: asyncio.Event
    ) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(part.arrives_s / self._pace):
                await stopping.wait()
        if stopping.is_set():
            return
        random = Random(f"{self._seed}/{number}")  # noqa: S311 - a script, no secret
        setting = Setting(random, seat_address(number), part.onset_s - part.arrives_s)
        try:
            await self._play(admittance, part.scene.script(setting), stopping)
        except JiankaoError as error:
            self._tell(f"{admittance.room} {admittance.seat}: {error}")

    async def _play(
        self, admittance: Admittance, script: Iterator[Step], stopping: asyncio.Event
    ) -> None:
        identity = await enrol(
            self._enrolment,
            admittance.ticket,
            hostname=f"SIM-{admittance.room}-{admittance.seat}",
            now_us=time.time_ns() // 1000,
        )
        jitter = Random(f"{self._seed}/{admittance.seat}")  # noqa: S311 - waiting times, no secret
        async with Cable(self._telemetry) as cable:
            workstation = SimulatedWorkstation(identity, cable, jitter, pace=self._pace)
            self.workstations.append(workstation)
            try:
                await perform(workstation, script, stopping, pace=self._pace, insider=self._insider)
            finally:
                await workstation.stop_agent()
