"""An address out of a resource record, as dnsapi lays it out. Pure."""

from ipaddress import IPv4Address, IPv6Address

A, AAAA = 1, 28
_LENGTHS = {A: 4, AAAA: 16}
LONGEST_NAME = 255


def address_of(kind: int, data: bytes) -> str:
    """Return the address in the data of an A or AAAA record (network order); empty for every other record."""
    length = _LENGTHS.get(kind)
    if length is None or len(data) < length:
        return ""
    return str(IPv4Address(data[:4]) if kind == A else IPv6Address(data[:16]))


def clean_name(name: str) -> str:
    """Return a name as names are written, in small letters without the last dot; empty when it cannot be one."""
    name = name.rstrip(".").casefold()
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or " " in name:
        return ""
    return name
