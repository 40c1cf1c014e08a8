"""A thread with a hidden window and a message loop: some of Windows's news comes to windows only.

RegisterClassExW, CreateWindowExW, GetMessageW, PostMessageW, DefWindowProcW (Microsoft Learn).
"""

import ctypes
import itertools
import threading
from collections.abc import Callable
from ctypes import wintypes
from typing import ClassVar

from jiankao_agent.platform.windows.libraries import callback, last_error, load

Handler = Callable[[int, int, int], int | None]
"""Takes message, wParam, lParam; returns the answer, None to let Windows answer as usual. Must not raise."""

_CLOSE, _DESTROY = 0x0010, 0x0002
_MESSAGE_ONLY = wintypes.HWND(-3)
_READY_WITHIN_S, _ENDS_WITHIN_S = 5.0, 3.0

_Procedure = callback(
    *(ctypes.c_ssize_t, wintypes.HWND, wintypes.UINT, ctypes.c_size_t, ctypes.c_ssize_t)
)


class _WindowClass(ctypes.Structure):
    _fields_: ClassVar = [
        ("cbSize", wintypes.UINT),
        ("style", wintypes.UINT),
        ("lpfnWndProc", _Procedure),
        ("cbClsExtra", ctypes.c_int),
        ("cbWndExtra", ctypes.c_int),
        ("hInstance", wintypes.HINSTANCE),
        ("hIcon", wintypes.HANDLE),
        ("hCursor", wintypes.HANDLE),
        ("hbrBackground", wintypes.HANDLE),
        ("lpszMenuName", wintypes.LPCWSTR),
        ("lpszClassName", wintypes.LPCWSTR),
        ("hIconSm", wintypes.HANDLE),
    ]


_kernel32, _user32 = load("kernel32"), load("user32")
_kernel32.GetModuleHandleW.argtypes = (wintypes.LPCWSTR,)
_kernel32.GetModuleHandleW.restype = wintypes.HINSTANCE
_user32.RegisterClassExW.argtypes = (ctypes.POINTER(_WindowClass),)
_user32.RegisterClassExW.restype = wintypes.ATOM
_user32.UnregisterClassW.argtypes = (wintypes.LPCWSTR, wintypes.HINSTANCE)
_user32.CreateWindowExW.argtypes = (
    *(wintypes.DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD),
    *(ctypes.c_int,) * 4,
    *(wintypes.HWND, wintypes.HANDLE, wintypes.HINSTANCE, ctypes.c_void_p),
)
_user32.CreateWindowExW.restype = wintypes.HWND
_user32.DestroyWindow.argtypes = (wintypes.HWND,)
_user32.PostMessageW.argtypes = (
    *(wintypes.HWND, wintypes.UINT, ctypes.c_size_t, ctypes.c_ssize_t),
)
_user32.DefWindowProcW.argtypes = (
    *(wintypes.HWND, wintypes.UINT, ctypes.c_size_t, ctypes.c_ssize_t),
)
_user32.DefWindowProcW.restype = ctypes.c_ssize_t
_user32.PostQuitMessage.argtypes = (ctypes.c_int,)
_user32.GetMessageW.argtypes = (
    *(ctypes.POINTER(wintypes.MSG), wintypes.HWND, wintypes.UINT, wintypes.UINT),
)
_user32.DispatchMessageW.argtypes = (ctypes.POINTER(wintypes.MSG),)
_user32.DispatchMessageW.restype = ctypes.c_ssize_t

_numbers = itertools.count(1)


class MessageThread:
    """A hidden window, in a thread of its own that serves nothing else."""

    def __init__(
        self,
        name: str,
        handler: Handler,
        *,
        top_level: bool = False,
        begin: Callable[[int], None] = lambda _window: None,
        end: Callable[[], None] = lambda: None,
    ) -> None:
        """Make the window. Raises OSError.

        `top_level`: what Windows says to all windows comes to such a one only. `begin` and `end` run in the thread,
        with the window there; what `begin` raises is raised here.
        """
        self._handler, self._top_level, self._begin, self._end = handler, top_level, begin, end
        self._class = f"jiankao-{name}-{next(_numbers)}"
        self._procedure = _Procedure(
            self._procedure_of_window
        )  # kept: Windows only has its address
        self._window: int | None = None
        self._failure: OSError | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()
        if not self._ready.wait(_READY_WITHIN_S):
            raise OSError(f"{name}: Windows did not make a window in time")
        if self._failure is not None:
            raise self._failure

    @property
    def alive(self) -> bool:
        """Tell whether the thread still serves."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Let the window go."""
        if self._window:
            _user32.PostMessageW(self._window, _CLOSE, 0, 0)
        self._thread.join(_ENDS_WITHIN_S)

    def _serve(self) -> None:
        module = _kernel32.GetModuleHandleW(None)
        try:
            self._make(module)
            self._begin(self._window or 0)
        except OSError as error:
            self._failure = error
            return
        finally:
            self._ready.set()
            if self._failure is not None and self._window:
                _user32.DestroyWindow(self._window)
        message = wintypes.MSG()
        while _user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
            _user32.DispatchMessageW(ctypes.byref(message))
        _user32.UnregisterClassW(self._class, module)

    def _make(self, module: int) -> None:
        made = _WindowClass(
            cbSize=ctypes.sizeof(_WindowClass),
            lpfnWndProc=self._procedure,
            hInstance=module,
            lpszClassName=self._class,
        )
        if not _user32.RegisterClassExW(ctypes.byref(made)):
            raise last_error()
        parent = None if self._top_level else _MESSAGE_ONLY
        self._window = _user32.CreateWindowExW(
            *(0, self._class, self._class, 0, 0, 0, 0, 0, parent, None, module, None)
        )
        if not self._window:
            raise last_error()

    def _procedure_of_window(self, window: int, message: int, first: int, second: int) -> int:
        if message == _CLOSE:
            self._end()
            _user32.DestroyWindow(window)
            return 0
        if message == _DESTROY:
            _user32.PostQuitMessage(0)
            return 0
        answer = self._handler(message, first, second)
        if answer is not None:
            return answer
        return int(_user32.DefWindowProcW(window, message, first, second))
