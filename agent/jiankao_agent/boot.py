"""Which start of the operating system this is."""

import ctypes
import struct
import sys
from contextlib import suppress
from pathlib import Path

from jiankao_proto.ids import BootId

_KERNEL_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIME_OF_DAY = 3
_TIMES = struct.Struct("<qqqIIQQ")


def boot_id() -> BootId:
    """Return an identifier that changes with every start of the operating system.

    Linux gives a random one (proc(5)). On Windows the moment of the start, to 100 ns, as the kernel noted it. Elsewhere
    the time of the start stands in. That also changes when somebody sets the clock: a start too many is reported then,
    never one too few.
    """
    if sys.platform != "win32":
        # On Windows such a path would lie on whatever drive is current, and say what somebody put there.
        with suppress(OSError):
            return BootId(_KERNEL_BOOT_ID.read_text(encoding="ascii").strip())
    started = started_at(_time_of_day())
    if started is not None:
        return BootId(f"booted-{started:x}")
    import psutil  # noqa: PLC0415 - who does not come here is spared its memory

    return BootId(f"started-{int(psutil.boot_time())}")


def started_at(times: bytes) -> int | None:
    """Read the start out of SYSTEM_TIMEOFDAY_INFORMATION, in 100 ns since 1601; None when it does not say.

    When somebody sets the clock Windows moves BootTime along and counts by how much in BootTimeBias, so that their
    difference stays. Microsoft documents neither; were it otherwise, setting the clock would look like a start, as it
    does elsewhere.
    """
    if len(times) < _TIMES.size:
        return None
    boot, now, _, _, _, bias, _ = _TIMES.unpack_from(times)
    started = boot - bias
    return started if 0 < started <= now else None


def _time_of_day() -> bytes:
    if sys.platform == "win32":
        answer, length = ctypes.create_string_buffer(_TIMES.size), ctypes.c_ulong()
        refused = ctypes.WinDLL("ntdll").NtQuerySystemInformation(
            _TIME_OF_DAY, answer, _TIMES.size, ctypes.byref(length)
        )
        return b"" if refused else answer.raw[: length.value]
    else:  # noqa: RET505 - mypy reads a platform's branch only as an else
        return b""
