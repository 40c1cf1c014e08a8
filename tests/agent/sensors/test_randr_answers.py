"""Screens: RandR's answers as the protocol lays them out, EDIDs, mirroring, and garbage."""

import contextlib
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.edid import Edid, parse_edid
from jiankao_agent.platform.linux import x11_randr
from jiankao_agent.platform.linux.randr_screens import Screen
from jiankao_agent.platform.linux.x11_randr import Area, Output
from jiankao_agent.sensors.displays import screens_told
from jiankao_proto.errors import MalformedError


def edid(vendor: bytes = bytes.fromhex("10ac"), name: bytes = b"DELL P2419H") -> bytes:
    """Return a first block: header, packed vendor letters, product 0xa0d2, a serial, a name descriptor."""
    head = bytes.fromhex("00ffffffffffff00") + vendor + bytes.fromhex("d2a0") + b"S3CR"
    descriptor = bytes.fromhex("000000fc00") + (name + b"\n").ljust(13)[:13]
    return (head.ljust(54, b"\0") + bytes(18) + descriptor).ljust(128, b"\0")


def test_the_maker_and_the_name_and_no_serial() -> None:
    assert parse_edid(edid()) == Edid("DEL", 0xA0D2, "DELL P2419H")
    assert "S3CR" not in repr(parse_edid(edid()))
    kvm = parse_edid(edid(bytes.fromhex("31d8"), b"PiKVM V4 Plus"))
    assert kvm is not None
    assert (kvm.vendor, kvm.name) == ("LNX", "PiKVM V4 Plus")


@pytest.mark.parametrize("data", [b"", edid()[:127], bytes(128)])
def test_what_is_no_edid(data: bytes) -> None:
    assert parse_edid(data) is None


def test_a_name_with_anything_in_it_is_printable() -> None:
    found = parse_edid(edid(b"\0\0", bytes(range(12))))
    assert found is not None
    assert found.vendor == ""
    assert found.name.isprintable()


@given(st.binary(max_size=256))
def test_garbage_as_edid(data: bytes) -> None:
    parse_edid(data)
    found = parse_edid(edid()[:8] + data.ljust(120, b"\0"))
    assert found is not None
    assert found.name.isprintable()


def reply(*parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack("=BBHI", 1, 0, 1, max(0, len(body) - 24) // 4) + body


def test_resources() -> None:
    answer = reply(struct.pack("=IIHHHH8x", 5, 6, 2, 1, 0, 0), struct.pack("=III", 63, 64, 65))
    assert x11_randr.read_resources(answer) == (6, (65,))


def test_an_output() -> None:
    head = struct.pack("=IIIIBBHHHHH", 5, 63, 0, 0, 0, 0, 1, 2, 1, 0, 6)
    answer = reply(head, struct.pack("=III", 63, 70, 71), b"HDMI-1\0\0")
    assert x11_randr.read_output(answer) == Output("HDMI-1", connected=True, crtc=63)
    unplugged = struct.pack("=IIIIBBHHHHH", 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 4)
    assert x11_randr.read_output(reply(unplugged, b"DP-1")) == Output("DP-1", False, 0)  # noqa: FBT003 - a field
    with pytest.raises(MalformedError, match="cut short"):
        x11_randr.read_output(reply(unplugged, b"DP"))


def test_a_crtc_and_a_property() -> None:
    answer = reply(struct.pack("=IhhHH12x", 5, -10, 20, 1920, 1080))
    assert x11_randr.read_crtc(answer) == Area(-10, 20, 1920, 1080)
    data = edid()
    told = struct.pack("=BBHIIII12x", 1, 8, 1, 32, 19, 0, len(data)) + data
    assert x11_randr.read_property(told) == data
    assert x11_randr.read_property(struct.pack("=BBHIIII12x", 1, 0, 1, 0, 0, 0, 0)) == b""


def test_which_events_are_changes() -> None:
    assert [n for n in range(128) if x11_randr.is_change(bytes([n]), 89)] == [89, 90]
    assert x11_randr.is_change(bytes([89 | 0x80]), 89)


@pytest.mark.parametrize(
    "reader",
    [
        x11_randr.read_version,
        x11_randr.read_first_event,
        x11_randr.read_resources,
        x11_randr.read_output,
        x11_randr.read_crtc,
        x11_randr.read_atom,
        x11_randr.read_property,
    ],
)
@given(data=st.binary(max_size=200))
def test_garbage_as_an_answer(reader: Callable[[bytes], object], data: bytes) -> None:
    with contextlib.suppress(MalformedError):
        reader(data)


FULL = Area(0, 0, 1920, 1080)


def test_two_that_show_the_same_are_mirrored() -> None:
    own, twin = Screen("DP-1", FULL, None), Screen("HDMI-1", Area(0, 0, 1280, 720), None)
    beside, dark = Screen("DP-2", Area(1920, 0, 1920, 1080), None), Screen("DP-3", None, None)
    assert [f.mirrored for f in screens_told([own, beside, dark])] == [False, False, False]
    assert [f.mirrored for f in screens_told([own, twin, beside])] == [True, True, False]
    dark_told = screens_told([dark])[0]
    assert (dark_told.width_px, dark_told.height_px) == (0, 0)


@pytest.mark.parametrize(
    ("output", "virtual"),
    [
        ("VIRTUAL1", True),
        ("Virtual-1", True),
        ("DUMMY0", True),
        ("VNC-0", True),
        ("rdp0", True),
        ("XWAYLAND0", True),
        ("screen", True),
        ("HDMI-A-1", False),
        ("DP-1", False),
        ("eDP-1", False),
        ("DVI-I-1-1", False),
        ("Virtually-1", False),
    ],
)
def test_outputs_without_a_plug(output: str, virtual: bool) -> None:
    assert screens_told([Screen(output, FULL, None)])[0].virtual is virtual
