"""The messages of X11 and of its extension SHAPE that tell which windows stand where, as pure functions.

Sources: X Window System Protocol (x11protocol), Nonrectangular Window Shape Extension 1.1 (shapeproto), Extended Window
Manager Hints 1.5 (_NET_ACTIVE_WINDOW, _NET_WM_WINDOW_TYPE). Titles and contents of windows are never asked for.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

from jiankao_agent.platform.linux.x11_randr import Area
from jiankao_agent.platform.linux.x11_wire import ERROR
from jiankao_proto.errors import MalformedError

SHAPE = b"SHAPE"
SHAPE_VERSION = (1, 1)
"""The input region is of 1.1."""
ACTIVE_WINDOW, WINDOW_TYPE, DESKTOP_TYPE = (
    b"_NET_ACTIVE_WINDOW",
    b"_NET_WM_WINDOW_TYPE",
    b"_NET_WM_WINDOW_TYPE_DESKTOP",
)
MOST_WINDOWS = 4096
"""Windows of one desktop that are believed in; an honest one has some hundreds, most of them hidden."""
_MOST_RECTANGLES = 1024
_HEAD = 32
_CHANGE_ATTRIBUTES, _GET_ATTRIBUTES, _GET_GEOMETRY, _QUERY_TREE = 2, 3, 14, 15
_INTERN_ATOM, _GET_PROPERTY = 16, 20
_SHAPE_QUERY_VERSION, _SHAPE_SELECT_INPUT, _SHAPE_GET_RECTANGLES = 0, 6, 8
_EVENT_MASK = 0x800
_WINDOWS_AND_PROPERTIES = 0x80000 | 0x400000
"""SubstructureNotify, PropertyChange."""
_CREATED, _DESTROYED, _UNMAPPED, _MAPPED = 16, 17, 18, 19
_REPARENTED, _CONFIGURED, _CIRCULATED, _PROPERTY = 21, 22, 26, 28
_SIMPLE = {
    _DESTROYED: (8, "=I"),
    _UNMAPPED: (8, "=I"),
    _CIRCULATED: (8, "=I"),
    _MAPPED: (8, "=IB"),
    _REPARENTED: (8, "=II4xB"),
    _PROPERTY: (4, "=II"),
}
_FIELDS = {
    _DESTROYED: ("window",),
    _UNMAPPED: ("window",),
    _CIRCULATED: ("window",),
    _MAPPED: ("window", "override"),
    _REPARENTED: ("window", "parent", "override"),
    _PROPERTY: ("window", "property"),
}
_INPUT_OUTPUT, _VIEWABLE = 1, 2
_SENT_BY_CLIENT = 0x80


class ShapeKind(IntEnum):
    """Which of a window's regions: what is shown of it, or where it takes the mouse."""

    BOUNDING = 0
    INPUT = 2


class Happening(IntEnum):
    """What happened to a window."""

    CREATED = _CREATED
    DESTROYED = _DESTROYED
    UNMAPPED = _UNMAPPED
    MAPPED = _MAPPED
    REPARENTED = _REPARENTED
    CONFIGURED = _CONFIGURED
    CIRCULATED = _CIRCULATED
    PROPERTY = _PROPERTY
    SHAPED = -1


@dataclass(frozen=True, slots=True)
class WindowEvent:
    """One event. `parent` is told of REPARENTED; `area` of CREATED and CONFIGURED; `property` of PROPERTY."""

    happening: Happening
    window: int
    override_redirect: bool = False
    area: Area | None = None
    parent: int = 0
    property: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """A window as it is: `shown` when it and all above it in the tree are mapped and it has pixels."""

    shown: bool
    override_redirect: bool


def watch_windows(root: int) -> bytes:
    """Ask to be told what happens to the windows of the desktop and to its own properties."""
    return struct.pack("=BxHIII", _CHANGE_ATTRIBUTES, 4, root, _EVENT_MASK, _WINDOWS_AND_PROPERTIES)


def read_event(packet: bytes, first_shape_event: int) -> WindowEvent | None:
    """Read an event; None when it is of another kind, or made up by a program. Raises MalformedError."""
    if not packet or packet[0] & _SENT_BY_CLIENT:
        return None
    code = packet[0]
    if code == first_shape_event:
        return WindowEvent(Happening.SHAPED, _unpack("=I", packet, 4)[0])
    if code in {_CREATED, _CONFIGURED}:
        layout = "=IhhHH2xB" if code == _CREATED else "=I4xhhHH2xB"
        window, x, y, width, height, override = _unpack(layout, packet, 8)
        return WindowEvent(Happening(code), window, bool(override), Area(x, y, width, height))
    if code in _SIMPLE:
        place, layout = _SIMPLE[code]
        fields = dict(zip(_FIELDS[code], _unpack(layout, packet, place), strict=True))
        return WindowEvent(
            Happening(code),
            fields["window"],
            bool(fields.get("override", 0)),
            parent=fields.get("parent", 0),
            property=fields.get("property", 0),
        )
    return None


