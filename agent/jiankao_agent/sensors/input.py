"""Input: how much, how fast and from which source. Never which key, never what was typed.

X11, through XInput's raw events, which name the device they came from; what programs inject through XTEST has devices
of its own, and what poses as a real device is told by that device's silence (device_check). Where XInput is not to be
had, pynput's listeners, which see input but not its source.
"""

import os
import time
from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux import x_displays
from jiankao_agent.platform.linux.event_devices import EventDevices
from jiankao_agent.platform.linux.recorded_input import RecordedInput, RecordedKind
from jiankao_agent.platform.linux.x_displays import XDisplay
from jiankao_agent.platform.linux.xinput2 import NoXInputError, RawInput
from jiankao_agent.platform.stop_signal import StopSignal
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.device_check import DeviceCheck
from jiankao_agent.sensors.input_watch import InputWatch
from jiankao_agent.sensors.input_window import InputEvent, InputKind, Origin
from jiankao_agent.sensors.raw_input_reading import RawInputReading, origin_of
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Health, InjectionMethod, InputSource

_LOOK_FOR_DISPLAY_S = 0.5
_SIGN_OF_LIFE_US = 10_000_000
_DEVICES_US = 250_000

_X11_SESSION = say(
    "请在登录界面选择“Xorg”（X11）桌面后重新登录",
    'choose the "Xorg" (X11) desktop on the log-in screen and log in again',
)
NO_DISPLAY = Condition(
    Health.UNAVAILABLE,
    say(
        "这台考试机上没有图形桌面（X 显示）",
        "there is no graphical desktop (X display) on this workstation",
    ),
    say(
        "请启动图形桌面；如桌面已启动，请为采集程序设置 DISPLAY",
        "start the graphical desktop; if it runs, set DISPLAY for the agent",
    ),
)
WAYLAND_PARTLY = Condition(
    Health.DEGRADED,
    say(
        "桌面是 Wayland，只能看到发给 X11 程序的输入",
        "the desktop is Wayland: only input to X11 programs is seen",
    ),
    _X11_SESSION,
)
WAYLAND_BLIND = Condition(
    Health.UNAVAILABLE,
    say("桌面是 Wayland，看不到任何输入", "the desktop is Wayland: no input is seen"),
    _X11_SESSION,
)
NO_SOURCES = Condition(
    Health.DEGRADED,
    say(
        "X 服务器不支持 XInput 2.1，能看到输入，但分不清是真人操作还是程序注入",
        "the X server has no XInput 2.1: input is seen, but not whether a hand or a program made it",
    ),
    say(
        "请换用支持 XInput 2.1 的 X 服务器（如 Xorg）",
        "use an X server with XInput 2.1, such as Xorg",
    ),
)


