"""Boxes that hand keyboard, mouse and screen to the network, by the marks they leave the factory with.

They are data (`entries/ip_kvm.toml`), checked whole when they are first asked for.
"""

import tomllib
from functools import cache
from importlib import resources

from jiankao_collector.errors import ConfigurationError
from jiankao_proto.observations import Device, DisplayChanged

FILE_NAME = "ip_kvm.toml"
_HIGHEST = 0xFFFF
_PAIR = 2
_FIELDS = frozenset({"id", "name", "usb", "edid", "source"})

Marks = tuple[dict[tuple[int, int], str], dict[tuple[str, str], str]]
"""Names by USB vendor and product, and by EDID vendor and first word of the screen's name."""


def of_device(device: Device) -> str:
    """Return the name of the IP-KVM a device belongs to; empty when it is none we know."""
    return marks()[0].get((device.vendor_id, device.product_id), "")


def of_display(display: DisplayChanged) -> str:
    """Return the name of the IP-KVM that poses as this display; empty when it is none we know."""
    return marks()[1].get((display.edid_vendor, display.edid_name.partition(" ")[0]), "")


@cache
def marks() -> Marks:
    """Read the marks that ship with the collector. Raises ConfigurationError."""
    folder = resources.files("jiankao_collector.knowledge").joinpath("entries")
    return read(folder.joinpath(FILE_NAME).read_text("utf-8"))


def read(text: str) -> Marks:
    """Read the text of such a file. Raises ConfigurationError with the first mistake."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{FILE_NAME}: not valid TOML: {error}") from None
    usb: dict[tuple[int, int], str] = {}
    edid: dict[tuple[str, str], str] = {}
    rows = raw.get("hardware")
    if set(raw) != {"hardware"} or not isinstance(rows, list):
        raise ConfigurationError(f"{FILE_NAME}: must be written as [[hardware]]")
    for index, row in enumerate(rows, 1):
        if not set(row) <= _FIELDS or not all(
            isinstance(row.get(key), str) and row[key] for key in ("id", "name", "source")
        ):
            raise ConfigurationError(
                f"{FILE_NAME}, hardware {index}: id, name and source are needed; usb and edid may follow"
            )
        for mark in row.get("usb", []):
            if not _pair_of(int, mark) or not all(0 < number <= _HIGHEST for number in mark):
                raise ConfigurationError(
                    f"{FILE_NAME}, hardware {index}, usb: {mark!r} is no pair of numbers"
                )
            usb[mark[0], mark[1]] = row["name"]
        for mark in row.get("edid", []):
            if not _pair_of(str, mark) or not all(mark):
                raise ConfigurationError(
                    f"{FILE_NAME}, hardware {index}, edid: {mark!r} is no pair of texts"
                )
            edid[mark[0], mark[1]] = row["name"]
    return usb, edid


def _pair_of(kind: type, mark: object) -> bool:
    return isinstance(mark, list) and len(mark) == _PAIR and all(type(m) is kind for m in mark)
