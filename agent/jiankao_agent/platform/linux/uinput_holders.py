"""Who holds /dev/uinput open: the kernel makes keyboards and mice out of what such a process writes there."""

import os
from pathlib import Path

from jiankao_agent.platform.linux import proc_files
from jiankao_agent.platform.linux.process_look import glance
from jiankao_proto.observations import ProcessRef

DEVICE = "/dev/uinput"
_DEVICE = Path(DEVICE)
_KERNEL_HAS_IT = Path("/sys/class/misc/uinput")
"""The device itself may be hidden from the agent, whose own /dev is a private one."""


def device_exists() -> bool:
    """Tell whether anybody could hold it."""
    return _KERNEL_HAS_IT.exists() or _DEVICE.exists()


def holders(device: str = DEVICE) -> dict[int, ProcessRef]:
    """Return who holds a device open, by (pid). Other users' processes only as root. Raises OSError without /proc."""
    found = {}
    for pid in proc_files.list_pids():
        if _holds(pid, device):
            seen = glance(pid)
            if seen is not None:
                found[pid] = ProcessRef(pid, seen.name, seen.executable)
    return found


def _holds(pid: int, device: str) -> bool:
    try:
        with os.scandir(f"/proc/{pid}/fd") as entries:
            paths = [entry.path for entry in entries]
    except OSError:
        return False  # it ended, or is not ours to look into
    return any(_target(path) == device for path in paths)


def _target(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 - thousands of links a look; no object for each
    except OSError:
        return ""
