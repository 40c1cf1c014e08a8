"""A collector killed in mid-exam and started again: what it does when, next to judging before serving. Prints JSON.

python -m tests.bench.restart [--seats N] [--minutes M]

The log of N seats and M minutes is made by the simulator, with real keys, and judged as it grows. Then two processes
are started on copies of it, one after the other. The first judges it whole before it would open a port, as a collector
that judges first has to. The second is the collector: every seat comes back and sends a batch a second; somebody who
is logged in asks for the console's page. Times are seconds from the start of the process; latencies are from sending a
batch to its acknowledgement, for those sent while judging went on.
"""

import jiankao_collector.tls  # noqa: F401 - before grpc: it says which TLS versions gRPC may speak

# isort: split
import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx

from jiankao_collector.assessment import load_rules
from jiankao_collector.clock import CollectorClock
from jiankao_collector.config import Address, DataFolder
from jiankao_collector.console.access import Access
from jiankao_collector.evidence_log.journal import Journal
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.founding import FIRST_USER
from jiankao_collector.live import Live
from jiankao_proto.records import AlertChanged
from tests.support.collector import founded
from tests.support.collector_process import CollectorProcess, serving_process
from tests.support.pages import tags_of
from tests.support.recorded_exam import RecordedExam, record_exam
from tests.support.stream_client import Client

_EVERY_S = 1.0
_LOOK_S = 0.05
UP_TO_DATE = "judging is up to date: "


@dataclass
class Measured:
    """What a restart was like. Moments are of the monotonic clock."""

    began_s: float
    first_ack_s: float = 0.0
    alerts_shown_s: float = 0.0
    caught_up_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    caught_up: asyncio.Event = field(default_factory=asyncio.Event)

    def after_s(self, moment_s: float) -> float:
        """Return when a moment was, in seconds from the start of the process."""
        return round(moment_s - self.began_s, 2)


def main() -> None:
    """Make the log, measure both ways, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seats", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--judge-first", metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.judge_first:
        asyncio.run(_judge_first(DataFolder(Path(options.judge_first))))
        return
    with tempfile.TemporaryDirectory(prefix="jiankao-bench-") as root:
        exam = asyncio.run(
            record_exam(founded(Path(root) / "made"), options.seats, options.minutes * 60)
        )
        judging_s = _time_judging_first(_copy(exam, Path(root) / "first"))
        measured = asyncio.run(_serve_first(exam, _copy(exam, Path(root) / "second")))
    cuts = quantiles(measured.latencies_s, n=100, method="inclusive")
    print(
        json.dumps(
            {
                "seats": options.seats,
                "minutes": options.minutes,
                "records": exam.records,
                "alert_records": len(exam.alerts),
                "judging_first": {"would_open_its_ports_after_s": judging_s},
                "serving_first": {
                    "first_batch_acknowledged_after_s": measured.after_s(measured.first_ack_s),
                    "console_shows_recorded_alerts_after_s": measured.after_s(
                        measured.alerts_shown_s
                    ),
                    "judging_caught_up_after_s": measured.after_s(measured.caught_up_s),
                    "acknowledged_while_judging": len(measured.latencies_s),
                    "acknowledged_ms": {
                        "p50": round(cuts[49] * 1000, 1),
                        "p99": round(cuts[98] * 1000, 1),
                    },
                },
            }
        )
    )


def _copy(exam: RecordedExam, to: Path) -> DataFolder:
    return DataFolder(Path(shutil.copytree(exam.folder.root, to)))


def _time_judging_first(folder: DataFolder) -> float:
    """Return how long a process takes to judge a log, its own start included."""
    began_s = time.monotonic()
    command = [sys.executable, "-m", "tests.bench.restart", "--judge-first", str(folder.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if process.stdout.readline() != "judged\n":
            sys.exit("restart: judging first failed")
        return round(time.monotonic() - began_s, 2)


async def _judge_first(folder: DataFolder) -> None:
    """Judge a log with nothing else to do."""
    clock = CollectorClock()
    journal = Journal(folder.evidence_log, clock.now_us, clock.recorded)
    live = Live(folder.evidence_log, journal, load_rules(), clock.now_us)
    await live.start()
    live.follow()
    await live.caught_up.wait()
    print("judged", flush=True)
    await live.stop()
    await journal.close()


async def _serve_first(exam: RecordedExam, folder: DataFolder) -> Measured:
    with closing(EvidenceLogReader(folder.evidence_log)) as reader:
        bodies = [record.body for record in reader.of_kinds(("alert_changed",))]
    wanted = {body.alert_id.value for body in bodies if isinstance(body, AlertChanged)}
    with closing(Access(folder.access)) as access:
        token = access.start_web_session(FIRST_USER, time.time_ns() // 1000)
    measured = Measured(time.monotonic())
    with serving_process(folder) as collector:
        seats = [_sends(measured, client, collector) for client in exam.clients.values()]
        await asyncio.gather(
            _waits(measured, collector), _looks(measured, collector, token, wanted), *seats
        )
        collector.stop()
    return measured


async def _waits(measured: Measured, collector: CollectorProcess) -> None:
    await asyncio.to_thread(collector.says, UP_TO_DATE)
    measured.caught_up_s = time.monotonic()
    measured.caught_up.set()


async def _looks(
    measured: Measured, collector: CollectorProcess, token: str, wanted: set[str]
) -> None:
    """Ask for the room's page until every recorded alert is on it, as far as pages list them."""
    async with httpx.AsyncClient(base_url=collector.console, timeout=60) as browser:
        browser.cookies["jiankao"] = token
        shown: set[str] = set()
        while not wanted <= shown:
            page = await browser.get("/")
            shown = {attributes.get("data-acknowledge", "") for _, attributes in tags_of(page)}
            await asyncio.sleep(_LOOK_S)
    measured.alerts_shown_s = time.monotonic()


async def _sends(measured: Measured, seat: Client, collector: CollectorProcess) -> None:
    """Come back, and send a batch a second until judging has caught up."""
    client = Client(seat.identity, Address.parse(str(collector.telemetry_at)))
    client.sealer.head = seat.sealer.head
    async with client.stream() as stream:
        while not measured.caught_up.is_set():
            sent_s = time.monotonic()
            await stream.send(*client.seal())
            await stream.acknowledged(client.sealer.head.next_sequence)
            measured.first_ack_s = measured.first_ack_s or time.monotonic()
            measured.latencies_s.append(time.monotonic() - sent_s)
            await asyncio.sleep(max(0.0, sent_s + _EVERY_S - time.monotonic()))


if __name__ == "__main__":
    main()
