"""What Windows answers about addresses and routes (ws2def.h, netioapi.h, Microsoft Learn): pure, from bytes."""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network

from jiankao_proto.errors import MalformedError

ROW_BYTES, ROWS_AT = 104, 8
"""Of a MIB_IPFORWARD_TABLE2: the size of a row, and where rows begin."""
_AF_INET, _AF_INET6 = 2, 23
_ADDRESS_BYTES = 28
_MADE_OF_ADDRESSES = 2
"""MIB_IPPROTO_LOCAL: a route that Windows makes of an address; nobody has set it."""


@dataclass(frozen=True, slots=True)
class RouteSeen:
    """A route that somebody or something has set. `gateway` is empty when the far end is on the link itself."""

    destination: str
    gateway: str
    interface: int
    """The interface's LUID, which is the same for IPv4 and IPv6."""


def address_of(data: bytes) -> str:
    """Return the address in a SOCKADDR_INET; empty for other families, or when it is cut short."""
    family = int.from_bytes(data[:2], "little") if len(data) > 1 else 0
    if family == _AF_INET and len(data) >= 8:  # noqa: PLR2004 - family, port, address
        return str(IPv4Address(data[4:8]))
    if family == _AF_INET6 and len(data) >= 24:  # noqa: PLR2004 - family, port, flow, address
        return str(IPv6Address(data[8:24]))
    return ""


def read_routes(data: bytes) -> list[RouteSeen]:
    """Read the rows of a MIB_IPFORWARD_TABLE2 that somebody has set. Raises MalformedError."""
    if len(data) % ROW_BYTES:
        raise MalformedError(f"a table of routes has {len(data)} bytes")
    rows = (data[place : place + ROW_BYTES] for place in range(0, len(data), ROW_BYTES))
    return [route for row in rows if (route := _route(row))]


def _route(row: bytes) -> RouteSeen | None:
    luid, prefix, length = struct.unpack_from(f"<Q4x{_ADDRESS_BYTES}sB", row)
    protocol, loopback = struct.unpack_from("<I?", row, 88)
    destination = address_of(prefix)
    if not destination or loopback or protocol == _MADE_OF_ADDRESSES:
        return None
    try:
        network = ip_network((destination, length), strict=False)
    except ValueError:
        return None  # a prefix longer than its address
    gateway = address_of(row[44 : 44 + _ADDRESS_BYTES])
    direct = not gateway or not int(
        IPv6Address(gateway) if ":" in gateway else IPv4Address(gateway)
    )
    return RouteSeen(str(network), "" if direct else gateway, luid)
