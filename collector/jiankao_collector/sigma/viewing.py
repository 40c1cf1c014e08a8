"""An event made ready for the tests of many rules: names and values folded once."""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address

from jiankao_collector.sigma.events import Event, Value

_NAMES_KEPT = 4096
_ADDRESSES_KEPT = 4096


class _Names(dict[str, str]):
    """Names of fields, folded; the same few come again with every event."""

    def __missing__(self, name: str) -> str:
        if len(self) >= _NAMES_KEPT:
            self.clear()
        folded = self[name] = name.casefold()
        return folded


_NAMES = _Names()


def folded_name(name: str) -> str:
    """Return a field's name as it is looked up."""
    return _NAMES[name]


def text_of(value: Value) -> str | None:
    """Return a value as the text that rules compare: `true`, `4624`, `1.5`; None when there is none."""
    if isinstance(value, str):
        return value
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


class View:
    """One event: `raw` by folded name, `folded` the case-folded texts of those that have a value."""

    __slots__ = ("folded", "raw")

    def __init__(self, event: Event, wanted: frozenset[str] | None) -> None:
        raw = {_NAMES[name]: value for name, value in event.fields.items()}
        if event.event_id:
            raw.setdefault("eventid", event.event_id)
        self.raw: Mapping[str, Value] = raw
        folded: dict[str, str] = {}
        for name in raw if wanted is None else raw.keys() & wanted:
            value = raw[name]
            if type(value) is str:
                folded[name] = value.casefold()
            elif value is not None:
                folded[name] = (text_of(value) or "").casefold()
        self.folded = folded

    def text(self, field: str) -> str | None:
        """Return a field's text with its case, None when it has none."""
        return text_of(self.raw.get(field))


class _Addresses(dict[str, tuple[int, int] | None]):
    """Addresses as (version, number); the same few come again. None: not an address."""

    def __missing__(self, text: str) -> tuple[int, int] | None:
        if len(self) >= _ADDRESSES_KEPT:
            self.clear()
        found = self[text] = _address(text)
        return found


def _address(text: str) -> tuple[int, int] | None:
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.version, int(address)


ADDRESSES = _Addresses()
