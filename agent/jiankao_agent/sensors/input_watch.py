"""Sums input up and tells of it: the part that is the same wherever input comes from."""

import time

from jiankao_agent.sensors.base import SensorContext
from jiankao_agent.sensors.injection_notice import InjectionNotices
from jiankao_agent.sensors.input_window import InputEvent, InputKind, InputWindows, Origin
from jiankao_proto.observations import InjectionMethod

LONGEST_WAIT_S = 1.2
"""Of a source whose wait the signal to stop does not end."""


class InputWatch:
    """The open windows of input and the notices of injected input."""

    def __init__(self, context: SensorContext) -> None:
        """Tell to `context`."""
        self._context = context
        self._windows = InputWindows()
        self._notices = InjectionNotices()

    def see(self, origin: Origin, event: InputEvent, method: InjectionMethod | None) -> None:
        """Count an event; `method` is how a program made it, None when a device did."""
        now_us = monotonic_us()
        self._close_windows(now_us)
        self._windows.feed(origin, event, now_us)
        if method is not None:
            self.notice(method, origin.device, event.kind)

    def notice(
        self,
        method: InjectionMethod,
        device: str,
        kind: InputKind,
        wall_clock_us: int | None = None,
    ) -> None:
        """Count an injected event for the notices alone; it is of now unless a time is given."""
        at_us = time.time_ns() // 1000 if wall_clock_us is None else wall_clock_us
        self._notices.feed(method, device, kind, at_us)

    def forget_presses(self) -> None:
        """Forget what is down: releases may never come."""
        self._windows.forget_presses()

    def tell(self) -> None:
        """Tell what is due."""
        now_us = monotonic_us()
        for notice in self._notices.due(now_us):
            self._context.emit(notice, urgent=True)
        self._close_windows(now_us)

    def patience_s(self, longest_s: float = LONGEST_WAIT_S) -> float:
        """Return how long nothing is due, at most `longest_s`."""
        dues = [
            d for d in (self._windows.next_due_us(), self._notices.next_due_us()) if d is not None
        ]
        left_s = (min(dues) - monotonic_us()) / 1e6 if dues else longest_s
        return min(max(left_s, 0.001), longest_s)

    def finish(self) -> None:
        """Tell what is open: it was seen, whatever happens next."""
        for window in self._windows.close(monotonic_us()):
            self._context.emit(window)

    def _close_windows(self, now_us: int) -> None:
        for window in self._windows.due(now_us):
            self._context.emit(window)


def monotonic_us() -> int:
    """Return the clock that windows and notices are counted on."""
    return time.monotonic_ns() // 1000
