"""What rtnetlink says: messages as the kernel lays them out, kinds of interfaces, and garbage."""

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.linux.interface_kinds import InterfaceKinds
from jiankao_agent.platform.linux.route_messages import (
    AddressSeen,
    AllTold,
    LinkGone,
    LinkSeen,
    WaySeen,
    read_messages,
)
from jiankao_proto.errors import MalformedError

NEW_LINK, DELETE_LINK, NEW_ADDRESS, DELETE_ADDRESS = 16, 17, 20, 21
NEW_ROUTE, DELETE_ROUTE = 24, 25
ETHERNET, LOOPBACK, NONE, PPP = 1, 772, 65534, 512


def attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 1, 0) + body + bytes(-len(body) % 4)


def link(
    *,
    kind: int = NEW_LINK,
    name: bytes = b"wg0",
    flags: int = 0x41,
    made: bytes = b"",
    family: int = 0,
) -> bytes:
    body = struct.pack("=BxHiII", family, NONE, 7, flags, 0) + attribute(3, name + b"\0")
    if made:
        body += attribute(18 | 0x8000, attribute(1, made + b"\0"))
    return message(kind, body)


def address(kind: int, packed: bytes) -> bytes:
    body = struct.pack("=BBBBI", 2, 24, 0, 0, 7) + attribute(1, b"\x0a\x08\x00\x01")
    return message(kind, body + attribute(2, packed))


def test_an_interface_comes_up_and_goes() -> None:
    assert read_messages(link(made=b"wireguard") + link(flags=0x1) + link(kind=DELETE_LINK)) == [
        LinkSeen(7, "wg0", NONE, "wireguard", up=True),
        LinkSeen(7, "wg0", NONE, "", up=False),
        LinkGone(7),
    ]


def test_the_near_address_of_a_link_is_told_not_the_far_one() -> None:
    packed = bytes([10, 8, 0, 2])
    assert read_messages(address(NEW_ADDRESS, packed) + address(DELETE_ADDRESS, packed)) == [
        AddressSeen(7, "10.8.0.2", there=True),
        AddressSeen(7, "10.8.0.2", there=False),
    ]
    (seen,) = read_messages(address(NEW_ADDRESS, bytes(15) + b"\x01"))
    assert seen == AddressSeen(7, "::1", there=True)


def way(
    *attributes: bytes,
    kind: int = NEW_ROUTE,
    bits: int = 0,
    table: int = 254,
    made_by: int = 3,
    sort: int = 1,
    flags: int = 0,
    family: int = 2,
) -> bytes:
    head = struct.pack("=BBBBBBBBI", family, bits, 0, 0, table, made_by, 0, sort, flags)
    return message(kind, head + b"".join(attributes))


OUT = attribute(4, struct.pack("=i", 7))
GATEWAY = attribute(5, bytes([10, 0, 0, 1]))


def test_routes() -> None:
    assert read_messages(way(OUT, GATEWAY) + way(OUT, GATEWAY, kind=DELETE_ROUTE)) == [
        WaySeen("0.0.0.0/0", "10.0.0.1", 7, there=True),
        WaySeen("0.0.0.0/0", "10.0.0.1", 7, there=False),
    ]
    prefix = attribute(1, bytes([10, 8, 0, 0]))
    assert read_messages(way(prefix, OUT, bits=16)) == [WaySeen("10.8.0.0/16", "", 7, there=True)]
    assert read_messages(way(OUT, family=10)) == [WaySeen("::/0", "", 7, there=True)]
    other = attribute(15, struct.pack("=I", 51820))
    assert read_messages(way(OUT, other, table=0)) == [WaySeen("0.0.0.0/0", "", 7, there=True)]
    via = attribute(18, struct.pack("=H", 10) + bytes(15) + b"\x01")
    assert read_messages(way(OUT, via)) == [WaySeen("0.0.0.0/0", "::1", 7, there=True)]


