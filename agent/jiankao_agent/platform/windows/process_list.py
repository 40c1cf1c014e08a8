"""The processes of Windows, through psutil. What cannot be read of a process stays empty."""

import hashlib
import ntpath
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import psutil

from jiankao_agent.platform.windows.standing import session_of
from jiankao_agent.platform.windows.version_information import (
    VersionInformation,
    read_version_information,
)
from jiankao_proto.observations import Process, ProcessRef

IDLE_PID = 0
"""Not a process: the time nothing runs."""
_DIGEST_UP_TO = 16 << 20
"""Larger executables have no digest: reading them would hold up the look at the others."""
_FILES_REMEMBERED = 512
_PIECE = 1 << 20

# psutil.Error of a process that is gone or closed to us; OSError where psutil does not translate.
Unreadable = (psutil.Error, OSError)


def list_pids() -> set[int]:
    """Return what runs now. Raises OSError or psutil.Error."""
    return set(psutil.pids()) - {IDLE_PID}


def started_at_us(pid: int) -> int | None:
    """Return when a process started, in microseconds of the Unix epoch; None when that cannot be told."""
    try:
        return round(psutil.Process(pid).create_time() * 1_000_000)
    except Unreadable:
        return None


def refer(pid: int) -> ProcessRef:
    """Name the owner of something, as far as that can be told."""
    try:
        process = psutil.Process(pid)
        return ProcessRef(pid, process.name(), _executable(process))
    except Unreadable:
        return ProcessRef(pid)


def describe(
    pid: int, *, parent_name: Callable[[int], str], mask: Callable[[list[str]], str]
) -> Process | None:
    """Return everything about a process, None when it is gone."""
    try:
        process = psutil.Process(pid)
        started_us = round(process.create_time() * 1_000_000)
        name = process.name()
    except Unreadable:
        return None
    executable = _executable(process)
    parent_pid, user, arguments = 0, "", list[str]()
    with suppress(*Unreadable):
        parent_pid = process.ppid()
    with suppress(*Unreadable):
        user = process.username()
    with suppress(*Unreadable):
        arguments = process.cmdline()
    session = session_of(pid)
    digest, version = _look_at_file(executable)
    return Process(
        pid=pid,
        started_at_us=started_us,
        name=ntpath.basename(executable) or name,
        executable=executable,
        parent_pid=parent_pid,
        parent_name=parent_name(parent_pid),
        user=user,
        session="" if session is None else str(session),
        command_line_masked=mask(arguments),
        executable_sha256=digest,
        original_name=version.original_name,
        company=version.company,
        description=version.description,
        product=version.product,
    )


def _executable(process: psutil.Process) -> str:
    with suppress(*Unreadable):
        return process.exe()
    return ""


def _look_at_file(executable: str) -> tuple[bytes, VersionInformation]:
    """Return a file's digest and what it says of itself. A file that runs cannot be written on Windows."""
    try:
        status = Path(executable).stat()
    except (OSError, ValueError):
        return b"", VersionInformation()
    return _look_into(executable, status.st_mtime_ns, status.st_size)


@lru_cache(_FILES_REMEMBERED)
def _look_into(executable: str, _changed_ns: int, size: int) -> tuple[bytes, VersionInformation]:
    return _digest(executable, size), read_version_information(executable)


def _digest(executable: str, size: int) -> bytes:
    if not 0 < size <= _DIGEST_UP_TO:
        return b""
    digest = hashlib.sha256()
    try:
        with Path(executable).open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    except OSError:
        return b""
    return digest.digest()
