"""The agent's unit leaves it three of root's powers: enough to see other users' programs, and each needed."""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.source_tree import ROOT

NOBODY = "65534"

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("setpriv") is None,
    reason="needs root and setpriv: it is about giving up root's powers",
)

LISTENER = """
import socket, sys
with socket.create_server(("127.0.0.1", 0)) as listening:
    print("ready", flush=True)
    sys.stdin.read()
"""
LOOK = """
import sys
from jiankao_agent.platform.linux.proc_files import read_executable
from jiankao_agent.platform.linux.socket_owners import read_socket_inodes
pid = int(sys.argv[1])
print(bool(read_executable(pid)), len(read_socket_inodes(pid)))
"""


def _kernel() -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", platform.release())[:2])


@pytest.fixture
def candidates_program() -> Iterator[int]:
    """A program of another user that holds a listening socket; its process id."""
    python = shutil.which("python3", path="/usr/bin") or sys.executable
    with subprocess.Popen(
        [
            "setpriv",
            f"--reuid={NOBODY}",
            f"--regid={NOBODY}",
            "--clear-groups",
            python,
            "-c",
            LISTENER,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdin is not None
        assert program.stdout.readline() == "ready\n"
        try:
            yield program.pid
        finally:
            program.stdin.close()
            program.wait(10)


def unit_powers() -> list[str]:
    unit = (ROOT / "deploy" / "systemd" / "jiankao-agent.service").read_text(encoding="utf-8")
    (line,) = re.findall(r"^CapabilityBoundingSet=(.*)$", unit, re.MULTILINE)
    return [power.removeprefix("CAP_").lower() for power in line.split()]


def look_with(powers: list[str], pid: int) -> str:
    """What the agent's code sees of a process, as root with these powers only."""
    bounds = ",".join(["-all", *(f"+{power}" for power in powers)])
    done = subprocess.run(
        [
            *("setpriv", f"--bounding-set={bounds}", "--inh-caps=-all", "--no-new-privs"),
            *(sys.executable, "-c", LOOK, str(pid)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_units_powers_show_other_users_programs(candidates_program: int) -> None:
    assert look_with(unit_powers(), candidates_program) == "True 1"


def test_without_them_it_would_be_blind(candidates_program: int) -> None:
    """Root with no powers is told nothing of another user's program: the setting is there for a reason."""
    remaining = [power for power in unit_powers() if power != "sys_ptrace"]
    assert remaining == ["dac_read_search", "net_admin"]
    assert look_with(remaining, candidates_program) == "False 0"


HEAR = """
from jiankao_agent.platform.linux.proc_connector import NoProcConnectorError, ProcConnector
try:
    connector = ProcConnector()
except NoProcConnectorError as error:
    raise SystemExit(f"no connector here: {error}")
room = connector.queue_bytes()
connector.close()
print(room >= 4 << 20)
"""


def hear_with(powers: list[str]) -> str:
    """Whether the agent's code has the room to hear of thousands of programs at once, with these powers only."""
    bounds = ",".join(["-all", *(f"+{power}" for power in powers)])
    done = subprocess.run(
        [
            *("setpriv", f"--bounding-set={bounds}", "--inh-caps=-all", "--no-new-privs"),
            *(sys.executable, "-c", HEAR),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.stderr.startswith("no connector here") and "net_admin" in powers:
        pytest.skip(done.stderr)
    return done.stdout.strip()


def test_the_units_powers_let_it_hear_of_every_program() -> None:
    assert hear_with(unit_powers()) == "True"


@pytest.mark.skipif(_kernel() >= (6, 6), reason="kernels from 6.6 on let anybody subscribe")
def test_without_net_admin_an_older_kernel_would_not_tell() -> None:
    assert hear_with([power for power in unit_powers() if power != "net_admin"]) != "True"
