"""The collector as a process: how it starts, is stopped, and comes back."""

import signal
import socket
import time

import pytest

from jiankao_collector.commands.ticket import issue
from jiankao_collector.config import DataFolder
from jiankao_collector.demo.enrolling import enrol
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.records import (
    CollectorStarted,
    CollectorStopped,
    EnvelopeAdmitted,
    RecordBody,
    StreamClosed,
)
from tests.support.collector import founded, problem_of
from tests.support.collector_process import CollectorProcess, serving_process
from tests.support.stream_client import Client


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return founded(tmp_path_factory.mktemp("collector") / "data")


def bodies(folder: DataFolder) -> list[RecordBody]:
    reader = EvidenceLogReader(folder.evidence_log)
    try:
        return [record.body for record in reader.records()]
    finally:
        reader.close()


async def enrolled(folder: DataFolder, collector: CollectorProcess) -> Client:
    ((_, ticket),) = issue(folder, "101", ["01"])
    now_us = time.time_ns() // 1000
    identity = await enrol(collector.enrolment_at, ticket, hostname="pc-01", now_us=now_us)
    return Client(identity, collector.telemetry_at)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_it_is_told_to(folder: DataFolder, number: signal.Signals) -> None:
    with serving_process(folder) as collector:
        assert collector.stop(number) == (0, "")
    said = bodies(folder)
    assert isinstance(said[2], CollectorStarted)
    assert isinstance(said[-1], CollectorStopped)
    assert problem_of(folder.root) is None


async def test_open_streams_do_not_keep_it_from_stopping(folder: DataFolder) -> None:
    with serving_process(folder) as collector:
        client = await enrolled(folder, collector)
        host, _, port = collector.console.rpartition("/")[2].partition(":")
        # Somebody who opened a connection to the console and says nothing.
        with socket.create_connection((host, int(port))) as idle:
            idle.sendall(b"GET / HTTP/1.1\r\n")
            async with client.stream() as stream:
                await stream.send(*client.seal(5))
                await stream.acknowledged(5)
                collector.process.send_signal(signal.SIGTERM)
                assert "the collector is stopping" in await stream.ended()
            assert collector.stop() == (0, "")
    said = bodies(folder)
    closed = [body for body in said if isinstance(body, StreamClosed)]
    assert [c.collector_stopping for c in closed] == [True]
    assert isinstance(said[-1], CollectorStopped)
    assert problem_of(folder.root) is None


async def test_after_kill_nine_everything_acknowledged_is_there_once(folder: DataFolder) -> None:
    client: Client | None = None
    sent: list[bytes] = []
    for _ in range(4):
        with serving_process(folder) as collector:
            client = client or await enrolled(folder, collector)
            client.telemetry_at = collector.telemetry_at
            async with client.stream() as stream:
                # What was not acknowledged is sent again, as an agent does; then there is more.
                sent += client.seal(300)
                await stream.send(*sent[stream.welcomed_at :])
                await stream.acknowledged(stream.welcomed_at + 50)
                collector.kill()
                await stream.ended()
                acknowledged = stream.committed
        found = [b.envelope for b in bodies(folder) if isinstance(b, EnvelopeAdmitted)]
        assert len(found) >= acknowledged
        assert found == sent[: len(found)]
    with serving_process(folder) as collector:
        assert collector.stop()[0] == 0
    assert problem_of(folder.root) is None
