"""Asking Windows's service manager: make, remove, start, stop a service, and how it stands.

OpenSCManagerW, CreateServiceW, ChangeServiceConfig2W, ControlService, QueryServiceStatusEx (Microsoft Learn).
"""

import ctypes
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from jiankao_agent.errors import ConfigurationError
from jiankao_agent.platform.windows.libraries import last_code, last_error, load

_CONNECT, _CREATE = 0x1, 0x2
_ALL_ACCESS, _QUERY_STATUS = 0xF01FF, 0x4
_OWN_PROCESS, _AUTO_START, _LOG_ERRORS = 0x10, 0x2, 0x1
_DESCRIPTION, _FAILURE_ACTIONS, _FAILURE_FLAG = 1, 2, 4
_RESTART = 1
_RESTART_AFTER_MS = (1_000, 1_000, 10_000)
_FORGET_FAILURES_S = 3600
_STOP = 1
_LOOK_S = 0.1

_DENIED, _NO_SUCH_SERVICE, _EXISTS = 5, 1060, 1073
_RUNS_ALREADY, _DOES_NOT_RUN, _MARKED, _UNKNOWN_LEVEL = 1056, 1062, 1072, 124
_REMEDIES = {
    _DENIED: "access is denied; run this from a command line opened as administrator",
    _NO_SUCH_SERVICE: "it is not installed; run jiankao-agent service install first",
    _MARKED: "it is being removed; close services.msc and the task manager, then try again",
}


class State(IntEnum):
    """How a service stands (SERVICE_STATUS_PROCESS)."""

    STOPPED = 1
    START_PENDING = 2
    STOP_PENDING = 3
    RUNNING = 4


@dataclass(frozen=True, slots=True)
class Status:
    """`pid` is 0 where it does not run; `state` may be a number that has no name here."""

    state: int
    pid: int
    exit_code: int


class _Status(ctypes.Structure):
    _fields_: ClassVar = [
        *((name, wintypes.DWORD) for name in ("dwServiceType", "dwCurrentState")),
        *((name, wintypes.DWORD) for name in ("dwControlsAccepted", "dwWin32ExitCode")),
        *((name, wintypes.DWORD) for name in ("dwServiceSpecificExitCode", "dwCheckPoint")),
        *((name, wintypes.DWORD) for name in ("dwWaitHint", "dwProcessId", "dwServiceFlags")),
    ]


class _Description(ctypes.Structure):
    _fields_: ClassVar = [("lpDescription", wintypes.LPWSTR)]


class _Action(ctypes.Structure):
    _fields_: ClassVar = [("Type", ctypes.c_int), ("Delay", wintypes.DWORD)]


class _FailureActions(ctypes.Structure):
    _fields_: ClassVar = [
        ("dwResetPeriod", wintypes.DWORD),
        ("lpRebootMsg", wintypes.LPWSTR),
        ("lpCommand", wintypes.LPWSTR),
        ("cActions", wintypes.DWORD),
        ("lpsaActions", ctypes.POINTER(_Action)),
    ]


_HANDLE, _TEXT, _NUMBER = wintypes.HANDLE, wintypes.LPCWSTR, wintypes.DWORD
_advapi32 = load("advapi32")
_advapi32.OpenSCManagerW.argtypes = (_TEXT, _TEXT, _NUMBER)
_advapi32.OpenSCManagerW.restype = _HANDLE
_advapi32.OpenServiceW.argtypes = (_HANDLE, _TEXT, _NUMBER)
_advapi32.OpenServiceW.restype = _HANDLE
_advapi32.CloseServiceHandle.argtypes = (_HANDLE,)
_advapi32.CreateServiceW.argtypes = (
    *(_HANDLE, _TEXT, _TEXT, _NUMBER, _NUMBER, _NUMBER, _NUMBER, _TEXT),
    *(_TEXT, ctypes.c_void_p, _TEXT, _TEXT, _TEXT),
)
_advapi32.CreateServiceW.restype = _HANDLE
_advapi32.ChangeServiceConfigW.argtypes = (
    *(_HANDLE, _NUMBER, _NUMBER, _NUMBER, _TEXT, _TEXT, ctypes.c_void_p),
    *(_TEXT, _TEXT, _TEXT, _TEXT),
)
_advapi32.ChangeServiceConfig2W.argtypes = (_HANDLE, _NUMBER, ctypes.c_void_p)
_advapi32.DeleteService.argtypes = (_HANDLE,)
_advapi32.StartServiceW.argtypes = (_HANDLE, _NUMBER, ctypes.c_void_p)
_advapi32.ControlService.argtypes = (_HANDLE, _NUMBER, ctypes.c_void_p)
_advapi32.QueryServiceStatusEx.argtypes = (
    *(_HANDLE, ctypes.c_int, ctypes.c_void_p, _NUMBER, ctypes.POINTER(_NUMBER)),
)


