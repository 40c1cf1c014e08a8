"""The low-level keyboard and mouse hooks of this session, through pynput.

pynput hands the hook's structure to an event filter before it looks at it itself. The filter keeps the message, the
flags and the time, and answers False, so that pynput drops the event there: no key is stored, named or passed on. A key
that stands for a character (VK_PACKET, with the character where the scan code is) takes the same way.

Windows waits for a hook (LowLevelHooksTimeout, by default 300 ms), and drops one that is late too often without a word:
the filter only puts into a queue, and `sensors.windows.hook_guard` notices when hooks have fallen silent.
"""

import ctypes
import queue
import time
from typing import Any

from pynput import keyboard, mouse
from pynput._util.win32 import SystemHook  # type: ignore[import-not-found] # the stubs leave it out

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.windows.hook_event import HookEvent
from jiankao_agent.platform.windows.libraries import load

_STOP_S = 3.0
_SET_WITHIN_S, _LOOK_S = 3.0, 0.005
_DOWN = 0x8000
_KEY_DOWN = (0x0100, 0x0104)
"""WM_KEYDOWN, WM_SYSKEYDOWN."""

_user32 = load("user32")
_user32.GetAsyncKeyState.argtypes = (ctypes.c_int,)
_user32.GetAsyncKeyState.restype = ctypes.c_short


class Hooks:
    """Both hooks, each in a thread of its own with a message loop, as Windows wants it."""

    def __init__(self) -> None:
        """Set the hooks. Raises SensorError when Windows refuses."""
        self._events: queue.SimpleQueue[HookEvent] = queue.SimpleQueue()
        self._listeners = (
            mouse.Listener(win32_event_filter=self._see_mouse),
            keyboard.Listener(win32_event_filter=self._see_key),
        )
        for listener in self._listeners:
            listener.start()
        try:
            for listener in self._listeners:
                listener.wait()
                _wait_for_hook(listener.ident)
        except SensorError:
            self.close()
            raise

    def read(self, timeout_s: float) -> list[HookEvent]:
        """Return what has arrived, waiting at most `timeout_s` for the first. Raises SensorError."""
        if not all(listener.is_alive() for listener in self._listeners):
            raise SensorError("the hooks of keyboard and mouse ended; input is not seen")
        events: list[HookEvent] = []
        try:
            events.append(self._events.get(timeout=timeout_s))
            while True:
                events.append(self._events.get_nowait())
        except queue.Empty:
            return events

    def close(self) -> None:
        """Take the hooks away."""
        for listener in self._listeners:
            if listener.is_alive():
                listener.stop()
        for listener in self._listeners:
            listener.join(_STOP_S)

    def _see_mouse(self, message: int, data: Any) -> bool:  # noqa: ANN401 - MSLLHOOKSTRUCT of pynput's
        self._events.put(
            HookEvent(
                keyboard=False,
                message=message,
                flags=data.flags,
                time_us=_now_us(),
                x=data.pt.x,
                y=data.pt.y,
            )
        )
        return False

    def _see_key(self, message: int, data: Any) -> bool:  # noqa: ANN401 - KBDLLHOOKSTRUCT of pynput's
        # The state is still that before this event: a key that is down already is being held, not pressed again.
        held = message in _KEY_DOWN and bool(_user32.GetAsyncKeyState(data.vkCode) & _DOWN)
        self._events.put(
            HookEvent(
                keyboard=True,
                message=message,
                flags=data.flags,
                time_us=_now_us(),
                repeated=held,
            )
        )
        return False


def _wait_for_hook(thread: int | None) -> None:
    """Wait until a listener's hook is set: pynput calls itself ready before that, and does not look whether it is.

    It has no public way to tell; where its insides are others, this fails loudly instead of watching with no hook.
    """
    until = time.monotonic() + _SET_WITHIN_S
    while time.monotonic() < until:
        hook = getattr(SystemHook._HOOKS.get(thread), "_hook", None)  # noqa: SLF001 - see above
        if hook:
            return
        if hook is not None:
            break
        time.sleep(_LOOK_S)
    raise SensorError("Windows did not set the hooks of keyboard and mouse; input is not seen")


def _now_us() -> int:
    # Windows's monotonic clock moves in steps of 15 ms, too coarse for how long a key is held.
    return time.perf_counter_ns() // 1000
