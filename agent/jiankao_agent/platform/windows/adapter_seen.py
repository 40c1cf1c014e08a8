"""One network adapter as Windows tells of it. Pure."""

from dataclasses import dataclass
from enum import IntEnum


class InterfaceType(IntEnum):
    """IF_TYPE_… of ipifcons.h; what is not named here is of no interest."""

    ETHERNET = 6
    PPP = 23
    LOOPBACK = 24
    PROP_VIRTUAL = 53
    WIFI = 71
    TUNNEL = 131
    MOBILE = 243
    MOBILE_CDMA = 244


@dataclass(frozen=True, slots=True)
class AdapterSeen:
    """`identity` is its GUID. Texts are empty where Windows says nothing."""

    identity: str
    luid: int
    name: str
    """What the user may call it: 以太网, WLAN."""
    description: str = ""
    interface_type: int = 0
    tunnel_type: int = 0
    up: bool = False
    addresses: tuple[str, ...] = ()
    name_servers: tuple[str, ...] = ()
    component: str = ""
    """Which driver's model it is: tap0901, wintun, pci\\ven_8086&dev_15b7 …"""
    device: str = ""
    """The instance id of its device."""
    service: str = ""
    """The driver's service."""
