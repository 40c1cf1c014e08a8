"""Writes docs/real-programs.md from what the last run of the matrix kept.

Run as `python -m tests.real_programs.report FILE` (`make test-programs` does). Nothing in the page is written by hand
but the words around the table.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.real_programs.cast import PROGRAMS, RealProgram
from tests.real_programs.outcome import COUNTED, FOLDER
from tests.real_programs.playing import VARIANTS

_HEAD = """\
# Real programs, one at a time

Made by `make test-programs`, on hosts of their own (network, process and mount namespaces): two seats with an X server
(Xvfb), window manager and agent each, the collector, and the computer of the person who drives seat 01 with a real
client. Each run is in a new room. Seat 02 must have no alert at all. *By name*: the program as it is installed.
*Renamed*: a copy of its executable under another name, on its usual port. *Unknown port*: renamed, and listening on a
port that nothing is known for.

The first figure is from the program's start (the kernel's word) to the first alert in the evidence log, and holds what
it takes to start the program; the second is from the moment the client was started, negative when the alert was there
before. Single runs, no statistics. Findings are named as in the log, in the order in which they came.

Synergy, Input Leap and Deskflow are not packaged in Debian 12: Barrier, a fork of Synergy's core from which Input Leap
was forked in turn, stands for them. xrdp is tried with both of its X servers: TigerVNC's, and Xorg through xorgxrdp.
"""


def page(outcomes: list[dict[str, Any]]) -> str:
    """Return the page."""
    by_run = {(o["program"], o["variant"]): o for o in outcomes}
    missed = [o for o in outcomes if o["alert_ms"] is None]
    lines = [_HEAD]
    lines += ["| Program | of Debian | " + " | ".join(VARIANTS) + " |"]
    lines += ["|---" * (len(VARIANTS) + 2) + "|"]
    for program in PROGRAMS:
        cells = [_cell(by_run.get((program.name, v))) for v in VARIANTS]
        if not program.sets_port:
            cells[2] = "–"
        lines.append(f"| {program.name} | {_packages(program)} | " + " | ".join(cells) + " |")
    lines += ["", "## Missed", ""]
    lines += [
        f"- {o['program']}, {o['variant']}: {o['known_miss'] or 'not explained yet'}"
        for o in missed
    ] or ["Nothing in this run."]
    absent = [
        f"- {p.name}, {v}"
        for p in PROGRAMS
        for v in VARIANTS[: 3 if p.sets_port else 2]
        if (p.name, v) not in by_run
    ]
    if absent:
        lines += ["", "## Not tried in this run", "", *absent]
    false = [f"- {o['program']}, {o['variant']}: {', '.join(o['elsewhere'])}" for o in outcomes]
    false = [line for line, o in zip(false, outcomes, strict=True) if o["elsewhere"]]
    lines += ["", "## Alerts at a seat that nobody drove", "", *(false or ["None."])]
    lines += ["", "## What was found", ""]
    for program in PROGRAMS:
        for variant in VARIANTS:
            if found := by_run.get((program.name, variant)):
                lines += _findings(found)
    return "\n".join(lines) + "\n"


def _packages(program: RealProgram) -> str:
    """Return the packages that a program needs, with the versions that are installed here."""
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *(p for _, p in program.needs)],
        capture_output=True,
        text=True,
        check=False,
    )
    return ", ".join(asked.stdout.split("\n")[:-1]) if program.needs else "–"


def _cell(outcome: dict[str, Any] | None) -> str:
    if outcome is None:
        return "not tried"
    if outcome["alert_ms"] is None:
        return "**missed**"
    kinds = sorted({f["alert"] for f in outcome["findings"]}, key=COUNTED.index)
    after_client_ms = min(f["after_connection_ms"] for f in outcome["findings"])
    return f"{outcome['alert_ms']} ms, {after_client_ms} ms: " + ", ".join(kinds)


def _findings(outcome: dict[str, Any]) -> list[str]:
    lines = [f"### {outcome['program']}, {outcome['variant']}", ""]
    lines += [
        f"- {f['alert']} / {f['kind']}, {f['after_connection_ms']} ms: {f['reason_en']}"
        for f in outcome["findings"]
    ] or ["- nothing"]
    return [*lines, ""]


def main(target: str) -> None:
    """Write it."""
    outcomes = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))
    ]
    Path(target).write_text(page(outcomes).rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
