"""When to tell of injected input: at once when it begins, then at most once a second. Pure; time is an input.

A beginning of one or two events is told, and the third is told at once as well, before the second is over: one event
may be a program that places the pointer, three are what an alert rests on, and they must not wait.
"""

from dataclasses import dataclass

from jiankao_agent.sensors.input_window import InputKind
from jiankao_proto.observations import InjectedInput, InjectionMethod

INTERVAL_US = 1_000_000
ENOUGH_EVENTS = 3
"""So many of one method and device are somebody at work, as the collector's detector counts."""


@dataclass(slots=True)
class _Running:
    motion: int = 0
    buttons: int = 0
    keys: int = 0
    scrolls: int = 0
    first_wall_us: int = 0
    last_wall_us: int = 0
    told_us: int | None = None
    told_too_few: int = 0
    """How many the notice that began it held, when those were fewer than enough; else 0."""

    def count(self) -> int:
        return self.motion + self.buttons + self.keys + self.scrolls

    def due_us(self) -> int:
        """Return when there is something to tell or to forget."""
        if self.told_us is None:
            return 0
        if self.told_too_few and self.told_too_few + self.count() >= ENOUGH_EVENTS:
            return self.told_us
        return self.told_us + INTERVAL_US


class InjectionNotices:
    """Counts injected events by method and device, and says when a notice is due."""

    def __init__(self) -> None:
        """Start with none counted."""
        self._running: dict[tuple[InjectionMethod, str], _Running] = {}

    def feed(
        self, method: InjectionMethod, device: str, kind: InputKind, wall_clock_us: int
    ) -> None:
        """Count one event that arrived at `wall_clock_us`."""
        running = self._running.setdefault((method, device), _Running())
        if not running.count():
            running.first_wall_us = wall_clock_us
        running.last_wall_us = wall_clock_us
        match kind:
            case InputKind.MOTION:
                running.motion += 1
            case InputKind.SCROLL:
                running.scrolls += 1
            case InputKind.BUTTON_DOWN | InputKind.BUTTON_UP:
                running.buttons += 1
            case InputKind.KEY_DOWN | InputKind.KEY_UP:
                running.keys += 1

    def due(self, now_us: int) -> list[InjectedInput]:
        """Return the notices to send now; `now_us` is monotonic."""
        notices: list[InjectedInput] = []
        for (method, device), running in list(self._running.items()):
            if now_us < running.due_us():
                continue
            if not running.count():
                # Quiet for an interval: the next event is a new beginning, and told at once.
                del self._running[method, device]
                continue
            notices.append(_notice(method, device, running))
            began_with = running.count() if running.told_us is None else ENOUGH_EVENTS
            self._running[method, device] = _Running(
                told_us=now_us, told_too_few=began_with if began_with < ENOUGH_EVENTS else 0
            )
        return notices

    def next_due_us(self) -> int | None:
        """Return when `due` has something to give or to forget next, None when nothing is counted."""
        return min((running.due_us() for running in self._running.values()), default=None)


def _notice(method: InjectionMethod, device: str, running: _Running) -> InjectedInput:
    return InjectedInput(
        method=method,
        device=device,
        motion_events=running.motion,
        button_events=running.buttons,
        key_events=running.keys,
        scroll_events=running.scrolls,
        first_wall_clock_us=running.first_wall_us,
        last_wall_clock_us=running.last_wall_us,
    )
