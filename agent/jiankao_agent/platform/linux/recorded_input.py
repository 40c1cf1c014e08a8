"""The fallback for X servers without XInput 2.1: pynput's listeners, over the RECORD extension.

They cannot tell a device from a program. Which key it was reaches pynput's callback and is dropped there unread.
"""

import logging
import os
import queue
import time
from collections.abc import Callable
from typing import Any, Protocol

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux.x_displays import XDisplay

_STOP_S = 3.0
_log = logging.getLogger(__name__)


class RecordedKind:
    """What a listener told."""

    MOVED, BUTTON_DOWN, BUTTON_UP, SCROLLED, KEY_DOWN, KEY_UP = range(6)


Recorded = tuple[int, int, float, float]
"""Kind, monotonic microseconds, and for MOVED the pointer's position in pixels."""


class _Listener(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def is_alive(self) -> bool: ...
    def join(self, timeout: float | None = None) -> None: ...


class RecordedInput:
    """Input of one display as pynput's listeners see it. Raises SensorError when they cannot work."""

    def __init__(self, display: XDisplay, heard: Callable[[], None] = lambda: None) -> None:
        """Start the listeners; `heard` is called, in their threads, whenever there is something to read."""
        self._display, self._heard = display, heard
        self._events: queue.SimpleQueue[Recorded] = queue.SimpleQueue()
        # pynput knows a display only by the process's environment; no other part of the agent reads it.
        self._display_before = os.environ.get("DISPLAY")
        os.environ["DISPLAY"] = display.name
        try:
            self._listeners = _listeners(self._put)
        except ImportError as error:
            self._restore()
            raise SensorError(
                f"X display {display.name}: pynput cannot use it ({error}); install an X server with XInput 2.1"
            ) from error
        for listener in self._listeners:
            listener.start()

    def read(self) -> list[Recorded]:
        """Return what has arrived."""
        if not all(listener.is_alive() for listener in self._listeners):
            raise SensorError(
                f"X display {self._display.name} is gone, or has no RECORD extension; "
                f"input is not seen until it is back"
            )
        events: list[Recorded] = []
        try:
            while True:
                events.append(self._events.get_nowait())
        except queue.Empty:
            return events

    def close(self) -> None:
        """Stop the listeners."""
        for listener in self._listeners:
            if listener.is_alive():
                listener.stop()
                _wake(listener)
        for listener in self._listeners:
            listener.join(_STOP_S)
        self._restore()

    def _put(self, kind: int, x: float = 0.0, y: float = 0.0) -> None:
        self._events.put((kind, time.monotonic_ns() // 1000, x, y))
        self._heard()

    def _restore(self) -> None:
        if self._display_before is None:
            os.environ.pop("DISPLAY", None)
        else:
            os.environ["DISPLAY"] = self._display_before


def _wake(listener: _Listener) -> None:
    """End the recording a listener waits in: told to stop, pynput looks up only when the next input comes.

    It has no public way to do that; where its insides are others, the thread stays until the display ends.
    """
    display = getattr(listener, "_display_stop", None)
    context = getattr(listener, "_context", None)
    if display is None or context is None:
        return
    try:
        display.record_disable_context(context)
        display.flush()
    except Exception:  # noqa: BLE001 - python-xlib raises of many kinds once the display is gone
        _log.debug("%s could not be told to stop: its display is gone", type(listener).__name__)


def _listeners(put: Callable[..., None]) -> tuple[_Listener, ...]:
    # Importing pynput connects to the display: only here, where there is one. Raises ImportError without it.
    from pynput import keyboard, mouse  # noqa: PLC0415 - see above

    def moved(x: float, y: float) -> None:
        put(RecordedKind.MOVED, x, y)

    def clicked(_x: float, _y: float, _button: object, pressed: bool) -> None:
        put(RecordedKind.BUTTON_DOWN if pressed else RecordedKind.BUTTON_UP)

    def scrolled(_x: float, _y: float, _dx: float, _dy: float) -> None:
        put(RecordedKind.SCROLLED)

    def key_down(_key: Any) -> None:  # noqa: ANN401 - it is not looked at
        put(RecordedKind.KEY_DOWN)

    def key_up(_key: Any) -> None:  # noqa: ANN401 - it is not looked at
        put(RecordedKind.KEY_UP)

    return (
        mouse.Listener(on_move=moved, on_click=clicked, on_scroll=scrolled),
        keyboard.Listener(on_press=key_down, on_release=key_up),
    )
