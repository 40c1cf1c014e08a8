"""What programs do on the desktop that no hand does: input they inject, looks at the whole screen, windows over others.

X11, through RECORD on the requests. It names the program, and sees injection that poses as a real device, for which the
input sensor takes it. Of a request nothing is read but which one it is; see platform/linux/x11_record. Windows that lie
over the one the candidate works in are told by where they are, never by what they show; see overlays.
"""

import contextlib
import os
import time
from collections.abc import Mapping
from dataclasses import replace

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux import x_displays
from jiankao_agent.platform.linux.desktop_requests import (
    DesktopRequests,
    NoRecordError,
    RequestKind,
    XClient,
)
from jiankao_agent.platform.linux.window_stack import Survey, WindowStack
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.overlays import Overlays, frame
from jiankao_agent.sensors.request_notices import RequestNotices
from jiankao_agent.sensors.screen_reads import ScreenReads
from jiankao_proto.bilingual import say
from jiankao_proto.observations import (
    Health,
    InjectionMethod,
    ProcessRef,
    WindowFinding,
    WindowFindingKind,
)

_LOOK_FOR_DISPLAY_S = 0.5
_TURNS_WITHOUT_RECORD = 20
_SIGN_OF_LIFE_US = 10_000_000
_WINDOWS_US = 700_000
"""How often windows are looked at, whose spells are counted in seconds."""
_METHODS = {
    RequestKind.FAKE_INPUT: InjectionMethod.INJECTION_REQUEST,
    RequestKind.POINTER_WARP: InjectionMethod.POINTER_WARP,
    RequestKind.SENT_EVENT: InjectionMethod.SENT_EVENT,
}
_URGENT = frozenset({InjectionMethod.INJECTION_REQUEST, InjectionMethod.POINTER_WARP})

_RECORD_REMEDY = say(
    "请不要在 X 服务器配置中关闭 RECORD 扩展，然后重新登录桌面",
    "do not switch the RECORD extension off in the X server's configuration, and log in again",
)
NO_DISPLAY = Condition(
    Health.UNAVAILABLE,
    say(
        "这台考试机上没有可观察的图形桌面（X 显示）",
        "there is no graphical desktop (X display) to watch on this workstation",
    ),
    say(
        "请启动图形桌面；如桌面已启动，请为采集程序设置 DISPLAY",
        "start the graphical desktop; if it runs, set DISPLAY for the agent",
    ),
)
NO_RECORD = Condition(
    Health.DEGRADED,
    say(
        "X 服务器没有 RECORD 扩展：注入的输入仍按其虚拟设备识别，但不知道是哪个程序，也看不到谁在读取屏幕",
        "the X server has no RECORD extension: injected input is still told by its virtual device, "
        "but not which program makes it, nor who reads the screen",
    ),
    _RECORD_REMEDY,
)
WAYLAND_PARTLY = Condition(
    Health.DEGRADED,
    say(
        "桌面是 Wayland，只能看到 X11 程序的注入与读屏",
        "the desktop is Wayland: only what X11 programs inject and read is seen",
    ),
    say(
        "请在登录界面选择“Xorg”（X11）桌面后重新登录",
        'choose the "Xorg" (X11) desktop on the log-in screen and log in again',
    ),
)


