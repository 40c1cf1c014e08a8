"""What X says of windows: events and answers as the protocol lays them out, errors, and garbage."""

import contextlib
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.linux import x11_windows
from jiankao_agent.platform.linux.x11_randr import Area
from jiankao_agent.platform.linux.x11_windows import Happening, Standing, WindowEvent, read_event
from jiankao_proto.errors import MalformedError

SHAPE_EVENT = 64
ROOT, WINDOW, FRAME = 0x500, 0x200001, 0x400002


def event(code: int, *parts: bytes, sequence: int = 7) -> bytes:
    return (struct.pack("=BBH", code, 0, sequence) + b"".join(parts)).ljust(32, b"\0")


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (
            event(16, struct.pack("=IIhhHHHB", ROOT, WINDOW, -5, 6, 70, 80, 1, 1)),
            WindowEvent(Happening.CREATED, WINDOW, True, Area(-5, 6, 70, 80)),  # noqa: FBT003
        ),
        (event(17, struct.pack("=II", ROOT, WINDOW)), WindowEvent(Happening.DESTROYED, WINDOW)),
        (event(18, struct.pack("=II", ROOT, WINDOW)), WindowEvent(Happening.UNMAPPED, WINDOW)),
        (
            event(19, struct.pack("=IIB", ROOT, WINDOW, 1)),
            WindowEvent(Happening.MAPPED, WINDOW, True),  # noqa: FBT003
        ),
        (
            event(21, struct.pack("=IIIhhB", ROOT, WINDOW, FRAME, 1, 2, 0)),
            WindowEvent(Happening.REPARENTED, WINDOW, parent=FRAME),
        ),
        (
            event(22, struct.pack("=IIIhhHHHB", ROOT, WINDOW, FRAME, 1, 2, 3, 4, 0, 0)),
            WindowEvent(Happening.CONFIGURED, WINDOW, area=Area(1, 2, 3, 4)),
        ),
        (event(26, struct.pack("=II", ROOT, WINDOW)), WindowEvent(Happening.CIRCULATED, WINDOW)),
        (
            event(28, struct.pack("=II", ROOT, 300)),
            WindowEvent(Happening.PROPERTY, ROOT, property=300),
        ),
        (event(SHAPE_EVENT, struct.pack("=I", WINDOW)), WindowEvent(Happening.SHAPED, WINDOW)),
        (event(34), None),
        (event(19 | 0x80, struct.pack("=IIB", ROOT, WINDOW, 1)), None),
        (b"", None),
    ],
)
def test_events(packet: bytes, expected: WindowEvent | None) -> None:
    assert read_event(packet, SHAPE_EVENT) == expected


def reply(*parts: bytes, first: int = 0) -> bytes:
    return struct.pack("=BBHI", 1, first, 1, 0) + b"".join(parts)


ERROR = event(0)


def test_answers() -> None:
    tree = reply(struct.pack("=IIH14x", ROOT, FRAME, 2), struct.pack("=II", 5, 6))
    assert x11_windows.read_tree(tree) == (FRAME, (5, 6))
    standing = reply(struct.pack("=IHBBIIBBBB", 1, 1, 0, 0, 0, 0, 0, 0, 2, 1).ljust(36, b"\0"))
    assert x11_windows.read_standing(standing) == Standing(shown=True, override_redirect=True)
    area = reply(struct.pack("=IhhHHH", ROOT, -1, 2, 30, 40, 0).ljust(24, b"\0"))
    assert x11_windows.read_area(area) == Area(-1, 2, 30, 40)
    region = reply(struct.pack("=I20x", 2), struct.pack("=hhHHhhHH", 0, 0, 5, 5, 0, 5, 9, 1))
    assert x11_windows.read_region(region) == (Area(0, 0, 5, 5), Area(0, 5, 9, 1))
    number = reply(struct.pack("=III12x", 33, 0, 1), struct.pack("=I", WINDOW), first=32)
    assert x11_windows.read_number(number) == WINDOW
    assert x11_windows.read_number(reply(bytes(24))) == 0


def test_of_a_window_that_is_gone_there_is_nothing() -> None:
    assert x11_windows.read_tree(ERROR) == (0, ())
    assert x11_windows.read_standing(ERROR) is None
    assert x11_windows.read_area(ERROR) is None
    assert x11_windows.read_region(ERROR) == ()
    assert x11_windows.read_number(ERROR) == 0
    assert x11_windows.read_focus(ERROR) == 0
    assert x11_windows.read_atom(ERROR) == 0


READERS: tuple[Callable[[bytes], object], ...] = (
    x11_windows.read_tree,
    x11_windows.read_standing,
    x11_windows.read_area,
    x11_windows.read_region,
    x11_windows.read_number,
    x11_windows.read_focus,
    x11_windows.read_atom,
    lambda data: read_event(data, SHAPE_EVENT),
)


@pytest.mark.parametrize("read", READERS[:-1])
def test_what_is_cut_short_says_so(read: Callable[[bytes], object]) -> None:
    with pytest.raises(MalformedError, match="cut short"):
        read(b"\1\x20")


@given(st.binary(max_size=120), st.sampled_from([b"", b"\1", b"\x10", b"\x16", b"\x15", b"\x40"]))
def test_garbage(data: bytes, begin: bytes) -> None:
    for read in READERS:
        with contextlib.suppress(MalformedError):
            read(begin + data)
