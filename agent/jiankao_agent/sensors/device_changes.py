"""Devices that come and go, out of looks at all of them and word of single ones. Both systems use it."""

from collections.abc import Mapping
from dataclasses import replace

from jiankao_agent.sensors.base import SensorContext
from jiankao_proto.observations import Device, DeviceAttached, DeviceRemoved


class DeviceChanges:
    """What is known to be there, by path; what is new is told at once."""

    def __init__(self, context: SensorContext, known: dict[str, Device] | None) -> None:
        """Take what an earlier run of the sensor knew, None when this is the first."""
        self._context = context
        self._first = known is None
        self.known: dict[str, Device] = {} if known is None else known

    def again(self) -> None:
        """Tell everything again."""
        for device in self.known.values():
            self._context.emit(DeviceAttached(device, baseline=True))

    def settle(self, now: Mapping[str, Device]) -> None:
        """Take in everything that is there; the first time it is the baseline."""
        baseline, self._first = self._first, False
        for path in self.known.keys() - now.keys():
            self.removed(path)
        for device in now.values():
            self.attached(device, baseline=baseline)

    def attached(self, device: Device, *, baseline: bool = False) -> None:
        """Take in a device."""
        before = self.known.get(device.path)
        if before is not None and replace(before, name=device.name) == device:
            return  # a name may be told in other words by a message than by a look
        if before is not None:
            self._context.emit(DeviceRemoved(before), urgent=True)
        self.known[device.path] = device
        self._context.emit(DeviceAttached(device, baseline=baseline), urgent=not baseline)

    def removed(self, path: str) -> None:
        """Take in that a device is gone."""
        device = self.known.pop(path, None)
        if device is not None:
            self._context.emit(DeviceRemoved(device), urgent=True)
