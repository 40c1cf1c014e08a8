"""The program that does to a seat what remote control does."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path, PureWindowsPath

import pytest

from tests.support.remote_tool import RemoteTool, StartTool


@pytest.fixture
def start_tool(tmp_path: Path) -> Iterator[StartTool]:
    """Start a copy of the tool under a name of the test's choice."""
    made = PureWindowsPath("Z:" + os.environ["JIANKAO_WINE"]) / "remote_tool.exe"
    with ExitStack() as stack:

        def start(name: str, port: int) -> RemoteTool:
            executable = tmp_path / name
            shutil.copyfile(made, executable)
            process = stack.enter_context(
                subprocess.Popen(
                    [executable, str(port)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == "listening\n"
            return RemoteTool(process, executable, port)

        yield start


@pytest.fixture
def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
