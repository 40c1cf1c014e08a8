"""A message far too large, sent to a whole collector: the proctor is told, and memory stays as it was."""

import asyncio
import time
from pathlib import Path

import psutil

from jiankao_collector.commands.ticket import issue
from jiankao_collector.config import Address, DataFolder
from jiankao_collector.demo.enrolling import enrol
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.serving import serving
from jiankao_proto.records import EnvelopeRejected, RefusalReason
from tests.support.collector import ANY_PORTS, founded, problem_of
from tests.support.collector_process import serving_process
from tests.support.room import until
from tests.support.stream_client import Client

HUGE = 64 << 20


async def seated(folder: DataFolder, enrolment_at: Address, telemetry_at: Address) -> Client:
    ((_, ticket),) = await asyncio.to_thread(issue, folder, "101", ["01"])
    identity = await enrol(enrolment_at, ticket, hostname="pc-01", now_us=time.time_ns() // 1000)
    return Client(identity, telemetry_at)


async def send_too_much(client: Client, size: int) -> None:
    async with client.stream() as stream:
        await stream.send(bytes(size))
        assert "larger than max" in await stream.ended()


def refusals(folder: DataFolder) -> list[EnvelopeRejected]:
    reader = EvidenceLogReader(folder.evidence_log)
    try:
        bodies = [record.body for record in reader.of_kinds(("envelope_rejected",))]
    finally:
        reader.close()
    return [body for body in bodies if isinstance(body, EnvelopeRejected)]


async def test_the_proctor_sees_it_at_the_seat(tmp_path: Path) -> None:
    folder = founded(tmp_path / "data")
    async with serving(folder, ANY_PORTS) as running:
        listening = running.listening
        client = await seated(folder, listening.enrolment, listening.telemetry)
        await send_too_much(client, 3 << 20)

        def kinds() -> list[str]:
            return [finding.kind for seat in running.live.seats() for finding in seat.findings]

        await until("it is found", lambda: "refused_too_large" in kinds())
    assert problem_of(folder.root) is None


async def test_a_huge_message_costs_the_collector_no_memory(tmp_path: Path) -> None:
    folder = founded(tmp_path / "data")
    with serving_process(folder) as collector:
        client = await seated(folder, collector.enrolment_at, collector.telemetry_at)
        process = psutil.Process(collector.process.pid)
        before = process.memory_info().rss
        for _ in range(3):
            await send_too_much(client, HUGE)
            assert process.memory_info().rss - before < HUGE // 4
        await until("all are recorded", lambda: len(refusals(folder)) == 3)
        code, complaints = await asyncio.to_thread(collector.stop)
    assert {body.reason for body in refusals(folder)} == {RefusalReason.TOO_LARGE}
    assert code == 0
    assert "Traceback" not in complaints
