"""A small exam room of real hosts: a collector, seats with their own desktops, and a solver's computer.

Everything is the real thing: commands as a technician would type them, X servers, a window manager, x11vnc, a VNC
client on another host, the agent and the collector as processes of their own.
"""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.records import AlertChanged, EnvelopeAdmitted, Record, WorkstationEnrolled
from tests.support.hosts import Host, Program, Switch, switch

BIN = Path(sys.executable).parent
T = TypeVar("T")
ROOM = "一号考场"
_READY_WITHIN_S = 30


def until(what: str, look: Callable[[], T | None], within_s: float = 20) -> T:
    """Return the first true thing that `look` returns. Raises AssertionError when none came in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if seen := look():
            return seen
        time.sleep(0.05)
    raise AssertionError(f"{what}: not seen within {within_s} s")


@dataclass
class Collector:
    """The collector's computer."""

    host: Host
    data: Path
    stack: contextlib.ExitStack
    program: Program | None = None

    def command(self, *words: str | Path) -> str:
        """Run a jiankao-collector command on the data folder and return what it printed."""
        done = subprocess.run(
            [BIN / "jiankao-collector", *words, "--data", self.data],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> Program:
        """Start serving and wait until it does."""
        at = [f"{self.host.address}:{port}" for port in (7443, 7444, 8443)]
        program = self.host.start(
            *(BIN / "jiankao-collector", "serve", "--data", self.data),
            *("--grpc", at[0], "--enrolment", at[1], "--console", at[2]),
            stdout=subprocess.PIPE,
        )
        self.program = self.stack.enter_context(program)
        assert program.process.stdout is not None
        assert program.process.stdout.readline(), "the collector ended before it was ready"
        return program

    def records(self, kind: str, since_us: int = 0) -> list[Record]:
        """Return the records of a kind that were committed since."""
        reader = EvidenceLogReader(self.data / "evidence.sqlite")
        try:
            return [r for r in reader.of_kinds((kind,)) if r.recorded_at_us >= since_us]
        finally:
            reader.close()

    def silences(self, since_us: int) -> list[tuple[int, AlertChanged]]:
        """Return when what was told of seats that went silent, since then."""
        return [
            (r.recorded_at_us, r.body)
            for r in self.records("alert_changed", since_us)
            if isinstance(r.body, AlertChanged) and r.body.kind == "silence"
        ]

    def audit(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run jiankao-audit, with the data folder after its first word."""
        verb, *more = words
        return subprocess.run(
            [BIN / "jiankao-audit", verb, self.data, *more],
            capture_output=True,
            text=True,
            check=False,
        )

    def alerts(self) -> list[dict[str, Any]]:
        """Return the recorded alerts as `jiankao-audit alerts --json` gives them."""
        done = self.audit("alerts", "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@dataclass
class Seat:
    """An exam computer with a desktop of its own."""

    host: Host
    name: str
    state: Path
    stack: contextlib.ExitStack
    agent: Program | None = None
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.state.with_suffix(".log")

    def enrol(self, collector: Collector, ticket: str) -> None:
        """Enrol as a technician would."""
        done = self.host.run(
            *(BIN / "jiankao-agent", "enrol", "--state", self.state),
            *("--collector", collector.host.address, "--ticket", ticket),
        )
        assert done.returncode == 0, done.stderr

    def start_agent(self) -> Program:
        """Start the agent."""
        with self.log.open("a") as log:
            agent = self.host.start(
                BIN / "jiankao-agent", "run", "--state", self.state, stderr=log.fileno()
            )
        self.agent = agent
        self.stack.enter_context(agent)
        return agent

    def start_vnc(self, program: str | Path = "x11vnc", port: int = 5900) -> Program:
        """Start x11vnc on this seat's display and wait until it listens."""
        words = [
            "-display",
            ":0",
            "-rfbport",
            str(port),
            "-forever",
            "-shared",
            "-nopw",
            "-quiet",
            "-noxdamage",
        ]
        vnc = self.host.start(program, *words, stderr=subprocess.DEVNULL)
        self.stack.enter_context(vnc)
        until("x11vnc listening", lambda: f":{port} " in self.host.run("ss", "-Hltn").stdout)
        return vnc


@dataclass
class ExamRoom:
    """The room. Seats have agents that are enrolled and running."""

    switch: Switch
    collector: Collector
    seats: dict[str, Seat]
    solver: Host

    def drive(self, seat: Seat, *words: str, port: int = 5900) -> None:
        """Do something at a seat from the solver's computer with a real VNC client."""
        done = self.solver.run(BIN / "vncdo", "-s", f"{seat.host.address}::{port}", *words)
        assert done.returncode == 0, done.stderr

    def wait_watched(self) -> None:
        """Wait until every seat's envelopes are in the evidence log."""
        for seat in self.seats.values():
            until(f"seat {seat.name} heard of", partial(self._has_heard, seat.name))

    def _has_heard(self, name: str) -> bool:
        return name in self._heard()

    def _heard(self) -> set[str]:
        reader = EvidenceLogReader(self.collector.data / "evidence.sqlite")
        try:
            seats: dict[object, str] = {}
            heard = set()
            for record in reader.of_kinds(("workstation_enrolled", "envelope_admitted")):
                if isinstance(record.body, WorkstationEnrolled):
                    seats[record.body.workstation_id] = record.body.seat
                elif isinstance(record.body, EnvelopeAdmitted):
                    heard.add(seats[record.body.workstation_id])
            return heard
        finally:
            reader.close()


@contextlib.contextmanager
def exam_room(folder: Path, seats: tuple[str, ...] = ("01", "02")) -> Iterator[ExamRoom]:
    """Have a room with an open exam session, ended in order at the end."""
    with switch() as plugs, contextlib.ExitStack() as stack:
        collector = Collector(plugs.host("collector"), folder / "data", stack)
        collector.command("init")
        collector.start()
        room = ExamRoom(plugs, collector, {}, plugs.host("solver"))
        issued = [
            collector.command("ticket", "--room", ROOM, "--seat", seat).split() for seat in seats
        ]
        for _, name, ticket in issued:
            seat = Seat(plugs.host(f"seat-{name}"), name, folder / f"seat-{name}", stack)
            _desktop(seat)
            seat.enrol(collector, ticket)
            seat.start_agent()
            room.seats[name] = seat
        collector.command("exam-session", "open", "--room", ROOM, "--name", "电工 上午")
        room.wait_watched()
        yield room


def _desktop(seat: Seat) -> None:
    server = seat.host.start(
        *("Xvfb", ":0", "-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    seat.stack.enter_context(server)
    assert server.process.stdout is not None
    assert server.process.stdout.readline() == "0\n"
    seat.host.environment["DISPLAY"] = ":0"
    seat.stack.enter_context(seat.host.start("openbox", stderr=subprocess.DEVNULL))
