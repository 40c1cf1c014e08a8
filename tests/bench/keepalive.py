"""What it costs to ask every seat each second whether its cable is in, and what it gains. Prints one JSON object.

python -m tests.bench.keepalive [--seconds T] [--cuts N]

Price: two quiet agents of the same kind beside each other for T seconds, one at a collector that pings as ours does,
one with pings off at both ends. Bytes are those of the stream in both directions: its payload (TLS records), and with
the headers of Ethernet, IPv4 and TCP (66 bytes a segment, acknowledgements included). CPU is in percent of one core.
Gain (needs root; 0 cuts leave it out): a real agent and a real collector on hosts of their own. The agent's cable is
cut N times for good, and N times for each of a few lengths; told are the times from the cut to the alert, and how many
of the short cuts led to one.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

import jiankao_agent.tls  # noqa: F401 - before grpc: it says which TLS versions gRPC may speak

# isort: split
from jiankao_proto.meeting import COLLECTOR_KEEPALIVE
from jiankao_proto.v1 import transport_pb2
from tests.support.exam_room import ExamRoom, exam_room, until
from tests.support.fake_collector import FakeCollector
from tests.support.hosts import why_not

_HEADERS = 66
_SETTLE_S = 15.0
_SHORT_CUTS_S = (1.0, 1.5, 2.0, 2.5, 3.0)
_AFTERWARDS_S = 6.0
_WITHOUT_PINGS = """
import sys
import jiankao_agent.tls as tls
tls.STREAM_OPTIONS = tuple((n, v) for n, v in tls.STREAM_OPTIONS if "keepalive" not in n and "ping" not in n)
from tests.support.scripted_agent import main
sys.exit(main(*sys.argv[1:]))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=120.0, help="of the price")
    parser.add_argument("--cuts", type=int, default=10, help="of each length")
    options = parser.parse_args()
    figures: dict[str, object] = {"bench": "keepalive", "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory(prefix="jiankao-bench-") as root:
        figures["price"] = asyncio.run(_price(Path(root), options.seconds))
        if options.cuts:
            figures["gain"] = why_not() or _gain(Path(root), options.cuts)
    figures["load_average"] = round(psutil.getloadavg()[0], 2)
    print(json.dumps(figures))


async def _price(root: Path, seconds: float) -> dict[str, object]:
    """Two agents beside each other, one of them pinged."""
    pinged, left_alone = FakeCollector(keepalive=COLLECTOR_KEEPALIVE), FakeCollector()
    agents: list[asyncio.subprocess.Process] = []
    try:
        for collector, words in (
            (pinged, ["-m", "tests.support.scripted_agent"]),
            (left_alone, ["-c", _WITHOUT_PINGS]),
        ):
            collector.policy = transport_pb2.Policy(flush_interval_ms=1000, quiet_interval_ms=5000)
            await collector.start()
            state = str(root / f"price-{len(agents)}")
            await _enrol(collector, state)
            agents.append(
                await asyncio.create_subprocess_exec(
                    *(sys.executable, *words, state, str(1 << 20), "quiet"),
                    stderr=subprocess.DEVNULL,
                )
            )
            await collector.until(lambda c=collector: c.count > 0)  # type: ignore[misc]  # bound per turn
        await asyncio.sleep(_SETTLE_S)
        pairs = list(zip((pinged, left_alone), agents, strict=True))
        before = [_read(a.pid, c.telemetry_port) for c, a in pairs]
        await asyncio.sleep(seconds)
        after = [_read(a.pid, c.telemetry_port) for c, a in pairs]
    finally:
        for agent in agents:
            agent.kill()
            await agent.wait()
        for collector in (pinged, left_alone):
            await collector.kill()
    with_pings, without = (_rates(b, a) for b, a in zip(before, after, strict=True))
    return {"seconds": seconds, "with_pings": with_pings, "without": without}


async def _enrol(collector: FakeCollector, state: str) -> None:
    agent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jiankao_agent", "enrol", "--state", state),
        *("--collector", "127.0.0.1", "--ticket", collector.ticket),
        *("--telemetry-port", str(collector.telemetry_port)),
        *("--enrolment-port", str(collector.enrolment_port)),
        stdout=subprocess.DEVNULL,
    )
    if await agent.wait():
        raise SystemExit("the agent was not enrolled")


def _read(pid: int, port: int) -> tuple[float, float, int, int]:
    """Return the moment, the CPU seconds of an agent, and the payload bytes and segments of its stream."""
    said = subprocess.run(
        ["ss", "-tinH", "dst", "127.0.0.1", "dport", "=", f":{port}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    payload = sum(map(int, re.findall(r"bytes_(?:sent|received):(\d+)", said)))
    segments = sum(map(int, re.findall(r"segs_(?:out|in):(\d+)", said)))
    times = psutil.Process(pid).cpu_times()
    return time.monotonic(), times.user + times.system, payload, segments


def _rates(
    before: tuple[float, float, int, int], after: tuple[float, float, int, int]
) -> dict[str, float]:
    took, cpu, payload, segments = (b - a for a, b in zip(before, after, strict=True))
    return {
        "cpu_percent": round(100 * cpu / took, 3),
        "stream_bytes_per_s": round(payload / took, 1),
        "wire_bytes_per_s": round((payload + _HEADERS * segments) / took, 1),
    }


def _gain(root: Path, cuts: int) -> dict[str, object]:
    with exam_room(root / "room", seats=("01",)) as room:
        told = [_cut_for_good(room, number / cuts) for number in range(cuts)]
        short = {
            f"{length_s:g}": sum(_cut(room, length_s, number / cuts) for number in range(cuts))
            for length_s in _SHORT_CUTS_S
        }
    return {
        "cuts": cuts,
        "told_after_s": {"least": min(told), "most": max(told)},
        "told_of_short_cuts": short,
    }


def _cut_for_good(room: ExamRoom, wait_s: float) -> float:
    """Cut at some moment between two pings; return the seconds until the alert says so."""
    time.sleep(wait_s)
    collector, host = room.collector, room.seats["01"].host
    begun_us = _now_us()
    room.switch.pull(host)
    told_us, _ = until(
        "the alert", lambda: next((t for t in collector.silences(begun_us) if not t[1].over), None)
    )
    _put_back(room, told_us)
    return round((told_us - begun_us) / 1e6, 2)


def _cut(room: ExamRoom, length_s: float, wait_s: float) -> bool:
    """Cut for a while at some moment between two pings; tell whether it led to an alert."""
    time.sleep(wait_s)
    begun_us = _now_us()
    room.switch.pull(room.seats["01"].host)
    time.sleep(length_s)
    room.switch.put_back(room.seats["01"].host)
    time.sleep(_AFTERWARDS_S)
    told = room.collector.silences(begun_us)
    if told:
        _put_back(room, told[0][0])
    return bool(told)


def _put_back(room: ExamRoom, told_us: int) -> None:
    """Put the cable back and wait until the seat is heard again."""
    room.switch.put_back(room.seats["01"].host)
    until("its end", lambda: any(a.over for _, a in room.collector.silences(told_us)), 60)
    time.sleep(1)


def _now_us() -> int:
    return time.time_ns() // 1000


if __name__ == "__main__":
    main()
