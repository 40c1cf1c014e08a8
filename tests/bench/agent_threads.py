"""What each of the agent's threads costs, and how often it wakes. Prints one JSON object, and a table on stderr.

python -m tests.bench.agent_threads [--seconds T] [--busy] [--alone]

A sensor is a thread of its own name. `cpu_percent` is of one core, out of nanoseconds that the kernel counts
(/proc/PID/task/TID/schedstat); `turns_per_s` is how often the thread was given a processor, `us_a_turn` what it then
used. On a machine that is not quiet the sensors have more to look at: --alone (needs root) keeps other programs out of
sight, --busy is the desktop of agent_footprint.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.bench.agent_footprint import busy_desktop
from tests.support.watched_machine import batches, watched_machine

_SETTLE_S = 15.0


@dataclass(frozen=True, slots=True)
class Used:
    """What threads of one name have used so far."""

    nanoseconds: int = 0
    turns: int = 0

    def __add__(self, other: "Used") -> "Used":
        return Used(self.nanoseconds + other.nanoseconds, self.turns + other.turns)

    def __sub__(self, other: "Used") -> "Used":
        return Used(self.nanoseconds - other.nanoseconds, self.turns - other.turns)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--busy", action="store_true", help="on the busy desktop")
    parser.add_argument("--alone", action="store_true", help="in namespaces of its own")
    asked = parser.parse_args()
    if asked.alone:
        own = [sys.executable, "-m", "tests.bench.agent_threads", "--seconds", str(asked.seconds)]
        inside = f"ip link set lo up && exec {' '.join(own)}{' --busy' if asked.busy else ''}"
        spaces = ["unshare", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"]
        sys.exit(subprocess.run([*spaces, "sh", "-c", inside], check=False).returncode)
    with (
        tempfile.TemporaryDirectory(prefix="jiankao-bench-") as root,
        watched_machine(Path(root)) as machine,
        busy_desktop(Path(root), machine.display) if asked.busy else contextlib.nullcontext(),
    ):
        time.sleep(_SETTLE_S)
        task = Path(f"/proc/{machine.agent_pid}/task")
        last = max(record.number for record in machine.records("envelope_admitted"))
        before, began = used(task), time.monotonic()
        time.sleep(asked.seconds)
        after, took_s = used(task), time.monotonic() - began
        sent = len(batches(machine, last))
    rows = table({name: total - before.get(name, Used()) for name, total in after.items()}, took_s)
    for row in rows:
        print(
            f"{row['thread']:16} {row['cpu_percent']:7.3f} % {row['turns_per_s']:8.1f} /s "
            f"{row['us_a_turn']:8.0f} us",
            file=sys.stderr,
        )
    figures: dict[str, object] = {"bench": "agent_threads", "seconds": round(took_s, 1)}
    figures["busy"] = asked.busy
    figures["batches_per_s"] = round(sent / took_s, 2)
    figures["cpu_percent"] = round(sum(float(row["cpu_percent"]) for row in rows), 3)
    print(json.dumps({**figures, "threads": rows}))


def used(task: Path) -> dict[str, Used]:
    """Read the threads of a process, by name; those of one name are added up."""
    found: dict[str, Used] = defaultdict(Used)
    for thread in task.iterdir():
        with contextlib.suppress(OSError):  # it ended
            name = (thread / "comm").read_text(encoding="utf-8", errors="replace").strip()
            running_ns, _, turns = (thread / "schedstat").read_text(encoding="ascii").split()
            found[name] += Used(int(running_ns), int(turns))
    return dict(found)


def table(used_by: dict[str, Used], seconds: float) -> list[dict[str, str | float]]:
    """Return a row for each name, the dearest first."""
    dearest = sorted(used_by.items(), key=lambda named: named[1].nanoseconds, reverse=True)
    return [
        {
            "thread": name,
            "cpu_percent": round(total.nanoseconds / seconds / 1e7, 3),
            "turns_per_s": round(total.turns / seconds, 2),
            "us_a_turn": round(total.nanoseconds / 1000 / max(1, total.turns), 1),
        }
        for name, total in dearest
    ]


if __name__ == "__main__":
    main()
