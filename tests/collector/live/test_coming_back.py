"""A workstation that comes back too often is shown to the proctor, and the auditor's replay says the same."""

import asyncio
import time
from pathlib import Path

import pytest

from jiankao_collector.audit.__main__ import main as audit
from jiankao_collector.commands.ticket import issue
from jiankao_collector.demo.enrolling import enrol
from jiankao_collector.demo.transport import StreamLostError
from jiankao_collector.ingest.limits import MOST_OPENED
from jiankao_collector.serving import serving
from jiankao_proto.records import ExamSessionOpened, Severity
from tests.support.collector import ANY_PORTS, founded
from tests.support.room import EXAM_SESSION, until
from tests.support.stream_client import Client


async def test_the_proctor_sees_it_and_the_replay_agrees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = founded(tmp_path / "data")
    async with serving(folder, ANY_PORTS) as running:
        ((_, ticket),) = await asyncio.to_thread(issue, folder, "101", ["01"])
        now_us = time.time_ns() // 1000
        where = running.listening
        identity = await enrol(where.enrolment, ticket, hostname="pc-01", now_us=now_us)
        client = Client(identity, where.telemetry)
        await running.journal.append(
            ExamSessionOpened(EXAM_SESSION, "morning", ("101",), b"", "test")
        )
        for _ in range(MOST_OPENED):
            async with client.stream():
                pass
        with pytest.raises(StreamLostError, match="let in again in"):
            async with client.stream():
                pass

        def kinds() -> set[str]:
            return {f.kind for seat in running.live.seats() for f in seat.findings}

        await until("it is found", lambda: "refused_too_many" in kinds())
        # Nobody watches the seat while it is held off; that is an alert, as for any seat that is not heard.
        await until("the seat is told as silent", lambda: "stream_broken" in kinds())
        alerts = running.live.alerts()
    assert any(alert.severity >= Severity.WARNING for alert in alerts)
    assert audit(["replay", str(folder.root)]) == 0, capsys.readouterr()
