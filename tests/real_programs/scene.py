"""What one run of a real program needs: the room, the seat, the far end's desktop, and names the programs go by."""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.exam_room import BIN, ExamRoom, Seat, until
from tests.support.hosts import Host, Program

SOLVER_DISPLAY = ":7"
ALIASES = ("notes", "calc", "reader", "clock")
"""What renamed programs are called, in the order they are asked for."""


@dataclass
class Scene:
    """One program at one seat. `renamed`: it runs as a copy under another name."""

    room: ExamRoom
    seat: Seat
    folder: Path
    stack: contextlib.ExitStack
    renamed: bool = False
    elsewhere: bool = False
    """It listens on a port that nothing is known for."""
    copies: dict[str, Path] = field(default_factory=dict)
    started_us: int = 0
    connected_us: int = 0

    @property
    def solver(self) -> Host:
        """Return the computer of the person who drives the seat."""
        return self.room.solver

    def program(self, name: str) -> Path:
        """Return the path of a program of the machine, or of its copy under another name."""
        path = Path(shutil.which(name) or "")
        if not self.renamed:
            return path
        if name not in self.copies:
            self.copies[name] = self.folder / ALIASES[len(self.copies)]
            shutil.copy(path.resolve(), self.copies[name])
        return self.copies[name]

    def port(self, usual: int) -> int:
        """Return where a server listens."""
        return 7789 if self.elsewhere else usual

    def at_seat(self, *words: str | Path, **environment: str) -> Program:
        """Start something at the seat, until the end of the run; the first one is the start of the incident."""
        program = self._start(self.seat.host, words, environment)
        self.started_us = self.started_us or program.started_us()
        return program

    def at_solver(self, *words: str | Path, **environment: str) -> Program:
        """Start something on the solver's computer, until the end of the run."""
        return self._start(self.solver, words, environment)

    def _start(
        self, host: Host, words: tuple[str | Path, ...], environment: dict[str, str]
    ) -> Program:
        log = self.stack.enter_context(
            (self.folder / f"{host.name}-{Path(words[0]).name}.log").open("a")
        )
        return self.stack.enter_context(
            host.start(*words, environment=environment, stdout=log.fileno(), stderr=log.fileno())
        )

    def listening(self, port: int, host: Host | None = None) -> None:
        """Wait until somebody listens on a port, at the seat unless said otherwise."""
        where = host or self.seat.host
        until(
            f"{where.name} listening on {port}",
            lambda: f":{port} " in where.run("ss", "-Hltn").stdout,
        )

    def connecting(self) -> None:
        """Note that the far end begins to connect now."""
        self.connected_us = self.connected_us or time.time_ns() // 1000

    def solver_desktop(self) -> None:
        """Give the solver's computer a desktop, for clients that have windows."""
        server = self.solver.start(
            *("Xvfb", SOLVER_DISPLAY, "-nolock", "-displayfd", "1", "-nolisten", "tcp"),
            *("-screen", "0", "1280x1024x24"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.stack.enter_context(server)
        assert server.process.stdout is not None
        assert server.process.stdout.readline() == f"{SOLVER_DISPLAY[1:]}\n"
        self.solver.environment["DISPLAY"] = SOLVER_DISPLAY
        self.at_solver("openbox")

    def move_the_solvers_hand(self) -> None:
        """Use mouse and keyboard of the solver's desktop for some seconds: what is in its window gets it."""
        for turn in range(12):
            at = (str(300 + 25 * turn), str(300 + 15 * turn))
            self.solver.run("xdotool", "mousemove", *at, "click", "1", "key", "a")
            time.sleep(0.2)  # a person's pace: it is part of the scene, nothing is waited for

    def draw_vnc(self, port: int, address: str = "") -> None:
        """Drive the seat with a VNC client on the solver's computer."""
        self.connecting()
        done = self.solver.run(
            *(BIN / "vncdo", "-s", f"{address or self.seat.host.address}::{port}"),
            *("move", "300", "300", "click", "1", "type", "jiankao"),
            *("pause", "1", "move", "500", "200", "click", "1", "pause", "1"),
        )
        assert done.returncode == 0, done.stderr

    def watch_vnc(self, port: int) -> None:
        """Only look at the seat's screen with a VNC client on the solver's computer."""
        self.connecting()
        picture = self.folder / "seen.png"
        done = self.solver.run(
            *(BIN / "vncdo", "-s", f"{self.seat.host.address}::{port}"),
            *("capture", picture, "pause", "2", "capture", picture),
        )
        assert done.returncode == 0, done.stderr
        assert picture.stat().st_size > 0

    def cover(self, path: str, text: str) -> None:
        """Put a file of ours over one of the seat's, for the seat alone."""
        ours = self.folder / path.strip("/").replace("/", "-")
        ours.write_text(text)
        ours.chmod(0o755)
        done = self.seat.host.run("mount", "--bind", ours, path)
        assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def scene(room: ExamRoom, folder: Path, *, renamed: bool, elsewhere: bool) -> Iterator[Scene]:
    """Have a scene at seat 01; everything that was started ends with it, the last first."""
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        yield Scene(room, room.seats["01"], folder, stack, renamed, elsewhere)
