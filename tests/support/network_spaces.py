"""A network namespace of its own, in which tests make interfaces; nothing of it touches the machine's own network."""

import contextlib
import ctypes
import itertools
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jiankao_agent.sensors.base import Condition, Sensor, SensorContext

_counter = itertools.count()
_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True)
class NetworkSpace:
    """One namespace, by name."""

    name: str

    def ip(self, *words: str) -> None:
        """Run iproute2 inside. Raises CalledProcessError."""
        self.may_ip(*words).check_returncode()

    def may_ip(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run iproute2 inside; what this kernel does not have fails."""
        command = ["ip", "-n", self.name, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def enter(self) -> None:
        """Move the calling thread inside, for good."""
        libc = ctypes.CDLL(None, use_errno=True)
        with Path("/run/netns", self.name).open("rb") as space:
            if libc.setns(space.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")


class InSpace:
    """A sensor whose thread runs inside a namespace."""

    def __init__(self, sensor: Sensor, space: NetworkSpace) -> None:
        self._sensor, self._space = sensor, space

    @property
    def name(self) -> str:
        """The sensor's name."""
        return self._sensor.name

    def probe(self) -> Condition:
        """Ask the sensor, outside."""
        return self._sensor.probe()

    def run(self, context: SensorContext) -> None:
        """Run the sensor inside."""
        self._space.enter()
        self._sensor.run(context)


@contextlib.contextmanager
def network_space() -> Iterator[NetworkSpace]:
    """Have a namespace for the length of the block."""
    name = f"jk-{os.getpid()}-space-{next(_counter)}"
    subprocess.run(["ip", "netns", "add", name], check=True, capture_output=True)
    try:
        yield NetworkSpace(name)
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True, capture_output=True)
