"""Where this process stands: its rights, its session, and what that session is.

Pages: IsUserAnAdmin, ProcessIdToSessionId, GetSystemMetrics, GetLastInputInfo (Microsoft Learn).
"""

import ctypes
import os
from ctypes import wintypes
from typing import ClassVar

from jiankao_agent.platform.windows.libraries import last_error, load

_SM_REMOTESESSION = 0x1000
_SM_REMOTECONTROL = 0x2001

_kernel32 = load("kernel32")
_user32 = load("user32")
_shell32 = load("shell32")
_kernel32.ProcessIdToSessionId.argtypes = (wintypes.DWORD, ctypes.POINTER(wintypes.DWORD))
_kernel32.ProcessIdToSessionId.restype = wintypes.BOOL


class _LastInput(ctypes.Structure):
    _fields_: ClassVar = [("cbSize", wintypes.UINT), ("dwTime", wintypes.DWORD)]


_user32.GetLastInputInfo.argtypes = (ctypes.POINTER(_LastInput),)
_user32.GetLastInputInfo.restype = wintypes.BOOL


def is_administrator() -> bool:
    """Tell whether this process has the rights of an administrator (LocalSystem has)."""
    return bool(_shell32.IsUserAnAdmin())


def session_of(pid: int) -> int | None:
    """Return the terminal session of a process, None when it is gone or closed to us."""
    session = wintypes.DWORD()
    if not _kernel32.ProcessIdToSessionId(pid, ctypes.byref(session)):
        return None
    return session.value


def own_session() -> int:
    """Return the terminal session of this process; 0 is that of services. Raises OSError."""
    session = session_of(os.getpid())
    if session is None:
        raise last_error()
    return session


def is_remote_session() -> bool:
    """Tell whether this process's session is shown on another computer (SM_REMOTESESSION)."""
    return bool(_user32.GetSystemMetrics(_SM_REMOTESESSION))


def is_remotely_controlled() -> bool:
    """Tell whether somebody shadows this process's session (SM_REMOTECONTROL)."""
    return bool(_user32.GetSystemMetrics(_SM_REMOTECONTROL))


def last_input_ms() -> int:
    """Return when this session last got input, on the 32-bit clock of GetTickCount. Raises OSError."""
    info = _LastInput(ctypes.sizeof(_LastInput), 0)
    if not _user32.GetLastInputInfo(ctypes.byref(info)):
        raise last_error()
    return int(info.dwTime)
