"""Adapters, routes, name servers, proxies as Windows answers: recorded and made ones, and garbage."""

import contextlib
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.windows.adapter_seen import AdapterSeen
from jiankao_agent.platform.windows.network_answers import (
    ROW_BYTES,
    RouteSeen,
    address_of,
    read_routes,
)
from jiankao_agent.platform.windows.proxy_seen import ProxySeen
from jiankao_agent.sensors.inventory import Inventory
from jiankao_agent.sensors.windows.adapter_kinds import kind_of
from jiankao_agent.sensors.windows.network_facts import (
    MOST_SETTINGS,
    interfaces_told,
    proxies_of,
    settings_told,
)
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import Change, NetworkInterfaceChanged

CABLE = AdapterSeen(
    "{GUID-1}",
    0x6000004000000,
    "以太网",
    "Intel(R) Ethernet Connection",
    interface_type=6,
    up=True,
    addresses=("fe80::1", "10.1.2.3"),
    name_servers=("10.1.2.1", "fec0:0:0:ffff::1"),
    component=r"pci\ven_8086&dev_15b7",
    device=r"PCI\VEN_8086&DEV_15B7\3&11583659&0&FE",
    service="e1dexpress",
)


def v4(address: bytes) -> bytes:
    return struct.pack("<HH4s20x", 2, 0, address)


def row(
    prefix: bytes, length: int, gateway: bytes, *, protocol: int = 3, loopback: bool = False
) -> bytes:
    head = struct.pack("<QI28sB3x28s", CABLE.luid, 4, prefix, length, gateway)
    return head + struct.pack("<B3xIIII?11x", 0, 0, 0, 25, protocol, loopback)


def test_the_row_of_a_table_is_as_long_as_windows_says() -> None:
    assert len(row(v4(bytes(4)), 0, v4(b"\x0a\x01\x02\x01"))) == ROW_BYTES


def test_routes_that_somebody_set() -> None:
    table = (
        row(v4(bytes(4)), 0, v4(b"\x0a\x01\x02\x01"))
        + row(v4(b"\x80\0\0\0"), 1, v4(bytes(4)))
        + row(v4(b"\x0a\x01\x02\0"), 24, v4(bytes(4)), protocol=2)
        + row(v4(b"\x7f\0\0\0"), 8, v4(bytes(4)), loopback=True)
        + row(v4(bytes(4)), 200, v4(bytes(4)))
    )
    assert read_routes(table) == [
        RouteSeen("0.0.0.0/0", "10.1.2.1", CABLE.luid),
        RouteSeen("128.0.0.0/1", "", CABLE.luid),
    ]


def test_the_routes_wine_told() -> None:
    """Recorded: a route by way of 192.0.2.1 and one on the link."""
    recorded = bytes.fromhex(
        "00000004000006000400000002000000000000000000000000000000000000000000000000000000006e0000"
        "02000000c0000201000000000000000000000000b80233000000000000004500ffffffffffffffff00000000"
        "03000000000100010000000000000000"
    )
    assert read_routes(recorded) == [RouteSeen("0.0.0.0/0", "192.0.2.1", 0x6000004000000)]


def test_addresses() -> None:
    assert address_of(v4(b"\x0a\0\0\1")) == "10.0.0.1"
    v6 = struct.pack("<HHI16sI", 23, 0, 0, bytes.fromhex("20010db8" + "0" * 23 + "1"), 5)
    assert address_of(v6) == "2001:db8::1"
    assert address_of(b"") == address_of(v6[:20]) == address_of(b"\x11\0" + bytes(26)) == ""


def test_a_table_that_is_cut_short() -> None:
    with pytest.raises(MalformedError):
        read_routes(bytes(ROW_BYTES - 1))


