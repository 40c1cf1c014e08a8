"""Who made a screen and what it is called, out of its EDID (VESA E-EDID 1.4, section 3). Pure.

The serial number in it is not read.
"""

from dataclasses import dataclass

_HEADER = bytes.fromhex("00ffffffffffff00")
_BLOCK = 128
_DESCRIPTORS = range(54, 126, 18)
_NAME_TAG = bytes.fromhex("000000fc00")
_LETTERS = 26


@dataclass(frozen=True, slots=True)
class Edid:
    """`vendor`: three letters of the PNP registry; `product`: the maker's number; `name` may be empty."""

    vendor: str
    product: int
    name: str


def parse_edid(data: bytes) -> Edid | None:
    """Read the first block; None when there is none. Its check sum is not asked for: a wrong one is a screen too."""
    if len(data) < _BLOCK or data[:8] != _HEADER:
        return None
    packed = int.from_bytes(data[8:10], "big")
    letters = [packed >> shift & 0x1F for shift in (10, 5, 0)]
    vendor = "".join(chr(ord("A") + n - 1) for n in letters if 1 <= n <= _LETTERS)
    name = ""
    for place in _DESCRIPTORS:
        if data[place : place + 5] == _NAME_TAG:
            text = data[place + 5 : place + 18].partition(b"\n")[0]
            name = "".join(c for c in text.decode("cp437") if c.isprintable()).strip()
    return Edid(vendor, int.from_bytes(data[10:12], "little"), name)
