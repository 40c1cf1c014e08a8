"""A Windows seat, from its ticket to the proof: the agent runs under Wine, the collector on this system."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jiankao_collector.config import DataFolder
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.codec import read_batch, read_envelope
from jiankao_proto.observations import (
    AgentLifecycle,
    Fact,
    Health,
    InjectedInput,
    InjectionMethod,
    LifecycleStage,
    ListenerOpened,
    ProcessStarted,
    SensorStateChanged,
)
from jiankao_proto.records import EnvelopeAdmitted
from tests.support.collector_process import CollectorProcess, serving_process
from tests.support.exam_room import until

BIN = Path(sys.executable).parent
WINE_PYTHON = Path(__file__).parents[1] / "environment" / "wine-python"
STOPPABLE = Path(__file__).parents[1] / "environment" / "stoppable_agent.py"
ROOM, SEAT = "一号考场", "01"
SECRET_WORD = b"zhouyiliu"
WITHIN_S = 60


class WindowsSeat:
    """A Windows computer of the room: Wine, and a state folder on its drive Z:."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.state, self._stack = folder, folder / "state", stack
        self.log, self.stop_file = folder / "agent.log", folder / "stop"
        self.tool_port = _free_port()

    def enrol(self, collector: CollectorProcess, ticket: str) -> str:
        """Enrol as a technician would, the ticket on standard input; return what the agent said."""
        done = subprocess.run(
            [
                *(WINE_PYTHON, "-m", "jiankao_agent", "enrol"),
                *("--collector", "127.0.0.1", "--ticket", "-", "--state", f"Z:{self.state}"),
                *("--telemetry-port", str(collector.telemetry_at.port)),
                *("--enrolment-port", str(collector.enrolment_at.port)),
            ],
            input=ticket,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_agent(self) -> "subprocess.Popen[bytes]":
        """Start the agent; it stops in order when `stop_file` is there."""
        environment = {**os.environ, "JIANKAO_TEST_OWNERS": f"{self.tool_port}=ToDesk.exe"}
        words: list[str | Path] = [
            WINE_PYTHON,
            STOPPABLE,
            f"Z:{self.stop_file}",
            "run",
            "--state",
            f"Z:{self.state}",
        ]
        # Through cat: Windows Python does not start with a file of this system as its standard handle.
        with self.log.open("wb") as log:
            keeper = self._stack.enter_context(
                subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=log)
            )
        assert keeper.stdin is not None
        agent = self._stack.enter_context(
            subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=keeper.stdin,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        )
        keeper.stdin.close()
        self._stack.callback(agent.kill)
        return agent

    def start_tool(self) -> "subprocess.Popen[str]":
        """Start the remote-control program as ToDesk.exe; it listens when this returns."""
        executable = self.folder / "ToDesk.exe"
        made = Path(os.environ["JIANKAO_WINE"])
        shutil.copyfile(made / "remote_tool.exe", executable)
        environment = {**os.environ, "WINEPREFIX": str(made / "prefix"), "WINEDEBUG": "-all"}
        tool = self._stack.enter_context(
            subprocess.Popen(
                ["wine", executable, str(self.tool_port)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment,
            )
        )
        self._stack.callback(tool.kill)
        assert tool.stdout is not None
        assert tool.stdout.readline() == "listening\n"
        return tool


class Room:
    """A collector that serves, and the seat."""

    def __init__(self, data: DataFolder, collector: CollectorProcess, seat: WindowsSeat) -> None:
        self.data, self.collector, self.seat = data, collector, seat

    def facts(self) -> list[Fact]:
        """Return what is in the evidence log by now."""
        reader = EvidenceLogReader(self.data.evidence_log)
        try:
            bodies = [r.body for r in reader.of_kinds(("envelope_admitted",))]
        finally:
            reader.close()
        return [
            observation.fact
            for body in bodies
            if isinstance(body, EnvelopeAdmitted)
            for observation in read_batch(read_envelope(body.envelope)[1]).observations
        ]

    def has(self, fact: Fact) -> bool | None:
        """Tell whether a fact is there by now."""
        return fact in self.facts() or None

    def alert(self, kind: str) -> dict[str, Any] | None:
        """Return the latest state of the seat's alert of a kind."""
        shown = _command("jiankao-audit", "alerts", self.data.root, "--json")
        alerts = [json.loads(line) for line in shown.splitlines()]
        return next((a for a in alerts if (a["seat"], a["kind"]) == (SEAT, kind)), None)


def _command(name: str, *words: str | Path) -> str:
    done = subprocess.run([BIN / name, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    data = tmp_path / "data"
    anywhere = "127.0.0.1:0"
    _command(
        *("jiankao-collector", "init", "--data", data, "--grpc", anywhere),
        *("--enrolment", anywhere, "--console", anywhere),
    )
    with ExitStack() as stack:
        collector = stack.enter_context(serving_process(DataFolder(data)))
        yield Room(DataFolder(data), collector, WindowsSeat(tmp_path, stack))


def test_a_windows_seat_that_is_driven_by_a_program_alerts(room: Room) -> None:
    seat, collector, data = room.seat, room.collector, room.data.root
    issued = _command("jiankao-collector", "ticket", "--room", ROOM, "--seat", SEAT, "--data", data)
    assert "enrolled as" in seat.enrol(collector, issued.split()[-1])
    agent = seat.start_agent()
    _command(
        *("jiankao-collector", "exam-session", "open", "--room", ROOM, "--name", "上午"),
        *("--data", data),
    )
    for sensor in ("processes", "connections", "input", "sessions"):
        well = SensorStateChanged(sensor, Health.OK)
        until(f"{sensor} at work", partial(room.has, well), WITHIN_S)

    tool = seat.start_tool()
    named = until("the software alert", lambda: room.alert("remote_control"), WITHIN_S)
    assert tool.stdin is not None
    for _ in range(3):
        tool.stdin.write("drive\n")
        tool.stdin.flush()
    injected = until("the input alert", lambda: room.alert("injected_input"), WITHIN_S)
    until("the listener", lambda: _listener(room), WITHIN_S)

    assert "ToDesk" in json.dumps(named["reasons"], ensure_ascii=False)
    assert injected["severity"] == "critical"
    started = next(
        f.process
        for f in room.facts()
        if isinstance(f, ProcessStarted) and f.process.name == "ToDesk.exe"
    )
    assert started.original_name == "ToDesk.exe"
    told = [f for f in room.facts() if isinstance(f, InjectedInput)]
    assert {f.method for f in told} == {InjectionMethod.HOOK_FLAG}
    owner = _listener(room)
    assert owner is not None
    assert owner.process.name == "ToDesk.exe"

    seat.stop_file.touch()
    assert agent.wait(WITHIN_S) == 0, seat.log.read_text(errors="replace")
    assert room.facts()[-1] == AgentLifecycle(LifecycleStage.STOPPING)
    _command("jiankao-audit", "verify", data)
    _command("jiankao-audit", "replay", data)
    for path in [*data.rglob("*"), *seat.state.rglob("*"), seat.log]:
        if path.is_file():
            assert SECRET_WORD not in path.read_bytes(), f"{path} holds what was typed"
    assert b"PRIVATE KEY" not in (seat.state / "identity.key").read_bytes()


def _listener(room: Room) -> ListenerOpened | None:
    """Return the tool's listener, once it is told."""
    return next(
        (
            f
            for f in room.facts()
            if isinstance(f, ListenerOpened) and f.local.port == room.seat.tool_port
        ),
        None,
    )
