"""The few messages of the X11 protocol that are needed to read raw input, as pure functions between values and bytes.

Our own, because python-xlib asks for XInput 2.0 (no source devices), does not read raw events, can wait for ever for
a server that has stopped, and would keep every key's bytes in an event object.

Sources: X Window System Protocol (x11protocol), XI2proto of xorgproto, Xau's Xauthority format (Xau.5).
All numbers are in the machine's byte order, as the connection set-up asks for.
"""

import struct
import sys
from dataclasses import dataclass

from jiankao_proto.errors import MalformedError

XINPUT_EXTENSION = b"XInputExtension"
COOKIE_SCHEME = b"MIT-MAGIC-COOKIE-1"
MAX_PACKET = 4 << 20
"""Bytes of the largest packet that is believed; answers about devices are a few kilobytes."""

ERROR, REPLY, GENERIC_EVENT = 0, 1, 35
_HEADER = 32
_SENT_BY_CLIENT = 0x80
_QUERY_EXTENSION, _GET_INPUT_FOCUS = 98, 43
_XI_SELECT_EVENTS, _XI_QUERY_VERSION, _XI_QUERY_DEVICE = 46, 47, 48
_VALUATOR_CLASS = 2
_ABSOLUTE = 1


@dataclass(frozen=True, slots=True)
class Setup:
    """The server's answer to the connection set-up: what is needed of it."""

    root: int
    width_px: int
    height_px: int
    first_resource: int = 0
    """The first number of this client's resources; whose they are, all its bits outside `resource_bits` tell."""
    resource_bits: int = 0


@dataclass(frozen=True, slots=True)
class Axis:
    """The range of an absolute axis in the device's own units."""

    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class XDevice:
    """One input device as the server describes it. `axes` holds x and y of an absolute device, by number."""

    number: int
    name: str
    axes: tuple[tuple[int, Axis], ...] = ()


@dataclass(frozen=True, slots=True)
class CookieEntry:
    """One line of an Xauthority file. `display` is empty when it holds for all."""

    family: int
    display: str
    cookie: bytes


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def write_setup(cookie: bytes) -> bytes:
    """Return the connection set-up; an empty cookie asks for access by user alone."""
    order = b"l" if sys.byteorder == "little" else b"B"
    scheme = COOKIE_SCHEME if cookie else b""
    head = struct.pack("=cxHHHHxx", order, 11, 0, len(scheme), len(cookie))
    return head + _padded(scheme) + _padded(cookie)


def setup_length(head: bytes) -> int:
    """Return how many bytes follow the first eight of the set-up's answer. Raises MalformedError."""
    if len(head) != 8:  # noqa: PLR2004 - the size of this head
        raise MalformedError("X server: its answer to the connection is cut short")
    units: int = struct.unpack_from("=H", head, 6)[0]
    return units * 4


def read_setup(head: bytes, body: bytes) -> Setup | str:
    """Return what the server is, or, when it refuses, its reason. Raises MalformedError."""
    try:
        if head[0] != 1:
            reason = body[: head[1]] if head[0] == 0 else body
            return reason.decode("latin-1").strip("\0\n ") or "no reason given"
        first_resource, resource_bits = struct.unpack_from("=II", body, 4)
        vendor, screens, formats = struct.unpack_from("=HxxBB", body, 16)
        if not screens:
            raise MalformedError("X server: it has no screen")
        screen = 32 + vendor + (-vendor % 4) + 8 * formats
        root, width, height = struct.unpack_from("=I16xHH", body, screen)
    except (struct.error, IndexError):
        raise MalformedError("X server: its answer to the connection is not one") from None
    return Setup(root, width, height, first_resource, resource_bits)


def query_extension(name: bytes) -> bytes:
    """Ask for an extension's number."""
    return struct.pack(
        "=BxHHxx", _QUERY_EXTENSION, 2 + len(_padded(name)) // 4, len(name)
    ) + _padded(name)


def read_extension(reply: bytes) -> int:
    """Return the extension's major opcode, 0 when the server does not have it. Raises MalformedError."""
    present, opcode = _unpack("=BB", reply, 8)
    return opcode if present else 0


def ask_focus() -> bytes:
    """Ask something harmless (GetInputFocus): the answer proves that all before it was done."""
    return struct.pack("=BxH", _GET_INPUT_FOCUS, 1)


