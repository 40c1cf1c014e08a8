"""Services that start by themselves or run, and who can make keyboards and mice out of software.

All of them are told, not a list of suspects: which of them matter is the collector's knowledge, not the workstation's.
"""

from dataclasses import replace
from pathlib import Path

from jiankao_agent.platform.linux import uinput_holders
from jiankao_agent.platform.linux.proc_files import sees_all_processes
from jiankao_agent.platform.linux.session_homes import session_homes
from jiankao_agent.platform.linux.systemd_units import SystemdUnits
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.service_changes import ServiceChanges, ServiceKey, ServiceState
from jiankao_agent.sensors.turns import take_turns
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Change, Health, ProcessRef, ServiceChanged, ServiceKind

TURN_S = 3.0
_ENABLED_EVERY = 5
_HOLDERS_EVERY = 5
"""Turns between two looks at what changes rarely or costs more; at holders also when the number of uses changes."""
_AS_ROOT = say("请以 root 运行采集程序", "run the agent as root")


class ServicesSensor:
    """Systemd's units and the holders of the virtual input device."""

    name = "services"

    def __init__(self, root: Path = Path("/"), device: str = uinput_holders.DEVICE) -> None:
        """Take the file system's root and the device to look for; others only in tests."""
        self._units = SystemdUnits(root)
        self._root, self._device = root, device

    def probe(self) -> Condition:
        """Tell whether units and holders can be read. Without systemd there are no units, and that is fine."""
        try:
            self._units.enabled_for_system()
            self._units.running()
        except OSError as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法读取系统服务：{error}", f"services cannot be read: {error}"),
                _AS_ROOT,
            )
        if uinput_holders.device_exists() and not sees_all_processes():
            return Condition(
                Health.DEGRADED,
                say(
                    "看不到其他用户的程序是否在模拟键盘鼠标",
                    "whether other users' programs imitate keyboards and mice cannot be seen",
                ),
                _AS_ROOT,
            )
        return OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when services cannot be read."""
        take_turns(
            context,
            self.probe(),
            lambda context: _Watch(context, self._units, self._root, self._device),
            TURN_S,
            lost="services: they cannot be read any more",
            ask="are /proc and /sys mounted?",
        )


class _Watch:
    def __init__(
        self, context: SensorContext, units: SystemdUnits, root: Path, device: str
    ) -> None:
        self._context, self._units, self._root, self._device = context, units, root, device
        self._turn = 0
        self._enabled: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
        self._changes = ServiceChanges()
        self._holders: dict[int, ProcessRef] = {}
        self._uses: int | None = None

    def turn(self) -> None:
        """Look once. Raises OSError."""
        again = self._context.baseline_wanted()
        self._look_at_services(baseline=again)
        before, self._uses = self._uses, uinput_holders.uses(self._root)
        if self._turn % _HOLDERS_EVERY == 0 or again or self._uses != before:
            self._look_at_holders(baseline=again)
        self._turn += 1

    def _look_at_services(self, *, baseline: bool) -> None:
        if self._turn % _ENABLED_EVERY == 0:
            homes = session_homes(self._root)
            self._enabled = (
                self._units.enabled_for_system(),
                self._units.enabled_for_users(homes),
            )
        now: dict[ServiceKey, ServiceState] = {}
        kinds = (ServiceKind.SYSTEM, ServiceKind.USER)
        for kind, enabled, running in zip(kinds, self._enabled, self._units.running(), strict=True):
            for name in sorted(enabled | running):
                now[kind, name] = ServiceState(name in enabled, name in running)
        for fact, urgent in self._changes.look(now, baseline=baseline):
            self._context.emit(fact, urgent=urgent)

    def _look_at_holders(self, *, baseline: bool) -> None:
        exists = self._device != uinput_holders.DEVICE or uinput_holders.device_exists()
        # Every open file of every process is looked at: milliseconds, for a device that hardly ever anybody holds.
        now = uinput_holders.holders(self._device) if exists and self._uses != 0 else {}
        for pid, process in now.items():
            fact = ServiceChanged(
                Change.ADDED,
                ServiceKind.VIRTUAL_INPUT,
                self._device,
                running=True,
                process=process,
            )
            if baseline:
                self._context.emit(replace(fact, change=Change.BASELINE))
            elif self._holders.get(pid) != process:
                self._context.emit(fact, urgent=True)
        for pid in self._holders.keys() - now.keys():
            self._context.emit(
                ServiceChanged(
                    Change.REMOVED,
                    ServiceKind.VIRTUAL_INPUT,
                    self._device,
                    process=self._holders[pid],
                )
            )
        self._holders = now
