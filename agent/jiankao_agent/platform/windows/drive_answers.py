"""What Windows answers about drives, and which of them are media that come and go. Pure.

Pages: GetDriveTypeW, STORAGE_DEVICE_DESCRIPTOR, STORAGE_BUS_TYPE (Microsoft Learn).
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

REMOVABLE, FIXED, DISC = 2, 3, 5
"""DRIVE_… of GetDriveTypeW. Drives of a network are left out: one may keep a reader waiting for ever."""
_BUS_USB = 7
_BUS = struct.Struct("<I")
_BUS_AT = 28


@dataclass(frozen=True, slots=True)
class Drive:
    """A drive letter. `serial` is the number its volume was formatted with, None while there is no medium in it."""

    letter: str
    kind: int
    serial: int | None
    usb: bool = False


@dataclass(frozen=True, slots=True)
class DriveMedium:
    """A medium in a drive."""

    number: int
    point: str


def media_of(drives: Iterable[Drive], system_drive: str) -> tuple[DriveMedium, ...]:
    """Return the media that come and go; never the one Windows runs from, whatever it is."""
    return tuple(
        DriveMedium(ord(drive.letter) << 32 | drive.serial & 0xFFFF_FFFF, f"{drive.letter}:\\")
        for drive in drives
        if drive.serial is not None
        and drive.letter != system_drive
        and (drive.kind in {REMOVABLE, DISC} or (drive.kind == FIXED and drive.usb))
    )


def is_usb(descriptor: bytes) -> bool:
    """Read the bus out of a STORAGE_DEVICE_DESCRIPTOR; one that is too short tells nothing."""
    if len(descriptor) < _BUS_AT + _BUS.size:
        return False
    return bool(_BUS.unpack_from(descriptor, _BUS_AT)[0] == _BUS_USB)
