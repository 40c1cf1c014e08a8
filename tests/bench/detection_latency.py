"""How long it takes from a program's exec to its observation, and to the alert. Prints one JSON object.

python -m tests.bench.detection_latency [--trials N] [--picture FILE]

The real agent and the real collector on this machine (its own processes are seen: the way the kernel tells of them is
part of what is measured). Each of N trials starts a harmless program that bears the name of a remote-control program,
and waits for its observation in the evidence log and for the record of the alert. An alert that grows is told after a
wait, so each trial has an exam session of its own, in which the seat has no alert yet: about five seconds a trial.
Times are of
the machine's one clock: from just before the program is started (the fork is in them) to the agent's stamp on the
observation, and to the collector's stamp on the alert's record, which the console's stream shows next.
The picture is a histogram (SVG).
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles

import psutil
from tqdm import tqdm

from jiankao_agent.sensors.processes import BY_TURNS, ProcessesSensor
from jiankao_proto.codec import read_batch, read_envelope
from jiankao_proto.observations import ProcessStarted
from jiankao_proto.records import AlertChanged, ExamSessionOpened
from tests.support.watched_machine import WatchedMachine, awaited, batches, watched_machine

_PICTURE = Path(__file__).parents[2] / "output" / "detection_latency.svg"
_NOTORIOUS = "x11vnc"
_SETTLE_S = 2.0
_MOST_PAUSE_S = 0.3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--picture", type=Path, default=_PICTURE)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="jiankao-bench-") as root,
        watched_machine(Path(root)) as machine,
    ):
        time.sleep(_SETTLE_S)
        observed, alerted = _tried(machine, Path(root), options.trials)
    options.picture.parent.mkdir(parents=True, exist_ok=True)
    options.picture.write_text(
        picture({"exec to observation": observed, "exec to alert": alerted}), encoding="utf-8"
    )
    figures = {
        "bench": "detection_latency",
        "trials": len(observed),
        "cores": os.cpu_count(),
        "load_average": round(psutil.getloadavg()[0], 1),
        "processes_seen": "by turns" if ProcessesSensor().probe() == BY_TURNS else "as told",
        "exec_to_observation_ms": percentiles(observed),
        "exec_to_alert_ms": percentiles(alerted),
        "picture": str(options.picture),
    }
    print(json.dumps(figures))


def _tried(machine: WatchedMachine, folder: Path, trials: int) -> tuple[list[float], list[float]]:
    """Return milliseconds from exec to observation, and from exec to the alert."""
    program = folder / _NOTORIOUS
    shutil.copy("/bin/sleep", program)
    tried: list[tuple[float, float]] = []
    for number in tqdm(range(trials), "trials", disable=None):
        _begin_anew(machine)
        # The baseline that a new exam session asks for comes first, and is no part of what is measured; and no trial is
        # in step with anybody's turns.
        time.sleep(_SETTLE_S + _MOST_PAUSE_S * (number * 0.618 % 1))
        tried.append(_trial(machine, program))
    return [observed for observed, _ in tried], [alerted for _, alerted in tried]


def _begin_anew(machine: WatchedMachine) -> None:
    before = _last(machine)
    machine.new_exam_session()
    awaited("the new exam session's first batch", lambda: _joined(machine, before))


def _last(machine: WatchedMachine) -> int:
    return max(r.number for r in machine.records("envelope_admitted", "alert_changed"))


def _joined(machine: WatchedMachine, before: int) -> bool:
    """Tell whether the agent has heard of an exam session that was opened after a record."""
    opened = [
        r.body.exam_session_id
        for r in machine.records("exam_session_opened", after=before)
        if isinstance(r.body, ExamSessionOpened)
    ]
    return any(
        read_batch(read_envelope(admitted.envelope)[1]).header.exam_session_id in opened
        for _, admitted in batches(machine, before)
    )


def _trial(machine: WatchedMachine, program: Path) -> tuple[float, float]:
    last = _last(machine)
    began_us = time.time_ns() // 1000
    with subprocess.Popen([program, "600"]) as process:
        pid = process.pid
        try:
            number, observed_us = awaited(
                "the observation", lambda: _observation(machine, last, pid, program.name)
            )
            alerted_us = awaited("the alert", lambda: _alert(machine, number))
        finally:
            process.kill()
    return (observed_us - began_us) / 1000, (alerted_us - began_us) / 1000


def _observation(
    machine: WatchedMachine, after: int, pid: int, name: str
) -> tuple[int, int] | None:
    """Return the record number and the agent's time of the start of a process by its watched name."""
    for number, admitted in batches(machine, after):
        for observation in read_batch(read_envelope(admitted.envelope)[1]).observations:
            fact = observation.fact
            if isinstance(fact, ProcessStarted) and (fact.process.pid, fact.process.name) == (
                pid,
                name,
            ):
                return number, observation.wall_clock_us
    return None


def _alert(machine: WatchedMachine, envelope: int) -> int | None:
    """Return when an alert that rests on an envelope was recorded."""
    for record in machine.records("alert_changed", after=envelope):
        if isinstance(record.body, AlertChanged) and any(
            envelope in finding.record_numbers for finding in record.body.findings
        ):
            return record.recorded_at_us
    return None


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return the usual ones, and the extremes."""
    cuts = quantiles(values, n=100, method="inclusive")
    named = {"min": min(values), "p50": cuts[49], "p90": cuts[89], "p99": cuts[98]}
    return {name: round(value, 1) for name, value in {**named, "max": max(values)}.items()}


def picture(series: dict[str, Sequence[float]]) -> str:
    """Return a histogram of milliseconds, one band a series, all on one scale, as SVG."""
    width, band, left, bins = 760, 150, 50, 40
    most = max(max(values) for values in series.values())
    step = math.ceil(most / bins) or 1
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {band * len(series) + 20}"'
    )
    parts = [
        f'{head} font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    bar = (width - 2 * left) / bins
    for place, (name, values) in enumerate(series.items()):
        counts = [0] * bins
        for value in values:
            counts[min(bins - 1, max(0, int(value // step)))] += 1
        foot = band * (place + 1) - 20
        high = band - 60
        shown = percentiles(values)
        parts.append(
            f'<text x="{left}" y="{foot - high - 12}">{name}: {len(values)} trials, '
            f"p50 {shown['p50']} ms, p99 {shown['p99']} ms</text>"
        )
        for number, count in enumerate(counts):
            tall = high * count / max(counts)
            parts.append(
                f'<rect x="{left + number * bar:.1f}" y="{foot - tall:.1f}" width="{bar - 1:.1f}" '
                f'height="{tall:.1f}" fill="#2563eb"/>'
            )
        parts.append(f'<path d="M{left} {foot}H{width - left}" stroke="#333"/>')
        parts += [
            f'<text x="{left + number * bar:.1f}" y="{foot + 14}" text-anchor="middle">'
            f"{number * step} ms</text>"
            for number in range(0, bins + 1, 10)
        ]
    return "\n".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    main()
