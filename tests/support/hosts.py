"""Several computers in one: hosts of their own in network, process, mount and name spaces, joined by a switch.

Each host has its own address, its own /proc, its own X sockets and its own name, so that what runs at one seat is not
seen at another, and a far end is really far. Needs root (Linux namespaces through iproute2 and util-linux). The switch
is in a namespace too: nothing of this touches the machine's own network.
"""

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

_counter = itertools.count()
_NETWORK = "10.77.0"


def why_not() -> str:
    """Return why hosts cannot be made here; empty when they can."""
    if not _is_root():
        return "making hosts of their own (network and process namespaces) needs root"
    missing = [tool for tool in ("ip", "unshare", "nsenter", "mount") if shutil.which(tool) is None]
    return (
        f"the packages iproute2 and util-linux are needed for: {', '.join(missing)}"
        if missing
        else ""
    )


def _is_root() -> bool:
    if sys.platform == "win32":
        return False
    else:  # noqa: RET505 - only so does mypy see the two platforms
        return os.geteuid() == 0


def _do(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


class Program:
    """A process on a host, killed at the end of the block. `pid` is the machine's number for it, not the host's."""

    def __init__(self, process: subprocess.Popen[str], pid: int) -> None:
        self.process, self.pid = process, pid

    def started_us(self) -> int:
        """Return when it was started, as the kernel says (microseconds since the epoch, to 10 ms)."""
        return int(psutil.Process(self.pid).create_time() * 1_000_000)

    def kill(self) -> None:
        """Kill the program itself with SIGKILL: it gets no chance to tidy up."""
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(self.pid).kill()

    def freeze(self, for_s: float) -> None:
        """Let the program do nothing for a while, as a computer does that is busy or asleep.

        What entered the host for it stops with it, and is not woken by it.
        """
        frozen = (psutil.Process(self.pid), psutil.Process(self.process.pid))
        frozen[0].suspend()
        time.sleep(for_s)
        for process in frozen:
            process.resume()

    def stop(self, within_s: float = 10) -> int:
        """Ask the program to stop, wait, and return its exit code."""
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(self.pid).terminate()
        return self.process.wait(within_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        self.process.wait(10)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@dataclass
class Host:
    """One computer. `address` is its IPv4 address on the switch."""

    name: str
    address: str
    first_pid: int
    port: str
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *words: str | Path) -> list[str]:
        """Return the command line that runs `words` on this host."""
        enter = [
            "nsenter",
            "-t",
            str(self.first_pid),
            "--net",
            "--pid",
            "--mount",
            "--uts",
            "--ipc",
        ]
        return [*enter, f"--wd={Path.cwd()}", "--", *map(str, words)]

    def run(self, *words: str | Path, within_s: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*words),
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def start(
        self,
        *words: str | Path,
        environment: Mapping[str, str] | None = None,
        stdout: int | None = subprocess.DEVNULL,
        stderr: int | None = None,
    ) -> Program:
        """Start a command and return it running."""
        process = subprocess.Popen(
            self.command(*words),
            env={**os.environ, **self.environment, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
        )
        return Program(process, _child_of(process))


@dataclass
class Switch:
    """Makes hosts and removes them all at the end."""

    stack: contextlib.ExitStack
    namespace: str
    hosts: int = 0

    def pull(self, host: Host) -> None:
        """Pull a computer's network cable out of the switch."""
        _do("ip", "-n", self.namespace, "link", "set", host.port, "down")

    def put_back(self, host: Host) -> None:
        """Put the cable back."""
        _do("ip", "-n", self.namespace, "link", "set", host.port, "up")

    def host(self, name: str) -> Host:
        """Add a computer."""
        self.hosts += 1
        address = f"{_NETWORK}.{self.hosts}"
        space = f"jk-{os.getpid()}-{next(_counter)}"
        port = f"p{self.hosts}"
        _do("ip", "netns", "add", space)
        self.stack.callback(_do, "ip", "netns", "del", space)
        _do(
            "ip",
            "-n",
            self.namespace,
            "link",
            "add",
            port,
            "type",
            "veth",
            "peer",
            "eth0",
            "netns",
            space,
        )
        _do("ip", "-n", self.namespace, "link", "set", port, "master", "switch", "up")
        _do("ip", "-n", space, "addr", "add", f"{address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            _do("ip", "-n", space, "link", "set", link, "up")
        # A host of its own has a boot of its own; the kernel they share would give them the same one.
        boot = Path(self.stack.enter_context(tempfile.TemporaryDirectory()), "boot_id")
        boot.write_text(f"{uuid.uuid4()}\n", encoding="ascii")
        setup = (
            f"mount -t tmpfs tmpfs /tmp/.X11-unix; hostname {name}; "
            f"mount --bind {boot} /proc/sys/kernel/random/boot_id; echo up; exec sleep infinity"
        )
        Path("/tmp/.X11-unix").mkdir(mode=0o1777, exist_ok=True)
        inside = [
            "unshare",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "--mount",
            "--uts",
            "--ipc",
        ]
        first = subprocess.Popen(
            ["ip", "netns", "exec", space, *inside, "sh", "-c", setup],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.stack.callback(_end, first)
        assert first.stdout is not None
        assert first.stdout.readline() == "up\n"
        return Host(name, address, _child_of(first), port)


@contextlib.contextmanager
def switch() -> Iterator[Switch]:
    """Have a switch to plug hosts into."""
    namespace = f"jk-{os.getpid()}-{next(_counter)}"
    with contextlib.ExitStack() as stack:
        _do("ip", "netns", "add", namespace)
        stack.callback(_do, "ip", "netns", "del", namespace)
        _do("ip", "-n", namespace, "link", "add", "switch", "type", "bridge")
        _do("ip", "-n", namespace, "link", "set", "switch", "up")
        yield Switch(stack, namespace)


def _child_of(process: subprocess.Popen[str]) -> int:
    """Return the pid of the one child a process has or is about to have."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        if children := path.read_text().split():
            return int(children[0])
        time.sleep(0.001)
    raise AssertionError(f"{process.args!r}: ended before it started ({process.poll()})")


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(10)
    if process.stdout is not None:
        process.stdout.close()