class InputSensor:
    """Windows of input, and notices of injected input."""

    name = "input"

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        devices: Callable[[], EventDevices] = EventDevices,
    ) -> None:
        """Take DISPLAY and XAUTHORITY from `environment`, by default the agent's own; `devices` opens the kernel's."""
        self._environment = os.environ if environment is None else environment
        self._devices = devices

    def probe(self) -> Condition:
        """Tell whether the input of the workstation's display can be read, and how well."""
        try:
            source, condition = self._open()
        except _UnavailableError as error:
            return error.condition
        source.close()
        return condition

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop; while there is no display, wait for one. Raises SensorError when it goes away."""
        opened = self._wait_for_display(context)
        if opened is None:
            return
        source, condition = opened
        watch = InputWatch(context)
        try:
            context.report(condition)
            while not context.stopping.is_set():
                context.baseline_wanted()  # input has no state to tell again
                source.pump(watch, context.stopping)
                watch.tell()
        finally:
            watch.finish()
            source.close()

    def _wait_for_display(self, context: SensorContext) -> "tuple[_Source, Condition] | None":
        """Return the display's input, or None when told to stop first.

        Not left to the supervisor: its pauses grow, and a desktop that starts late is to be watched from the start.
        """
        said: Condition | None = None
        while True:
            context.baseline_wanted()  # being asked is the sign of life
            try:
                return self._open(context.stopping.wake)
            except _UnavailableError as error:
                if error.condition != said:
                    said = error.condition
                    context.report(said)
            if context.stopping.wait(_LOOK_FOR_DISPLAY_S):
                return None

    def _open(self, heard: Callable[[], None] = lambda: None) -> "tuple[_Source, Condition]":
        """Open the first display there is; `heard` is called when there is something to pump without a descriptor."""
        wayland = x_displays.is_wayland(self._environment)
        displays = x_displays.candidates(self._environment)
        refused: SensorError | None = None
        for display in displays:
            try:
                raw = RawInput(display, self._environment)
                return _RawSource(raw, self._devices()), WAYLAND_PARTLY if wayland else OK
            except NoXInputError:
                return _RecordedSource(display, heard), NO_SOURCES
            except SensorError as error:
                refused = refused or error
        if wayland:
            raise _UnavailableError(WAYLAND_BLIND)
        if refused is None:
            raise _UnavailableError(NO_DISPLAY)
        reason = say(f"无法连接图形桌面（{refused}）", str(refused))
        raise _UnavailableError(Condition(Health.UNAVAILABLE, reason, NO_DISPLAY.remedy))


class _UnavailableError(SensorError):
    def __init__(self, condition: Condition) -> None:
        super().__init__(condition.reason)
        self.condition = condition


class _Source(Protocol):
    def pump(self, watch: InputWatch, stopping: StopSignal) -> None:
        """Hand over what has arrived, waiting for the first or for what is due. Raises SensorError."""

    def close(self) -> None:
        """Let the display go."""


class _RawSource:
    def __init__(self, raw: RawInput, event_devices: EventDevices) -> None:
        self._raw = raw
        self._event_devices = event_devices
        self._check = DeviceCheck()
        self._asked_us = 0
        self._reading = RawInputReading(raw.width_px, raw.height_px)
        self._devices = raw.devices
        self._sign_us = time.monotonic_ns() // 1000

    def pump(self, watch: InputWatch, stopping: StopSignal) -> None:
        if not self._raw.pending:
            stopping.wait_for(self._raw, timeout_s=watch.patience_s(self._patience_s()))
        events = self._raw.read(0)
        if self._raw.devices is not self._devices:
            self._devices = self._raw.devices
            watch.forget_presses()
            self._event_devices.look_again()
            self._check.forget()
        now_us, wall_us = time.monotonic_ns() // 1000, time.time_ns() // 1000
        for raw in events:
            device = self._devices.get(raw.source)
            origin = origin_of(device, raw.source)
            if event := self._reading.read(raw, device, origin):
                injected = origin.source is InputSource.INJECTED
                watch.see(origin, event, InjectionMethod.XTEST_DEVICE if injected else None)
                if origin.source is InputSource.LOCAL_DEVICE:
                    self._check.reported(origin.device, event.kind, now_us, wall_us)
        self._compare(watch, now_us)
        if events:
            self._sign_us = now_us
        elif now_us - self._sign_us >= _SIGN_OF_LIFE_US:
            # A server that has stopped looks like a quiet one; it must not be taken for one.
            self._raw.check()
            self._sign_us = now_us

    def _patience_s(self) -> float:
        """Return how long there is nothing to compare, and the server need not be asked whether it lives."""
        due_us = self._sign_us + _SIGN_OF_LIFE_US
        if (judged_us := self._check.next_due_us()) is not None:
            due_us = min(due_us, max(judged_us, self._asked_us + _DEVICES_US))
        return max(0.001, (due_us - time.monotonic_ns() // 1000) / 1e6)

    def _compare(self, watch: InputWatch, now_us: int) -> None:
        if now_us - self._asked_us < _DEVICES_US:
            return
        self._asked_us = now_us
        for device in self._event_devices.active():
            self._check.sent(device, now_us)
        for device, kind, wall_clock_us in self._check.due(now_us):
            watch.notice(InjectionMethod.WITHOUT_DEVICE, device, kind, wall_clock_us)

    def close(self) -> None:
        self._raw.close()
        self._event_devices.close()


class _RecordedSource:
    _KINDS: ClassVar[dict[int, InputKind]] = {
        RecordedKind.MOVED: InputKind.MOTION,
        RecordedKind.BUTTON_DOWN: InputKind.BUTTON_DOWN,
        RecordedKind.BUTTON_UP: InputKind.BUTTON_UP,
        RecordedKind.SCROLLED: InputKind.SCROLL,
        RecordedKind.KEY_DOWN: InputKind.KEY_DOWN,
        RecordedKind.KEY_UP: InputKind.KEY_UP,
    }
    _ORIGIN = Origin(InputSource.UNATTRIBUTED, "")

    def __init__(self, display: XDisplay, heard: Callable[[], None]) -> None:
        self._recorded = RecordedInput(display, heard)
        self._position: tuple[float, float] | None = None

    def pump(self, watch: InputWatch, stopping: StopSignal) -> None:
        stopping.wait(watch.patience_s())
        for kind, time_us, x, y in self._recorded.read():
            dx = dy = 0.0
            if kind == RecordedKind.MOVED:
                before = self._position or (x, y)
                dx, dy = x - before[0], y - before[1]
                self._position = (x, y)
            watch.see(self._ORIGIN, InputEvent(self._KINDS[kind], time_us, dx, dy), None)

    def close(self) -> None:
        self._recorded.close()
