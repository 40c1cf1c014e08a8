"""Who holds /dev/uinput open: the kernel makes keyboards and mice out of what such a process writes there.

To find out means to look at every open file of every process. Whether it is open at all the kernel tells for nothing
where uinput is a module: opening a device counts as a use of its module (misc_open in the kernel's drivers/char),
and /sys/module/NAME/refcnt shows the uses.
"""

import os
from pathlib import Path

from jiankao_agent.platform.linux import proc_files
from jiankao_agent.platform.linux.process_look import glance
from jiankao_proto.observations import ProcessRef

DEVICE = "/dev/uinput"
_DEVICE = Path(DEVICE)
_KERNEL_HAS_IT = Path("/sys/class/misc/uinput")
"""The device itself may be hidden from the agent, whose own /dev is a private one."""
_USES = "sys/module/uinput/refcnt"


def device_exists() -> bool:
    """Tell whether anybody could hold it."""
    return _KERNEL_HAS_IT.exists() or _DEVICE.exists()


def uses(root: Path = Path("/")) -> int | None:
    """Return how many times the device is open; None when the kernel does not tell, because it is no module there."""
    try:
        return int((root / _USES).read_bytes())
    except (OSError, ValueError):
        return None


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
