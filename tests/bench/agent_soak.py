"""Whether the agent's memory grows: it works for half an hour, on a busy desktop. Prints one JSON object.

python -m tests.bench.agent_soak [--minutes N] [--alone] [--diary FILE [--objects]] [--picture FILE]

The real agent against a real collector over loopback, on the busy desktop of agent_footprint: a browser on a page that
moves, 200 processes of which one a second is a new one, 300 sockets; everything else on the machine is seen, too. Its
resident memory is read every ten seconds, by kind (proc_pid_smaps(5)): `heap` is glibc's, `mapped` the rest that is no
file's (Python's arenas, large blocks, stacks), `changed` a library's data that was written to, `files` its code, which
comes back when it runs. `anonymous` is all but the last: where a leak would be.
The first two minutes fill caches and are left out; the second half is given by itself, too, because what is done for
the first time still adds a few pages in the first. tests/support/trend.py says what the slope is, and its interval. The
picture is a curve (SVG).
--alone (needs root) keeps other programs out of sight, in namespaces where the kernel does not tell of processes.
--diary has the agent write down every minute where its memory is, in FILE (tests/support/memory_diary.py says what and
at what price).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from tests.bench.agent_footprint import busy_desktop
from tests.support.trend import slope
from tests.support.watched_machine import WatchedMachine, watched_machine

PICTURE = Path(__file__).parents[2] / "output" / "agent_soak.svg"
SAMPLE_S = 10.0
SETTLED_AFTER_S = 120.0
KINDS = ("heap", "mapped", "changed", "files")
_DIARY_EVERY_S = 60


@dataclass(frozen=True, slots=True)
class Reading:
    """The agent's memory at one moment, in MiB."""

    at_s: float
    by_kind: dict[str, float]

    @property
    def resident(self) -> float:
        """All of it."""
        return sum(self.by_kind.values())

    @property
    def anonymous(self) -> float:
        """What is no file's."""
        return self.resident - self.by_kind["files"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--minutes", type=float, default=30.0, help="how long (default: %(default)s)"
    )
    parser.add_argument("--alone", action="store_true", help="in namespaces of its own")
    parser.add_argument("--diary", type=Path, help="where the agent writes where its memory is")
    parser.add_argument("--objects", action="store_true", help="with --diary: Python's objects")
    parser.add_argument("--picture", type=Path, default=PICTURE)
    asked = parser.parse_args()
    if asked.alone:
        words = " ".join(word for word in sys.argv[1:] if word != "--alone")
        inside = f"ip link set lo up && exec {sys.executable} -m tests.bench.agent_soak {words}"
        spaces = ["unshare", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"]
        sys.exit(subprocess.run([*spaces, "sh", "-c", inside], check=False).returncode)
    module = ["jiankao_agent"]
    if asked.diary:
        objects = ["--objects"] if asked.objects else []
        module = [
            "tests.support.memory_diary",
            str(asked.diary),
            str(_DIARY_EVERY_S),
            *objects,
            "--",
        ]
    with (
        tempfile.TemporaryDirectory(prefix="jiankao-bench-") as root,
        watched_machine(Path(root), module) as machine,
        busy_desktop(Path(root), machine.display),
    ):
        readings = watch(machine, asked.minutes * 60)
        observed = len(machine.records("envelope_admitted"))
    settled = [r for r in readings if r.at_s >= SETTLED_AFTER_S]
    if len(settled) < 3:
        settled = readings
    asked.picture.parent.mkdir(parents=True, exist_ok=True)
    asked.picture.write_text(picture(readings), encoding="utf-8")
    figures = {
        "bench": "agent_soak",
        "minutes": asked.minutes,
        "cores": os.cpu_count(),
        "load_average": round(psutil.getloadavg()[0], 1),
        "readings": len(readings),
        "batches": observed,
        "resident_mib": figures_of([r.resident for r in settled]),
        "anonymous_mib": figures_of([r.anonymous for r in settled]),
        "first_by_kind_mib": {k: round(v, 2) for k, v in settled[0].by_kind.items()},
        "last_by_kind_mib": {k: round(v, 2) for k, v in settled[-1].by_kind.items()},
        "resident_slope_mib_per_hour": slope([(r.at_s / 3600, r.resident) for r in settled]),
        "anonymous_slope_mib_per_hour": slope([(r.at_s / 3600, r.anonymous) for r in settled]),
        "second_half_resident_slope_mib_per_hour": slope(
            [(r.at_s / 3600, r.resident) for r in settled[len(settled) // 2 :]]
        ),
        "second_half_anonymous_slope_mib_per_hour": slope(
            [(r.at_s / 3600, r.anonymous) for r in settled[len(settled) // 2 :]]
        ),
        "picture": str(asked.picture),
    }
    print(json.dumps(figures))


def watch(machine: WatchedMachine, seconds: float) -> list[Reading]:
    """Read until the time is over. Raises OSError when the agent has ended."""
    agent = Path(f"/proc/{machine.agent_pid}/smaps")
    began = time.monotonic()
    readings: list[Reading] = []
    while (passed := time.monotonic() - began) < seconds:
        reading = Reading(passed, memory_of(agent.read_text(encoding="utf-8")))
        readings.append(reading)
        said = {"at_s": round(passed), "mib": round(reading.resident, 2)}
        print(json.dumps(said), file=sys.stderr, flush=True)
        time.sleep(max(0.0, min(SAMPLE_S * len(readings), seconds) - (time.monotonic() - began)))
    return readings


def memory_of(smaps: str) -> dict[str, float]:
    """Return what is resident in MiB, by kind. Raises ValueError when no mapping is there."""
    found = dict.fromkeys(KINDS, 0)
    name: str | None = None
    for line in smaps.splitlines():
        fields = line.split(None, 5)
        if not fields[0].endswith(":"):
            name = fields[5] if len(fields) > 5 else ""
            continue
        kib = int(fields[1]) if fields[0] in {"Rss:", "Anonymous:"} else 0
        if fields[0] == "Rss:" and name == "[heap]":
            found["heap"] += kib
        elif fields[0] == "Rss:" and not (name or "").startswith("/"):
            found["mapped"] += kib
        elif fields[0] == "Rss:":
            found["files"] += kib
        elif fields[0] == "Anonymous:" and (name or "").startswith("/"):
            found["changed"] += kib
            found["files"] -= kib
    if name is None:
        raise ValueError("no mappings")
    return {kind: kib / 1024 for kind, kib in found.items()}


def figures_of(values: Sequence[float]) -> dict[str, float]:
    """Return where readings lie."""
    named = {
        "first": values[0],
        "median": median(values),
        "last": values[-1],
        "most": max(values),
    }
    return {name: round(value, 2) for name, value in named.items()}


def picture(readings: Sequence[Reading]) -> str:
    """Return resident and anonymous memory over time as SVG."""
    width, height, left, foot, head = 760, 300, 50, 260, 40
    most_mib = 10 * (int(max(r.resident for r in readings)) // 10 + 1)
    most_s = max(readings[-1].at_s, 1.0)

    def place(reading: Reading, mib: float) -> str:
        x = left + (width - 2 * left) * reading.at_s / most_s
        return f"{x:.1f},{foot - (foot - head) * mib / most_mib:.1f}"

    resident = " ".join(place(r, r.resident) for r in readings)
    anonymous = " ".join(place(r, r.anonymous) for r in readings)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
    title = "The agent's memory, MiB: resident (blue), of that no file's (grey)"
    parts = [
        f'{svg} font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{left}" y="20">{title}</text>',
        f'<path d="M{left} {head}V{foot}H{width - left}" stroke="#333" fill="none"/>',
    ]
    for mib in range(0, most_mib + 1, 10):
        y = foot - (foot - head) * mib / most_mib
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{mib}</text>')
    for part in range(5):
        x = left + (width - 2 * left) * part / 4
        minutes = most_s / 60 * part / 4
        parts.append(
            f'<text x="{x:.1f}" y="{foot + 18}" text-anchor="middle">{minutes:.0f} min</text>'
        )
    parts.append(f'<polyline points="{anonymous}" fill="none" stroke="#9ca3af" stroke-width="2"/>')
    parts.append(f'<polyline points="{resident}" fill="none" stroke="#2563eb" stroke-width="2"/>')
    return "\n".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    main()
