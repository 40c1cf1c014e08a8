"""When to tell of injected input: at once when it begins, then at most once a second. Pure; time is an input."""

from dataclasses import dataclass

from jiankao_agent.sensors.input_window import InputKind
from jiankao_proto.observations import InjectedInput, InjectionMethod

INTERVAL_US = 1_000_000


@dataclass(slots=True)
class _Running:
    motion: int = 0
    buttons: int = 0
    keys: int = 0
    scrolls: int = 0
    first_wall_us: int = 0
    last_wall_us: int = 0
    told_us: int | None = None

    def count(self) -> int:
        return self.motion + self.buttons + self.keys + self.scrolls


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
            if running.told_us is not None and now_us - running.told_us < INTERVAL_US:
                continue
            if not running.count():
                # Quiet for an interval: the next event is a new beginning, and told at once.
                del self._running[method, device]
                continue
            notices.append(_notice(method, device, running))
            self._running[method, device] = _Running(told_us=now_us)
        return notices

    def next_due_us(self) -> int | None:
        """Return when `due` has something to give or to forget next, None when nothing is counted."""
        return min((_due_us(running) for running in self._running.values()), default=None)


def _due_us(running: _Running) -> int:
    return 0 if running.told_us is None else running.told_us + INTERVAL_US


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
