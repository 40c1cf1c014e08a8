"""What the kernel says when a device comes or goes (lib/kobject_uevent.c), and the `uevent` files that say the same.

add@/devices/pci0000:00/…/input/input7 NUL ACTION=add NUL DEVPATH=/devices/… NUL SUBSYSTEM=input NUL NAME="…" NUL …
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Uevent:
    """One message. `path` is below /sys and begins with /devices/."""

    action: str
    """add, remove, change, bind, move …"""
    path: str
    subsystem: str
    properties: Mapping[str, str]


def parse_uevent(data: bytes) -> Uevent | None:
    """Read a message; None when it is not one of the kernel's (udev's own begin otherwise)."""
    head, *lines = data.decode("utf-8", "replace").split("\0")
    action, at, path = head.partition("@")
    if not at or not path.startswith("/devices/"):
        return None
    properties = _properties(lines)
    return Uevent(action, path, properties.get("SUBSYSTEM", ""), properties)


def parse_uevent_file(data: bytes) -> dict[str, str]:
    """Read a `uevent` file of /sys: a NAME=value a line."""
    return _properties(data.decode("utf-8", "replace").splitlines())


def _properties(lines: list[str]) -> dict[str, str]:
    return {name: value for name, equals, value in (x.partition("=") for x in lines) if equals}