def test_a_route_over_two_interfaces_is_two() -> None:
    hops = b"".join(
        struct.pack("=HBBi", 16, 0, 0, n) + attribute(5, bytes([10, 0, 0, n])) for n in (3, 4)
    )
    assert read_messages(way(attribute(9, hops))) == [
        WaySeen("0.0.0.0/0", "10.0.0.3", 3, there=True),
        WaySeen("0.0.0.0/0", "10.0.0.4", 4, there=True),
    ]
    with pytest.raises(MalformedError, match="a hop claims"):
        read_messages(way(attribute(9, struct.pack("=HBBi", 4, 0, 0, 3))))


@pytest.mark.parametrize(
    "data",
    [
        way(OUT, made_by=2),
        way(OUT, table=255),
        way(OUT, sort=6),
        way(OUT, flags=0x200),
        way(OUT, family=28),
    ],
    ids=["the kernel's own", "local", "blackhole", "a cached one", "another family"],
)
def test_routes_that_nobody_set(data: bytes) -> None:
    assert read_messages(data) == []


def test_a_bridges_word_about_its_port_is_not_about_the_interface() -> None:
    assert read_messages(link(kind=DELETE_LINK, family=7)) == []


def test_the_end_of_an_answer() -> None:
    assert read_messages(message(3, bytes(4))) == [AllTold()]
    assert read_messages(message(2, struct.pack("=i", -1))) == [AllTold(1)]
    assert read_messages(message(99, b"")) == []


@pytest.mark.parametrize(
    "data", [b"x", struct.pack("=IHHII", 5, 16, 0, 0, 0), message(NEW_LINK, b"ab"), link()[:-9]]
)
def test_what_is_cut_short_says_so(data: bytes) -> None:
    with pytest.raises(MalformedError, match="rtnetlink"):
        read_messages(data)


@given(st.binary(), st.sampled_from([NEW_LINK, NEW_ADDRESS, DELETE_LINK, NEW_ROUTE, 2, 3]))
def test_garbage(data: bytes, kind: int) -> None:
    for garbage in (data, message(kind, data), link() + data):
        with contextlib.suppress(MalformedError):
            read_messages(garbage)


def seen(name: str, hardware: int = ETHERNET, made: str = "") -> LinkSeen:
    return LinkSeen(7, name, hardware, made, up=True)


@pytest.mark.parametrize(
    ("hardware", "made", "expected"),
    [
        (LOOPBACK, "", "loopback"),
        (NONE, "tun", "vpn"),
        (ETHERNET, "tun", "tap"),
        (NONE, "wireguard", "vpn"),
        (776, "sit", "vpn"),
        (PPP, "ppp", "vpn"),
        (PPP, "", "vpn"),
        (ETHERNET, "bridge", "bridge"),
        (ETHERNET, "veth", "veth"),
        (ETHERNET, "", "ethernet"),
        (801, "", "other"),
    ],
)
def test_kinds_the_kernel_tells(hardware: int, made: str, expected: str, tmp_path: Path) -> None:
    assert InterfaceKinds(tmp_path).kind(seen("x0", hardware, made)) == expected


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        ("rndis_host", "tether"),
        ("ipheth", "tether"),
        ("cdc_ether", "tether"),
        ("e1000e", "ethernet"),
        ("r8152", "ethernet"),
    ],
)
def test_a_phone_is_known_by_its_driver(driver: str, expected: str, tmp_path: Path) -> None:
    place = tmp_path / "class" / "net" / "usb0" / "device"
    place.mkdir(parents=True)
    (place / "driver").symlink_to(f"../../../../bus/usb/drivers/{driver}")
    assert InterfaceKinds(tmp_path).kind(seen("usb0")) == expected


def test_wifi_and_bluetooth(tmp_path: Path) -> None:
    folder = tmp_path / "class" / "net"
    (folder / "wlan0" / "phy80211").mkdir(parents=True)
    (folder / "bnep0").mkdir()
    (folder / "bnep0" / "uevent").write_text("DEVTYPE=bluetooth\nINTERFACE=bnep0\n")
    kinds = InterfaceKinds(tmp_path)
    assert kinds.kind(seen("wlan0")) == "wifi"
    assert kinds.kind(seen("bnep0")) == "tether"
