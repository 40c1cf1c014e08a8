"""Which screens show the desktop, whether two show the same, and which of them are made up by software.

A look a second, cheap while nothing changes. A splitter behind a plug shows in nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.windows import screens, standing
from jiankao_agent.platform.windows.screen_seen import ScreenSeen
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.inventory import Inventory
from jiankao_agent.sensors.windows.screens_told import screens_told
from jiankao_proto.bilingual import say
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import Change, DisplayChanged, Health

TURN_S = 1.0
LOOK_ALL_THE_SAME_S = 10.0
SERVICES_SESSION = 0

_REMEDY = say(
    "请在考生登录的会话中运行采集程序",
    "run the agent in the session in which the candidate is logged on",
)
IN_SERVICES_SESSION = Condition(
    Health.UNAVAILABLE,
    say(
        "采集程序在服务会话（会话 0）中运行，看不到考生的显示器",
        "the agent runs in the session of services (0) and does not see the candidate's screens",
    ),
    _REMEDY,
)
NOT_AT_THE_SCREEN = Condition(
    Health.DEGRADED,
    say(
        "Windows 不在本会话中说明显示器如何连接，看不到镜像（远程桌面会话也会这样）",
        "Windows does not tell this session how screens are connected: mirroring is not seen "
        "(so it is in a remote desktop session)",
    ),
    _REMEDY,
)


@dataclass(frozen=True, slots=True)
class DisplaySources:
    """What the sensor asks. A test puts its own answers here."""

    glance: Callable[[], object] = screens.glance
    """Something that is another when screens changed."""
    paths: Callable[[], tuple[bytes, bytes]] = screens.query_paths
    """How screens are connected; raises OSError where this session may not know."""
    of_paths: Callable[[bytes, bytes], list[ScreenSeen]] = screens.screens_of_paths
    of_adapters: Callable[[], list[ScreenSeen]] = screens.screens_of_adapters
    mirrors: Callable[[], list[ScreenSeen]] = screens.mirror_drivers
    session: Callable[[], int] = standing.own_session

    def read(self) -> tuple[list[ScreenSeen], Condition]:
        """Return the screens, and how well they are seen. Raises OSError, MalformedError."""
        try:
            paths = self.paths()
        except OSError:
            return [*self.of_adapters(), *self.mirrors()], NOT_AT_THE_SCREEN
        return [*self.of_paths(*paths), *self.mirrors()], OK


class DisplaysSensor:
    """Screens that come, go and change."""

    name = "displays"

    def __init__(self, sources: DisplaySources | None = None) -> None:
        """Ask `sources`, by default Windows."""
        self._sources = sources or DisplaySources()
        self._known: Inventory[str, DisplayChanged] = Inventory()

    def probe(self) -> Condition:
        """Tell whether screens can be read, and how well."""
        try:
            if self._sources.session() == SERVICES_SESSION:
                return IN_SERVICES_SESSION
            return self._sources.read()[1]
        except (OSError, MalformedError) as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法读取显示器：{error}", f"the screens cannot be read: {error}"),
                _REMEDY,
            )

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when screens cannot be read."""
        try:
            if self._sources.session() == SERVICES_SESSION:
                context.report(IN_SERVICES_SESSION)
                # Nothing changes a process's session: started again, it would find the same.
                while not context.stopping.wait(TURN_S):
                    context.baseline_wanted()  # being asked is the sign of life
                return
            self._watch(context)
        except (OSError, MalformedError) as error:
            raise SensorError(
                f"displays: the screens cannot be read any more ({error}); restart the agent"
            ) from error

    def _watch(self, context: SensorContext) -> None:
        said: Condition | None = None
        seen: object = None
        looked = 0.0
        while not context.stopping.is_set():
            if context.baseline_wanted():
                for fact in self._known.again():
                    context.emit(fact)
            now = self._sources.glance()
            if said is None or now != seen or time.monotonic() - looked >= LOOK_ALL_THE_SAME_S:
                seen, looked = now, time.monotonic()
                found, condition = self._sources.read()
                if condition != said:
                    said = condition
                    context.report(condition)
                for fact in self._known.settle(screens_told(found)):
                    context.emit(fact, urgent=fact.change is not Change.BASELINE)
            context.stopping.wait(TURN_S)
