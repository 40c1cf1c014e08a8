"""What a room costs its collector, next to bare commits of the same records. Prints one JSON object.

python -m tests.bench.room_load [--seats N] [--seconds T] [--pace P]

N simulated seats, all honest, against a collector in a process of its own with an exam session
open; the figures are of T seconds after the last seat arrived. Latency is from sealing a batch at
the seat to its acknowledgement there. Then the very records the collector stored are inserted into
a fresh file with the same schema and settings, one commit a record, with nothing else around it.
"""

import argparse
import asyncio
import contextlib
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from statistics import quantiles

import psutil

from jiankao_collector.config import Address
from jiankao_collector.demo.address_plan import POLICY_TOML
from jiankao_collector.demo.cast import FIRST_ONSET_S, Part
from jiankao_collector.demo.room import Admittance, Room
from jiankao_collector.demo.scenes.catalogue import HONEST
from jiankao_collector.evidence_log.reader import EvidenceLogReader, Row
from jiankao_collector.evidence_log.schema import FILE_NAME, connect
from tests.support.room import until

ROOM = "bench"
_SETTLE_S = 3.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seats", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--pace", type=float, default=1.0, help="times faster than life")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jiankao-bench-") as root:
        data = Path(root) / "data"
        with _collector(data) as (process, telemetry, enrolment):
            (Path(root) / "policy.toml").write_text(POLICY_TOML)
            _command(
                *("exam-session", "open", "--room", ROOM),
                *("--policy", f"{root}/policy.toml", "--data", str(data)),
            )
            issued = _command(
                "ticket", "--room", ROOM, "--count", str(options.seats), "--data", str(data)
            )
            admittances = [Admittance(*line.split("\t")) for line in issued.splitlines()]
            room = Room(telemetry, enrolment, _complain, pace=options.pace)
            measured = asyncio.run(
                _measure(room, admittances, psutil.Process(process.pid), options)
            )
        print(json.dumps({**measured, "bare_commits": _bare_commits(data, Path(root))}))


async def _measure(
    room: Room,
    admittances: list[Admittance],
    collector: psutil.Process,
    options: argparse.Namespace,
) -> dict[str, object]:
    scenes = islice(cycle(HONEST), len(admittances))
    parts = [Part(scene, number * 0.1, FIRST_ONSET_S) for number, scene in enumerate(scenes)]
    stopping = asyncio.Event()
    playing = asyncio.create_task(room.run(admittances, parts, stopping))
    await until("every seat", lambda: room.progress().connected == len(admittances), 120)
    await asyncio.sleep(_SETTLE_S)
    for workstation in room.workstations:
        workstation.delivery.latencies_s.clear()
    before, began = room.progress(), time.monotonic()
    cpu_before, own_before = _cpu_s(collector), time.process_time()
    await asyncio.sleep(options.seconds)
    took = time.monotonic() - began
    cpu_s, own_s = _cpu_s(collector) - cpu_before, time.process_time() - own_before
    batches = room.progress().acknowledged - before.acknowledged
    memory = collector.memory_info().rss
    latencies = [s for w in room.workstations for s in w.delivery.latencies_s]
    stopping.set()
    await playing
    return {
        "seats": len(admittances),
        "pace": options.pace,
        "seconds": round(took, 2),
        "batches_per_s": round(batches / took, 1),
        "ack_latency_ms": _percentiles(latencies),
        "refused": room.progress().refused,
        "collector_cpu_share_of_one_core": round(cpu_s / took, 4),
        "collector_rss_mib": round(memory / 2**20, 1),
        "simulator_cpu_share_of_one_core": round(own_s / took, 4),
    }


def _bare_commits(data: Path, root: Path) -> dict[str, object]:
    """Insert what the log holds into a file of its own, one commit a record."""
    reader = EvidenceLogReader(data / FILE_NAME)
    rows: list[Row] = list(reader.rows())
    reader.close()
    connection: sqlite3.Connection = connect(root / "bare.sqlite", create=True)
    latencies = []
    began = time.monotonic()
    for row in rows:
        one_began = time.monotonic()
        connection.execute("BEGIN IMMEDIATE")
        values = (
            *(row.number, row.kind, row.workstation_id),
            *(row.sequence, row.content, row.digest),
        )
        connection.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)", values)
        connection.execute("COMMIT")
        latencies.append(time.monotonic() - one_began)
    took = time.monotonic() - began
    connection.close()
    return {
        "records": len(rows),
        "per_s": round(len(rows) / took, 1),
        "latency_ms": _percentiles(latencies),
    }


def _percentiles(seconds: list[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=100, method="inclusive")
    return {"p50": round(cuts[49] * 1000, 2), "p99": round(cuts[98] * 1000, 2)}


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextlib.contextmanager
def _collector(data: Path) -> Iterator[tuple[subprocess.Popen[str], Address, Address]]:
    _command("init", "--data", str(data))
    at = ["--grpc", "127.0.0.1:0", "--enrolment", "127.0.0.1:0", "--console", "127.0.0.1:0"]
    command = [sys.executable, "-m", "jiankao_collector", "serve", "--data", str(data), *at]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            if not said:
                sys.exit("room_load: the collector did not start")
            words = dict(part.strip().split(" ") for part in said.split(","))
            yield process, Address.parse(words["telemetry"]), Address.parse(words["enrolment"])
        finally:
            process.terminate()


def _command(*words: str) -> str:
    command = [sys.executable, "-m", "jiankao_collector", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _complain(line: str) -> None:
    print(f"room_load: {line}", file=sys.stderr)


if __name__ == "__main__":
    main()
