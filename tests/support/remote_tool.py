"""The program of tests/windows/environment/remote_tool.c, on Windows: it does what remote control does."""

import subprocess
from pathlib import Path
from typing import Protocol

CHARACTERS_AND_KEY = 10
"""So many keys go down at one `drive`."""


class RemoteTool:
    """One running copy of it."""

    def __init__(self, process: "subprocess.Popen[str]", executable: Path, port: int) -> None:
        self.process, self.executable, self.port = process, executable, port

    @property
    def pid(self) -> int:
        return self.process.pid

    def drive(self) -> None:
        """Let it make input: 10 moves, a click, nine characters, one key."""
        assert self.process.stdin is not None
        self.process.stdin.write("drive\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """Let it end."""
        self.process.communicate(timeout=20)


class StartTool(Protocol):
    """Starts a copy of the program."""

    def __call__(self, name: str, port: int) -> RemoteTool:
        """Start it as `name`, listening on a port."""
