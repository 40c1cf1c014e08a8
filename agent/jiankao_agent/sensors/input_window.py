"""Sums input events up into one-second windows per source. Pure; time is an input.

What goes in says that a key or button went down or up, and when; never which one. So a release cannot be told to
belong to a certain press: the first that went down is taken for the first that comes up. Where two keys overlap this
swaps their holds now and then; the sum and the number of holds are right, and no key need be remembered.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import hypot
from statistics import median

from jiankao_proto.observations import InputSource, InputWindow

WINDOW_US = 1_000_000
_FORGOTTEN_US = 10_000_000
"""A press without a release for so long has lost it (its device was unplugged)."""
_MOST_DOWN = 32
_MOST_INTERVALS = 8192
_TOGETHER_US = 1000
_MOST_US = 2**32 - 1  # what its place on the wire holds; only a source's broken clock comes near


class InputKind(Enum):
    """What happened."""

    MOTION = 1
    BUTTON_DOWN = 2
    BUTTON_UP = 3
    KEY_DOWN = 4
    KEY_UP = 5
    SCROLL = 6


@dataclass(frozen=True, slots=True)
class InputEvent:
    """One event. `time_us` is on the clock of its source; `dx_px`, `dy_px` are how far it moved."""

    kind: InputKind
    time_us: int
    dx_px: float = 0.0
    dy_px: float = 0.0


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose events are summed up together."""

    source: InputSource
    device: str


class _Holds:
    """Presses that wait for a release, and how long those that had one were held."""

    def __init__(self) -> None:
        self._down: deque[int] = deque(maxlen=_MOST_DOWN)

    def press(self, time_us: int) -> None:
        self._down.append(time_us)

    def release(self, time_us: int) -> int | None:
        """Return how long the press that is taken for this release's was held."""
        while self._down:
            held = time_us - self._down.popleft()
            if 0 <= held <= _FORGOTTEN_US:
                return held
        return None


@dataclass(slots=True)
class _Window:
    started_us: int
    motion_events: int = 0
    path_px: float = 0.0
    x_px: float = 0.0
    y_px: float = 0.0
    peak_speed: float = 0.0
    direction_changes: int = 0
    direction: tuple[float, float] = (0.0, 0.0)
    together_px: float = 0.0
    motion_us: int | None = None
    before_motion_us: int | None = None
    motion_intervals: list[int] = field(default_factory=list)
    button_presses: int = 0
    button_holds: list[int] = field(default_factory=list)
    key_presses: int = 0
    key_us: int | None = None
    key_holds: list[int] = field(default_factory=list)
    key_intervals: list[int] = field(default_factory=list)
    scroll_steps: int = 0

    def move(self, event: InputEvent) -> None:
        self.motion_events += 1
        distance = hypot(event.dx_px, event.dy_px)
        self.path_px += distance
        self.x_px += event.dx_px
        self.y_px += event.dy_px
        if distance:
            if event.dx_px * self.direction[0] + event.dy_px * self.direction[1] < 0:
                self.direction_changes += 1
            self.direction = (event.dx_px, event.dy_px)
        if self.motion_us is not None:
            _keep(self.motion_intervals, event.time_us - self.motion_us)
        if event.time_us != self.motion_us:
            self.before_motion_us, self.motion_us = self.motion_us, event.time_us
            self.together_px = 0.0
        # Several events of one instant are one movement: only together have they a speed.
        self.together_px += distance
        if self.before_motion_us is not None and event.time_us > self.before_motion_us:
            speed = self.together_px * 1_000_000 / (event.time_us - self.before_motion_us)
            self.peak_speed = max(self.peak_speed, speed)

    def press_key(self, event: InputEvent) -> None:
        self.key_presses += 1
        if self.key_us is not None:
            _keep(self.key_intervals, event.time_us - self.key_us)
        self.key_us = event.time_us

    def close(self, origin: Origin, now_us: int) -> InputWindow:
        return InputWindow(
            source=origin.source,
            device=origin.device,
            duration_us=max(0, min(now_us - self.started_us, WINDOW_US)),
            motion_events=self.motion_events,
            path_px=round(self.path_px, 3),
            net_px=round(hypot(self.x_px, self.y_px), 3),
            peak_speed_px_per_s=round(self.peak_speed, 3),
            direction_changes=self.direction_changes,
            motion_intervals_within_1ms=sum(i <= _TOGETHER_US for i in self.motion_intervals),
            motion_interval_median_us=_median(self.motion_intervals),
            button_presses=self.button_presses,
            button_hold_median_us=_median(self.button_holds),
            button_hold_min_us=min(self.button_holds, default=0),
            key_presses=self.key_presses,
            key_hold_median_us=_median(self.key_holds),
            key_hold_min_us=min(self.key_holds, default=0),
            key_interval_median_us=_median(self.key_intervals),
            scroll_steps=self.scroll_steps,
        )


class InputWindows:
    """The open windows. A window opens with a source's first event and closes a second later."""

    def __init__(self) -> None:
        """Start with none open."""
        self._open: dict[Origin, _Window] = {}
        self._keys: dict[Origin, _Holds] = {}
        self._buttons: dict[Origin, _Holds] = {}

    def feed(self, origin: Origin, event: InputEvent, now_us: int) -> None:
        """Add an event that arrived at `now_us` (monotonic). Call `due` first, or it joins a window that is over."""
        window = self._open.get(origin)
        if window is None:
            window = self._open[origin] = _Window(now_us)
        match event.kind:
            case InputKind.MOTION:
                window.move(event)
            case InputKind.SCROLL:
                window.scroll_steps += 1
            case InputKind.KEY_DOWN:
                window.press_key(event)
                self._keys.setdefault(origin, _Holds()).press(event.time_us)
            case InputKind.BUTTON_DOWN:
                window.button_presses += 1
                self._buttons.setdefault(origin, _Holds()).press(event.time_us)
            case InputKind.KEY_UP:
                _release(self._keys, origin, event, window.key_holds)
            case InputKind.BUTTON_UP:
                _release(self._buttons, origin, event, window.button_holds)

    def next_due_us(self) -> int | None:
        """Return when `due` has something to give next, None when nothing is open."""
        return (
            min((w.started_us for w in self._open.values()), default=-WINDOW_US) + WINDOW_US or None
        )

    def due(self, now_us: int) -> list[InputWindow]:
        """Close and return the windows that are over."""
        return [
            self._open.pop(origin).close(origin, now_us)
            for origin, window in list(self._open.items())
            if now_us - window.started_us >= WINDOW_US
        ]

    def close(self, now_us: int) -> list[InputWindow]:
        """Close and return every window, also those that are not over."""
        windows = [window.close(origin, now_us) for origin, window in self._open.items()]
        self._open.clear()
        return windows

    def forget_presses(self) -> None:
        """Forget what is down: devices have changed, and releases may never come."""
        self._keys.clear()
        self._buttons.clear()


def _release(
    holds: dict[Origin, _Holds], origin: Origin, event: InputEvent, ended: list[int]
) -> None:
    waiting = holds.get(origin)
    held = waiting.release(event.time_us) if waiting else None
    if held is not None:
        _keep(ended, held)


def _keep(values: list[int], value: int) -> None:
    if len(values) < _MOST_INTERVALS:
        values.append(min(max(0, value), _MOST_US))


def _median(values: Sequence[int]) -> int:
    return int(median(values)) if values else 0
