"""A Windows computer of an exam room, under Wine, and a collector on this system."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from jiankao_collector.config import DataFolder
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.codec import read_batch, read_envelope
from jiankao_proto.observations import Fact, Health, ListenerOpened, SensorStateChanged
from jiankao_proto.records import EnvelopeAdmitted
from tests.support.collector_process import CollectorProcess, serving_process

BIN = Path(sys.executable).parent
WINE_PYTHON = Path(__file__).parents[1] / "windows" / "environment" / "wine-python"
STOPPABLE = Path(__file__).parents[1] / "windows" / "environment" / "stoppable_agent.py"
ROOM, SEAT = "一号考场", "01"
SECRET_WORD = b"zhouyiliu"
WITHIN_S = 120


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

    def start_agent(self, *subcommand: str) -> "subprocess.Popen[bytes]":
        """Start the agent, by default its `run`; it stops in order when `stop_file` is there."""
        environment = {**os.environ, "JIANKAO_TEST_OWNERS": f"{self.tool_port}=ToDesk.exe"}
        words: list[str | Path] = [
            WINE_PYTHON,
            STOPPABLE,
            f"Z:{self.stop_file}",
            *(subcommand or ("run",)),
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

    def helpers(self) -> list[int]:
        """Return the Unix process numbers of the helpers of this seat's prefix that run."""
        prefix = f"WINEPREFIX={Path(os.environ['JIANKAO_WINE']) / 'prefix'}".encode()
        return [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdecimal() and _is_helper(entry, prefix)
        ]

    def kill_helper(self) -> None:
        """End the helper without a word, as a candidate's task manager would."""
        (helper,) = self.helpers()
        subprocess.run(["kill", "-KILL", str(helper)], check=True)


def _is_helper(process: Path, prefix: bytes) -> bool:
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
        return b"jiankao_agent.session_helper" in words and prefix in (
            process / "environ"
        ).read_bytes().split(b"\0")
    except OSError:
        return False  # it ended meanwhile


class Room:
    """A collector that serves, and the seat."""

    def enrol(self) -> None:
        """Issue a ticket and have the seat take it."""
        words = ("ticket", "--room", ROOM, "--seat", SEAT, "--data", self.data.root)
        issued = command("jiankao-collector", *words)
        assert "enrolled as" in self.seat.enrol(self.collector, issued.split()[-1])

    def open_exam_session(self) -> None:
        """Open one in the room."""
        words = ("open", "--room", ROOM, "--name", "上午", "--data", self.data.root)
        command("jiankao-collector", "exam-session", *words)

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

    def said_well_again(self, sensor: str) -> bool | None:
        """Tell whether a sensor became well after it was not."""
        said = [
            f.health
            for f in self.facts()
            if isinstance(f, SensorStateChanged) and f.sensor == sensor
        ]
        return (said[-1:] == [Health.OK] and said.count(Health.OK) > 1) or None

    def listener(self) -> ListenerOpened | None:
        """Return the tool's listener, once it is told."""
        return next(
            (
                f
                for f in self.facts()
                if isinstance(f, ListenerOpened) and f.local.port == self.seat.tool_port
            ),
            None,
        )

    def alert(self, kind: str) -> dict[str, Any] | None:
        """Return the latest state of the seat's alert of a kind."""
        shown = command("jiankao-audit", "alerts", self.data.root, "--json")
        alerts = [json.loads(line) for line in shown.splitlines()]
        return next((a for a in alerts if (a["seat"], a["kind"]) == (SEAT, kind)), None)

    def alert_with(self, kind: str, reason: str) -> dict[str, Any] | None:
        """Return the latest state of an alert once it names a reason."""
        found = self.alert(kind)
        return found if found is not None and reason in json.dumps(found) else None


def command(name: str, *words: str | Path) -> str:
    done = subprocess.run([BIN / name, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def windows_room(folder: Path) -> Iterator[Room]:
    """Lend a collector that serves, and a seat that is not enrolled yet."""
    data = folder / "data"
    anywhere = "127.0.0.1:0"
    command(
        *("jiankao-collector", "init", "--data", data, "--grpc", anywhere),
        *("--enrolment", anywhere, "--console", anywhere),
    )
    with ExitStack() as stack:
        collector = stack.enter_context(serving_process(DataFolder(data)))
        yield Room(DataFolder(data), collector, WindowsSeat(folder, stack))
