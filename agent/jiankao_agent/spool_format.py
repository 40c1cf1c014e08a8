"""How a batch lies in a spool file. Pure.

    magic 4 | length of the envelope 4 | sequence 8 | CRC-32 of these 16 | envelope | CRC-32 of it

Big-endian. The header has a check of its own, so that a damaged length cannot pass for a torn end. CRC-32
is enough here: it tells accidents; whoever alters an envelope on purpose meets its signature.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from jiankao_proto.codec import MAX_ENVELOPE

_MAGIC = b"JKS1"
_HEAD = struct.Struct(">4sIQ")
_CHECK = struct.Struct(">I")
_BEFORE = _HEAD.size + _CHECK.size
FRAME_SIZE = _BEFORE + _CHECK.size
"""Bytes of a frame around its envelope."""


@dataclass(frozen=True, slots=True)
class Framed:
    """An envelope and its sequence, as read back."""

    sequence: int
    data: bytes


def frame(sequence: int, data: bytes) -> bytes:
    """Return the bytes to be written for an envelope."""
    head = _HEAD.pack(_MAGIC, len(data), sequence)
    return head + _CHECK.pack(crc32(head)) + data + _CHECK.pack(crc32(data))


def unframe(content: bytes, start: int = 0) -> Framed | None:
    """Return the envelope whose frame begins at `start`, or None when there is no whole, sound one."""
    if len(content) - start < FRAME_SIZE:
        return None
    head = content[start : start + _HEAD.size]
    magic, length, sequence = _HEAD.unpack(head)
    if magic != _MAGIC or _CHECK.unpack_from(content, start + _HEAD.size) != (crc32(head),):
        return None
    begin = start + _BEFORE
    if length > MAX_ENVELOPE or len(content) - begin < length + _CHECK.size:
        return None
    data = content[begin : begin + length]
    if _CHECK.unpack_from(content, begin + length) != (crc32(data),):
        return None
    return Framed(sequence, data)


def read_frames(content: bytes) -> Iterator[Framed]:
    """Yield envelopes from the beginning, up to the first place where none can be read."""
    start = 0
    while (framed := unframe(content, start)) is not None:
        yield framed
        start += FRAME_SIZE + len(framed.data)


def any_frame_follows(content: bytes, start: int) -> bool:
    """Tell whether a whole frame lies anywhere after an unreadable place: then that place is damage.

    A crash can only cut the last frame short, because each was durable before the next was begun.
    """
    while (start := content.find(_MAGIC, start + 1)) >= 0:
        if unframe(content, start) is not None:
            return True
    return False
