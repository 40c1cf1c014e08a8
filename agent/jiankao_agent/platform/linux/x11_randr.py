"""The messages of the RandR extension that tell which screens there are, as pure functions. Source: randrproto.txt."""

import struct
from dataclasses import dataclass

from jiankao_proto.errors import MalformedError

EXTENSION = b"RANDR"
VERSION = (1, 3)
"""GetScreenResourcesCurrent, which does not wake the screens, is of 1.3."""
_QUERY_VERSION, _SELECT_INPUT, _OUTPUT_INFO, _OUTPUT_PROPERTY, _CRTC_INFO, _RESOURCES = (
    0,
    4,
    9,
    15,
    20,
    25,
)
_ALL_CHANGES = 0x1 | 0x2 | 0x4 | 0x8
"""RRScreenChangeNotify, and of RRNotify: CRTCs, outputs, their properties (an EDID is one)."""
_INTERN_ATOM = 16
_HEADER = 32
_CONNECTED = 0
_EDID_UNITS = 256 // 4


@dataclass(frozen=True, slots=True)
class Output:
    """A plug, real or not. `crtc` is 0 while it shows nothing."""

    name: str
    connected: bool
    crtc: int


@dataclass(frozen=True, slots=True)
class Area:
    """Which part of the desktop a CRTC shows, in pixels."""

    x: int
    y: int
    width: int
    height: int

    def shares_with(self, other: "Area") -> bool:
        """Tell whether two areas have pixels in common."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


def query_version(opcode: int) -> bytes:
    """Say which version this client speaks."""
    return struct.pack("=BBHII", opcode, _QUERY_VERSION, 3, *VERSION)


def read_version(reply: bytes) -> tuple[int, int]:
    """Return the version the server agrees to. Raises MalformedError."""
    major, minor = _unpack("=II", reply, 8)
    return major, minor


def read_first_event(reply: bytes) -> int:
    """Return the number of the extension's first event out of QueryExtension's answer. Raises MalformedError."""
    (first,) = _unpack("=B", reply, 10)
    return first


def is_change(packet: bytes, first_event: int) -> bool:
    """Tell whether an event is one of RandR's: RRScreenChangeNotify or RRNotify."""
    return packet[0] & 0x7F in {first_event, first_event + 1}


def select_changes(opcode: int, window: int) -> bytes:
    """Ask to be told of changes."""
    return struct.pack("=BBHIHxx", opcode, _SELECT_INPUT, 3, window, _ALL_CHANGES)


def ask_resources(opcode: int, window: int) -> bytes:
    """Ask which outputs there are."""
    return struct.pack("=BBHI", opcode, _RESOURCES, 2, window)


def read_resources(reply: bytes) -> tuple[int, tuple[int, ...]]:
    """Return the configuration's time stamp and the outputs' numbers. Raises MalformedError."""
    stamp, crtcs, outputs = _unpack("=4xIHH", reply, 8)
    return stamp, _unpack(f"={outputs}I", reply, _HEADER + 4 * crtcs)


def ask_output(opcode: int, output: int, stamp: int) -> bytes:
    """Ask about an output."""
    return struct.pack("=BBHII", opcode, _OUTPUT_INFO, 3, output, stamp)


def read_output(reply: bytes) -> Output:
    """Read the answer about an output. Raises MalformedError."""
    crtc, connection, crtcs, modes, clones, length = _unpack("=I8xBxHH2xHH", reply, 12)
    place = 36 + 4 * (crtcs + modes + clones)
    name = reply[place : place + length]
    if len(name) != length:
        raise MalformedError("X server: the name of an output is cut short")
    return Output(name.decode("utf-8", "replace"), connection == _CONNECTED, crtc)


def ask_crtc(opcode: int, crtc: int, stamp: int) -> bytes:
    """Ask about a CRTC."""
    return struct.pack("=BBHII", opcode, _CRTC_INFO, 3, crtc, stamp)


def read_crtc(reply: bytes) -> Area:
    """Read the answer about a CRTC. Raises MalformedError."""
    return Area(*_unpack("=hhHH", reply, 12))


def intern_edid() -> bytes:
    """Ask for the number of the property's name, EDID; 0 comes back while nobody has used it."""
    return struct.pack("=BBHHxx", _INTERN_ATOM, 1, 3, 4) + b"EDID"


def read_atom(reply: bytes) -> int:
    """Return the number of a name. Raises MalformedError."""
    (atom,) = _unpack("=I", reply, 8)
    return atom


def ask_property(opcode: int, output: int, atom: int) -> bytes:
    """Ask for an output's property of any type, its first 256 bytes."""
    return struct.pack(
        "=BBHIIIIIBBxx", opcode, _OUTPUT_PROPERTY, 7, output, atom, 0, 0, _EDID_UNITS, 0, 0
    )


def read_property(reply: bytes) -> bytes:
    """Return a property's bytes; empty when the output has no such one. Raises MalformedError."""
    (width,) = _unpack("=B", reply, 1)
    (count,) = _unpack("=I", reply, 16)
    return reply[_HEADER : _HEADER + count * (width // 8)]


def _unpack(layout: str, data: bytes, place: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, data, place)
    except struct.error:
        raise MalformedError(f"X server: an answer of {len(data)} bytes is cut short") from None
