"""Field by field between frozen dataclasses and protobuf messages of the same shape. The codec's engine room.

A dataclass maps to a message when their field names agree (tests/proto compares every pair). Converters are compiled
once per class. What does not fit a field raises MalformedError; what a class cannot hold is never dropped in silence:
`has_unread` tells that a message carries more than its class knows. Reading is half of what judging costs, so classes
are read by `_reader`: all fields in one call, then only those that need a look.
"""

import types
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from enum import IntEnum
from functools import cache
from math import isfinite
from operator import attrgetter
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from jiankao_proto.errors import MalformedError
from jiankao_proto.ids import Identifier

MAX_TEXT = 8192
"""Characters of one text field. Every text on the wire is a name, a path or a sentence."""
MAX_ITEMS = 20_000
"""Entries of one repeated field."""

MAX_US = 253_402_300_799_999_999
"""Microseconds to the end of the year 9999: times and spans beyond it could not even be shown."""
_SIGNED = frozenset({"jump_us"})
"""The only span that can point backwards."""

T = TypeVar("T", bound=Hashable)


def to_message(value: Hashable, message: Message) -> None:
    """Fill `message` from a dataclass of the same shape."""
    for name, kind in _shape(type(value)):
        kind.write(message, name, getattr(value, name))


def from_message(cls: type[T], message: Message) -> T:
    """Read a dataclass from a message of the same shape. Raises MalformedError.

    A number that an enum does not know becomes its 0.
    """
    value: T = _reader(cls, exact=False)(message)
    return value


def from_known_message(cls: type[T], message: Message) -> T:
    """Read a dataclass as `from_message` does. Raises MalformedError, UnknownNumberError."""
    try:
        value: T = _reader(cls, exact=True)(message)
    except KeyError as error:
        raise UnknownNumberError(error.args) from None
    return value


class UnknownNumberError(Exception):
    """An enum's number that its class does not know; the message may still be read by `from_message`."""


def read_microseconds(value: int) -> int:
    """Return a time or span in microseconds. Raises MalformedError when no clock shows it."""
    return int(_UNSIGNED.read(value))


def has_unread(message: Message) -> bool:
    """Tell whether a message, or one inside it, carries fields or enum values its schema does not know."""
    if len(UnknownFieldSet(message)):
        return True
    for descriptor, value in message.ListFields():
        if descriptor.enum_type is not None:
            numbers = descriptor.enum_type.values_by_number
            if any(v not in numbers for v in (value if descriptor.is_repeated else (value,))):
                return True
        elif descriptor.message_type is not None and any(
            has_unread(m) for m in (value if descriptor.is_repeated else (value,))
        ):
            return True
    return False


Reader = Callable[[Any], Any]


class _Plain:
    """Numbers, booleans, bytes."""

    def reader(self, *, exact: bool) -> Reader | None:  # noqa: ARG002 - of use to enums only
        """Return what turns a field's value into the class's, None when nothing is to be done."""
        return None if type(self).read is _Plain.read else self.read

    def read(self, value: Any) -> Any:
        return value

    def write(self, message: Message, name: str, value: Any) -> None:
        try:
            setattr(message, name, value)
        except (TypeError, ValueError) as error:
            raise _unfit(message, name, value) from error


class _Microseconds(_Plain):
    def __init__(self, *, signed: bool) -> None:
        self._lowest = -MAX_US if signed else 0

    def read(self, value: Any) -> Any:
        if not self._lowest <= value <= MAX_US:
            raise MalformedError(f"a time of {value} µs, which no clock shows")
        return value


_UNSIGNED = _Microseconds(signed=False)


class _Real(_Plain):
    def read(self, value: Any) -> Any:
        # A NaN is unlike itself: nothing judged by it could ever be compared.
        if not isfinite(value):
            raise MalformedError(f"{value} where a number belongs")
        return value


