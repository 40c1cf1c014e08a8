"""What is plugged in: keyboards and mice, storage, cameras, sound, network adapters, USB; and what programs make up.

Windows tells when something comes or goes; then, and now and again, all devices are compared. One that stays for less
than the look takes can be missed. Serial numbers are told as digests that are of use on this workstation only.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.windows import device_tree, registry
from jiankao_agent.platform.windows.device_news import DeviceNews
from jiankao_agent.platform.windows.device_node import DeviceNode
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.device_changes import DeviceChanges
from jiankao_agent.sensors.windows.device_kinds import devices_of
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Device, Health

TURN_S = 0.5
LOOK_ALL_THE_SAME_S = 10.0
LOOK_WITHOUT_NEWS_S = 2.0
_SETTLES_S = 0.25
"""A device comes as a handful of nodes, its driver a moment later: one look serves them all."""
_GUID_KEY, _GUID_VALUE = r"SOFTWARE\Microsoft\Cryptography", "MachineGuid"


class News(Protocol):
    """Says when it is worth looking again."""

    def wait(self, timeout_s: float) -> bool:
        """Wait for a change; tell whether there was one."""

    def close(self) -> None:
        """Ask to be told no more."""


def own_key() -> bytes:
    """Return what makes digests this workstation's own: Windows's own number, else a new one. Raises OSError."""
    guid = registry.text(registry.Root.LOCAL_MACHINE, _GUID_KEY, _GUID_VALUE)
    return guid.encode() if guid else secrets.token_bytes(16)


@dataclass(frozen=True, slots=True)
class DeviceSources:
    """What the sensor asks; each may raise OSError. A test puts its own answers here."""

    read: Callable[[Mapping[str, DeviceNode]], dict[str, DeviceNode]] = device_tree.read_devices
    news: Callable[[], News] = DeviceNews
    key: Callable[[], bytes] = own_key


class DevicesSensor:
    """Devices that come and go."""

    name = "devices"

    def __init__(self, sources: DeviceSources | None = None) -> None:
        """Ask `sources`, by default Windows."""
        self._sources = sources or DeviceSources()
        self._known: dict[str, Device] | None = None  # kept: a restart hides nothing

    def probe(self) -> Condition:
        """Tell whether devices can be listed."""
        try:
            self._sources.read({})
        except OSError as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法读取设备列表：{error}", f"devices cannot be listed: {error}"),
                say("请以管理员身份运行采集程序", "run the agent as administrator"),
            )
        return OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when devices cannot be listed."""
        news: News | None = None
        try:
            key = self._sources.key()
            try:
                news = self._sources.news()  # before the first look: nothing falls between
            except OSError:
                news = None  # they are compared more often instead
            self._watch(context, key, news)
        except OSError as error:
            raise SensorError(
                f"devices: they cannot be listed any more ({error}); restart the agent"
            ) from error
        finally:
            if news is not None:
                news.close()

    def _watch(self, context: SensorContext, key: bytes, news: News | None) -> None:
        every_s = LOOK_WITHOUT_NEWS_S if news is None else LOOK_ALL_THE_SAME_S
        context.baseline_wanted()  # answered by what follows
        changes = DeviceChanges(context, self._known)
        changes.again()
        nodes = self._sources.read({})
        looked = time.monotonic()
        changes.settle(devices_of(nodes, key))
        self._known = changes.known
        context.report(OK)
        while not context.stopping.is_set():
            if context.baseline_wanted():
                changes.again()
            if news is None:
                context.stopping.wait(TURN_S)
                stirred = False
            elif stirred := news.wait(TURN_S):
                context.stopping.wait(_SETTLES_S)
            if stirred or time.monotonic() - looked >= every_s:
                nodes = self._sources.read(nodes)
                looked = time.monotonic()
                changes.settle(devices_of(nodes, key))
