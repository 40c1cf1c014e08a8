"""Who a process runs as, and who is logged on at the screen.

OpenProcessToken, GetTokenInformation, WTSQueryUserToken, WTSGetActiveConsoleSessionId (Microsoft Learn).
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes

from jiankao_agent.platform.windows import handles, standing, terminal_services
from jiankao_agent.platform.windows.libraries import last_error, load

_TOKEN_QUERY = 0x8
_TOKEN_USER = 1
_NO_SESSION = 0xFFFF_FFFF

_kernel32, _advapi32, _wtsapi32 = load("kernel32"), load("advapi32"), load("wtsapi32")
_kernel32.GetCurrentProcess.argtypes = ()
_kernel32.GetCurrentProcess.restype = wintypes.HANDLE
_kernel32.WTSGetActiveConsoleSessionId.argtypes = ()
_kernel32.WTSGetActiveConsoleSessionId.restype = wintypes.DWORD
_advapi32.OpenProcessToken.argtypes = (
    *(wintypes.HANDLE, wintypes.DWORD, ctypes.POINTER(wintypes.HANDLE)),
)
_advapi32.OpenProcessToken.restype = wintypes.BOOL
_advapi32.GetTokenInformation.argtypes = (
    *(wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p),
    *(wintypes.DWORD, ctypes.POINTER(wintypes.DWORD)),
)
_advapi32.GetTokenInformation.restype = wintypes.BOOL
_advapi32.ConvertSidToStringSidW.argtypes = (ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))
_advapi32.ConvertSidToStringSidW.restype = wintypes.BOOL
_wtsapi32.WTSQueryUserToken.argtypes = (wintypes.ULONG, ctypes.POINTER(wintypes.HANDLE))
_wtsapi32.WTSQueryUserToken.restype = wintypes.BOOL


def session_at_screen() -> int | None:
    """Return the session at this computer's own screen if somebody is logged on there."""
    session = int(_kernel32.WTSGetActiveConsoleSessionId())
    if session == _NO_SESSION:
        return None  # Windows is between two sessions
    if session == standing.own_session() or terminal_services.user_of(session):
        return session
    return None


@contextmanager
def token_of_session(session: int) -> Iterator[int]:
    """Lend the token of who is logged on in a session. Raises OSError; only LocalSystem may ask."""
    token = wintypes.HANDLE()
    if not _wtsapi32.WTSQueryUserToken(session, ctypes.byref(token)):
        raise last_error()
    try:
        yield token.value or 0
    finally:
        handles.close(token.value or 0)


def own_account() -> str:
    """Return the SID this process runs as. Raises OSError."""
    token = wintypes.HANDLE()
    if not _advapi32.OpenProcessToken(
        _kernel32.GetCurrentProcess(), _TOKEN_QUERY, ctypes.byref(token)
    ):
        raise last_error()
    try:
        return account_of(token.value or 0)
    finally:
        handles.close(token.value or 0)


def account_of(token: int) -> str:
    """Return the SID a token speaks for, as text ("S-1-5-18"). Raises OSError."""
    size = wintypes.DWORD()
    _advapi32.GetTokenInformation(token, _TOKEN_USER, None, 0, ctypes.byref(size))
    user = ctypes.create_string_buffer(size.value)
    if not _advapi32.GetTokenInformation(token, _TOKEN_USER, user, size, ctypes.byref(size)):
        raise last_error()
    # TOKEN_USER begins with a pointer to the SID.
    sid, text = ctypes.c_void_p.from_buffer(user), ctypes.c_void_p()
    if not _advapi32.ConvertSidToStringSidW(sid, ctypes.byref(text)):
        raise last_error()
    try:
        return ctypes.wstring_at(text.value or 0)
    finally:
        _kernel32.LocalFree(text)