@given(st.binary(max_size=4 * ROW_BYTES))
def test_routes_and_addresses_of_garbage(data: bytes) -> None:
    address_of(data)
    with contextlib.suppress(MalformedError):
        read_routes(data)
    for route in read_routes(data[: len(data) // ROW_BYTES * ROW_BYTES]):
        assert "/" in route.destination


@given(st.lists(st.tuples(st.sampled_from([2, 23]), st.binary(min_size=102, max_size=102))))
def test_routes_of_garbage_with_a_known_family(rows: list[tuple[int, bytes]]) -> None:
    table = b"".join(data[:12] + struct.pack("<H", family) + data[12:] for family, data in rows)
    read_routes(table)


@pytest.mark.parametrize(
    ("adapter", "kind"),
    [
        (CABLE, "ethernet"),
        (replace(CABLE, interface_type=24), "loopback"),
        (replace(CABLE, interface_type=71), "wifi"),
        (replace(CABLE, service="usbrndis6"), "tether"),
        (replace(CABLE, component=r"usb\ms_comp_rndis"), "tether"),
        (replace(CABLE, description="Remote NDIS based Internet Sharing Device #2"), "tether"),
        (replace(CABLE, service="BthPan"), "tether"),
        (replace(CABLE, interface_type=243), "tether"),
        (replace(CABLE, interface_type=71, service="vwifimp"), "hotspot"),
        (
            replace(CABLE, interface_type=71, description="Microsoft Wi-Fi Direct Virtual Adapter #2"),
            "hotspot",
        ),
        (replace(CABLE, component="tap0901", device=r"ROOT\NET\0000"), "tap"),
        (replace(CABLE, component="sangforvnic", device=r"ROOT\NET\0001"), "tap"),
        (replace(CABLE, interface_type=53, component="wintun"), "vpn"),
        (replace(CABLE, component="ovpn-dco", interface_type=6), "vpn"),
        (replace(CABLE, interface_type=23), "vpn"),
        (replace(CABLE, interface_type=131, tunnel_type=14), "transition"),
        (replace(CABLE, interface_type=131, tunnel_type=2), "vpn"),
        (replace(CABLE, interface_type=144), "other"),
    ],
)  # fmt: skip
def test_what_an_adapter_is_for(adapter: AdapterSeen, kind: str) -> None:
    assert kind_of(adapter) == kind


def test_an_adapter_that_only_waits_for_a_phone_or_a_hotspot_is_not_there() -> None:
    phone = replace(CABLE, identity="2", service="bthpan", up=False)
    hotspot = replace(CABLE, identity="3", service="vwifimp", up=False)
    assert len(interfaces_told([CABLE, phone, hotspot])) == 1
    assert len(interfaces_told([phone, replace(phone, up=True)])) == 1


def test_an_adapter_comes_gets_an_address_is_renamed_and_goes() -> None:
    inventory: Inventory[str, NetworkInterfaceChanged] = Inventory()
    phone = replace(CABLE, identity="2", name="以太网 2", service="usbrndis6", addresses=())

    def told(*adapters: AdapterSeen) -> list[tuple[Change, str]]:
        return [(f.change, f.interface) for f in inventory.settle(interfaces_told(adapters))]

    assert told(CABLE) == [(Change.BASELINE, "以太网")]
    assert told(CABLE, phone) == [(Change.ADDED, "以太网 2")]
    phone = replace(phone, addresses=("192.168.42.7",))
    assert told(CABLE, phone) == [(Change.MODIFIED, "以太网 2")]
    phone = replace(phone, name="x")
    assert told(CABLE, phone) == [(Change.REMOVED, "以太网 2"), (Change.ADDED, "x")]
    assert told(CABLE) == [(Change.REMOVED, "x")]
    assert [f.change for f in inventory.again()] == [Change.BASELINE]


def keys(
    *adapters: AdapterSeen, routes: tuple[RouteSeen, ...] = (), proxies: tuple[ProxySeen, ...] = ()
) -> list[tuple[str, str, str]]:
    return [(f.kind, f.name, f.value) for f in settings_told(adapters, routes, proxies).values()]


def test_where_traffic_goes() -> None:
    ways = (
        RouteSeen("0.0.0.0/0", "10.1.2.1", CABLE.luid),
        RouteSeen("128.0.0.0/1", "", CABLE.luid),
    )
    assert keys(CABLE, routes=ways) == [
        ("dns_server", "以太网", "10.1.2.1"),
        ("route", "0.0.0.0/0", "10.1.2.1 dev 以太网"),
        ("route", "128.0.0.0/1", "dev 以太网"),
    ]
    assert keys(replace(CABLE, up=False)) == []


def test_a_hotspot_is_one_that_has_an_address_to_give() -> None:
    hotspot = replace(CABLE, service="vwifimp", name="本地连接* 2", name_servers=())
    assert keys(replace(hotspot, addresses=("192.168.137.1",))) == [
        ("hotspot", "本地连接* 2", "on")
    ]
    assert keys(replace(hotspot, addresses=("169.254.1.1", "fe80::1"))) == []
    shared = replace(CABLE, addresses=("192.168.137.1",), name_servers=())
    assert keys(shared) == [("hotspot", "以太网", "on")]


@pytest.mark.parametrize(
    ("proxy", "expected"),
    [
        (ProxySeen(enabled=True, servers="127.0.0.1:7890"), [("all", "127.0.0.1:7890")]),
        (ProxySeen(enabled=False, servers="127.0.0.1:7890"), []),
        (
            ProxySeen(enabled=True, servers="http=a:1;https=b:2; socks=c:3"),
            [("http", "a:1"), ("https", "b:2"), ("socks", "c:3")],
        ),
        (
            ProxySeen(enabled=True, servers="http=http://user:secret@a:1"),
            [("http", "http://a:1")],
        ),
        (ProxySeen(enabled=True, servers="user:se@cret@a:1"), [("all", "a:1")]),
        (
            ProxySeen(script="http://user:pass@host/p.pac?token=secret"),
            [("pac", "http://host/p.pac")],
        ),
        (ProxySeen(enabled=True, servers=";;=;"), []),
        (ProxySeen(enabled=True, servers="=10.0.0.9:8080"), [("all", "10.0.0.9:8080")]),
    ],
)
def test_proxies_are_told_without_credentials(
    proxy: ProxySeen, expected: list[tuple[str, str]]
) -> None:
    assert list(proxies_of(proxy)) == expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_proxies_of_garbage(servers: str, script: str) -> None:
    for name, value in proxies_of(ProxySeen(enabled=True, servers=servers, script=script)):
        assert name
        assert value.isprintable()


def test_a_table_of_routes_without_end_is_cut() -> None:
    ways = [RouteSeen(f"10.{n // 256}.{n % 256}.0/24", "", 1) for n in range(2 * MOST_SETTINGS)]
    assert len(settings_told([], ways, [])) == MOST_SETTINGS