def install(name: str, title: str, description: str, command_line: str) -> None:
    """Make the service, or give the one that is there this command line: as LocalSystem, at every start of Windows.

    Windows starts it again when it ends by itself. Raises ConfigurationError.
    """
    with _manager(name, _CONNECT | _CREATE) as manager:
        service = _advapi32.CreateServiceW(
            *(manager, name, title, _ALL_ACCESS, _OWN_PROCESS, _AUTO_START, _LOG_ERRORS),
            *(command_line, None, None, None, None, None),
        )
        if service:
            _advapi32.CloseServiceHandle(service)
        elif last_code() != _EXISTS:
            raise _failure(name, "install")
    with _service(name, _ALL_ACCESS) as service:
        if not _advapi32.ChangeServiceConfigW(
            *(service, _OWN_PROCESS, _AUTO_START, _LOG_ERRORS, command_line),
            *(None, None, None, None, None, title),
        ):
            raise _failure(name, "install")
        actions = (_Action * len(_RESTART_AFTER_MS))(
            *(_Action(_RESTART, ms) for ms in _RESTART_AFTER_MS)
        )
        for level, content in (
            (_DESCRIPTION, _Description(description)),
            (
                _FAILURE_ACTIONS,
                _FailureActions(_FORGET_FAILURES_S, None, None, len(actions), actions),
            ),
            # Also when it ends in order but with an error of its own.
            (_FAILURE_FLAG, wintypes.BOOL(1)),
        ):
            done = _advapi32.ChangeServiceConfig2W(service, level, ctypes.byref(content))
            # A system that does not know the level runs the service without it (Wine 8 has no failure flag).
            if not done and last_code() != _UNKNOWN_LEVEL:
                raise _failure(name, "install")


def remove(name: str) -> None:
    """Remove the service; it must be stopped. Raises ConfigurationError."""
    with _service(name, _ALL_ACCESS) as service:
        if not _advapi32.DeleteService(service):
            raise _failure(name, "remove")


def start(name: str, within_s: float) -> None:
    """Start the service and wait until it runs; one that runs is fine. Raises ConfigurationError."""
    with _service(name, _ALL_ACCESS) as service:
        if not _advapi32.StartServiceW(service, 0, None) and last_code() != _RUNS_ALREADY:
            raise _failure(name, "start")
        _wait(name, service, State.RUNNING, within_s)


def stop(name: str, within_s: float) -> None:
    """Stop the service and wait until it has; one that does not run is fine. Raises ConfigurationError."""
    ignored = _Status()
    with _service(name, _ALL_ACCESS) as service:
        if (
            not _advapi32.ControlService(service, _STOP, ctypes.byref(ignored))
            and last_code() != _DOES_NOT_RUN
        ):
            raise _failure(name, "stop")
        _wait(name, service, State.STOPPED, within_s)


def status(name: str) -> Status | None:
    """Return how the service stands, None when it is not installed. Raises ConfigurationError."""
    try:
        with _service(name, _QUERY_STATUS) as service:
            return _status(name, service)
    except _NotInstalledError:
        return None


class _NotInstalledError(ConfigurationError):
    pass


def _wait(name: str, service: int, wanted: State, within_s: float) -> None:
    until = time.monotonic() + within_s
    while (now := _status(name, service)).state != wanted:
        if wanted is State.RUNNING and now.state == State.STOPPED:
            raise ConfigurationError(
                f"service {name}: it ended at its start (exit code {now.exit_code}); its log says why"
            )
        if time.monotonic() > until:
            raise ConfigurationError(
                f"service {name}: not {wanted.name.lower()} within {within_s:.0f} s; its log says why"
            )
        time.sleep(_LOOK_S)


def _status(name: str, service: int) -> Status:
    found, needed = _Status(), wintypes.DWORD()
    if not _advapi32.QueryServiceStatusEx(
        service, 0, ctypes.byref(found), ctypes.sizeof(found), ctypes.byref(needed)
    ):
        raise _failure(name, "ask for its state")
    return Status(found.dwCurrentState, found.dwProcessId, found.dwWin32ExitCode)


@contextmanager
def _manager(name: str, access: int) -> Iterator[int]:
    manager = _advapi32.OpenSCManagerW(None, None, access)
    if not manager:
        raise _failure(name, "open the service manager")
    try:
        yield manager
    finally:
        _advapi32.CloseServiceHandle(manager)


@contextmanager
def _service(name: str, access: int) -> Iterator[int]:
    with _manager(name, _CONNECT) as manager:
        service = _advapi32.OpenServiceW(manager, name, access)
        if not service:
            raise _failure(name, "open")
        try:
            yield service
        finally:
            _advapi32.CloseServiceHandle(service)


def _failure(name: str, what: str) -> ConfigurationError:
    code, error = last_code(), last_error()
    kind = _NotInstalledError if code == _NO_SUCH_SERVICE else ConfigurationError
    return kind(
        f"service {name}: {_REMEDIES.get(code, f'Windows did not {what} it ({error.strerror})')}"
    )