def xi_query_version(opcode: int, major: int, minor: int) -> bytes:
    """Say which version of XInput this client speaks."""
    return struct.pack("=BBHHH", opcode, _XI_QUERY_VERSION, 2, major, minor)


def read_version(reply: bytes) -> tuple[int, int]:
    """Return the version the server agrees to. Raises MalformedError."""
    major, minor = _unpack("=HH", reply, 8)
    return major, minor


def xi_select_events(opcode: int, window: int, masks: tuple[tuple[int, int], ...]) -> bytes:
    """Ask for events; `masks` pairs a device number with bits by event type below 32."""
    body = b"".join(struct.pack("=HHI", device, 1, bits) for device, bits in masks)
    length = 3 + len(body) // 4
    return struct.pack("=BBHIHxx", opcode, _XI_SELECT_EVENTS, length, window, len(masks)) + body


def xi_query_device(opcode: int, device: int) -> bytes:
    """Ask about a device; 0 asks about all."""
    return struct.pack("=BBHHxx", opcode, _XI_QUERY_DEVICE, 2, device)


def read_devices(reply: bytes) -> dict[int, XDevice]:
    """Read the answer of XIQueryDevice. Raises MalformedError."""
    (count,) = _unpack("=H", reply, 8)
    devices: dict[int, XDevice] = {}
    place = _HEADER
    for _ in range(count):
        number, classes, name_length = _unpack("=H4xHH", reply, place)
        place += 12
        name = reply[place : place + name_length].decode("utf-8", "replace")
        place += name_length + (-name_length % 4)
        axes: list[tuple[int, Axis]] = []
        for _ in range(classes):
            kind, units = _unpack("=HH", reply, place)
            if kind == _VALUATOR_CLASS:
                axis, low, low_part, high, high_part, mode = _unpack(
                    "=2xH4xiIiI12xB", reply, place + 4
                )
                if mode == _ABSOLUTE and axis < 2:  # noqa: PLR2004 - x and y
                    axes.append((axis, Axis(_fixed(low, low_part), _fixed(high, high_part))))
            if units == 0:
                raise MalformedError("X server: a device's description does not end")
            place += units * 4
        devices[number] = XDevice(number, name, tuple(axes))
    return devices


def packet_length(buffer: bytes | bytearray | memoryview, place: int) -> int:
    """Return the length of the packet that begins at `place`, 0 while its head is not complete.

    Raises MalformedError for one larger than MAX_PACKET.
    """
    if len(buffer) - place < _HEADER:
        return 0
    # An event that another client sent is never longer than its head, whatever it claims.
    if buffer[place] not in {REPLY, GENERIC_EVENT}:
        return _HEADER
    units: int = struct.unpack_from("=I", buffer, place + 4)[0]
    length = _HEADER + units * 4
    if length > MAX_PACKET:
        raise MalformedError(f"X server: a packet of {length} bytes is not believed")
    return length


def sequence_of(packet: bytes) -> int:
    """Return the low 16 bits of the number of the request a packet answers. Raises MalformedError."""
    (sequence,) = _unpack("=H", packet, 2)
    return int(sequence)


def read_cookies(data: bytes) -> tuple[list[CookieEntry], int]:
    """Read an Xauthority file: its magic cookies, and how many bytes at its end were not understood."""
    entries: list[CookieEntry] = []
    place = 0
    while place < len(data):
        begin = place
        parts: list[bytes] = []
        try:
            (family,) = struct.unpack_from(">H", data, place)
            place += 2
            for _ in range(4):  # address, display number, scheme, secret
                (length,) = struct.unpack_from(">H", data, place)
                part = data[place + 2 : place + 2 + length]
                if len(part) != length:
                    return entries, len(data) - begin
                parts.append(part)
                place += 2 + length
        except struct.error:
            return entries, len(data) - begin
        if parts[2] == COOKIE_SCHEME:
            entries.append(CookieEntry(family, parts[1].decode("latin-1"), parts[3]))
    return entries, 0


def _fixed(whole: int, part: int) -> float:
    """Return a 32.32 fixed-point number."""
    return whole + part / 4294967296


def _unpack(layout: str, data: bytes, place: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, data, place)
    except struct.error:
        raise MalformedError(f"X server: an answer of {len(data)} bytes is cut short") from None
