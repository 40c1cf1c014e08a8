"""Protobuf's wire format by hand: to write what our own schema cannot.

Source: https://protobuf.dev/programming-guides/encoding/
"""

_VARINT, _LENGTH = 0, 2


def varint(value: int) -> bytes:
    """Return a non-negative number as a varint."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, value: int | bytes) -> bytes:
    """Return a field: a number as a varint, bytes (text, a message) with their length."""
    if isinstance(value, int):
        return varint(number << 3 | _VARINT) + varint(value)
    return varint(number << 3 | _LENGTH) + varint(len(value)) + value
