"""What an agent costs whose collector is gone, beside one that is connected. Prints one JSON object, tables on stderr.

python -m tests.bench.orphaned_agent [--seconds T] [--starts N] [--without-display] [--spool-limit MIB] [--alone]

Two agents with collectors and displays of their own watch the same machine, on which N programs a second start and end.
The collector of one is killed, and both are watched for T seconds at the same time. CPU is in percent of one core, by
thread out of nanoseconds that the kernel counts (see agent_threads); `written` is what the kernel counts as written for
the agent, `spool` how much its folder grew by. --without-display ends the orphan's X server, too, as when everything
around it was killed. --spool-limit is the orphan's: a small one is full soon. --alone (needs root) keeps other programs
out of sight, in namespaces where the kernel does not tell of processes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.agent_threads import Used, table, used
from tests.support.watched_machine import WatchedMachine, watched_machine

_SETTLE_S = 20.0
_CONNECTED, _ORPHANED = "connected", "orphaned"


@dataclass(frozen=True)
class Reading:
    """The counters of one agent at one moment."""

    at_s: float
    threads: dict[str, Used]
    written: int
    resident: int
    spool: int


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--starts", type=float, default=40.0, help="programs started a second")
    parser.add_argument("--without-display", action="store_true")
    parser.add_argument("--spool-limit", type=int, default=1024, help="of the orphan, in MiB")
    parser.add_argument("--alone", action="store_true", help="in namespaces of its own")
    asked = parser.parse_args()
    if asked.alone:
        own = [a for a in sys.argv[1:] if a != "--alone"]
        inside = f"ip link set lo up && exec {sys.executable} -m tests.bench.orphaned_agent {' '.join(own)}"
        spaces = ["unshare", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"]
        sys.exit(subprocess.run([*spaces, "sh", "-c", inside], check=False).returncode)
    with tempfile.TemporaryDirectory(prefix="jiankao-bench-") as root:
        folders = {name: Path(root, name) for name in (_CONNECTED, _ORPHANED)}
        for folder in folders.values():
            folder.mkdir()
        with (
            watched_machine(folders[_CONNECTED]) as connected,
            watched_machine(
                folders[_ORPHANED], agent_options=["--spool-limit", str(asked.spool_limit)]
            ) as orphan,
            _programs(asked.starts) as started,
        ):
            machines = {_CONNECTED: connected, _ORPHANED: orphan}
            psutil.Process(orphan.collector_pid).kill()
            if asked.without_display:
                psutil.Process(orphan.display_pid).kill()
            time.sleep(_SETTLE_S)
            before = {name: _read(m, folders[name]) for name, m in machines.items()}
            count = started[0]
            time.sleep(asked.seconds)
            after = {name: _read(m, folders[name]) for name, m in machines.items()}
            count = started[0] - count
    figures: dict[str, object] = {"bench": "orphaned_agent", "seconds": asked.seconds}
    figures |= {"cores": os.cpu_count(), "load_average": round(psutil.getloadavg()[0], 1)}
    figures["started_per_s"] = round(count / asked.seconds, 1)
    figures |= {"without_display": asked.without_display, "spool_limit_mib": asked.spool_limit}
    for name in machines:
        figures[name] = _between(name, before[name], after[name])
    print(json.dumps(figures))


@contextmanager
def _programs(per_s: float) -> Iterator[list[int]]:
    """Start programs that end at once; the list holds how many."""
    started, over = [0], threading.Event()

    def start() -> None:
        began = time.monotonic()
        while per_s and not over.is_set():
            subprocess.run(["/bin/true"], check=True)
            started[0] += 1
            over.wait(max(0.0, began + started[0] / per_s - time.monotonic()))

    thread = threading.Thread(target=start)
    thread.start()
    try:
        yield started
    finally:
        over.set()
        thread.join()


def _read(machine: WatchedMachine, folder: Path) -> Reading:
    process = psutil.Process(machine.agent_pid)
    return Reading(
        time.monotonic(),
        used(Path(f"/proc/{machine.agent_pid}/task")),
        process.io_counters().write_bytes,
        process.memory_info().rss,
        sum(path.stat().st_size for path in (folder / "agent" / "spool").iterdir()),
    )


def _between(name: str, before: Reading, after: Reading) -> dict[str, object]:
    seconds = after.at_s - before.at_s
    rows = table(
        {n: total - before.threads.get(n, Used()) for n, total in after.threads.items()}, seconds
    )
    print(name, file=sys.stderr)
    for row in rows:
        print(
            f"  {row['thread']:16} {row['cpu_percent']:7.3f} % {row['turns_per_s']:8.1f} /s",
            file=sys.stderr,
        )
    return {
        "cpu_percent": round(sum(float(row["cpu_percent"]) for row in rows), 3),
        "written_kib_per_s": round((after.written - before.written) / 1024 / seconds, 2),
        "spool_kib_per_s": round((after.spool - before.spool) / 1024 / seconds, 2),
        "resident_mib": [round(r.resident / 2**20, 2) for r in (before, after)],
        "threads": rows,
    }


if __name__ == "__main__":
    main()
