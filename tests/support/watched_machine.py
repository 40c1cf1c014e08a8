"""This machine watched as a seat: a collector and an agent as processes of their own, joined over loopback.

For measurements: both are started as a technician starts them, the agent with its own folder and its own display, and
with the variables that its systemd unit sets.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.codec import read_record
from jiankao_proto.records import EnvelopeAdmitted, Record
from tests.support.xserver import environment, xvfb

ROOM, SEAT = "bench", "01"
_UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "jiankao-agent.service"
_READY_WITHIN_S = 30.0
_STOPS_WITHIN_S = 15.0
T = TypeVar("T")


@dataclass(frozen=True)
class WatchedMachine:
    """What runs. `telemetry_port` is where the agent's stream goes."""

    agent_pid: int
    collector_pid: int
    telemetry_port: int
    data: Path
    display: str
    display_pid: int

    def new_exam_session(self) -> None:
        """Close the exam session and open another one."""
        _collector("exam-session", "close", "--data", str(self.data))
        _collector("exam-session", "open", "--room", ROOM, "--data", str(self.data))

    def records(self, *kinds: str, after: int = -1) -> list[Record]:
        """Return the records of some kinds with a number above `after`."""
        reader = EvidenceLogReader(self.data / "evidence.sqlite")
        try:
            rows = reader.rows(after + 1)  # only what is new is read: it is asked over and over
            return [read_record(row.content) for row in rows if row.kind in kinds]
        finally:
            reader.close()


def awaited(what: str, look: Callable[[], T | None], within_s: float = _READY_WITHIN_S) -> T:
    """Return the first true thing that `look` gives. Raises AssertionError when none came in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if seen := look():
            return seen
        time.sleep(0.02)
    raise AssertionError(f"{what}: not seen within {within_s} s")


@contextlib.contextmanager
def watched_machine(
    folder: Path,
    agent_module: Sequence[str] = ("jiankao_agent",),
    agent_options: Sequence[str] = (),
) -> Iterator[WatchedMachine]:
    """Have it for the length of the block, with an exam session open and the agent heard of.

    `agent_module`: what runs as the agent: a module, and what is said before the agent's own arguments;
    `agent_options`: more of those.
    """
    data, state = folder / "data", folder / "agent"
    _collector("init", "--data", str(data))
    at = ["--grpc", "127.0.0.1:0", "--enrolment", "127.0.0.1:0", "--console", "127.0.0.1:0"]
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(xvfb())
        serve = [sys.executable, "-m", "jiankao_collector", "serve", "--data", str(data), *at]
        collector = stack.enter_context(_running(serve, dict(os.environ), folder / "collector.log"))
        assert collector.stdout is not None
        said = collector.stdout.readline()
        if not said:
            sys.exit(f"the collector did not start: {(folder / 'collector.log').read_text()}")
        words = dict(part.strip().split(" ") for part in said.split(","))
        ports = {
            name: int(address.rpartition(":")[2])
            for name, address in words.items()
            if ":" in address
        }
        issued = _collector("ticket", "--room", ROOM, "--seat", SEAT, "--data", str(data))
        ticket = issued.split()[-1]
        _agent(
            *("enrol", "--state", str(state), "--collector", "127.0.0.1", "--ticket", ticket),
            *("--telemetry-port", str(ports["telemetry"])),
            *("--enrolment-port", str(ports["enrolment"])),
        )
        _collector("exam-session", "open", "--room", ROOM, "--data", str(data))
        run = [sys.executable, "-m", *agent_module, "run", "--state", str(state)]
        run += agent_options
        agent = stack.enter_context(
            _running(run, environment(server.display) | of_the_unit(), folder / "agent.log")
        )
        machine = WatchedMachine(
            agent.pid, collector.pid, ports["telemetry"], data, server.display, server.process.pid
        )
        awaited("the agent's first batch", lambda: machine.records("envelope_admitted") or None)
        yield machine


def of_the_unit() -> dict[str, str]:
    """Return the variables that the agent's systemd unit sets."""
    lines = _UNIT.read_text(encoding="utf-8").splitlines()
    return dict(
        line.removeprefix("Environment=").split("=", 1)
        for line in lines
        if line.startswith("Environment=")
    )


@contextlib.contextmanager
def _running(
    command: list[str], variables: dict[str, str], log: Path
) -> Iterator["subprocess.Popen[str]"]:
    with (
        log.open("w", encoding="utf-8") as complaints,
        subprocess.Popen(
            command, env=variables, stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _collector(*words: str) -> str:
    command = [sys.executable, "-m", "jiankao_collector", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _agent(*words: str) -> None:
    command = [sys.executable, "-m", "jiankao_agent", *words]
    subprocess.run(command, check=True, capture_output=True, text=True)


def batches(machine: WatchedMachine, after: int = -1) -> list[tuple[int, EnvelopeAdmitted]]:
    """Return the admitted envelopes with a record number above `after`."""
    admitted = machine.records("envelope_admitted", after=after)
    return [(r.number, r.body) for r in admitted if isinstance(r.body, EnvelopeAdmitted)]
