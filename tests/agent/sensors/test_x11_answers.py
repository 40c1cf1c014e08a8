"""The parsers of what an X server says: recorded answers, and garbage. No key can come out of them."""

import struct
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.linux import x11_raw_events, x11_wire
from jiankao_agent.platform.linux.x11_raw_events import RawEvent, RawKind
from jiankao_agent.platform.linux.x11_wire import Axis, CookieEntry, Setup
from jiankao_proto.errors import MalformedError

OPCODE = 131


def raw_event(
    kind: int,
    *,
    detail: int = 0,
    source: int = 4,
    time_ms: int = 2203998,
    values: dict[int, float] | None = None,
) -> bytes:
    """Return an XI_Raw… event as XI2proto lays it out: head, mask, values, raw values."""
    mask = sum(1 << axis for axis in values or {})
    body = b""
    if values:
        fixed = b"".join(
            struct.pack("=iI", int(v // 1), int((v % 1) * 2**32)) for _, v in sorted(values.items())
        )
        body = struct.pack("=I", mask) + fixed + fixed
    head = struct.pack(
        "=BBHIHHIIHHI4x",
        35,
        OPCODE,
        7,
        len(body) // 4,
        kind,
        2,
        time_ms,
        detail,
        source,
        1 if values else 0,
        0,
    )
    return head + body


def test_motion_in_pixels_and_parts_of_them() -> None:
    packet = raw_event(x11_raw_events.RAW_MOTION, values={0: -1.5, 1: 2.25})
    assert x11_raw_events.event_type(packet, OPCODE) == x11_raw_events.RAW_MOTION
    assert x11_raw_events.read_raw_event(packet) == RawEvent(
        RawKind.MOTION, 4, 2203998, x=-1.5, y=2.25
    )


def test_motion_of_one_axis_and_of_a_wheel() -> None:
    read = x11_raw_events.read_raw_event
    assert read(raw_event(17, values={1: 3.0})) == RawEvent(RawKind.MOTION, 4, 2203998, y=3.0)
    assert read(raw_event(17, values={3: 15.0})) == RawEvent(RawKind.MOTION, 4, 2203998)


def test_a_button_keeps_its_number() -> None:
    event = x11_raw_events.read_raw_event(raw_event(15, detail=3))
    assert event == RawEvent(RawKind.BUTTON_DOWN, 4, 2203998, button=3)


@given(st.integers(1, 2**32 - 1), st.sampled_from([13, 14]))
def test_a_key_leaves_nothing_of_itself(key: int, kind: int) -> None:
    event = x11_raw_events.read_raw_event(raw_event(kind, detail=key))
    assert event == x11_raw_events.read_raw_event(raw_event(kind, detail=0))
    assert {f.name for f in fields(event)} == {"kind", "source", "time_ms", "button", "x", "y"}
    assert event.button == 0


def test_events_of_other_extensions_are_not_ours() -> None:
    assert x11_raw_events.event_type(raw_event(17), OPCODE + 1) == 0


@given(st.binary(max_size=120))
def test_garbage_events_are_refused_or_read(data: bytes) -> None:
    for packet in (data, raw_event(17)[:16] + data):
        try:
            event = x11_raw_events.read_raw_event(packet)
        except MalformedError:
            continue
        assert event.kind in RawKind


SETUP_BODY = (
    struct.pack(
        "=IIIIHHBBBBBBBB4x",
        12101007,
        0x200000,
        0x1FFFFF,
        256,
        20,
        65535,
        1,
        2,
        0,
        0,
        32,
        32,
        8,
        255,
    )
    + b"The X.Org Foundation"
    + bytes(16)
    + struct.pack("=I16xHH", 0x533, 1024, 768)
)


def test_setup() -> None:
    head = struct.pack("=BxHHH", 1, 11, 0, len(SETUP_BODY) // 4)
    assert x11_wire.setup_length(head) == len(SETUP_BODY)
    assert x11_wire.read_setup(head, SETUP_BODY) == Setup(0x533, 1024, 768)


def test_a_refusal_gives_its_reason() -> None:
    reason = b"Authorization required, but no authorization protocol specified\n"
    head = struct.pack("=BBHHH", 0, len(reason), 11, 0, 16)
    assert x11_wire.read_setup(head, reason) == reason.decode().strip()


@given(st.binary(max_size=8), st.binary(max_size=100))
def test_a_garbage_setup_is_refused(head: bytes, body: bytes) -> None:
    try:
        x11_wire.setup_length(head)
        answer = x11_wire.read_setup(head, body)
    except MalformedError:
        return
    assert answer


def device(number: int, name: bytes, *classes: bytes) -> bytes:
    head = struct.pack("=HHHHHBx", number, 3, 2, len(classes), len(name), 1)
    return head + name + bytes(-len(name) % 4) + b"".join(classes)


def valuator(axis: int, maximum: int, mode: int) -> bytes:
    return struct.pack("=HHHHIiIiIiIIB3x", 2, 11, 6, axis, 0, 0, 0, maximum, 0, 0, 0, 1, mode)


def test_devices_and_the_ranges_of_absolute_ones() -> None:
    other_class = struct.pack("=HHHH", 0, 2, 6, 0)
    reply = struct.pack("=BxHIH22x", 1, 5, 0, 2)
    reply += device(6, b"Mouse", other_class, valuator(0, 0, 0), valuator(1, 0, 0))
    reply += device(9, b"Tablet", valuator(0, 65535, 1), valuator(1, 32767, 1), valuator(2, 100, 1))
    devices = x11_wire.read_devices(reply)
    assert (devices[6].name, devices[6].axes) == ("Mouse", ())
    assert devices[9].axes == ((0, Axis(0, 65535)), (1, Axis(0, 32767)))


@given(st.binary(max_size=200), st.integers(0, 65535))
def test_garbage_devices_are_refused_or_read(data: bytes, count: int) -> None:
    try:
        x11_wire.read_devices(struct.pack("=BxHIH22x", 1, 5, 0, count) + data)
    except MalformedError:
        return


def test_packets_are_as_long_as_they_say() -> None:
    motion = raw_event(17, values={0: 1.0, 1: 1.0})
    assert x11_wire.packet_length(motion, 0) == len(motion)
    assert x11_wire.packet_length(motion[:20], 0) == 0
    # A client cannot make another one wait for more by sending it an event that claims to be long.
    forged = bytes([35 | 0x80]) + b"\xff" * 31
    assert x11_wire.packet_length(forged, 0) == 32


def test_an_unbelievable_packet_is_refused() -> None:
    with pytest.raises(MalformedError, match="not believed"):
        x11_wire.packet_length(bytes([1, 0, 0, 0]) + b"\xff" * 28, 0)


def entry(family: int, display: bytes, scheme: bytes, secret: bytes) -> bytes:
    parts = (b"seat-17", display, scheme, secret)
    return struct.pack(">H", family) + b"".join(struct.pack(">H", len(p)) + p for p in parts)


def test_cookies() -> None:
    data = entry(256, b"0", b"MIT-MAGIC-COOKIE-1", b"c" * 16)
    data += entry(65535, b"", b"MIT-MAGIC-COOKIE-1", b"d" * 16)
    data += entry(256, b"0", b"XDM-AUTHORIZATION-1", b"e" * 16)
    assert x11_wire.read_cookies(data) == (
        [CookieEntry(256, "0", b"c" * 16), CookieEntry(65535, "", b"d" * 16)],
        0,
    )
    assert x11_wire.read_cookies(data[:-1])[1] > 0


@given(st.binary(max_size=120))
def test_a_garbage_cookie_file_is_read_as_far_as_it_goes(data: bytes) -> None:
    entries, left = x11_wire.read_cookies(data)
    assert left <= len(data)
    assert all(isinstance(e.cookie, bytes) for e in entries)
