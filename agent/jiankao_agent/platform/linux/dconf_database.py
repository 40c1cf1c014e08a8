"""Strings and numbers out of a dconf database, where GNOME's desktop and its kin keep their settings. Pure, from bytes.

The format is GVDB: tables of items, each with a part of a key, the item it continues, and a serialised GVariant.
Sources: gvdb-format.h of GLib; the GVariant specification (a variant is its value, a zero byte, its type). Files are in
the machine's byte order; of another order nothing is read.
"""

import struct

from jiankao_proto.errors import MalformedError

_SIGNATURE = b"GVariant"
_ROOT, _ITEM = 16, 24
_BLOOM_BITS = (1 << 27) - 1
_MOST_ITEMS = 65_536
_DEEPEST = 64
_NO_PARENT = 0xFFFFFFFF
_VALUE = ord("v")


def read_database(data: bytes, folder: str) -> dict[str, str | int]:
    """Return the strings (`s`) and 32-bit numbers (`i`, `u`) whose keys begin with `folder`. Raises MalformedError."""
    if data[:8] != _SIGNATURE:
        raise MalformedError("dconf: the file is no database")
    begin, end = _unpack("=II", data, _ROOT)
    bloom_words, buckets = _unpack("=II", data, begin)
    place = begin + 8 + 4 * (bloom_words & _BLOOM_BITS) + 4 * buckets
    count = (min(end, len(data)) - place) // _ITEM
    if not 0 <= count <= _MOST_ITEMS:
        raise MalformedError(f"dconf: a table claims {count} items")
    items = [_unpack("=4xIIHBxII", data, place + _ITEM * n) for n in range(count)]
    found: dict[str, str | int] = {}
    for number, (_, _, _, kind, start, stop) in enumerate(items):
        if kind != _VALUE or not (key := _key(items, number, data)).startswith(folder):
            continue
        value = _value(data[start:stop])
        if value is not None:
            found[key] = value
    return found


def _key(items: list[tuple[int, ...]], number: int, data: bytes) -> str:
    parts: list[bytes] = []
    for _ in range(_DEEPEST):
        parent, start, length, *_ = items[number]
        parts.append(data[start : start + length])
        if parent == _NO_PARENT:
            return b"".join(reversed(parts)).decode("utf-8", "replace")
        if parent >= len(items):
            break
        number = parent
    raise MalformedError("dconf: a key does not end")


def _value(data: bytes) -> str | int | None:
    if data.endswith(b"\0s"):
        return data[:-2].rstrip(b"\0").decode("utf-8", "replace")
    if len(data) == 6 and data[4:] in {b"\0i", b"\0u"}:  # noqa: PLR2004 - a number, a zero, its type
        return int(struct.unpack_from("=i", data)[0])
    return None


def _unpack(layout: str, data: bytes, place: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, data, place)
    except struct.error:
        raise MalformedError(f"dconf: a database of {len(data)} bytes is cut short") from None
