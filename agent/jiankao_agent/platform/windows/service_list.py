"""The service manager's list: EnumServicesStatusExW, QueryServiceConfigW (Microsoft Learn, winsvc.h).

Nothing is changed.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes
from typing import ClassVar

from jiankao_agent.platform.windows.libraries import last_error, load
from jiankao_agent.platform.windows.service_seen import ServiceSeen, ServiceSetting

MOST_SERVICES = 4096
"""Services and drivers that are followed; a computer with more is not an exam computer."""
_CONNECT, _ENUMERATE, _QUERY_CONFIG = 0x1, 0x4, 0x1
_SERVICES_AND_DRIVERS = 0x30 | 0x0B
_IN_ANY_STATE = 3
_INFO_PROCESS = 0
_BYTES = 1 << 18
_MOST_PAGES = 16
_CONFIG_BYTES = 8192  # the most that QueryServiceConfigW ever answers


class _Status(ctypes.Structure):
    """SERVICE_STATUS_PROCESS."""

    _fields_: ClassVar = [
        (name, wintypes.DWORD)
        for name in (
            *("dwServiceType", "dwCurrentState", "dwControlsAccepted", "dwWin32ExitCode"),
            *("dwServiceSpecificExitCode", "dwCheckPoint", "dwWaitHint", "dwProcessId"),
            "dwServiceFlags",
        )
    ]


class _Row(ctypes.Structure):
    """ENUM_SERVICE_STATUS_PROCESSW."""

    _fields_: ClassVar = [
        ("lpServiceName", wintypes.LPWSTR),
        ("lpDisplayName", wintypes.LPWSTR),
        ("ServiceStatusProcess", _Status),
    ]


class _Config(ctypes.Structure):
    """QUERY_SERVICE_CONFIGW."""

    _fields_: ClassVar = [
        ("dwServiceType", wintypes.DWORD),
        ("dwStartType", wintypes.DWORD),
        ("dwErrorControl", wintypes.DWORD),
        ("lpBinaryPathName", wintypes.LPWSTR),
        ("lpLoadOrderGroup", wintypes.LPWSTR),
        ("dwTagId", wintypes.DWORD),
        ("lpDependencies", ctypes.c_void_p),
        ("lpServiceStartName", wintypes.LPWSTR),
        ("lpDisplayName", wintypes.LPWSTR),
    ]


_advapi32 = load("advapi32")
_advapi32.OpenSCManagerW.argtypes = (wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD)
_advapi32.OpenSCManagerW.restype = ctypes.c_void_p
_advapi32.OpenServiceW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR, wintypes.DWORD)
_advapi32.OpenServiceW.restype = ctypes.c_void_p
_advapi32.CloseServiceHandle.argtypes = (ctypes.c_void_p,)
_advapi32.CloseServiceHandle.restype = wintypes.BOOL
_advapi32.EnumServicesStatusExW.argtypes = (
    ctypes.c_void_p,
    ctypes.c_int,
    wintypes.DWORD,
    wintypes.DWORD,
    ctypes.c_void_p,
    wintypes.DWORD,
    ctypes.POINTER(wintypes.DWORD),
    ctypes.POINTER(wintypes.DWORD),
    ctypes.POINTER(wintypes.DWORD),
    wintypes.LPCWSTR,
)
_advapi32.EnumServicesStatusExW.restype = wintypes.BOOL
_advapi32.QueryServiceConfigW.argtypes = (
    ctypes.c_void_p,
    ctypes.c_void_p,
    wintypes.DWORD,
    ctypes.POINTER(wintypes.DWORD),
)
_advapi32.QueryServiceConfigW.restype = wintypes.BOOL


def read_services() -> list[ServiceSeen]:
    """Return every service and driver the manager shows us. Raises OSError."""
    found: list[ServiceSeen] = []
    answer = ctypes.create_string_buffer(_BYTES)
    needed, count, place = wintypes.DWORD(), wintypes.DWORD(), wintypes.DWORD(0)
    with _manager() as manager:
        for _ in range(_MOST_PAGES):
            needed.value = 0  # with a place to go on at: there is more than fits into one answer
            done = _advapi32.EnumServicesStatusExW(
                manager,
                _INFO_PROCESS,
                _SERVICES_AND_DRIVERS,
                _IN_ANY_STATE,
                answer,
                _BYTES,
                ctypes.byref(needed),
                ctypes.byref(count),
                ctypes.byref(place),
                None,
            )
            if not done and not (needed.value and place.value):
                raise last_error()
            rows = (_Row * min(count.value, MOST_SERVICES)).from_buffer(answer)
            found += [_seen(row) for row in rows]
            if done or len(found) >= MOST_SERVICES:
                break
    return found[:MOST_SERVICES]


def read_setting(name: str) -> ServiceSetting:
    """Return how a service is configured; nothing when it is gone or closed to us. Raises OSError."""
    with _manager() as manager:
        service = _advapi32.OpenServiceW(manager, name, _QUERY_CONFIG)
        if not service:
            return ServiceSetting()
        try:
            return _setting(service)
        finally:
            _advapi32.CloseServiceHandle(service)


@contextmanager
def _manager() -> Iterator[int]:
    manager = _advapi32.OpenSCManagerW(None, None, _CONNECT | _ENUMERATE)
    if not manager:
        raise last_error()
    try:
        yield manager
    finally:
        _advapi32.CloseServiceHandle(manager)


def _seen(row: _Row) -> ServiceSeen:
    status = row.ServiceStatusProcess
    return ServiceSeen(row.lpServiceName or "", status.dwServiceType, status.dwCurrentState)


def _setting(service: int) -> ServiceSetting:
    answer, needed = ctypes.create_string_buffer(_CONFIG_BYTES), wintypes.DWORD()
    if not _advapi32.QueryServiceConfigW(service, answer, _CONFIG_BYTES, ctypes.byref(needed)):
        return ServiceSetting()
    config = _Config.from_buffer(answer)
    return ServiceSetting(config.dwStartType, config.lpBinaryPathName or "")
