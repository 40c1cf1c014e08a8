"""Input that looks as if it came from a device of an Xvfb, which has no hands: XTEST's device requests naming a slave.

(The same trick is open to an attacker; here it stands in for a candidate's mouse and keyboard.)
"""

import contextlib
import ctypes
import ctypes.util
from collections.abc import Iterator

import pytest

_NOW = 0


def _library(name: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(name)
    except OSError:
        pytest.skip(f"not installed here: {name}")


class Hand:
    """A pointer and a keyboard device, by number."""

    def __init__(self, display: str, pointer: int, keyboard: int) -> None:
        self._x11, xi, self._xtst = (
            _library(f"lib{n}") for n in ("X11.so.6", "Xi.so.6", "Xtst.so.6")
        )
        self._x11.XOpenDisplay.restype = ctypes.c_void_p
        self._x11.XOpenDisplay.argtypes = [ctypes.c_char_p]
        self._x11.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self._x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
        xi.XOpenDevice.restype = ctypes.c_void_p
        xi.XOpenDevice.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        self._display = self._x11.XOpenDisplay(display.encode())
        assert self._display, f"cannot connect to {display}"
        self._pointer = xi.XOpenDevice(self._display, pointer)
        self._keyboard = xi.XOpenDevice(self._display, keyboard)

    def move(self, dx: int, dy: int) -> None:
        """Move by pixels."""
        axes = (ctypes.c_int * 2)(dx, dy)
        self._xtst.XTestFakeDeviceMotionEvent.argtypes = [
            *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int),
            *(ctypes.POINTER(ctypes.c_int), ctypes.c_int, ctypes.c_ulong),
        ]
        self._xtst.XTestFakeDeviceMotionEvent(self._display, self._pointer, 1, 0, axes, 2, _NOW)
        self._x11.XSync(self._display, 0)

    def click(self) -> None:
        """Press and release the first button."""
        self._press(self._xtst.XTestFakeDeviceButtonEvent, self._pointer, 1)

    def key(self, code: int) -> None:
        """Press and release a key."""
        self._press(self._xtst.XTestFakeDeviceKeyEvent, self._keyboard, code)

    def _press(self, function: "ctypes._NamedFuncPointer", device: int | None, number: int) -> None:
        function.argtypes = [
            *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int),
            *(ctypes.POINTER(ctypes.c_int), ctypes.c_int, ctypes.c_ulong),
        ]
        for down in (1, 0):
            function(self._display, device, number, down, None, 0, _NOW)
            self._x11.XSync(self._display, 0)

    def close(self) -> None:
        """Disconnect."""
        self._x11.XCloseDisplay(self._display)


@contextlib.contextmanager
def hand(display: str, pointer: int, keyboard: int) -> Iterator[Hand]:
    """Give a hand for the length of the block."""
    with contextlib.closing(Hand(display, pointer, keyboard)) as given:
        yield given
