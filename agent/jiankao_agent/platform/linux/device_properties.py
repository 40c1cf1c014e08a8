"""From the properties the kernel gives a device to what it is. Pure; what the kernel's numbers mean is in its headers.

Sources: include/uapi/linux/input-event-codes.h, drivers/input/input.c (PRODUCT, NAME, KEY, REL, ABS),
drivers/usb/core (PRODUCT, TYPE), block/genhd.c (DEVTYPE=disk).
"""

import re
from collections.abc import Mapping

from jiankao_proto.observations import Device, DeviceClass

CLASS_FOLDERS = (
    "bus/usb/devices",
    "class/input",
    "class/block",
    "class/net",
    "class/video4linux",
    "class/sound",
    "class/drm",
)
"""Folders below /sys whose entries are the devices that are looked at."""
VIRTUAL = "/devices/virtual/"

_INPUT = re.compile(r"input[0-9]+")
_CARD = re.compile(r"card[0-9]+")
_WORD = 64
_TEXT_KEYS = frozenset({*range(2, 12), *range(16, 26), 28, *range(30, 39), *range(44, 51), 57})
"""KEY_1..0, the letters, Enter and Space: what an answer can be given with. Power buttons and lids have none."""
_REL_X, _REL_Y, _ABS_X, _ABS_Y = 0, 1, 0, 1
_BTN_LEFT, _BTN_TOUCH = 0x110, 0x14A
_USB_HUB = "9"


def device_of(
    path: str,
    subsystem: str,
    properties: Mapping[str, str],
    *,
    name: str = "",
    ids: tuple[int, int] = (0, 0),
) -> Device | None:
    """Return the device, None when it is of no interest here.

    `name` and `ids` (vendor, product) are what else is known of it: its own name, its ancestor's ids.
    """
    last = path.rpartition("/")[2]
    kind: DeviceClass | None = None
    if subsystem == "input" and _INPUT.fullmatch(last):
        kind = _input_class(properties)
        name = properties.get("NAME", "").strip('"') or name
        ids = product_of(properties.get("PRODUCT", ""), first=1) or ids
    elif subsystem == "usb" and properties.get("DEVTYPE") == "usb_device":
        if properties.get("TYPE", "").partition("/")[0] == _USB_HUB:
            return None
        kind = DeviceClass.OTHER
        ids = product_of(properties.get("PRODUCT", ""), first=0) or ids
    elif subsystem == "block" and properties.get("DEVTYPE") == "disk":
        # Loops, RAM disks and mapped disks are other faces of what is there already.
        kind = None if path.startswith(VIRTUAL) else DeviceClass.STORAGE
    elif subsystem == "net":
        # Interfaces without hardware are the network sensor's.
        kind = None if path.startswith(VIRTUAL) else DeviceClass.NETWORK
    elif subsystem == "video4linux" or (subsystem == "drm" and _CARD.fullmatch(last)):
        kind = DeviceClass.VIDEO
    elif subsystem == "sound" and _CARD.fullmatch(last):
        kind = DeviceClass.AUDIO
    if kind is None:
        return None
    return Device(
        path=path,
        device_class=kind,
        name=name or last,
        vendor_id=ids[0],
        product_id=ids[1],
        virtual=path.startswith(VIRTUAL),
    )


def product_of(text: str, first: int) -> tuple[int, int] | None:
    """Return vendor and product of a PRODUCT property: hexadecimal parts, the vendor is number `first`."""
    parts = text.split("/")[first : first + 2]
    try:
        vendor, product = (int(part, 16) for part in parts)
    except ValueError:
        return None
    fits = 0 <= vendor <= 0xFFFF and 0 <= product <= 0xFFFF  # noqa: PLR2004 - the ids' 16 bits
    return (vendor, product) if fits else None


def _input_class(properties: Mapping[str, str]) -> DeviceClass:
    keys = bits_of(properties.get("KEY", ""))
    relative, absolute = bits_of(properties.get("REL", "")), bits_of(properties.get("ABS", ""))
    moves = {_REL_X, _REL_Y} <= relative or {_ABS_X, _ABS_Y} <= absolute
    if moves and {_BTN_LEFT, _BTN_TOUCH} & keys:
        return DeviceClass.POINTER
    return DeviceClass.KEYBOARD if keys & _TEXT_KEYS else DeviceClass.OTHER


def bits_of(text: str) -> frozenset[int]:
    """Return the numbers of a bitmap as input.c prints it: words of 64 bits, the highest first; empty for nonsense."""
    try:
        words = [int(word, 16) for word in text.split()[:64]]
    except ValueError:
        return frozenset()
    if any(not 0 <= word < 1 << _WORD for word in words):
        return frozenset()
    return frozenset(
        place * _WORD + bit
        for place, word in enumerate(reversed(words))
        for bit in range(_WORD)
        if word >> bit & 1
    )
