"""What rtnetlink says of network interfaces (rtnetlink(7), linux/if_link.h, linux/if_addr.h): pure, from bytes."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from jiankao_proto.errors import MalformedError

GROUPS = 0x1 | 0x10 | 0x100
"""RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR."""
GET_LINKS, GET_ADDRESSES = 18, 22
_DONE, _ERROR = 3, 2
_NEW_LINK, _DELETE_LINK, _NEW_ADDRESS, _DELETE_ADDRESS = 16, 17, 20, 21
_LINK_HEAD, _ADDRESS_HEAD = 16, 8
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
class AllTold:
    """The end of an answer to "tell all", or its failure (an errno)."""

    error: int = 0


RouteSeen = LinkSeen | LinkGone | AddressSeen | AllTold


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
        seen = _message(kind, body)
        if seen is not None:
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
