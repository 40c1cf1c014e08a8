"""Input: how much, how fast, and whether a device or a program made it. Never which key, never what was typed.

Low-level hooks see the input of the session they are in, and only that: an agent in the session of services sees none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from jiankao_agent.platform.windows import hooks, standing
from jiankao_agent.platform.windows.hook_event import HookEvent, RawEvent
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.input_watch import LONGEST_WAIT_S, InputWatch, monotonic_us
from jiankao_agent.sensors.input_window import InputKind
from jiankao_agent.sensors.windows.device_check import DeviceCheck
from jiankao_agent.sensors.windows.hook_guard import HookGuard, Verdict
from jiankao_agent.sensors.windows.hook_reading import (
    KEYBOARD,
    HookReading,
    injection_of,
    origin_of,
)
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Health, InjectionMethod

SERVICES_SESSION = 0

IN_SERVICES_SESSION = Condition(
    Health.UNAVAILABLE,
    say(
        "采集程序在服务会话（会话 0）中运行，看不到考生桌面上的输入",
        "the agent runs in the session of services (0) and sees no input of the candidate's desktop",
    ),
    say(
        "请在考生登录的会话中运行采集程序",
        "run the agent in the session in which the candidate is logged on",
    ),
)
BLIND = Condition(
    Health.DEGRADED,
    say(
        "本会话有输入，但采集程序看不到",
        "this session gets input that the agent does not see",
    ),
    say(
        "请查看屏幕：若停在锁屏或授权提示上，退出即可；否则请重新启动采集程序",
        "look at the screen: leave the lock screen or permission prompt if one is shown; otherwise restart the agent",
    ),
)


class HookSource(Protocol):
    """The hooks of a session."""

    def read(self, timeout_s: float) -> list[HookEvent | RawEvent]:
        """Return what has arrived, waiting for the first. Raises SensorError."""

    def close(self) -> None:
        """Take the hooks away."""


@dataclass(frozen=True, slots=True)
class Desktop:
    """What the sensor asks of Windows. A test puts its own answers here."""

    open_hooks: Callable[[], HookSource] = hooks.Hooks
    session: Callable[[], int] = standing.own_session
    last_input_ms: Callable[[], int] = standing.last_input_ms


class InputSensor:
    """Windows of input, and notices of injected input."""

    name = "input"

    def __init__(self, desktop: Desktop | None = None) -> None:
        """Watch `desktop`, by default this process's."""
        self._desktop = desktop or Desktop()

    def probe(self) -> Condition:
        """Tell whether this process can see the candidate's input."""
        return IN_SERVICES_SESSION if self._desktop.session() == SERVICES_SESSION else OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when the hooks end, OSError when Windows refuses them."""
        condition = self.probe()
        if condition.health is Health.UNAVAILABLE:
            context.report(condition)
            # Nothing changes a process's session: started again, it would find the same.
            while not context.stopping.wait(LONGEST_WAIT_S):
                context.baseline_wanted()  # being asked is the sign of life
            return
        watch = _Watch(context, self._desktop)
        context.report(condition)
        try:
            while not context.stopping.is_set():
                context.baseline_wanted()  # input has no state to tell again
                watch.turn()
        finally:
            watch.finish()


class _Watch:
    """Takes in what the hooks tell, and looks after them."""

    def __init__(self, context: SensorContext, desktop: Desktop) -> None:
        self._context = context
        self._desktop = desktop
        self._hooks = desktop.open_hooks()
        self._reading = HookReading()
        self._input = InputWatch(context)
        self._guard = HookGuard()
        self._devices = DeviceCheck()
        self._blind = False

    def turn(self) -> None:
        """Take in what has arrived, and tell what is due."""
        for seen in self._hooks.read(self._input.patience_s()):
            if isinstance(seen, RawEvent):
                if not seen.from_device:
                    self._devices.deviceless()
                continue
            self._guard.saw()
            method = injection_of(seen)
            if seen.keyboard and method is not None:
                self._devices.flagged()
            event = self._reading.read(seen)
            if event is not None:
                self._input.see(origin_of(seen), event, method)
        for _ in range(self._devices.unexplained(monotonic_us())):
            self._input.notice(InjectionMethod.WITHOUT_DEVICE, KEYBOARD, InputKind.KEY_DOWN)
        self._input.tell()
        self._look_after_hooks()

    def finish(self) -> None:
        """Tell what is open: it was seen, whatever happens next."""
        self._input.finish()
        self._hooks.close()

    def _look_after_hooks(self) -> None:
        now_us = monotonic_us()
        if not self._guard.is_due(now_us):
            return
        verdict = self._guard.look(self._desktop.last_input_ms(), now_us)
        if verdict is Verdict.SET_AGAIN:
            self._hooks.close()
            self._hooks = self._desktop.open_hooks()
            self._input.forget_presses()
        blind = verdict is Verdict.BLIND or (self._blind and not self._guard.trusted)
        if blind != self._blind:
            self._blind = blind
            self._context.report(BLIND if blind else OK)
