"""Whether the agent's memory grows: it works for half an hour, on a busy desktop. Prints one JSON object.

python -m tests.bench.agent_soak [--minutes N] [--picture FILE]

The real agent against a real collector over loopback, on the busy desktop of agent_footprint: a browser on a page that
moves, 200 processes of which one a second is a new one, 300 sockets; everything else on the machine is seen, too. Its
resident memory and that part of it which is no file's (Anonymous in proc_pid_smaps(5): heap and stacks, where a leak
would be; a library's code that is dropped and comes back when it runs is not in it) are read every ten seconds. The
first two minutes fill caches and are left out; the second half is given by itself, too.
The slope is the Theil-Sen estimate (the median of the slopes of all pairs of readings), which a single leap does not
move, with the interval that holds the true one 95 times of 100 (Sen 1968, https://doi.org/10.2307/2285891). Readings
that follow each other are alike, so the interval is rather too narrow. The picture is a curve (SVG).
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from pathlib import Path
from statistics import median

import psutil

from tests.bench.agent_footprint import busy_desktop
from tests.support.watched_machine import WatchedMachine, watched_machine

PICTURE = Path(__file__).parents[2] / "output" / "agent_soak.svg"
SAMPLE_S = 10.0
SETTLED_AFTER_S = 120.0
_BOTH_TAILS = 1.96
"""Standard deviations of a normal distribution within which 95 of 100 lie."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The agent's memory at one moment, in MiB."""

    at_s: float
    resident: float
    anonymous: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--minutes", type=float, default=30.0, help="how long (default: %(default)s)"
    )
    parser.add_argument("--picture", type=Path, default=PICTURE)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="jiankao-bench-") as root,
        watched_machine(Path(root)) as machine,
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
    agent = Path(f"/proc/{machine.agent_pid}/smaps_rollup")
    began = time.monotonic()
    readings: list[Reading] = []
    while (passed := time.monotonic() - began) < seconds:
        reading = Reading(passed, *memory_of(agent.read_text(encoding="ascii")))
        readings.append(reading)
        said = {"at_s": round(passed), "mib": round(reading.resident, 2)}
        print(json.dumps(said), file=sys.stderr, flush=True)
        time.sleep(max(0.0, min(SAMPLE_S * len(readings), seconds) - (time.monotonic() - began)))
    return readings


def memory_of(smaps_rollup: str) -> tuple[float, float]:
    """Return resident and anonymous memory in MiB. Raises ValueError when they are not there."""
    said = dict(line.split(":", 1) for line in smaps_rollup.splitlines()[1:])
    if not {"Rss", "Anonymous"} <= said.keys():
        raise ValueError(f"no Rss and Anonymous among {sorted(said)}")
    resident, anonymous = (int(said[name].split()[0]) / 1024 for name in ("Rss", "Anonymous"))
    return resident, anonymous


def figures_of(values: Sequence[float]) -> dict[str, float]:
    """Return where readings lie."""
    named = {
        "first": values[0],
        "median": median(values),
        "last": values[-1],
        "most": max(values),
    }
    return {name: round(value, 2) for name, value in named.items()}


def slope(points: Sequence[tuple[float, float]]) -> dict[str, float | bool]:
    """Return the Theil-Sen slope of (x, y), its 95 % interval, and whether that holds 0. x must not repeat."""
    slopes = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2))
    count = len(points)
    # The variance of Kendall's S without ties; with ties it is smaller, and the interval too wide.
    spread = _BOTH_TAILS * sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = slopes[max(0, round((len(slopes) - spread) / 2))]
    high = slopes[min(len(slopes) - 1, round((len(slopes) + spread) / 2))]
    return {
        "estimate": round(median(slopes), 3),
        "low": round(low, 3),
        "high": round(high, 3),
        "within_noise": low <= 0 <= high,
    }


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
