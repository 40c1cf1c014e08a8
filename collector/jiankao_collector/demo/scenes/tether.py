"""A phone that shares its network with a seat over USB (RNDIS), and the seat's own cable. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from jiankao_collector.demo.steps import Happens, Setting, Step
from jiankao_proto.observations import (
    Change,
    Device,
    DeviceAttached,
    DeviceClass,
    DeviceRemoved,
    NetworkInterfaceChanged,
    NetworkSettingChanged,
)

_CABLE, _TETHER = "以太网", "以太网 2"
_PHONE = Device(
    r"USB\VID_18D1&PID_4EE3",
    DeviceClass.NETWORK,
    "Remote NDIS based Internet Sharing Device",
    0x18D1,
    0x4EE3,
)
_GATEWAY = "192.168.42.129"


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone's network at a seat. `address` is the seat's own on it."""

    address: str
    steps: tuple[Step, ...]

    def taken_away(self, at_s: float) -> Iterator[Step]:
        """Yield what the seat sees when the phone is unplugged."""
        gone = NetworkInterfaceChanged(Change.REMOVED, _TETHER, "tether")
        yield Step(at_s, Happens((gone, DeviceRemoved(_PHONE)), urgent=True))
        yield Step(at_s + 1, Happens((_route(Change.REMOVED),), urgent=True))


def plugged_in(setting: Setting, cable_out_s: float, at_s: float) -> Phone:
    """Return a phone that is plugged in at `at_s`, after the seat's cable came out."""
    address = f"192.168.42.{setting.random.randint(2, 120)}"
    there = NetworkInterfaceChanged(Change.ADDED, _TETHER, "tether", (address,), up=True)
    names = NetworkSettingChanged(Change.ADDED, "dns_server", _TETHER, _GATEWAY)
    return Phone(
        address,
        (
            Step(cable_out_s, _cable(setting, up=False)),
            Step(at_s, Happens((DeviceAttached(_PHONE), there), urgent=True)),
            Step(at_s + 2, Happens((_route(Change.ADDED), names), urgent=True)),
        ),
    )


def back(setting: Setting) -> Happens:
    """Return what the seat sees when its own cable is back."""
    return _cable(setting, up=True)


def _cable(setting: Setting, *, up: bool) -> Happens:
    addresses = (setting.address,) if up else ()
    fact = NetworkInterfaceChanged(Change.MODIFIED, _CABLE, "ethernet", addresses, up=up)
    return Happens((fact,), urgent=True)


def _route(change: Change) -> NetworkSettingChanged:
    return NetworkSettingChanged(change, "route", "0.0.0.0/0", f"{_GATEWAY} dev {_TETHER}")
