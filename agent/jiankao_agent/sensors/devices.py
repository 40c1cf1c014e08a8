"""What is plugged in: keyboards and mice, storage, cameras, sound, network adapters, USB; and what programs make up.

Linux: the kernel tells of every device that comes and goes, even one that stays for milliseconds; /sys is read at the
start and whenever the kernel's messages may not be complete. No serial number is read.
"""

import time

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux.kernel_messages import (
    KOBJECT_UEVENT,
    KernelMessages,
    MessagesLostError,
)
from jiankao_agent.platform.linux.proc_files import read
from jiankao_agent.platform.linux.sys_devices import SysDevices
from jiankao_agent.platform.linux.uevents import Uevent, parse_uevent
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.device_changes import DeviceChanges
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Device, Health

LOOK_ALL_THE_SAME_S = 60.0
LOOK_WITHOUT_MESSAGES_S = 2.0
_APPEARS = frozenset({"add", "bind", "change", "move", "online"})
_WHOLE_MACHINE = b"4294967295"

_SERVICE = say(
    "请用随附的 systemd 服务直接在考试机上运行采集程序，不要放在容器里",
    "run the agent on the workstation itself, as its systemd unit does, not in a container",
)


class DevicesSensor:
    """Devices that come and go."""

    name = "devices"

    def __init__(self, system: SysDevices | None = None) -> None:
        """Look at `system`, by default this machine's /sys."""
        self._system = system or SysDevices()
        self._known: dict[str, Device] | None = (
            None  # kept from run to run: a restart hides nothing
        )

    def probe(self) -> Condition:
        """Tell whether devices can be listed, and whether the kernel tells of new ones."""
        try:
            self._system.read()
        except OSError as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法读取设备列表：{error}", f"devices cannot be listed: {error}"),
                say(
                    "请挂载 /sys（mount -t sysfs sysfs /sys）",
                    "mount /sys (mount -t sysfs sysfs /sys)",
                ),
            )
        messages, condition = _listen()
        if messages is not None:
            messages.close()
        return condition

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when devices cannot be listed."""
        messages, condition = _listen()  # before /sys is read, so that nothing falls between
        try:
            watch = _Watch(context, self._system, self._known)
            self._known = watch.known
            context.report(condition)
            look_every_s = LOOK_WITHOUT_MESSAGES_S if messages is None else LOOK_ALL_THE_SAME_S
            while not context.stopping.is_set():
                watch.answer()
                if messages is None:
                    context.stopping.wait(watch.due_s(look_every_s))
                else:
                    context.stopping.wait_for(messages, timeout_s=watch.due_s(look_every_s))
                    if not _hear(messages, watch):
                        watch.look()
                watch.look_when_older_than(look_every_s)
        except OSError as error:
            raise SensorError(
                f"devices: /sys or the kernel's messages cannot be read any more ({error}); is /sys mounted?"
            ) from error
        finally:
            if messages is not None:
                messages.close()


class _Watch:
    """The kernel's word counts at once; a look at /sys puts right what was missed."""

    def __init__(
        self, context: SensorContext, system: SysDevices, known: dict[str, Device] | None
    ) -> None:
        self._context = context
        self._system = system
        context.baseline_wanted()  # answered by what follows
        self._changes = DeviceChanges(context, known)
        self.known = self._changes.known
        self._changes.again()
        self.look()

    def answer(self) -> None:
        """Tell everything again when asked."""
        if self._context.baseline_wanted():
            self._changes.again()

    def hear(self, event: Uevent) -> None:
        """Take in a message."""
        if event.action == "remove":
            self._changes.removed(event.path)
        elif event.action in _APPEARS:
            if old := event.properties.get("DEVPATH_OLD"):
                self._changes.removed(old)
            device = self._system.describe(event.path, event.subsystem, event.properties)
            if device is not None:
                self._changes.attached(device)

    def due_s(self, every_s: float) -> float:
        """Return how long the next look at /sys can wait."""
        return max(0.0, self._looked + every_s - time.monotonic())

    def look_when_older_than(self, seconds: float) -> None:
        """Look at /sys unless that was done not long ago. Raises OSError."""
        if time.monotonic() - self._looked >= seconds:
            self.look()

    def look(self) -> None:
        """Compare with /sys. Raises OSError."""
        self._looked = time.monotonic()
        self._changes.settle(self._system.read())


def _hear(messages: KernelMessages, watch: _Watch) -> bool:
    """Take in what has come; False when something was lost."""
    try:
        for data in messages.receive(0):
            if event := parse_uevent(data):
                watch.hear(event)
    except MessagesLostError:
        return False
    return True


def _listen() -> tuple[KernelMessages | None, Condition]:
    if not _is_whole_machine():
        return None, _degraded(
            say(
                "采集程序在用户命名空间（容器）里，内核不通知它设备变化，只能每 2 秒比较一次",
                "the agent is in a user namespace (a container): the kernel does not tell it of devices, "
                "they are compared every 2 s",
            )
        )
    try:
        return KernelMessages(KOBJECT_UEVENT), OK
    except OSError as error:
        return None, _degraded(
            say(
                f"内核不通知设备变化（{error}），只能每 2 秒比较一次",
                f"the kernel does not tell of devices ({error}), they are compared every 2 s",
            )
        )


def _degraded(reason: str) -> Condition:
    return Condition(Health.DEGRADED, reason, _SERVICE)


def _is_whole_machine() -> bool:
    """Tell whether this is the machine's own user namespace; the kernel's messages reach no other."""
    try:
        return read("/proc/self/uid_map", 4096).split()[2:] == [_WHOLE_MACHINE]
    except OSError:
        return True  # without /proc other sensors speak up
