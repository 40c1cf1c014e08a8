"""The low-level keyboard and mouse hooks of this session, and raw input beside them as a second witness.

SetWindowsHookExW, RegisterRawInputDevices, GetRawInputData (Microsoft Learn). A hook keeps the message, the flags and
the time of an event; of raw input only the header is asked for, which says whether there was a device. No key is read,
named or passed on, nor is a character, which VK_PACKET has where the scan code is otherwise.

Windows waits for a hook (LowLevelHooksTimeout, by default 300 ms), and drops one that is late too often without a word:
ours only put into a queue, and `sensors.windows.hook_guard` notices when they have fallen silent.
"""

import ctypes
import queue
import time
from ctypes import wintypes
from typing import ClassVar

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.windows.hook_event import HookEvent, RawEvent
from jiankao_agent.platform.windows.libraries import callback, last_error, load
from jiankao_agent.platform.windows.message_thread import MessageThread

_KEYBOARD_LL, _MOUSE_LL = 13, 14
_INPUT = 0x00FF
_DOWN = 0x8000
_KEY_DOWN = (0x0100, 0x0104)
"""WM_KEYDOWN, WM_SYSKEYDOWN."""
_HEADER, _FAILED = 0x1000_0005, 0xFFFF_FFFF
_RAW_KEYBOARD = 1
_GENERIC_DESKTOP, _KEYBOARD_USAGE = 0x01, 0x06
_ALSO_IN_BACKGROUND, _NO_LONGER = 0x100, 0x1
"""RIDEV_INPUTSINK, RIDEV_REMOVE."""

_Hook = callback(ctypes.c_ssize_t, ctypes.c_int, ctypes.c_size_t, ctypes.c_ssize_t)


class _Key(ctypes.Structure):
    """KBDLLHOOKSTRUCT."""

    _fields_: ClassVar = [
        *((name, wintypes.DWORD) for name in ("vkCode", "scanCode", "flags", "time")),
        ("dwExtraInfo", ctypes.c_size_t),
    ]


class _Mouse(ctypes.Structure):
    """MSLLHOOKSTRUCT."""

    _fields_: ClassVar = [
        ("pt", wintypes.POINT),
        *((name, wintypes.DWORD) for name in ("mouseData", "flags", "time")),
        ("dwExtraInfo", ctypes.c_size_t),
    ]


class _RawDevice(ctypes.Structure):
    _fields_: ClassVar = [
        ("usUsagePage", wintypes.USHORT),
        ("usUsage", wintypes.USHORT),
        ("dwFlags", wintypes.DWORD),
        ("hwndTarget", wintypes.HWND),
    ]


class _RawHeader(ctypes.Structure):
    _fields_: ClassVar = [
        ("dwType", wintypes.DWORD),
        ("dwSize", wintypes.DWORD),
        ("hDevice", wintypes.HANDLE),
        ("wParam", ctypes.c_size_t),
    ]


_user32, _kernel32 = load("user32"), load("kernel32")
_kernel32.GetModuleHandleW.argtypes = (wintypes.LPCWSTR,)
_kernel32.GetModuleHandleW.restype = wintypes.HINSTANCE
_user32.GetAsyncKeyState.argtypes = (ctypes.c_int,)
_user32.GetAsyncKeyState.restype = ctypes.c_short
_user32.SetWindowsHookExW.argtypes = (ctypes.c_int, _Hook, wintypes.HINSTANCE, wintypes.DWORD)
_user32.SetWindowsHookExW.restype = wintypes.HANDLE
_user32.UnhookWindowsHookEx.argtypes = (wintypes.HANDLE,)
_user32.CallNextHookEx.argtypes = (
    *(wintypes.HANDLE, ctypes.c_int, ctypes.c_size_t, ctypes.c_ssize_t),
)
_user32.CallNextHookEx.restype = ctypes.c_ssize_t
_user32.RegisterRawInputDevices.argtypes = (
    *(ctypes.POINTER(_RawDevice), wintypes.UINT, wintypes.UINT),
)
_user32.RegisterRawInputDevices.restype = wintypes.BOOL
_user32.GetRawInputData.argtypes = (
    *(ctypes.c_ssize_t, wintypes.UINT, ctypes.c_void_p),
    *(ctypes.POINTER(wintypes.UINT), wintypes.UINT),
)
_user32.GetRawInputData.restype = wintypes.UINT


