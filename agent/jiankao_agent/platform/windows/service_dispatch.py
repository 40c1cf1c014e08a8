"""Being a service: what Windows's service manager asks of a process it started.

StartServiceCtrlDispatcherW, RegisterServiceCtrlHandlerExW, SetServiceStatus (Microsoft Learn). The manager's calls come
in threads of Windows's own; the thread that dispatches does nothing else.
"""

import ctypes
import threading
from collections.abc import Callable
from ctypes import wintypes
from typing import ClassVar

from jiankao_agent.platform.windows.libraries import callback, last_code, last_error, load
from jiankao_agent.platform.windows.service_control import State

_NOT_STARTED_BY_THE_MANAGER = 1063
_OWN_PROCESS = 0x10
_STOP, _INTERROGATE, _SHUTDOWN = 1, 4, 5
_ACCEPT_STOP, _ACCEPT_SHUTDOWN = 0x1, 0x4
_NOT_IMPLEMENTED, _OWN_ERROR = 120, 1066
_WAIT_MS = 15_000
"""How long starting and an orderly end may take: sensors, the last acknowledgement, the stream."""


class _Status(ctypes.Structure):
    _fields_: ClassVar = [
        *((name, wintypes.DWORD) for name in ("dwServiceType", "dwCurrentState")),
        *((name, wintypes.DWORD) for name in ("dwControlsAccepted", "dwWin32ExitCode")),
        *((name, wintypes.DWORD) for name in ("dwServiceSpecificExitCode", "dwCheckPoint")),
        ("dwWaitHint", wintypes.DWORD),
    ]


_Main = callback(None, wintypes.DWORD, ctypes.POINTER(wintypes.LPWSTR))
_Handler = callback(
    wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p, ctypes.c_void_p
)


class _Entry(ctypes.Structure):
    _fields_: ClassVar = [("lpServiceName", wintypes.LPWSTR), ("lpServiceProc", _Main)]


_advapi32 = load("advapi32")
_advapi32.StartServiceCtrlDispatcherW.argtypes = (ctypes.POINTER(_Entry),)
_advapi32.StartServiceCtrlDispatcherW.restype = wintypes.BOOL
_advapi32.RegisterServiceCtrlHandlerExW.argtypes = (wintypes.LPCWSTR, _Handler, ctypes.c_void_p)
_advapi32.RegisterServiceCtrlHandlerExW.restype = wintypes.HANDLE
_advapi32.SetServiceStatus.argtypes = (wintypes.HANDLE, ctypes.POINTER(_Status))
_advapi32.SetServiceStatus.restype = wintypes.BOOL


class Manager:
    """The service manager, as the service's body sees it."""

    def __init__(self, name: str) -> None:
        self._handler = _Handler(self._control)  # kept: Windows only has its address
        self._lock = threading.Lock()
        self._stop: Callable[[], object] | None = None
        self._asked_to_stop = False
        self._state = State.START_PENDING
        self._handle = _advapi32.RegisterServiceCtrlHandlerExW(name, self._handler, None)
        if not self._handle:
            raise last_error()
        self._say(State.START_PENDING)

    def ready(self, stop: Callable[[], object]) -> None:
        """Say that the service runs. `stop` is called from a thread of Windows's when it is to end, at most once."""
        with self._lock:
            if not self._asked_to_stop:
                self._stop = stop
                self._say(State.RUNNING)
                return
        stop()

    def ended(self, *, well: bool) -> None:
        """Say that the service has ended; the process may be gone right after."""
        with self._lock:
            self._say(State.STOPPED, 0 if well else _OWN_ERROR)

    def _control(self, control: int, _kind: int, _data: object, _context: object) -> int:
        if control == _INTERROGATE:
            return 0
        if control not in (_STOP, _SHUTDOWN):
            return _NOT_IMPLEMENTED
        with self._lock:
            stop, self._stop, self._asked_to_stop = self._stop, None, True
            if self._state is not State.STOPPED:
                self._say(State.STOP_PENDING)
        if stop is not None:
            stop()
        return 0

    def _say(self, state: State, exit_code: int = 0) -> None:
        self._state = state
        pending = state in (State.START_PENDING, State.STOP_PENDING)
        status = _Status(
            dwServiceType=_OWN_PROCESS,
            dwCurrentState=state,
            dwControlsAccepted=_ACCEPT_STOP | _ACCEPT_SHUTDOWN if state is State.RUNNING else 0,
            dwWin32ExitCode=exit_code,
            dwServiceSpecificExitCode=1 if exit_code else 0,
            dwWaitHint=_WAIT_MS if pending else 0,
        )
        _advapi32.SetServiceStatus(self._handle, ctypes.byref(status))


def dispatch(name: str, body: Callable[[Manager], bool]) -> bool:
    """Run `body` as the service; return False when this process was not started by the service manager.

    `body` runs in another thread, must not raise, and returns whether it ended well. Raises OSError.
    """

    def main(_count: int, _words: object) -> None:
        manager = Manager(name)
        manager.ended(well=body(manager))

    entry_point = _Main(main)
    table = (_Entry * 2)(_Entry(name, entry_point), _Entry(None, _Main()))
    if _advapi32.StartServiceCtrlDispatcherW(table):
        return True
    if last_code() == _NOT_STARTED_BY_THE_MANAGER:
        return False
    raise last_error()
