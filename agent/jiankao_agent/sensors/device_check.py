"""Input that X reports from a device which sent nothing: a program that poses as it. Pure; time is an input.

A device is compared once it has been heard: one that another program holds for itself, or that is not the kernel's, is
never. What a driver makes later out of a touch (a tap, a wheel that runs on) comes within a second of it.
"""

from collections import deque

from jiankao_agent.sensors.input_window import InputKind

APART_US = 1_000_000
"""How long before or after an event of X the device may have sent its own."""
_MOST_WAITING = 4096


class DeviceCheck:
    """Compares what X reports with what the devices have sent."""

    def __init__(self) -> None:
        """Start with no device heard."""
        self._heard_us: dict[str, int] = {}
        self._waiting: deque[tuple[int, str, InputKind, int]] = deque(maxlen=_MOST_WAITING)

    def sent(self, device: str, now_us: int) -> None:
        """Take in that a device has sent something since it was asked last."""
        self._heard_us[device] = now_us

    def reported(self, device: str, kind: InputKind, now_us: int, wall_clock_us: int) -> None:
        """Take in an event of X."""
        if device in self._heard_us:
            self._waiting.append((now_us, device, kind, wall_clock_us))

    def forget(self) -> None:
        """Devices came or went: which name is whose is open again until a device is heard."""
        self._heard_us.clear()
        self._waiting.clear()

    def next_due_us(self) -> int | None:
        """Return when `due` has something to judge next, None when nothing waits."""
        return self._waiting[0][0] + APART_US if self._waiting else None

    def due(self, now_us: int) -> list[tuple[str, InputKind, int]]:
        """Return the events no device had sent: device, kind, wall clock."""
        without: list[tuple[str, InputKind, int]] = []
        while self._waiting and now_us - self._waiting[0][0] >= APART_US:
            at_us, device, kind, wall_clock_us = self._waiting.popleft()
            if self._heard_us.get(device, at_us) < at_us - APART_US:
                without.append((device, kind, wall_clock_us))
        return without
