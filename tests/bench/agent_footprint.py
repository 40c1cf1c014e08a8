"""What the agent costs its workstation, next to a plain loop that polls the same. Prints one JSON object.

python -m tests.bench.agent_footprint [--seconds T] [--alone]

The real agent, enrolled to a real collector over loopback, for T seconds on an idle desktop (Xvfb) and T seconds on a
busy one: a browser on a page that moves, 200 processes of which one a second is a new one, 300 sockets. Beside it, in
the same run, a loop asks psutil once a second for all processes and connections, and keeps nothing.
--alone (needs root) runs all of it in process and network namespaces of its own, so that nothing but the bench is seen;
there the agent looks at /proc by turns, because the kernel tells of processes to the machine's own namespace only.
CPU is in percent of one core; disk is what the kernel counts as written for the agent; network is the payload of the
agent's stream in both directions, without the headers of TCP and IP. `machine_cpu_percent` tells how busy everything
else was: on a machine that is not quiet the figures are higher than they need be.
"""

import argparse
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from jiankao_agent.sensors.processes import BY_TURNS, ProcessesSensor
from tests.support.browser import ARGUMENTS, chromium
from tests.support.watched_machine import WatchedMachine, watched_machine

_SETTLE_S = 20.0
_PROCESSES, _SOCKETS = 200, 300
_POLLING = """
import time
import psutil
NAMES = ["pid", "ppid", "name", "exe", "cmdline", "username", "create_time"]
while True:
    for process in psutil.process_iter(NAMES):
        process.info
    psutil.net_connections()
    time.sleep(1)
"""
_PAGE = """<!doctype html><title>exam</title><p id=p style="position:absolute">question</p>
<script>let n = 0;
setInterval(() => { p.style.left = (n++ % 300) + "px"; p.textContent = "question " + n; }, 50)</script>
"""


@dataclass(frozen=True)
class Reading:
    """The counters of one process at one moment."""

    at_s: float
    cpu_s: float
    written: int
    stream: int
    machine_cpu_s: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=300.0, help="of each part")
    parser.add_argument("--alone", action="store_true", help="in namespaces of its own")
    options = parser.parse_args()
    seconds: float = options.seconds
    if options.alone:
        inside = f"ip link set lo up && exec {sys.executable} -m tests.bench.agent_footprint --seconds {seconds}"
        spaces = ["unshare", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"]
        sys.exit(subprocess.run([*spaces, "sh", "-c", inside], check=False).returncode)
    with (
        tempfile.TemporaryDirectory(prefix="jiankao-bench-") as root,
        watched_machine(Path(root)) as machine,
        _child([sys.executable, "-c", _POLLING]) as polling,
    ):
        time.sleep(_SETTLE_S)
        idle = _measure(machine, polling.pid, seconds)
        with busy_desktop(Path(root), machine.display):
            time.sleep(_SETTLE_S)
            busy = _measure(machine, polling.pid, seconds)
    figures: dict[str, object] = {
        "bench": "agent_footprint",
        "seconds": seconds,
        "cores": os.cpu_count(),
    }
    figures["processes_seen"] = "by turns" if ProcessesSensor().probe() == BY_TURNS else "as told"
    print(json.dumps({**figures, "idle": idle, "busy": busy}))


def _measure(machine: WatchedMachine, polling_pid: int, seconds: float) -> dict[str, object]:
    agent, polling = psutil.Process(machine.agent_pid), psutil.Process(polling_pid)
    rss_before = agent.memory_info().rss
    before = _read(agent, machine.telemetry_port), _read(polling)
    time.sleep(seconds)
    after = _read(agent, machine.telemetry_port), _read(polling)
    took = after[0].at_s - before[0].at_s
    own_cpu = 100 * (after[0].cpu_s - before[0].cpu_s) / took
    polling_cpu = 100 * (after[1].cpu_s - before[1].cpu_s) / took
    machine_cpu = 100 * (after[0].machine_cpu_s - before[0].machine_cpu_s) / took
    written = after[0].written - before[0].written
    rss, polling_rss = agent.memory_info().rss, polling.memory_info().rss
    return {
        "seconds": round(took, 1),
        "processes": len(psutil.pids()),
        "sockets": len(psutil.net_connections()),
        "agent": {
            "cpu_percent": round(own_cpu, 2),
            "rss_mib": round(rss / 2**20, 1),
            "rss_grew_mib": round((rss - rss_before) / 2**20, 2),
            "written_mib_per_hour": round(written / 2**20 * 3600 / took, 2),
            "stream_bytes_per_s": round((after[0].stream - before[0].stream) / took),
        },
        "psutil_loop": {
            "cpu_percent": round(polling_cpu, 2),
            "rss_mib": round(polling_rss / 2**20, 1),
        },
        "agent_cpu_to_psutil_loop": round(own_cpu / polling_cpu, 3) if polling_cpu else None,
        "machine_cpu_percent": round(machine_cpu, 1),
    }


def _read(process: psutil.Process, telemetry_port: int = 0) -> Reading:
    times, whole = process.cpu_times(), psutil.cpu_times()
    return Reading(
        time.monotonic(),
        times.user + times.system,
        process.io_counters().write_bytes,
        _stream_bytes(telemetry_port) if telemetry_port else 0,
        sum(whole) - whole.idle - getattr(whole, "iowait", 0.0),
    )


def _stream_bytes(port: int) -> int:
    """Return the payload that the agent's stream has carried both ways. One stream: the agent keeps it."""
    said = subprocess.run(
        ["ss", "-tinH", "dst", "127.0.0.1", "dport", "=", f":{port}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sum(int(n) for n in re.findall(r"bytes_(?:sent|received):(\d+)", said))


@contextlib.contextmanager
def busy_desktop(root: Path, display: str) -> Iterator[None]:
    """Make the desktop a busy one."""
    (root / "page.html").write_text(_PAGE, encoding="utf-8")
    with contextlib.ExitStack() as stack:
        browser = [chromium(), *ARGUMENTS, "--headless=new", f"--user-data-dir={root / 'browser'}"]
        # With a debugging port it stays open on the page.
        browser += ["--remote-debugging-port=0", f"file://{root / 'page.html'}"]
        stack.enter_context(_child(browser, DISPLAY=display))
        for _ in range(_PROCESSES - 1):
            stack.enter_context(_child(["sleep", "100000"]))
        # The last one of the 200 is another one every second.
        stack.enter_context(_child(["sh", "-c", "while :; do sleep 1; done"]))
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=_SOCKETS))
        for _ in range(_SOCKETS // 2):
            stack.enter_context(socket.create_connection(listening.getsockname()))
            stack.enter_context(listening.accept()[0])
        yield


@contextlib.contextmanager
def _child(command: list[str], **variables: str) -> Iterator["subprocess.Popen[bytes]"]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, env={**os.environ, **variables}, stdout=quiet, stderr=quiet
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
