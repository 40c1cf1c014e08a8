"""What the agent runs in: signs of a virtual machine, of a container, of a debugger.

Sources: /sys/class/dmi/id (SMBIOS), /sys/hypervisor/type, the `hypervisor` flag of /proc/cpuinfo, /.dockerenv,
/run/.containerenv, /run/systemd/container, proc_pid_cgroup(5), TracerPid of proc_pid_status(5). The parsers are pure.
"""

import os
import re
from pathlib import Path

from jiankao_agent.platform.linux import proc_files
from jiankao_agent.platform.linux.kept_file import KeptFile
from jiankao_agent.platform.machine_names import LONGEST, machine_name
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import ProcessRef

_MAX_READ = 4096
_CPUINFO_READ = 64 * 1024
_ALL_THREADS_EVERY = 3
"""Turns of the watch for a debugger."""
_MACHINE_FILES = ("sys_vendor", "product_name", "board_vendor", "bios_vendor")
_CONTAINERS = re.compile(rb"(docker|kubepods|containerd|libpod|lxc|garden|podman)")


def has_hypervisor_flag(cpuinfo: bytes) -> bool:
    """Tell whether the processor says that a hypervisor stands between it and us."""
    for line in cpuinfo.splitlines():
        if line.startswith((b"flags", b"Features")):
            return b"hypervisor" in line.partition(b":")[2].split()
    return False


def container_name(cgroup: bytes) -> str:
    """Return the kind of container that the cgroups of the first process name, empty when none."""
    found = _CONTAINERS.search(cgroup)
    return found[1].decode("ascii") if found else ""


_NOBODY = b"\nTracerPid:\t0\n"


def tracer(status: bytes) -> int:
    """Return TracerPid of /proc/PID/status: 0 when nobody traces. Raises MalformedError."""
    if _NOBODY in status:
        return 0
    for line in status.splitlines():
        if line.startswith(b"TracerPid:"):
            try:
                pid = int(line[10:])
            except ValueError:
                break
            if pid >= 0:
                return pid
            break
    raise MalformedError("/proc/PID/status: it does not say who traces")


class Surroundings:
    """Looks around. `root` is the file system's root, another one in tests."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def virtual_machine(self) -> str:
        """Return what the virtual machine calls itself; empty when there is no sign of one."""
        dmi = self._root / "sys/class/dmi/id"
        said = [self._read(dmi / name).decode("utf-8", "replace") for name in _MACHINE_FILES]
        name = machine_name(said)
        if not name:
            kind = self._read(self._root / "sys/hypervisor/type").decode("utf-8", "replace")
            name = " ".join(kind.split())[:LONGEST]
        if not name and has_hypervisor_flag(self._read(self._root / "proc/cpuinfo", _CPUINFO_READ)):
            name = "hypervisor"
        return name

    def container(self) -> str:
        """Return the kind of container; empty when there is no sign of one."""
        told = self._read(self._root / "run/systemd/container").decode("utf-8", "replace").strip()
        if told:
            return told[:LONGEST]
        if (self._root / ".dockerenv").exists():
            return "docker"
        if (self._root / "run/.containerenv").exists():
            return "podman"
        return container_name(self._read(self._root / "proc/1/cgroup"))

    @staticmethod
    def _read(path: Path, limit: int = _MAX_READ) -> bytes:
        """Read a file that need not be there: without it there is no sign."""
        try:
            return proc_files.read(str(path), limit)
        except OSError:
            return b""


class TracerWatch:
    """Looks who has taken hold of this process.

    A debugger takes hold of every thread, a careful one of a single thread: the first is looked at every time, all of
    them at every third, because there are dozens.
    """

    def __init__(self) -> None:
        self._first = KeptFile("/proc/self/status")
        self._turn = 0
        self._held = False

    def look(self) -> ProcessRef:
        """Return who it is; pid 0 when nobody. Raises OSError or MalformedError when /proc cannot be read."""
        everything = self._held or self._turn % _ALL_THREADS_EVERY == 0
        self._turn += 1
        pid = tracer(self._first.read())
        found = tracer_of_this_process() if everything and not pid else _process(pid)
        self._held = found.pid != 0
        return found


def tracer_of_this_process() -> ProcessRef:
    """Return who has taken hold of any thread of this process; pid 0 when nobody.

    Raises OSError or MalformedError when /proc cannot be read.
    """
    for task in os.listdir("/proc/self/task"):  # noqa: PTH208 - dozens, again and again
        try:
            status = proc_files.read_piece(f"/proc/self/task/{task}/status", _MAX_READ)
        except (FileNotFoundError, ProcessLookupError):
            continue  # the thread ended between the two calls
        pid = tracer(status)
        if pid:
            return _process(pid)
    return ProcessRef()


def _process(pid: int) -> ProcessRef:
    return ProcessRef(pid, _command(pid), proc_files.read_executable(pid)) if pid else ProcessRef()


def _command(pid: int) -> str:
    try:
        return proc_files.read(f"/proc/{pid}/comm", 64).decode("utf-8", "replace").strip()
    except OSError:
        return ""
