"""Boxes that hand keyboard, mouse and screen to the network, by the marks they leave the factory with.

An owner can change every one of them (PiKVM documents how), so that no match means nothing; a match is nearly certain.
Sources: pid.codes, the registry of USB ids 1209:xxxx (PiKVM); docs.pikvm.org/id (its EDID); USB descriptors of Sipeed's
NanoKVM as listed publicly.
"""

from jiankao_proto.observations import Device, DisplayChanged

_USB = {
    (0x3346, 0x1009): "NanoKVM",
    (0x1209, 0xEDA1): "PiKVM",
    (0x1209, 0xEDA2): "PiKVM",
    (0x1209, 0xEDA3): "PiKVM",
}
_EDID = {("LNX", "PiKVM"): "PiKVM"}
"""Vendor and the first word of the name, which the model follows ("PiKVM V4 Plus")."""


def of_device(device: Device) -> str:
    """Return the name of the IP-KVM a device belongs to; empty when it is none we know."""
    return _USB.get((device.vendor_id, device.product_id), "")


def of_display(display: DisplayChanged) -> str:
    """Return the name of the IP-KVM that poses as this display; empty when it is none we know."""
    return _EDID.get((display.edid_vendor, display.edid_name.partition(" ")[0]), "")
