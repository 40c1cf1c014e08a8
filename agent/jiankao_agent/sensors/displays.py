"""Which screens show the desktop, whether two show the same, and which of them are made up by software.

X11, through RandR, which tells of every change. A splitter behind a plug shows in nothing.
"""

import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux import x_displays
from jiankao_agent.platform.linux.randr_screens import NoRandrError, RandrScreens, Screen
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.inventory import Inventory
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Change, DisplayChanged, Health

_LOOK_FOR_DISPLAY_S = 1.2
_SIGN_OF_LIFE_S = 10.0
_VIRTUAL = re.compile(
    r"(?:VIRTUAL|DUMMY|VNC|RDP|XWAYLAND|SCREEN|DEFAULT|NONE)-?[0-9]*(?:-[0-9]+)*", re.IGNORECASE
)
"""Names that drivers give to outputs without a plug: VIRTUAL1 (intel), DUMMY0, Virtual-1 (virtual machines, vkms),
VNC-0, rdp0, XWAYLAND0, screen (Xvfb)."""

_X11_SESSION = say(
    "请在登录界面选择“Xorg”（X11）桌面后重新登录",
    'choose the "Xorg" (X11) desktop on the log-in screen and log in again',
)
NO_DISPLAY = Condition(
    Health.UNAVAILABLE,
    say(
        "这台考试机上没有图形桌面（X 显示），看不到接了哪些显示器",
        "there is no graphical desktop (X display) on this workstation: its screens are not seen",
    ),
    say(
        "请启动图形桌面；如桌面已启动，请为采集程序设置 DISPLAY",
        "start the graphical desktop; if it runs, set DISPLAY for the agent",
    ),
)
WAYLAND = Condition(
    Health.DEGRADED,
    say(
        "桌面是 Wayland，看不到显示器的型号和镜像",
        "the desktop is Wayland: makers of screens and mirroring are not seen",
    ),
    _X11_SESSION,
)


class DisplaysSensor:
    """Screens that come, go and change."""

    name = "displays"

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """Take DISPLAY and XAUTHORITY from `environment`, by default the agent's own."""
        self._environment = os.environ if environment is None else environment
        self._known: Inventory[str, DisplayChanged] = Inventory()

    def probe(self) -> Condition:
        """Tell whether the screens of the workstation's display can be read."""
        opened, condition = self._open()
        if opened is not None:
            opened.close()
        return condition

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop; while there is no display, wait for one. Raises SensorError when it goes away."""
        opened = self._wait_for_display(context)
        if opened is None:
            return
        try:
            self._watch(context, opened)
        finally:
            opened.close()

    def _watch(self, context: SensorContext, opened: RandrScreens) -> None:
        self._compare(context, opened.read())
        life = time.monotonic()
        while not context.stopping.is_set():
            if context.baseline_wanted():
                self._tell_again(context)
            if not opened.pending:
                context.stopping.wait_for(
                    opened, timeout_s=max(0.0, life + _SIGN_OF_LIFE_S - time.monotonic())
                )
            if opened.changed(0):
                self._compare(context, opened.read())
                life = time.monotonic()
            elif time.monotonic() - life >= _SIGN_OF_LIFE_S:
                # A server that has stopped looks like one that does not change.
                opened.check()
                life = time.monotonic()

    def _compare(self, context: SensorContext, screens: Iterable[Screen]) -> None:
        now = {fact.output: fact for fact in screens_told(screens)}
        for fact in self._known.settle(now):
            context.emit(fact, urgent=fact.change is not Change.BASELINE)

    def _tell_again(self, context: SensorContext) -> None:
        for fact in self._known.again():
            context.emit(fact)

    def _wait_for_display(self, context: SensorContext) -> RandrScreens | None:
        """Return the display, or None when told to stop first. A desktop that starts late is watched from its start."""
        said: Condition | None = None
        while True:
            if context.baseline_wanted():
                self._tell_again(context)
            opened, condition = self._open()
            if condition != said:
                said = condition
                context.report(condition)
            if opened is not None or context.stopping.wait(_LOOK_FOR_DISPLAY_S):
                return opened

    def _open(self) -> tuple[RandrScreens | None, Condition]:
        wayland = x_displays.is_wayland(self._environment)
        refused: SensorError | None = None
        for display in x_displays.candidates(self._environment):
            try:
                return RandrScreens(display, self._environment), WAYLAND if wayland else OK
            except NoRandrError as error:
                reason = say(f"X 服务器看不到显示器（{error}）", str(error))
                remedy = say(
                    "请换用支持 RandR 1.3 的 X 服务器（如 Xorg）",
                    "use an X server with RandR 1.3, such as Xorg",
                )
                return None, Condition(Health.UNAVAILABLE, reason, remedy)
            except SensorError as error:
                refused = refused or error
        if wayland:
            return None, replace(WAYLAND, health=Health.UNAVAILABLE)
        if refused is None:
            return None, NO_DISPLAY
        reason = say(f"无法连接图形桌面（{refused}）", str(refused))
        return None, Condition(Health.UNAVAILABLE, reason, NO_DISPLAY.remedy)


def screens_told(screens: Iterable[Screen]) -> list[DisplayChanged]:
    """Return what to tell of screens, as a baseline. Two that share pixels of the desktop are mirrored."""
    listed = list(screens)
    return [
        DisplayChanged(
            change=Change.BASELINE,
            output=screen.output,
            width_px=screen.area.width if screen.area else 0,
            height_px=screen.area.height if screen.area else 0,
            edid_vendor=screen.edid.vendor if screen.edid else "",
            edid_name=screen.edid.name if screen.edid else "",
            mirrored=any(
                other is not screen
                and other.area is not None
                and screen.area is not None
                and screen.area.shares_with(other.area)
                for other in listed
            ),
            virtual=_VIRTUAL.fullmatch(screen.output) is not None,
        )
        for screen in listed
    ]
