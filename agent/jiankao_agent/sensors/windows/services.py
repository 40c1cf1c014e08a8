"""Services and drivers that start by themselves or run.

All of them are told, not a list of suspects: which of them matter is the collector's knowledge, not the workstation's.
Of a service's command only the file is told. Keyboards and screens that drivers make up are the devices sensor's.
"""

import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.windows import service_list
from jiankao_agent.platform.windows.service_image import image_path
from jiankao_agent.platform.windows.service_seen import ServiceSeen, ServiceSetting
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.service_changes import ServiceChanges, ServiceKey, ServiceState
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Health, ServiceKind

TURN_S = 2.0
_SETTINGS_A_TURN = 32
"""Settings that are read again at a turn, so that all of them are seen within a minute or so and none costs much."""


@dataclass(frozen=True, slots=True)
class ServiceSources:
    """What the sensor asks; each may raise OSError. A test puts its own answers here."""

    services: Callable[[], list[ServiceSeen]] = service_list.read_services
    setting: Callable[[str], ServiceSetting] = service_list.read_setting


class ServicesSensor:
    """The service manager's services and drivers."""

    name = "services"

    def __init__(self, sources: ServiceSources | None = None) -> None:
        """Ask `sources`, by default Windows."""
        self._sources = sources or ServiceSources()

    def probe(self) -> Condition:
        """Tell whether the service manager answers."""
        try:
            self._sources.services()
        except OSError as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法读取系统服务：{error}", f"services cannot be read: {error}"),
                say("请以管理员身份运行采集程序", "run the agent as administrator"),
            )
        return OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when services cannot be read."""
        watch = _Watch(self._sources)
        changes = ServiceChanges()
        try:
            first = True
            while True:
                again = context.baseline_wanted()
                for fact, urgent in changes.look(watch.look(), baseline=again or first):
                    context.emit(fact, urgent=urgent)
                if first:
                    context.report(OK)
                    first = False
                if context.stopping.wait(TURN_S):
                    return
        except OSError as error:
            raise SensorError(
                f"services: they cannot be read any more ({error}); restart the agent"
            ) from error


class _Watch:
    def __init__(self, sources: ServiceSources) -> None:
        self._sources = sources
        self._root = os.environ.get("SYSTEMROOT", r"C:\Windows")
        self._settings: dict[str, ServiceSetting] = {}
        self._running: set[str] = set()
        self._turn: deque[str] = deque()

    def look(self) -> dict[ServiceKey, ServiceState]:
        """Return the services there are. Raises OSError."""
        seen = {service.name: service for service in self._sources.services() if service.name}
        running = {name for name, service in seen.items() if service.running}
        # What starts or stops may have been given another file first.
        stale = {name for name in seen if name not in self._settings} | (running ^ self._running)
        self._running = running
        self._settings = {
            name: self._sources.setting(name) if name in stale else self._settings[name]
            for name in seen
        }
        self._refresh()
        return {
            (_kind(service), name): self._state(service)
            for name, service in seen.items()
            if service.running or self._settings[name].enabled
        }

    def _refresh(self) -> None:
        if not self._turn:
            self._turn.extend(self._settings)
            return
        for _ in range(min(_SETTINGS_A_TURN, len(self._turn))):
            name = self._turn.popleft()
            if name in self._settings:
                self._settings[name] = self._sources.setting(name)

    def _state(self, service: ServiceSeen) -> ServiceState:
        setting = self._settings[service.name]
        return ServiceState(
            enabled=setting.enabled,
            running=service.running,
            image_path=image_path(setting.command, self._root),
        )


def _kind(service: ServiceSeen) -> ServiceKind:
    if service.driver:
        return ServiceKind.DRIVER
    return ServiceKind.USER if service.of_a_user else ServiceKind.SYSTEM