class Hooks:
    """Both hooks and raw input, in one thread with a message loop, as Windows wants it."""

    def __init__(self) -> None:
        """Set the hooks. Raises SensorError when Windows refuses."""
        self._events: queue.SimpleQueue[HookEvent | RawEvent] = queue.SimpleQueue()
        self._procedures = (_Hook(self._see_mouse), _Hook(self._see_key))
        self._hooks: list[int] = []
        try:
            self._thread = MessageThread(
                "input-hooks", self._hear, begin=self._set, end=self._take_away
            )
        except OSError as error:
            raise SensorError(
                f"Windows did not set the hooks of keyboard and mouse ({error.strerror or error})"
            ) from error

    def read(self, timeout_s: float) -> list[HookEvent | RawEvent]:
        """Return what has arrived, waiting at most `timeout_s` for the first. Raises SensorError."""
        if not self._thread.alive:
            raise SensorError("the hooks of keyboard and mouse ended; input is not seen")
        events: list[HookEvent | RawEvent] = []
        try:
            events.append(self._events.get(timeout=timeout_s))
            while True:
                events.append(self._events.get_nowait())
        except queue.Empty:
            return events

    def close(self) -> None:
        """Take the hooks away."""
        self._thread.close()

    def _set(self, window: int) -> None:
        module = _kernel32.GetModuleHandleW(None)
        for kind, procedure in zip((_MOUSE_LL, _KEYBOARD_LL), self._procedures, strict=True):
            hook = _user32.SetWindowsHookExW(kind, procedure, module, 0)
            if not hook:
                error = last_error()
                self._take_away()
                raise error
            self._hooks.append(hook)
        wanted = _RawDevice(_GENERIC_DESKTOP, _KEYBOARD_USAGE, _ALSO_IN_BACKGROUND, window)
        if not _user32.RegisterRawInputDevices(wanted, 1, ctypes.sizeof(wanted)):
            error = last_error()
            self._take_away()
            raise error

    def _take_away(self) -> None:
        for hook in self._hooks:
            _user32.UnhookWindowsHookEx(hook)
        no_longer = _RawDevice(_GENERIC_DESKTOP, _KEYBOARD_USAGE, _NO_LONGER, None)
        _user32.RegisterRawInputDevices(no_longer, 1, ctypes.sizeof(no_longer))

    def _see_mouse(self, code: int, message: int, data: int) -> int:
        if code >= 0:
            seen = _Mouse.from_address(data)
            self._events.put(
                HookEvent(
                    keyboard=False,
                    message=message,
                    flags=seen.flags,
                    time_us=_now_us(),
                    x=seen.pt.x,
                    y=seen.pt.y,
                )
            )
        return int(_user32.CallNextHookEx(None, code, message, data))

    def _see_key(self, code: int, message: int, data: int) -> int:
        if code >= 0:
            seen = _Key.from_address(data)
            # The state is still that before this event: a key that is down already is held, not pressed again.
            held = message in _KEY_DOWN and bool(_user32.GetAsyncKeyState(seen.vkCode) & _DOWN)
            self._events.put(
                HookEvent(
                    keyboard=True,
                    message=message,
                    flags=seen.flags,
                    time_us=_now_us(),
                    repeated=held,
                )
            )
        return int(_user32.CallNextHookEx(None, code, message, data))

    def _hear(self, message: int, _first: int, second: int) -> int | None:
        if message == _INPUT:
            header, size = _RawHeader(), wintypes.UINT(ctypes.sizeof(_RawHeader))
            copied = _user32.GetRawInputData(
                second, _HEADER, ctypes.byref(header), ctypes.byref(size), size
            )
            if copied != _FAILED and header.dwType == _RAW_KEYBOARD:
                self._events.put(RawEvent(from_device=bool(header.hDevice)))
        return None


def _now_us() -> int:
    # Windows's monotonic clock moves in steps of 15 ms, too coarse for how long a key is held.
    return time.perf_counter_ns() // 1000
