"""The messages of the X11 extension RECORD, version 1.13, as pure functions: which clients make which requests.

Of a recorded request the opcode is read, and for reads of pixels the number of the window. All else is stepped over
unread: a request that injects a key holds that key, and no value made here can hold it. What kind of event was injected
stands beside the key; it is left alone too.

Source: RECORD Extension Protocol Specification (recordproto), with the element header switched off.
"""

import struct
import sys
from dataclasses import dataclass
from enum import Enum

from jiankao_proto.errors import MalformedError

EXTENSION = b"RECORD"
_CREATE_CONTEXT, _ENABLE_CONTEXT = 1, 5
_ALL_CLIENTS = 3
_HEAD = 32
_SMALLEST = 4
_WORD = 4
_FOREIGN_ORDER = ">" if sys.byteorder == "little" else "<"


class Category(Enum):
    """What an answer of RECORD tells."""

    REQUESTS = 1
    CLIENT_STARTED = 2
    CLIENT_DIED = 3
    BEGIN = 4
    OTHER = -1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Requests to record: a core one, or one of an extension by its minor opcode."""

    opcode: int
    minor: int = 0
    extension: bool = False
    drawable: bool = False
    """Whether the four bytes after the head, the drawable, are read too."""


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: `client` is the first number of its resources, 0 when it is about none."""

    category: Category
    client: int
    requests: tuple[tuple[int, int], ...] = ()
    """Opcode and drawable (0 where it is not wanted) of each request, in order."""


def create_context(opcode: int, context: int, wanted: tuple[Wanted, ...]) -> bytes:
    """Ask for a context that records `wanted` of all clients, and when clients come and go."""
    ranges = b"".join(_range(want) for want in wanted)
    length = 5 + 1 + len(ranges) // 4
    head = struct.pack("=BBHIB3xII", opcode, _CREATE_CONTEXT, length, context, 0, 1, len(wanted))
    return head + struct.pack("=I", _ALL_CLIENTS) + ranges


def enable_context(opcode: int, context: int) -> bytes:
    """Begin recording; answers come until the connection closes."""
    return struct.pack("=BBHI", opcode, _ENABLE_CONTEXT, 2, context)


def _range(want: Wanted) -> bytes:
    core = (0, 0) if want.extension else (want.opcode, want.opcode)
    major = (want.opcode, want.opcode) if want.extension else (0, 0)
    minor = (want.minor, want.minor) if want.extension else (0, 0)
    # Core requests, core replies, extension requests, extension replies, delivered events, device events, errors,
    # started, died.
    return struct.pack("=2B2x2B2H6x2x2x2xBB", *core, *major, *minor, 1, 1)


def read(packet: bytes, drawable_of: frozenset[int]) -> Told:
    """Read one answer; the drawable is read of requests with the opcodes `drawable_of`. Raises MalformedError."""
    try:
        number, swapped, client = struct.unpack_from("=xB7xB2xI", packet)
    except struct.error:
        raise MalformedError(f"X server: a record of {len(packet)} bytes is cut short") from None
    try:
        category = Category(number)
    except ValueError:
        return Told(Category.OTHER, client)
    if category is not Category.REQUESTS:
        return Told(category, client)
    order = _FOREIGN_ORDER if swapped else "="
    return Told(category, client, tuple(_requests(packet, order, drawable_of)))


def _requests(packet: bytes, order: str, drawable_of: frozenset[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    place = _HEAD
    while place + _SMALLEST <= len(packet):
        opcode, units = struct.unpack_from(order + "BxH", packet, place)
        body = place + _SMALLEST
        if units == 0:  # a large request: its length follows (BIG-REQUESTS)
            if body + _WORD > len(packet):
                break
            (units,) = struct.unpack_from(order + "I", packet, body)
            body += _WORD
        drawable = 0
        if opcode in drawable_of and body + _WORD <= len(packet):
            (drawable,) = struct.unpack_from(order + "I", packet, body)
        found.append((opcode, drawable))
        if units * _WORD < body - place:
            raise MalformedError("X server: a recorded request does not end")
        place += units * _WORD
    return found
