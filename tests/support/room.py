"""A real collector and a simulated room for tests."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from jiankao_collector.assessment import Assessment, load_rules
from jiankao_collector.commands.ticket import issue
from jiankao_collector.config import Address, Addresses, DataFolder
from jiankao_collector.demo.address_plan import POLICY_TOML
from jiankao_collector.demo.cable import Cable
from jiankao_collector.demo.enrolling import enrol
from jiankao_collector.demo.room import Admittance
from jiankao_collector.demo.workstation import SimulatedWorkstation
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.founding import found
from jiankao_collector.serving import Serving, serving
from jiankao_proto.ids import ExamSessionId, WorkstationId
from jiankao_proto.records import AlertChanged, ExamSessionOpened, Record, RecordBody

ROOM = "demo"
EXAM_SESSION = ExamSessionId("es-test")
_ANYWHERE = Address("127.0.0.1", 0)


@dataclass
class RoomCollector:
    """A running collector whose log can be read and judged while it runs."""

    running: Serving
    _reader: EvidenceLogReader = field(repr=False)
    _assessment: Assessment = field(default_factory=lambda: Assessment(load_rules()), repr=False)
    _judged: int = 0

    async def admit(self, seats: Iterable[str]) -> list[Admittance]:
        """Issue a ticket for each seat."""
        issued = await asyncio.to_thread(issue, self.running.folder, ROOM, list(seats))
        return [Admittance(ROOM, seat, ticket) for seat, ticket in issued]

    async def open_exam_session(self, policy: str = POLICY_TOML) -> None:
        """Open an exam session with the policy of the simulated room, or another one."""
        await self.running.journal.append(
            ExamSessionOpened(EXAM_SESSION, "simulated", (ROOM,), policy.encode(), "test")
        )

    def records(self, *kinds: str) -> list[Record]:
        """Return the records of some kinds, or all, oldest first."""
        return list(self._reader.of_kinds(kinds) if kinds else self._reader.records())

    def bodies(self, kind: str, of: WorkstationId | None = None) -> list[RecordBody]:
        """Return the bodies of the records of one kind, of one workstation or all, oldest first."""
        bodies = (record.body for record in self._reader.of_kinds((kind,)))
        return [b for b in bodies if of is None or getattr(b, "workstation_id", None) == of]

    def alerts(self) -> tuple[AlertChanged, ...]:
        """Judge what the log holds by now and return every alert."""
        for record in self._reader.records(self._judged):
            self._assessment.see(record)
            self._judged = record.number + 1
        return self._assessment.alerts()

    def alert_kinds(self, seat: str) -> set[str]:
        """Return the kinds of alert a seat has by now."""
        return {alert.kind for alert in self.alerts() if alert.seat == seat}


@asynccontextmanager
async def room_collector(folder: Path) -> AsyncIterator[RoomCollector]:
    """Have a collector of its own serve a new data folder."""
    data = DataFolder(folder)
    addresses = Addresses(_ANYWHERE, _ANYWHERE, _ANYWHERE)
    found(data, addresses)
    async with serving(data, addresses) as running:
        reader = EvidenceLogReader(data.evidence_log)
        try:
            yield RoomCollector(running, reader)
        finally:
            reader.close()


@asynccontextmanager
async def workstation(
    collector: RoomCollector, seat: str = "01", *, clock_offset_us: int = 0
) -> AsyncIterator[SimulatedWorkstation]:
    """Have an enrolled workstation, its agent not started; it is stopped at the end if it runs."""
    (admittance,) = await collector.admit([seat])
    where = collector.running.listening
    now_us = time.time_ns() // 1000
    identity = await enrol(where.enrolment, admittance.ticket, hostname="sim", now_us=now_us)
    async with Cable(where.telemetry) as cable:
        one = SimulatedWorkstation(
            identity, cable, Random(1), pace=20, clock_offset_us=clock_offset_us
        )
        try:
            yield one
        finally:
            await one.stop_agent()


async def until(what: str, holds: Callable[[], object], within_s: float = 15) -> None:
    """Wait until `holds` says something true. Raises AssertionError when it does not in time."""
    deadline = asyncio.get_running_loop().time() + within_s
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, f"{what}: not within {within_s} s"
        await asyncio.sleep(0.02)
