"""Starting a process in somebody's session, as that somebody (CreateProcessAsUserW), or here as ourselves."""

import ctypes
import subprocess
from ctypes import wintypes
from pathlib import PureWindowsPath
from typing import ClassVar

from jiankao_agent.platform.windows import handles
from jiankao_agent.platform.windows.libraries import last_error, load

_UNICODE_ENVIRONMENT, _NO_WINDOW = 0x400, 0x0800_0000
_DESKTOP = "winsta0\\default"
_STILL_ACTIVE = 259
_WAIT_TIMEOUT = 258
_ENDS_WITHIN_S = 5.0


class _StartupInfo(ctypes.Structure):
    _fields_: ClassVar = [
        ("cb", wintypes.DWORD),
        ("lpReserved", wintypes.LPWSTR),
        ("lpDesktop", wintypes.LPWSTR),
        ("lpTitle", wintypes.LPWSTR),
        *((name, wintypes.DWORD) for name in ("dwX", "dwY", "dwXSize", "dwYSize")),
        *((name, wintypes.DWORD) for name in ("dwXCountChars", "dwYCountChars")),
        ("dwFillAttribute", wintypes.DWORD),
        ("dwFlags", wintypes.DWORD),
        ("wShowWindow", wintypes.WORD),
        ("cbReserved2", wintypes.WORD),
        ("lpReserved2", ctypes.c_void_p),
        *((name, wintypes.HANDLE) for name in ("hStdInput", "hStdOutput", "hStdError")),
    ]


class _ProcessInformation(ctypes.Structure):
    _fields_: ClassVar = [
        ("hProcess", wintypes.HANDLE),
        ("hThread", wintypes.HANDLE),
        ("dwProcessId", wintypes.DWORD),
        ("dwThreadId", wintypes.DWORD),
    ]


_kernel32, _advapi32, _userenv = load("kernel32"), load("advapi32"), load("userenv")
_userenv.CreateEnvironmentBlock.argtypes = (
    *(ctypes.POINTER(ctypes.c_void_p), wintypes.HANDLE, wintypes.BOOL),
)
_userenv.CreateEnvironmentBlock.restype = wintypes.BOOL
_userenv.DestroyEnvironmentBlock.argtypes = (ctypes.c_void_p,)
_advapi32.CreateProcessAsUserW.argtypes = (
    *(wintypes.HANDLE, wintypes.LPCWSTR, wintypes.LPWSTR, ctypes.c_void_p, ctypes.c_void_p),
    *(wintypes.BOOL, wintypes.DWORD, ctypes.c_void_p, wintypes.LPCWSTR),
    *(ctypes.POINTER(_StartupInfo), ctypes.POINTER(_ProcessInformation)),
)
_advapi32.CreateProcessAsUserW.restype = wintypes.BOOL
_kernel32.TerminateProcess.argtypes = (wintypes.HANDLE, wintypes.UINT)
_kernel32.WaitForSingleObject.argtypes = (wintypes.HANDLE, wintypes.DWORD)
_kernel32.WaitForSingleObject.restype = wintypes.DWORD
_kernel32.GetExitCodeProcess.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD))


class StartedProcess:
    """A process we started, by its handle: its number cannot come to mean another one."""

    def __init__(self, handle: int, pid: int) -> None:
        """Take over the handle."""
        self._handle, self.pid = handle, pid

    def wait(self, timeout_s: float) -> int | None:
        """Return its exit code, None while it runs."""
        if _kernel32.WaitForSingleObject(self._handle, round(timeout_s * 1000)) == _WAIT_TIMEOUT:
            return None
        code = wintypes.DWORD(_STILL_ACTIVE)
        _kernel32.GetExitCodeProcess(self._handle, ctypes.byref(code))
        return int(code.value)

    def kill(self) -> None:
        """End it; one that is gone already is no fault."""
        _kernel32.TerminateProcess(self._handle, 1)

    def close(self) -> None:
        """Let the handle go."""
        handles.close(self._handle)


class ChildProcess:
    """A process beside us, of our own account."""

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        """Take over a started one."""
        self._child, self.pid = child, child.pid

    def wait(self, timeout_s: float) -> int | None:
        """Return its exit code, None while it runs."""
        try:
            return self._child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """End it; one that is gone already is no fault."""
        self._child.kill()

    def close(self) -> None:
        """Let it go."""
        self._child.wait(_ENDS_WITHIN_S)


def start_here(arguments: list[str]) -> ChildProcess:
    """Start a process beside us, as ourselves. Raises OSError."""
    nothing = subprocess.DEVNULL
    return ChildProcess(
        subprocess.Popen(
            arguments, stdin=nothing, stdout=nothing, stderr=nothing, creationflags=_NO_WINDOW
        )
    )


def start_as(token: int, arguments: list[str]) -> StartedProcess:
    """Start a process in the session of a token, as its user and with the user's own environment.

    Raises OSError; needs the rights of LocalSystem.
    """
    environment, made = ctypes.c_void_p(), _ProcessInformation()
    if not _userenv.CreateEnvironmentBlock(ctypes.byref(environment), token, 0):
        raise last_error()
    startup = _StartupInfo(cb=ctypes.sizeof(_StartupInfo), lpDesktop=_DESKTOP)
    # Windows writes into the command line.
    line = ctypes.create_unicode_buffer(subprocess.list2cmdline(arguments))
    try:
        done = _advapi32.CreateProcessAsUserW(
            *(token, None, line, None, None, 0, _UNICODE_ENVIRONMENT | _NO_WINDOW, environment),
            str(PureWindowsPath(arguments[0]).parent),
            *(ctypes.byref(startup), ctypes.byref(made)),
        )
        if not done:
            raise last_error()
    finally:
        _userenv.DestroyEnvironmentBlock(environment)
    handles.close(made.hThread)
    return StartedProcess(made.hProcess, made.dwProcessId)
