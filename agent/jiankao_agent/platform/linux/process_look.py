"""Looks at processes: a cheap glance to notice a change, a full look to describe one."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from jiankao_agent.platform.linux import proc_files
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import Process

_UNSET_AUDIT_SESSION = "4294967295"
_DEAD = frozenset("ZXx")
_PEEK = 64  # bytes of a stat file: pid and name are in them


@dataclass(frozen=True, slots=True)
class Glance:
    """What names a process (pid, start_ticks) and the program it runs now (command, executable)."""

    pid: int
    start_ticks: int
    parent_pid: int
    kernel_thread: bool
    command: str
    executable: str

    @property
    def name(self) -> str:
        """The basename of the executable; the command's own name when that cannot be read."""
        return proc_files.program_name(self.executable) or self.command


def glance(pid: int) -> Glance | None:
    """Return what runs under `pid`, or None when nothing does any more (a zombie runs nothing)."""
    try:
        stat = proc_files.parse_stat(proc_files.read(f"/proc/{pid}/stat", 1024))
    except (OSError, MalformedError):
        # A process that ends while it is being read gives either; both mean that it is gone.
        return None
    if stat.state in _DEAD:
        return None
    executable = "" if stat.kernel_thread else proc_files.read_executable(pid)
    return Glance(
        pid, stat.start_ticks, stat.parent_pid, stat.kernel_thread, stat.command, executable
    )


def remains(pid: int) -> proc_files.ProcStat | None:
    """Return what /proc still says of a process that has ended but was not waited for yet, else None."""
    try:
        return proc_files.parse_stat(proc_files.read(f"/proc/{pid}/stat", 1024))
    except (OSError, MalformedError):
        return None


def peek(pid: int) -> bytes:
    """Return bytes that stay the same while `pid` runs the same program under the same name; empty when it is gone.

    Costs a part of a glance, and tells whether one is worth it.
    """
    try:
        stat = proc_files.read_piece(f"/proc/{pid}/stat", _PEEK)
    except OSError:
        return b""
    return stat[: stat.rfind(b")")] + proc_files.read_executable(pid).encode("utf-8", "replace")


def read_arguments(pid: int) -> tuple[str, ...]:
    """Return the command line of a process as it is, secrets included; empty when it is gone."""
    try:
        return proc_files.parse_command_line(proc_files.read(f"/proc/{pid}/cmdline"))
    except OSError:
        return ()


class ProcessLook:
    """Describes processes. `boot_time_s` (seconds of the Unix epoch) is the same for a whole boot.

    Raises OSError or MalformedError at construction when /proc cannot be read.
    """

    def __init__(self) -> None:
        """Read what stays the same for a whole boot."""
        self._boot_time_s = proc_files.parse_boot_time(proc_files.read("/proc/stat", 1 << 20))
        self._ticks = proc_files.clock_ticks_per_second()

    def started_at_us(self, start_ticks: int) -> int:
        """Return when a process started, in microseconds of the Unix epoch."""
        return self._boot_time_s * 1_000_000 + start_ticks * 1_000_000 // self._ticks

    def start_ticks(self, monotonic_ns: int) -> int:
        """Return what a stat file says of a process that began at a moment of CLOCK_MONOTONIC."""
        if sys.platform == "win32":
            return 0
        else:  # noqa: RET505 - mypy reads a platform's branch only as an else
            # A stat file counts the time that the machine slept, too.
            now_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            slept_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - now_ns
            return (monotonic_ns + slept_ns) * self._ticks // 1_000_000_000

    def describe(
        self,
        seen: Glance,
        *,
        parent_name: str,
        mask: Callable[[tuple[str, ...]], str],
        sha256: bytes,
    ) -> Process:
        """Return everything about a process. What cannot be read is empty.

        `mask` is handed the raw command line, which goes nowhere else.
        """
        return Process(
            pid=seen.pid,
            started_at_us=self.started_at_us(seen.start_ticks),
            name=seen.name,
            executable=seen.executable,
            parent_pid=seen.parent_pid,
            parent_name=parent_name,
            user=_user(seen.pid),
            session=_session(seen.pid),
            command_line_masked=mask(read_arguments(seen.pid)),
            executable_sha256=sha256,
        )


def _user(pid: int) -> str:
    try:
        status = proc_files.read(f"/proc/{pid}/status", 2048)
        return proc_files.user_name(proc_files.parse_user_id(status))
    except (OSError, MalformedError):
        return ""


def _session(pid: int) -> str:
    """Return the logind session; where there is none, the audit session set at log-in."""
    try:
        named = proc_files.parse_logind_session(proc_files.read(f"/proc/{pid}/cgroup"))
        if named:
            return named
        audit = proc_files.read(f"/proc/{pid}/sessionid", 32).decode("ascii", "replace").strip()
    except OSError:
        return ""
    return "" if audit == _UNSET_AUDIT_SESSION else audit
