"""Handles of Windows for what is there already, by its name: a file, a drive, a pipe.

Pages: CreateFileW, CloseHandle (Microsoft Learn).
"""

import ctypes
from ctypes import wintypes

from jiankao_agent.platform.windows.libraries import last_error, load

READ = 0x8000_0000
SHARE_READ_WRITE, SHARE_ALL = 0x3, 0x7
INVALID = ctypes.c_void_p(-1).value
"""What such calls return when there is none; some return nothing."""
_OPEN_EXISTING = 3

_kernel32 = load("kernel32")
_kernel32.CreateFileW.argtypes = (
    *(wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p),
    *(wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE),
)
_kernel32.CreateFileW.restype = wintypes.HANDLE
_kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)


def open_existing(path: str, access: int, sharing: int, flags: int = 0) -> int:
    """Return a handle to close. Raises OSError."""
    handle = _kernel32.CreateFileW(path, access, sharing, None, _OPEN_EXISTING, flags, None)
    if handle is None or handle == INVALID:
        raise last_error()
    return int(handle)


def close(handle: int) -> None:
    """Give a handle back."""
    _kernel32.CloseHandle(handle)