def ask_tree(window: int) -> bytes:
    """Ask for a window's parent and children."""
    return struct.pack("=BxHI", _QUERY_TREE, 2, window)


def read_tree(reply: bytes) -> tuple[int, tuple[int, ...]]:
    """Return the parent (0 of the root) and the children, lowest first; none of a window that is gone.

    Raises MalformedError.
    """
    if _failed(reply):
        return 0, ()
    parent, count = _unpack("=IH", reply, 12)
    return parent, _unpack(f"={min(count, MOST_WINDOWS)}I", reply, _HEAD)


def ask_standing(window: int) -> bytes:
    """Ask whether a window is shown, and whether it goes past the window manager."""
    return struct.pack("=BxHI", _GET_ATTRIBUTES, 2, window)


def read_standing(reply: bytes) -> Standing | None:
    """Return how a window stands, None when it is gone. Raises MalformedError."""
    if _failed(reply):
        return None
    kind, state, override = _unpack("=H12xBB", reply, 12)
    return Standing(kind == _INPUT_OUTPUT and state == _VIEWABLE, bool(override))


def ask_area(window: int) -> bytes:
    """Ask where a window is in its parent."""
    return struct.pack("=BxHI", _GET_GEOMETRY, 2, window)


def read_area(reply: bytes) -> Area | None:
    """Return where a window is, None when it is gone. Raises MalformedError."""
    return None if _failed(reply) else Area(*_unpack("=hhHH", reply, 12))


def intern(name: bytes) -> bytes:
    """Ask for the number of a name, made when nobody has used it yet."""
    padded = name + bytes(-len(name) % 4)
    return struct.pack("=BBHHxx", _INTERN_ATOM, 0, 2 + len(padded) // 4, len(name)) + padded


def read_atom(reply: bytes) -> int:
    """Return the number of a name. Raises MalformedError."""
    return 0 if _failed(reply) else _unpack("=I", reply, 8)[0]


def ask_number(window: int, name: int) -> bytes:
    """Ask for the first number a property of a window holds, of whatever type."""
    return struct.pack("=BBHIIIII", _GET_PROPERTY, 0, 6, window, name, 0, 0, 1)


def read_number(reply: bytes) -> int:
    """Return the first number of a property, 0 when there is none. Raises MalformedError."""
    if _failed(reply):
        return 0
    bits, units = _unpack("=xB14xI", reply, 0)
    return _unpack("=I", reply, _HEAD)[0] if bits == 32 and units else 0  # noqa: PLR2004 - a word of a property


def read_focus(reply: bytes) -> int:
    """Return the window that has the keyboard, 0 or 1 when it is none. Raises MalformedError."""
    return 0 if _failed(reply) else _unpack("=I", reply, 8)[0]


def shape_version(opcode: int) -> bytes:
    """Ask which version of SHAPE the server speaks."""
    return struct.pack("=BBH", opcode, _SHAPE_QUERY_VERSION, 1)


def watch_shape(opcode: int, window: int) -> bytes:
    """Ask to be told when a window's regions change."""
    return struct.pack("=BBHIB3x", opcode, _SHAPE_SELECT_INPUT, 3, window, 1)


def ask_region(opcode: int, window: int, kind: ShapeKind) -> bytes:
    """Ask for one of a window's regions."""
    return struct.pack("=BBHIB3x", opcode, _SHAPE_GET_RECTANGLES, 3, window, kind)


def read_region(reply: bytes) -> tuple[Area, ...]:
    """Return the rectangles of a region, relative to its window; they do not overlap. Raises MalformedError.

    Of a region in very many pieces only the first are taken: what is judged is its size.
    """
    if _failed(reply):
        return ()
    (count,) = _unpack("=I", reply, 8)
    return tuple(
        Area(*_unpack("=hhHH", reply, _HEAD + 8 * n)) for n in range(min(count, _MOST_RECTANGLES))
    )


def _failed(reply: bytes) -> bool:
    return reply[:1] == bytes([ERROR])


def _unpack(layout: str, data: bytes, place: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, data, place)
    except struct.error:
        raise MalformedError(f"X server: an answer of {len(data)} bytes is cut short") from None
