"""The parsers of what an X server says: recorded answers, and garbage. No key can come out of them."""

import contextlib
import struct
import sys
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.linux import x11_raw_events, x11_record, x11_resource, x11_wire
from jiankao_agent.platform.linux.x11_raw_events import RawEvent, RawKind
from jiankao_agent.platform.linux.x11_record import Category, Told
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
    assert x11_wire.read_setup(head, SETUP_BODY) == Setup(0x533, 1024, 768, 0x200000, 0x1FFFFF)


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


# ---- RECORD and X-Resource ----

XTEST, SHM = 132, 130


def recorded(
    data: bytes, *, category: int = 1, client: int = 0x400000, swapped: bool = False
) -> bytes:
    """Return an answer of RECORD as recordproto lays it out."""
    head = struct.pack("=BBHIBB2xIII8x", 1, category, 3, len(data) // 4, 0, swapped, client, 9, 9)
    return head + data


def reply(body: bytes) -> bytes:
    return struct.pack("=BBHI", 1, 0, 3, 0) + body


def request(opcode: int, minor: int, *words: int, order: str = "=") -> bytes:
    return struct.pack(f"{order}BBH{len(words)}I", opcode, minor, 1 + len(words), *words)


def test_recorded_requests_are_their_opcodes_in_order() -> None:
    data = (
        request(XTEST, 2, 0x2602, 0, 0) + request(73, 2, 0x533, 0, 0, 0) + request(41, 0, 0, 0x533)
    )
    told = x11_record.read(recorded(data), frozenset({73}))
    assert told == Told(Category.REQUESTS, 0x400000, ((XTEST, 0), (73, 0x533), (41, 0)))


def test_a_client_of_the_other_byte_order_and_a_large_request() -> None:
    other = ">" if sys.byteorder == "little" else "<"
    data = request(73, 2, 0x533, 0, 0, 0, order=other)
    told = x11_record.read(recorded(data, swapped=True), frozenset({73}))
    assert told.requests == ((73, 0x533),)
    large = struct.pack("=BBHIII", SHM, 4, 0, 4, 0x533, 0)
    told = x11_record.read(recorded(large + request(41, 0, 0)), frozenset({SHM}))
    assert told.requests == ((SHM, 0x533), (41, 0))


def test_clients_come_and_go() -> None:
    for number, category in (
        (2, Category.CLIENT_STARTED),
        (3, Category.CLIENT_DIED),
        (4, Category.BEGIN),
    ):
        told = x11_record.read(recorded(b"", category=number), frozenset())
        assert told == Told(category, 0x400000)
    assert x11_record.read(recorded(b"", category=99), frozenset()).category is Category.OTHER


def test_the_key_of_an_injected_key_leads_to_nothing() -> None:
    """Type and key are the first two bytes after the head of a FakeInput."""
    pressed = {
        x11_record.read(
            recorded(request(XTEST, 2, kind | code << 8, 0, 0, 0, 0, 0, 0, 0)), frozenset({73, SHM})
        )
        for kind in (2, 3, 4, 6)
        for code in (8, 38, 255)
    }
    assert len(pressed) == 1


def test_whose_client_it_is() -> None:
    ids = struct.pack("=IIII", 0x400000, 2, 4, 4711)
    assert x11_resource.read_process(reply(struct.pack("=I20x", 1) + ids)) == 4711
    assert x11_resource.read_process(reply(struct.pack("=I20x", 0))) == 0
    other = struct.pack("=IIII", 0x400000, 1, 4, 99)
    assert x11_resource.read_process(reply(struct.pack("=I20x", 2) + other + ids)) == 4711


def test_a_property_that_is_not_there_names_no_window() -> None:
    there = struct.pack("=BBHIIII12xI", 1, 32, 0, 1, 33, 0, 1, 0x800007)
    assert x11_resource.read_window(there) == 0x800007
    assert x11_resource.read_window(struct.pack("=BBHIIII12x", 1, 0, 0, 0, 0, 0, 0)) == 0


@given(st.binary(max_size=200))
def test_garbage_of_record_and_resource_is_one_error_or_a_value(data: bytes) -> None:
    for read in (
        lambda d: x11_record.read(d, frozenset({73})),
        lambda d: x11_record.read(recorded(d), frozenset({d[0] if d else 0})),
        lambda d: x11_resource.read_process(b"\1" + d),
        lambda d: x11_resource.read_window(b"\1" + d),
        x11_resource.read_atom,
    ):
        with contextlib.suppress(MalformedError):
            read(data)