class DesktopSensor:
    """Injection requests and reads of the screen, with the program that made them."""

    name = "desktop"

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """Take DISPLAY and XAUTHORITY from `environment`, by default the agent's own."""
        self._environment = os.environ if environment is None else environment

    def probe(self) -> Condition:
        """Tell whether requests at the workstation's display can be recorded."""
        requests, condition = self._open()
        if requests is not None:
            requests.close()
        return condition

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop; while there is no display, wait for one. Raises SensorError when it goes away."""
        said: Condition | None = None
        while True:
            context.baseline_wanted()  # there is no state to tell again; being asked is the sign of life
            requests, condition = self._open()
            # It is fine only when the windows are watched too.
            windows = self._windows(requests) if requests is not None else None
            if condition != said:
                said = condition
                context.report(condition)
            if requests is not None and windows is not None:
                break
            # A display may come at any moment; a server without RECORD stays so until it is started anew.
            turns = _TURNS_WITHOUT_RECORD if condition is NO_RECORD else 1
            for _ in range(turns):
                context.baseline_wanted()
                if context.stopping.wait(_LOOK_FOR_DISPLAY_S):
                    return
        with contextlib.closing(requests), contextlib.closing(windows):
            watch, over = _Watch(context, requests), _OverlayWatch(context, windows)
            while not context.stopping.is_set():
                context.baseline_wanted()
                _wait(context, watch, over)
                watch.turn()
                over.turn()

    def _windows(self, requests: DesktopRequests) -> WindowStack:
        try:
            return WindowStack(requests.display, self._environment)
        except SensorError:
            requests.close()
            raise

    def _open(self) -> tuple[DesktopRequests | None, Condition]:
        refused: SensorError | None = None
        for display in x_displays.candidates(self._environment):
            try:
                requests = DesktopRequests(display, self._environment)
            except NoRecordError:
                return None, NO_RECORD
            except SensorError as error:
                refused = refused or error
            else:
                wayland = x_displays.is_wayland(self._environment)
                return requests, WAYLAND_PARTLY if wayland else OK
        if refused is None:
            return None, NO_DISPLAY
        reason = say(f"无法连接图形桌面（{refused}）", str(refused))
        return None, Condition(Health.UNAVAILABLE, reason, NO_DISPLAY.remedy)


def _wait(context: SensorContext, watch: "_Watch", over: "_OverlayWatch") -> None:
    """Wait for a request, for something to happen to windows when it is time to look at them, or for what is due."""
    now_us = time.monotonic_ns() // 1000
    due_us = min(watch.due_us(), over.due_us(now_us))
    # Windows that change all the time are looked at when their turn is due, not with every change.
    sources = (watch.requests, over.windows) if over.listens(now_us) else (watch.requests,)
    context.stopping.wait_for(*sources, timeout_s=max(0, due_us - now_us) / 1e6)


class _Watch:
    def __init__(self, context: SensorContext, requests: DesktopRequests) -> None:
        self._context = context
        self.requests = requests
        self._notices: RequestNotices[XClient] = RequestNotices()
        self._reads: ScreenReads[XClient] = ScreenReads()
        self._sign_us = time.monotonic_ns() // 1000

    def turn(self) -> None:
        """Take in what has been asked for, and tell what is due. Raises SensorError."""
        made = self.requests.read(0)
        now_us, wall_us = time.monotonic_ns() // 1000, time.time_ns() // 1000
        for kind, client in made:
            if kind is RequestKind.SCREEN_READ:
                if self._reads.feed(client, now_us):
                    self._context.emit(self._screen_read(client), urgent=True)
            elif not (kind is RequestKind.SENT_EVENT and client.window_manager):
                self._notices.feed(_METHODS[kind], client, wall_us)
        for sender, notice in self._notices.due(now_us):
            named = replace(notice, process=sender.process if sender else ProcessRef())
            self._context.emit(named, urgent=notice.method in _URGENT)
        if made:
            self._sign_us = now_us
        elif now_us - self._sign_us >= _SIGN_OF_LIFE_US:
            # A server that has stopped looks like a quiet one; it must not be taken for one.
            self.requests.check()
            self._sign_us = now_us

    def _screen_read(self, client: XClient) -> WindowFinding:
        return WindowFinding(
            kind=WindowFindingKind.SCREEN_READ,
            process=client.process,
            width_px=self.requests.width_px,
            height_px=self.requests.height_px,
        )

    def due_us(self) -> int:
        """Return when the next turn has something to do although nothing is asked for."""
        if self.requests.pending:
            return 0
        sign_us = self._sign_us + _SIGN_OF_LIFE_US
        due_us = self._notices.next_due_us()
        return sign_us if due_us is None else min(due_us, sign_us)


class _OverlayWatch:
    def __init__(self, context: SensorContext, windows: WindowStack) -> None:
        self._context = context
        self.windows = windows
        self._overlays = Overlays()
        self._survey: Survey | None = None
        self._next_us = 0

    def listens(self, now_us: int) -> bool:
        """Tell whether the next turn may be at any moment."""
        return now_us >= self._next_us

    def due_us(self, now_us: int) -> int:
        """Return when the next turn has something to do although nothing happens to windows."""
        if now_us < self._next_us or self.windows.pending or self._overlays.watched:
            return self._next_us
        return now_us + _SIGN_OF_LIFE_US

    def turn(self) -> None:
        """Take in how the windows stand, and tell what is due. Raises SensorError."""
        now_us = time.monotonic_ns() // 1000
        if now_us < self._next_us:
            return
        if (survey := self.windows.turn()) is not None:
            self._survey = survey
            self._overlays.see(survey, now_us)
        if self.windows.heard or self.windows.pending or self._overlays.watched:
            self._next_us = now_us + _WINDOWS_US
        for top in self._overlays.due(now_us):
            process = self.windows.process(top.owner)
            own = self.windows.process(self._survey.owner) if self._survey else ProcessRef()
            if process.pid and process.pid == own.pid:
                continue  # the exam program's own, over another connection
            width_px, height_px = frame(top.visible)
            self._context.emit(
                WindowFinding(
                    kind=WindowFindingKind.OVERLAY,
                    process=process,
                    width_px=width_px,
                    height_px=height_px,
                ),
                urgent=True,
            )
