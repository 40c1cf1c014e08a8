"""Reads XInput 2 raw events. Pure.

Which key it was is in the bytes of a key event and is stepped over: no value made here can hold it.
"""

import struct
from dataclasses import dataclass
from enum import Enum

from jiankao_proto.errors import MalformedError

# Of XI2.h of xorgproto.
HIERARCHY_CHANGED = 11
RAW_KEY_PRESS, RAW_KEY_RELEASE, RAW_BUTTON_PRESS, RAW_BUTTON_RELEASE, RAW_MOTION = range(13, 18)
_HEAD = 32
_MAX_MASK_WORDS = 64


class RawKind(Enum):
    """What happened."""

    KEY_DOWN = RAW_KEY_PRESS
    KEY_UP = RAW_KEY_RELEASE
    BUTTON_DOWN = RAW_BUTTON_PRESS
    BUTTON_UP = RAW_BUTTON_RELEASE
    MOTION = RAW_MOTION


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One raw event of a device."""

    kind: RawKind
    source: int
    """The number of the device it came from (the slave), not of the pointer it moves."""
    time_ms: int
    """The server's clock, 32 bits; it starts again from 0 every 49 days."""
    button: int = 0
    """1 to 3 are buttons, 4 to 7 are steps of a wheel; 0 for keys and motion."""
    x: float | None = None
    """Relative devices: pixels moved; absolute ones: position in the device's units; None: not part of this event."""
    y: float | None = None


def event_type(packet: bytes, opcode: int) -> int:
    """Return the XInput type of a generic event, 0 when it belongs to another extension. Raises MalformedError."""
    extension, kind = _unpack("=B6xH", packet, 1)
    return kind if extension == opcode else 0


def read_raw_event(packet: bytes) -> RawEvent:
    """Read one raw event. Raises MalformedError."""
    # 4x: in a key event this is the key; it is not read.
    kind_number, time_ms, source, mask_words = _unpack("=H2xI4xHH", packet, 8)
    try:
        kind = RawKind(kind_number)
    except ValueError:
        raise MalformedError(f"X server: event type {kind_number} is no raw event") from None
    if kind is RawKind.MOTION:
        x, y = _position(packet, mask_words)
        return RawEvent(kind, source, time_ms, x=x, y=y)
    if kind in {RawKind.BUTTON_DOWN, RawKind.BUTTON_UP}:
        (button,) = _unpack("=I", packet, 16)
        return RawEvent(kind, source, time_ms, button=button)
    return RawEvent(kind, source, time_ms)


def _position(packet: bytes, mask_words: int) -> tuple[float | None, float | None]:
    """Return axes 0 and 1; the values of the axes whose bits are set follow the mask in order, as 32.32 fixed point."""
    if not 0 < mask_words <= _MAX_MASK_WORDS:
        return None, None
    (bits,) = _unpack("=I", packet, _HEAD)
    place = _HEAD + 4 * mask_words
    axes: list[float | None] = [None, None]
    for axis in range(2):
        if bits >> axis & 1:
            whole, part = _unpack("=iI", packet, place)
            axes[axis] = whole + part / 4294967296
            place += 8
    return axes[0], axes[1]


def _unpack(layout: str, data: bytes, place: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, data, place)
    except struct.error:
        raise MalformedError(f"X server: an event of {len(data)} bytes is cut short") from None
