"""For tests under Wine only: stands in for what Wine 8 cannot tell, so that psutil works. Never part of the product.

- NtQuerySystemInformation(SystemProcessIdInformation) is missing: the path of an executable comes from
  QueryFullProcessImageNameW instead.
- Wine shows this computer's sockets, all of them without an owner: JIANKAO_TEST_OWNERS ("7789=ToDesk.exe,...") names
  the program behind a local port, and a process of that name becomes its owner.
"""

import ctypes
import os
import sys
from ctypes import wintypes
from typing import Any

import psutil

assert sys.platform == "win32"

_QUERY_LIMITED_INFORMATION = 0x1000
_LONGEST_PATH = 32768
_NOT_FOUND = 87

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel32.OpenProcess.restype = wintypes.HANDLE
_kernel32.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
_kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
_kernel32.QueryFullProcessImageNameW.argtypes = (
    wintypes.HANDLE,
    wintypes.DWORD,
    wintypes.LPWSTR,
    ctypes.POINTER(wintypes.DWORD),
)


def _executable(pid: int) -> str:
    handle = _kernel32.OpenProcess(_QUERY_LIMITED_INFORMATION, 0, pid)
    if not handle:
        code = ctypes.get_last_error()
        if code == _NOT_FOUND:
            raise ProcessLookupError(code, "no such process")
        raise ctypes.WinError(code)
    try:
        text, length = ctypes.create_unicode_buffer(_LONGEST_PATH), wintypes.DWORD(_LONGEST_PATH)
        if not _kernel32.QueryFullProcessImageNameW(handle, 0, text, ctypes.byref(length)):
            raise ctypes.WinError(ctypes.get_last_error())
        return text.value
    finally:
        _kernel32.CloseHandle(handle)


_net_connections = psutil.net_connections


def _owned(kind: str = "inet") -> list[Any]:
    rows = _net_connections(kind)
    owners = dict(part.split("=") for part in os.environ["JIANKAO_TEST_OWNERS"].split(","))
    pids = {p.info["name"]: p.info["pid"] for p in psutil.process_iter(["pid", "name"])}
    return [
        row._replace(pid=pids.get(owners.get(str(row.laddr.port)), row.pid)) if row.laddr else row
        for row in rows
    ]


psutil._pswindows.cext.proc_exe = _executable  # type: ignore[attr-defined] # noqa: SLF001 - what this file is for
if os.environ.get("JIANKAO_TEST_OWNERS"):
    psutil.net_connections = _owned
