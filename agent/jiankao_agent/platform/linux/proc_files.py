"""What /proc says about processes. The parsers are pure; `read_*` and `list_pids` ask the kernel.

Formats: proc_pid_stat(5), proc_pid_cmdline(5), proc_pid_cgroup(5), proc_loadavg(5), proc_stat(5).
"""

import os
import re
import sys
from dataclasses import dataclass
from functools import lru_cache

from jiankao_proto.errors import MalformedError

MAX_READ = 16 * 1024
"""Bytes read of one file of /proc; a command line may be longer, its beginning is enough."""
_PIECE = 1 << 16
"""Bytes asked for at once: as many are allocated each time, and the kernel gives a table by a few pages anyway."""

_KERNEL_THREAD = 0x00200000  # PF_KTHREAD of the kernel's sched.h
_DELETED = " (deleted)"
_SCOPE = re.compile(r"/session-([^/]+)\.scope(?:/|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ProcStat:
    """One process as its stat file tells it; (pid, start_ticks) names it until the next boot."""

    pid: int
    command: str
    """At most 15 characters; a program may change it."""
    state: str
    parent_pid: int
    start_ticks: int
    """Clock ticks since boot."""
    kernel_thread: bool


def parse_stat(data: bytes) -> ProcStat:
    """Read the content of /proc/PID/stat. Raises MalformedError."""
    # The command is the program's own choice and may hold blanks and brackets: the last ")" ends it.
    head, _, rest = data.partition(b" (")
    command, _, tail = rest.rpartition(b") ")
    fields = tail.split()
    try:
        return ProcStat(
            pid=int(head),
            command=_text(command),
            state=_text(fields[0]),
            parent_pid=int(fields[1]),
            start_ticks=int(fields[19]),
            kernel_thread=bool(int(fields[6]) & _KERNEL_THREAD),
        )
    except (ValueError, IndexError):
        # Without its brackets there are no fields either.
        raise MalformedError(f"/proc/PID/stat: {len(data)} bytes that are not one") from None


def parse_command_line(data: bytes) -> tuple[str, ...]:
    """Split the content of /proc/PID/cmdline; a kernel thread's or a dead process's is empty."""
    # A program that writes its own title (sshd) leaves one text with padding behind it.
    stripped = data.rstrip(b"\0")
    return tuple(_text(part) for part in stripped.split(b"\0")) if stripped else ()


def parse_user_id(status: bytes) -> int:
    """Return the effective user id of /proc/PID/status. Raises MalformedError."""
    for line in status.splitlines():
        if line.startswith(b"Uid:"):
            try:
                return int(line.split()[2])
            except (ValueError, IndexError):
                break
    raise MalformedError("/proc/PID/status: it has no line of user ids")


def parse_logind_session(cgroup: bytes) -> str:
    """Return the logind session that /proc/PID/cgroup names, or the empty string."""
    found = _SCOPE.search(_text(cgroup))
    return found[1] if found else ""


def parse_boot_time(stat: bytes) -> int:
    """Return the second of the Unix epoch at which the system started, of /proc/stat. Raises MalformedError."""
    for line in stat.splitlines():
        if line.startswith(b"btime "):
            try:
                return int(line[6:])
            except ValueError:
                break
    raise MalformedError("/proc/stat: it has no boot time")


def parse_last_pid(loadavg: bytes) -> int:
    """Return the pid given out last, of /proc/loadavg: it changes whenever a process or thread starts.

    Raises MalformedError.
    """
    try:
        return int(loadavg.split()[4])
    except (ValueError, IndexError):
        raise MalformedError("/proc/loadavg: it has no last pid") from None


def program_name(executable: str) -> str:
    """Return the basename of what /proc/PID/exe points to, also when the file was deleted meanwhile."""
    return executable.removesuffix(_DELETED).rsplit("/", 1)[-1]


def read(path: str, limit: int = MAX_READ) -> bytes:
    """Read at most `limit` bytes of a file. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        parts: list[bytes] = []
        while limit > 0 and (part := os.read(descriptor, min(limit, _PIECE))):
            parts.append(part)
            limit -= len(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def read_piece(path: str, limit: int) -> bytes:
    """Read the beginning of a file in one piece, for files of a line. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, limit)
    finally:
        os.close(descriptor)


def read_executable(pid: int) -> str:
    """Return where /proc/PID/exe points, with the kernel's " (deleted)" when that is so; else empty.

    Empty for kernel threads, and for other users' processes when the agent is not root.
    """
    try:
        target = os.readlink(b"/proc/%d/exe" % pid)  # noqa: PTH115 - a path of bytes
    except OSError:
        return ""
    return _text(target)


def list_pids() -> set[int]:
    """Return the processes that are there now. Raises OSError when /proc is not mounted."""
    names = os.listdir("/proc")  # noqa: PTH208 - ten times a second; no object for each name
    return {int(name) for name in names if name.isdecimal()}


def clock_ticks_per_second() -> int:
    """Return the unit of ProcStat.start_ticks."""
    if sys.platform == "win32":
        return 100
    else:  # noqa: RET505 - mypy reads a platform's branch only as an else
        return os.sysconf("SC_CLK_TCK")


def sees_all_processes() -> bool:
    """Tell whether the agent may look into processes of other users."""
    return sys.platform != "win32" and os.geteuid() == 0


@lru_cache(maxsize=64)
def user_name(user_id: int) -> str:
    """Return the name of a user id, or the number as text when it has none.

    Remembered: where users come from a directory service, every question is one to the network.
    """
    if sys.platform == "win32":
        return str(user_id)
    else:  # noqa: RET505 - mypy reads a platform's branch only as an else
        import pwd  # noqa: PLC0415 - it exists on Unix only

        try:
            return pwd.getpwuid(user_id).pw_name
        except KeyError:
            return str(user_id)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
