"""The logons Windows knows: WTSEnumerateSessionsW, WTSQuerySessionInformationW (Microsoft Learn, wtsapi32.h)."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes
from ipaddress import IPv4Address, IPv6Address
from typing import ClassVar

from jiankao_agent.platform.windows.libraries import last_error, load
from jiankao_agent.platform.windows.terminal_session import Protocol, TerminalSession

_THIS_SERVER = None
_USER_NAME, _DOMAIN_NAME, _CLIENT_NAME, _CLIENT_ADDRESS, _CLIENT_PROTOCOL = 5, 7, 10, 14, 16
_AF_INET, _AF_INET6 = 2, 23


class _SessionInfo(ctypes.Structure):
    _fields_: ClassVar = [
        ("SessionId", wintypes.DWORD),
        ("pWinStationName", wintypes.LPWSTR),
        ("State", ctypes.c_int),
    ]


class _ClientAddress(ctypes.Structure):
    _fields_: ClassVar = [("AddressFamily", wintypes.DWORD), ("Address", ctypes.c_ubyte * 20)]


_wtsapi32 = load("wtsapi32")
_wtsapi32.WTSEnumerateSessionsW.argtypes = (
    wintypes.HANDLE,
    wintypes.DWORD,
    wintypes.DWORD,
    ctypes.POINTER(ctypes.POINTER(_SessionInfo)),
    ctypes.POINTER(wintypes.DWORD),
)
_wtsapi32.WTSEnumerateSessionsW.restype = wintypes.BOOL
_wtsapi32.WTSQuerySessionInformationW.argtypes = (
    wintypes.HANDLE,
    wintypes.DWORD,
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.POINTER(wintypes.DWORD),
)
_wtsapi32.WTSQuerySessionInformationW.restype = wintypes.BOOL
_wtsapi32.WTSFreeMemory.argtypes = (ctypes.c_void_p,)
_wtsapi32.WTSFreeMemory.restype = None


def read_sessions() -> list[TerminalSession]:
    """Return the sessions of this computer, those of services among them. Raises OSError."""
    table, count = ctypes.POINTER(_SessionInfo)(), wintypes.DWORD()
    done = _wtsapi32.WTSEnumerateSessionsW(
        _THIS_SERVER, 0, 1, ctypes.byref(table), ctypes.byref(count)
    )
    if not done:
        raise last_error()
    try:
        return [_describe(table[index]) for index in range(count.value)]
    finally:
        _wtsapi32.WTSFreeMemory(table)


def user_of(session: int) -> str:
    """Return who is logged on in a session, nothing when nobody is."""
    return _text(session, _USER_NAME)


def _describe(info: _SessionInfo) -> TerminalSession:
    number = info.SessionId
    return TerminalSession(
        number=number,
        state=info.State,
        station=info.pWinStationName or "",
        user=_text(number, _USER_NAME),
        domain=_text(number, _DOMAIN_NAME),
        protocol=_protocol(number),
        client_name=_text(number, _CLIENT_NAME),
        client_address=_address(number),
    )


@contextmanager
def _queried(session: int, what: int) -> Iterator[tuple[int, int]]:
    """Lend where an answer lies and its length in bytes; (0, 0) when there is none."""
    answer, length = ctypes.c_void_p(), wintypes.DWORD()
    done = _wtsapi32.WTSQuerySessionInformationW(
        _THIS_SERVER, session, what, ctypes.byref(answer), ctypes.byref(length)
    )
    if not done or not answer.value:
        yield 0, 0
        return
    try:
        yield answer.value, length.value
    finally:
        _wtsapi32.WTSFreeMemory(answer)


def _text(session: int, what: int) -> str:
    with _queried(session, what) as (where, _):
        return ctypes.wstring_at(where) if where else ""


def _protocol(session: int) -> int:
    with _queried(session, _CLIENT_PROTOCOL) as (where, length):
        if where and length >= ctypes.sizeof(wintypes.USHORT):
            return wintypes.USHORT.from_address(where).value
    return Protocol.CONSOLE


def _address(session: int) -> str:
    """Return the far end's address: Windows puts an IPv4 one at the third byte, as in a sockaddr."""
    with _queried(session, _CLIENT_ADDRESS) as (where, length):
        if not where or length < ctypes.sizeof(_ClientAddress):
            return ""
        found = _ClientAddress.from_address(where)
        family, raw = int(found.AddressFamily), bytes(found.Address)
    if family == _AF_INET:
        return str(IPv4Address(raw[2:6]))
    return str(IPv6Address(raw[:16])) if family == _AF_INET6 else ""
