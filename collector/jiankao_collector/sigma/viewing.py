"""An event made ready for the tests of many rules: names and values folded once."""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address

from jiankao_collector.sigma.events import Event, Value

_NAMES_KEPT = 4096
_ADDRESSES_KEPT = 4096
_SHAPES_KEPT = 1024
_EVENT_ID = "eventid"


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


class Wanted(dict[tuple[str, ...], tuple[tuple[str, str], ...]]):
    """Which of an event's fields some rule asks for, by all of their names: (name, folded name) of each.

    Events of one kind have the same fields in the same order, often dozens of them, of which rules ask for a few.
    `fields` None: every field is asked for, by a keyword.
    """

    def __init__(self, fields: frozenset[str] | None) -> None:
        super().__init__()
        self._fields = fields
        self.event_id = fields is None or _EVENT_ID in fields

    def __missing__(self, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        if len(self) >= _SHAPES_KEPT:
            self.clear()
        folded = ((name, name.casefold()) for name in names)
        found = self[names] = tuple(
            pair for pair in folded if self._fields is None or pair[1] in self._fields
        )
        return found


class View:
    """One event: `folded` has the case-folded texts of the wanted fields that have a value, by folded name."""

    __slots__ = ("_event", "_raw", "folded")

    def __init__(self, event: Event, wanted: Wanted) -> None:
        self._event = event
        self._raw: dict[str, Value] | None = None
        self.folded: dict[str, str] = {}
        folded = self.folded
        if event.event_id and wanted.event_id:
            folded[_EVENT_ID] = str(event.event_id)
        fields = event.fields
        for name, key in wanted[tuple(fields)]:
            value = fields[name]
            if type(value) is str:
                folded[key] = value.casefold()
            elif value is not None:
                folded[key] = (text_of(value) or "").casefold()

    @property
    def raw(self) -> Mapping[str, Value]:
        """Every field as it came, by folded name; few rules ask for them."""
        if self._raw is None:
            event = self._event
            self._raw = {_EVENT_ID: event.event_id} if event.event_id else {}
            self._raw |= {_NAMES[name]: value for name, value in event.fields.items()}
        return self._raw

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
