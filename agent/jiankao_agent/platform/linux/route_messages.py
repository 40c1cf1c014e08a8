"""What rtnetlink says of interfaces and routes (rtnetlink(7), linux/if_link.h, linux/if_addr.h): pure, from bytes."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from jiankao_proto.errors import MalformedError

GROUPS = 0x1 | 0x10 | 0x100 | 0x40 | 0x400
"""RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR, RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_ROUTE."""
GET_LINKS, GET_ADDRESSES, GET_ROUTES = 18, 22, 26
_DONE, _ERROR = 3, 2
_NEW_LINK, _DELETE_LINK, _NEW_ADDRESS, _DELETE_ADDRESS = 16, 17, 20, 21
_NEW_ROUTE, _DELETE_ROUTE = 24, 25
_LINK_HEAD, _ADDRESS_HEAD, _ROUTE_HEAD = 16, 8, 12
_DESTINATION, _OUT_INTERFACE, _GATEWAY, _MULTIPATH, _TABLE, _VIA = 1, 4, 5, 9, 15, 18
_HOP_HEAD = 8
_BY_KERNEL, _UNICAST, _LOCAL_TABLE, _CLONED = 2, 1, 255, 0x200
_INET, _INET6 = 2, 10
_NAME, _LINK_INFO, _INFO_KIND = 3, 18, 1
_ADDRESS, _LOCAL = 1, 2
_RUNNING = 0x41  # IFF_UP | IFF_RUNNING
_TYPE_MASK = 0x3FFF
_AF_UNSPEC = 0


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """An interface is there. `hardware` is its ARPHRD number, `driver_kind` rtnetlink's word for a made-up one."""

    index: int
    name: str
    hardware: int
    driver_kind: str
    up: bool


@dataclass(frozen=True, slots=True)
class LinkGone:
    """An interface is gone."""

    index: int


@dataclass(frozen=True, slots=True)
class AddressSeen:
    """An interface has an address (`there`), or no longer."""

    index: int
    address: str
    there: bool


@dataclass(frozen=True, slots=True)
class WaySeen:
    """A route that somebody has set is there, or no longer; those the kernel makes of addresses are not told.

    `destination` is a prefix; `gateway` is empty when the far end is on the link itself.
    """

    destination: str
    gateway: str
    index: int
    there: bool


@dataclass(frozen=True, slots=True)
class AllTold:
    """The end of an answer to "tell all", or its failure (an errno)."""

    error: int = 0


RouteSeen = LinkSeen | LinkGone | AddressSeen | WaySeen | AllTold


def read_messages(data: bytes) -> list[RouteSeen]:
    """Read the messages of one datagram. Raises MalformedError."""
    try:
        return list(_messages(data))
    except struct.error:
        raise MalformedError(f"rtnetlink: a message of {len(data)} bytes is cut short") from None


def _messages(data: bytes) -> Iterator[RouteSeen]:
    place = 0
    while place < len(data):
        length, kind = struct.unpack_from("=IH", data, place)
        if not 16 <= length <= len(data) - place:  # noqa: PLR2004 - a header's size
            raise MalformedError(f"rtnetlink: a message claims {length} bytes")
        body = data[place + 16 : place + length]
        place += length + (-length % 4)
        if kind in {_NEW_ROUTE, _DELETE_ROUTE}:
            yield from _ways(body, there=kind == _NEW_ROUTE)
        elif (seen := _message(kind, body)) is not None:
            yield seen


def _message(kind: int, body: bytes) -> RouteSeen | None:
    if kind == _DONE:
        return AllTold()
    if kind == _ERROR:
        (number,) = struct.unpack_from("=i", body)
        return AllTold(-number)
    if kind in {_NEW_LINK, _DELETE_LINK}:
        family, hardware, index, flags = struct.unpack_from("=BxHiI", body)
        if family != _AF_UNSPEC:
            return None  # a bridge's word about its port: the interface itself stays
        return LinkGone(index) if kind == _DELETE_LINK else _link(index, hardware, flags, body)
    if kind in {_NEW_ADDRESS, _DELETE_ADDRESS}:
        (index,) = struct.unpack_from("=4xI", body)
        attributes = dict(_attributes(body, _ADDRESS_HEAD))
        address = _text_address(attributes.get(_LOCAL) or attributes.get(_ADDRESS, b""))
        return AddressSeen(index, address, kind == _NEW_ADDRESS) if address else None
    return None


def _link(index: int, hardware: int, flags: int, body: bytes) -> LinkSeen:
    attributes = dict(_attributes(body, _LINK_HEAD))
    information = dict(_attributes(attributes.get(_LINK_INFO, b""), 0))
    return LinkSeen(
        index=index,
        name=_text(attributes.get(_NAME, b"")),
        hardware=hardware,
        driver_kind=_text(information.get(_INFO_KIND, b"")),
        up=flags & _RUNNING == _RUNNING,
    )


def _ways(body: bytes, *, there: bool) -> Iterator[WaySeen]:
    family, bits, table, made_by, kind, flags = struct.unpack_from("=BB2xBBxBI", body)
    attributes = dict(_attributes(body, _ROUTE_HEAD))
    if _TABLE in attributes:
        (table,) = struct.unpack_from("=I", attributes[_TABLE])
    if family not in {_INET, _INET6} or kind != _UNICAST or flags & _CLONED:
        return
    if made_by == _BY_KERNEL or table == _LOCAL_TABLE:
        return
    empty = bytes(4 if family == _INET else 16)
    destination = f"{_text_address(attributes.get(_DESTINATION, empty))}/{bits}"
    if _OUT_INTERFACE in attributes:
        (index,) = struct.unpack_from("=i", attributes[_OUT_INTERFACE])
        yield WaySeen(destination, _gateway(attributes), index, there)
    hops = attributes.get(_MULTIPATH, b"")
    while len(hops) >= _HOP_HEAD:
        length, index = struct.unpack_from("=H2xi", hops)
        if not _HOP_HEAD <= length <= len(hops):
            raise MalformedError(f"rtnetlink: a hop claims {length} bytes")
        yield WaySeen(
            destination, _gateway(dict(_attributes(hops[:length], _HOP_HEAD))), index, there
        )
        hops = hops[length + (-length % 4) :]


def _gateway(attributes: dict[int, bytes]) -> str:
    """Return the gateway; of another family than the route's it has its family before it (RTA_VIA)."""
    return _text_address(attributes.get(_GATEWAY, b"") or attributes.get(_VIA, b"")[2:])


def _attributes(data: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    while place + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, place)
        if not 4 <= length <= len(data) - place:  # noqa: PLR2004 - an attribute's head
            raise MalformedError(f"rtnetlink: an attribute claims {length} bytes")
        yield kind & _TYPE_MASK, data[place + 4 : place + length]
        place += length + (-length % 4)


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode("utf-8", "replace")


def _text_address(data: bytes) -> str:
    return str(ip_address(data)) if len(data) in {4, 16} else ""
