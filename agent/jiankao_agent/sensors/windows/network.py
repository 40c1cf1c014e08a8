"""How this workstation can be reached and where its traffic goes: adapters, routes, name servers, proxies, hotspots.

A look every two seconds: what is there for less can be missed. A phone that shares its network and a VPN are adapters
too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.windows.adapter_seen import AdapterSeen
from jiankao_agent.platform.windows.adapters import Adapters, read_route_table
from jiankao_agent.platform.windows.network_answers import RouteSeen
from jiankao_agent.platform.windows.proxies import read_proxies
from jiankao_agent.platform.windows.proxy_seen import ProxySeen
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.inventory import Inventory
from jiankao_agent.sensors.windows.network_facts import SettingKey, interfaces_told, settings_told
from jiankao_proto.bilingual import say
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import (
    Change,
    Health,
    NetworkInterfaceChanged,
    NetworkSettingChanged,
)

TURN_S = 2.0


def _read_adapters() -> Callable[[], list[AdapterSeen]]:
    return Adapters().read


@dataclass(frozen=True, slots=True)
class NetworkSources:
    """What the sensor asks; each may raise OSError or MalformedError. A test puts its own answers here."""

    adapters: Callable[[], list[AdapterSeen]] = field(default_factory=_read_adapters)
    routes: Callable[[], list[RouteSeen]] = read_route_table
    proxies: Callable[[], list[ProxySeen]] = read_proxies


class NetworkSensor:
    """Adapters and settings that come, go and change."""

    name = "network"

    def __init__(self, sources: NetworkSources | None = None) -> None:
        """Ask `sources`, by default Windows."""
        self._sources = sources or NetworkSources()
        self._interfaces: Inventory[str, NetworkInterfaceChanged] = Inventory()
        self._settings: Inventory[SettingKey, NetworkSettingChanged] = Inventory()

    def probe(self) -> Condition:
        """Tell whether adapters and settings can be read."""
        try:
            self._sources.adapters()
            self._sources.routes()
            self._sources.proxies()
        except (OSError, MalformedError) as error:
            return Condition(
                Health.UNAVAILABLE,
                say(
                    f"无法读取网络接口与设置：{error}",
                    f"network interfaces and settings cannot be read: {error}",
                ),
                say("请以管理员身份运行采集程序", "run the agent as administrator"),
            )
        return OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when adapters or settings cannot be read."""
        try:
            said = False
            while True:
                if context.baseline_wanted():
                    for interface in self._interfaces.again():
                        context.emit(interface)
                    for setting in self._settings.again():
                        context.emit(setting)
                self._look(context)
                if not said:
                    context.report(OK)
                    said = True
                if context.stopping.wait(TURN_S):
                    return
        except (OSError, MalformedError) as error:
            raise SensorError(
                f"network: interfaces and settings cannot be read any more ({error}); restart the agent"
            ) from error

    def _look(self, context: SensorContext) -> None:
        seen = self._sources.adapters()
        settings = settings_told(seen, self._sources.routes(), self._sources.proxies())
        for interface in self._interfaces.settle(interfaces_told(seen)):
            context.emit(interface, urgent=interface.change is not Change.BASELINE)
        for setting in self._settings.settle(settings):
            context.emit(setting, urgent=setting.change is not Change.BASELINE)