class _Text(_Plain):
    def read(self, value: Any) -> Any:
        if len(value) > MAX_TEXT:
            raise MalformedError(
                f"a text of {len(value)} characters; at most {MAX_TEXT} are allowed"
            )
        return value


class _Enum(_Plain):
    def __init__(self, cls: type[IntEnum]) -> None:
        self._known = {int(member): member for member in cls}
        self._zero = cls(0)

    def reader(self, *, exact: bool) -> Reader:
        return self._known.__getitem__ if exact else self.read

    def read(self, value: Any) -> Any:
        return self._known.get(value, self._zero)


class _Id(_Plain):
    def __init__(self, cls: type[Identifier], *, optional: bool) -> None:
        self._read = cls.parse_optional if optional else cls

    def reader(self, *, exact: bool) -> Reader:  # noqa: ARG002 - of use to enums only
        return self._read

    def write(self, message: Message, name: str, value: Any) -> None:
        setattr(message, name, "" if value is None else value.value)


class _Nested(_Plain):
    def __init__(self, cls: Any) -> None:
        self._cls = cls

    def reader(self, *, exact: bool) -> Reader:
        return _reader(self._cls, exact=exact)

    def write(self, message: Message, name: str, value: Any) -> None:
        part = getattr(message, name)
        part.SetInParent()
        to_message(value, part)


class _Repeated(_Plain):
    def __init__(self, item: _Plain) -> None:
        self._item, self._nested = item, isinstance(item, _Nested)

    def reader(self, *, exact: bool) -> Reader:
        item = self._item.reader(exact=exact)

        def read(value: Any) -> Any:
            if not value:
                return ()
            if len(value) > MAX_ITEMS:
                raise MalformedError(
                    f"a list of {len(value)} entries; at most {MAX_ITEMS} are allowed"
                )
            return tuple(value if item is None else map(item, value))

        return read

    def write(self, message: Message, name: str, value: Any) -> None:
        target = getattr(message, name)
        for entry in value:
            if self._nested:
                to_message(entry, target.add())
                continue
            try:
                target.append(entry)
            except (TypeError, ValueError) as error:
                raise _unfit(message, name, entry) from error


def _unfit(message: Message, name: str, value: object) -> MalformedError:
    return MalformedError(f"{type(message).__name__}.{name} cannot hold {value!r:.80}")


def _kind_of(hint: Any, name: str) -> _Plain:
    origin, args = get_origin(hint), get_args(hint)
    if origin is tuple:
        return _Repeated(_kind_of(args[0], name))
    if origin in (Union, types.UnionType):
        (inner,) = (a for a in args if a is not type(None))
        return _Id(inner, optional=True)
    if issubclass(hint, Identifier):
        return _Id(hint, optional=False)
    if issubclass(hint, IntEnum):
        return _Enum(hint)
    if is_dataclass(hint):
        return _Nested(hint)
    return _number_or_text(hint, name)


def _number_or_text(hint: type, name: str) -> _Plain:
    if hint is int and name.endswith("_us"):
        return _Microseconds(signed=name in _SIGNED)
    return {str: _Text, float: _Real}.get(hint, _Plain)()


@cache
def _reader(cls: Any, *, exact: bool) -> Reader:
    """Return what reads a class from a message: all fields at once, then those in place that need a look."""
    shape = _shape(cls)
    readers = [
        (place, read)
        for place, (_, kind) in enumerate(shape)
        if (read := kind.reader(exact=exact)) is not None
    ]
    every = _fields_of([name for name, _ in shape])

    def read_all(message: Message) -> Any:
        values = [*every(message)]
        for place, read in readers:
            values[place] = read(values[place])
        return cls(*values)

    return read_all


def _fields_of(names: list[str]) -> Callable[[Message], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda message: tuple(getattr(message, name) for name in names)


@cache
def _shape(cls: Any) -> tuple[tuple[str, _Plain], ...]:
    hints = get_type_hints(cls)
    return tuple((f.name, _kind_of(hints[f.name], f.name)) for f in fields(cls))
