"""Opening a file to read it without being in anybody's way: CreateFileW with every way of sharing (Microsoft Learn).

Python's own open keeps others from deleting and renaming the file meanwhile.
"""

import ctypes
import sys
from ctypes import wintypes

if sys.platform == "win32":
    import msvcrt
    import os

    _READ, _SHARE_ALL, _OPEN_EXISTING = 0x8000_0000, 0x7, 3
    _OPEN_LINK_ITSELF, _SEQUENTIAL = 0x0020_0000, 0x0800_0000
    _INVALID = ctypes.c_void_p(-1).value

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel32.CreateFileW.argtypes = (
        wintypes.LPCWSTR,
        wintypes.DWORD,
        wintypes.DWORD,
        ctypes.c_void_p,
        wintypes.DWORD,
        wintypes.DWORD,
        wintypes.HANDLE,
    )
    _kernel32.CreateFileW.restype = wintypes.HANDLE

    def open_shared(path: str) -> int:
        """Return a descriptor that reads a file. Raises OSError."""
        handle = _kernel32.CreateFileW(
            path, _READ, _SHARE_ALL, None, _OPEN_EXISTING, _OPEN_LINK_ITSELF | _SEQUENTIAL, None
        )
        if handle is None or handle == _INVALID:
            raise ctypes.WinError(ctypes.get_last_error())
        return msvcrt.open_osfhandle(handle, os.O_RDONLY)
