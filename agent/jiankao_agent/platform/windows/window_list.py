"""Which desktop gets the input, and the windows on it.

Pages: EnumDesktopWindows, GetWindowDisplayAffinity (of any process's window), GetLayeredWindowAttributes,
DwmGetWindowAttribute (DWMWA_CLOAKED), InternalGetWindowText (asks no other process), OpenInputDesktop,
GetUserObjectInformationW (Microsoft Learn).
"""

import ctypes
from collections.abc import Iterator
from ctypes import wintypes

from jiankao_agent.platform.windows.libraries import callback, last_error, load
from jiankao_agent.platform.windows.window_seen import (
    AFFINITY_NONE,
    DesktopSeen,
    Rectangle,
    WindowSeen,
)

MOST = 5000
_EXTENDED_STYLE = -20
_LAYERED_HAS_ALPHA = 0x2
_CLOAKED = 14
_LONGEST_TITLE = 512
_READ_OBJECTS, _ENUMERATE = 0x0001, 0x0040
_NAME = 2
_ACCESS_DENIED = 5

_user32 = load("user32")
_dwmapi = load("dwmapi")
_VISIT = callback(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)

_user32.EnumDesktopWindows.argtypes = (wintypes.HANDLE, _VISIT, wintypes.LPARAM)
_user32.GetWindowThreadProcessId.argtypes = (wintypes.HWND, ctypes.POINTER(wintypes.DWORD))
_user32.IsWindowVisible.argtypes = (wintypes.HWND,)
_user32.GetWindowLongW.argtypes = (wintypes.HWND, ctypes.c_int)
_user32.GetWindowRect.argtypes = (wintypes.HWND, ctypes.POINTER(wintypes.RECT))
_user32.GetWindowDisplayAffinity.argtypes = (wintypes.HWND, ctypes.POINTER(wintypes.DWORD))
_user32.GetLayeredWindowAttributes.argtypes = (
    wintypes.HWND,
    ctypes.POINTER(wintypes.DWORD),
    ctypes.POINTER(wintypes.BYTE),
    ctypes.POINTER(wintypes.DWORD),
)
_user32.InternalGetWindowText.argtypes = (wintypes.HWND, wintypes.LPWSTR, ctypes.c_int)
_user32.GetForegroundWindow.restype = wintypes.HWND
_user32.OpenInputDesktop.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
_user32.OpenInputDesktop.restype = wintypes.HANDLE
_user32.CloseDesktop.argtypes = (wintypes.HANDLE,)
_user32.GetUserObjectInformationW.argtypes = (
    wintypes.HANDLE,
    ctypes.c_int,
    ctypes.c_void_p,
    wintypes.DWORD,
    ctypes.POINTER(wintypes.DWORD),
)
_dwmapi.DwmGetWindowAttribute.argtypes = (
    wintypes.HWND,
    wintypes.DWORD,
    ctypes.c_void_p,
    wintypes.DWORD,
)
_dwmapi.DwmGetWindowAttribute.restype = ctypes.c_long


def look() -> DesktopSeen:
    """Return the desktop that gets the input, and its windows, uppermost first. Raises OSError."""
    desktop = _user32.OpenInputDesktop(0, 0, _READ_OBJECTS | _ENUMERATE)
    if not desktop:
        error = last_error()
        if getattr(error, "winerror", 0) == _ACCESS_DENIED:
            return DesktopSeen("", None)  # that of a log-on, a lock screen, a permission prompt
        raise error
    try:
        return DesktopSeen(
            _name(desktop), tuple(_windows(desktop)), int(_user32.GetForegroundWindow() or 0)
        )
    finally:
        _user32.CloseDesktop(desktop)


def title_of(handle: int) -> str:
    """Return a window's title; empty when it has none or is gone."""
    text = ctypes.create_unicode_buffer(_LONGEST_TITLE)
    length = _user32.InternalGetWindowText(handle, text, _LONGEST_TITLE)
    return text.value if length > 0 else ""


def _name(desktop: int) -> str:
    name, needed = ctypes.create_unicode_buffer(_LONGEST_TITLE), wintypes.DWORD()
    size = ctypes.sizeof(name)
    if not _user32.GetUserObjectInformationW(desktop, _NAME, name, size, ctypes.byref(needed)):
        raise last_error()
    return name.value


def _windows(desktop: int) -> Iterator[WindowSeen]:
    handles: list[int] = []

    def visit(handle: int | None, _: int) -> bool:
        handles.append(handle or 0)
        return len(handles) < MOST

    # It also fails where there is nothing to list.
    if not _user32.EnumDesktopWindows(desktop, _VISIT(visit), 0) and not handles:
        error = last_error()
        if error.errno:
            raise error
    front = int(_user32.GetForegroundWindow() or 0)
    for handle in handles:
        yield _look(handle, front)


def _look(handle: int, front: int) -> WindowSeen:
    """Ask about one window. Any of the questions may fail because it is gone: then it is one that is not shown."""
    pid, affinity = wintypes.DWORD(), wintypes.DWORD()
    _user32.GetWindowThreadProcessId(handle, ctypes.byref(pid))
    if not _user32.IsWindowVisible(handle):
        return WindowSeen(handle, pid.value)
    if not _user32.GetWindowDisplayAffinity(handle, ctypes.byref(affinity)):
        affinity.value = AFFINITY_NONE
    seen = WindowSeen(
        handle,
        pid.value,
        shown=True,
        extended_style=_user32.GetWindowLongW(handle, _EXTENDED_STYLE) & 0xFFFF_FFFF,
        affinity=affinity.value,
    )
    if not seen.is_pane and not seen.affinity and handle != front:
        return seen
    return WindowSeen(
        handle,
        pid.value,
        shown=True,
        extended_style=seen.extended_style,
        affinity=seen.affinity,
        rectangle=_rectangle(handle),
        opaque=_opaque(handle),
        cloaked=_cloaked(handle),
    )


def _rectangle(handle: int) -> Rectangle:
    told = wintypes.RECT()
    if not _user32.GetWindowRect(handle, ctypes.byref(told)):
        return Rectangle()
    return Rectangle(told.left, told.top, told.right, told.bottom)


def _opaque(handle: int) -> int:
    alpha, how = ctypes.c_byte(), wintypes.DWORD()
    # It fails for windows that draw each pixel's own alpha: those count as seen.
    if _user32.GetLayeredWindowAttributes(
        handle, None, ctypes.byref(alpha), ctypes.byref(how)
    ) and (how.value & _LAYERED_HAS_ALPHA):
        return alpha.value & 0xFF
    return 255


def _cloaked(handle: int) -> bool:
    cloaked = wintypes.DWORD()
    refused = _dwmapi.DwmGetWindowAttribute(
        handle, _CLOAKED, ctypes.byref(cloaked), ctypes.sizeof(cloaked)
    )
    return not refused and bool(cloaked.value)
