"""A full example of every class of the contract: no field is left at its default.

Values follow from class and field name alone, so that examples (and the golden vectors made of them) stay the same
when another class changes.
"""

import types
from dataclasses import MISSING, fields, is_dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from jiankao_proto.ids import Identifier

T = TypeVar("T")

TIME_US = 1_790_000_000_000_000
_SMALL = 1 << 14


def sample(cls: type[T]) -> T:
    """Return an example of a frozen dataclass of the contract."""
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    for it in fields(cls):  # type: ignore[arg-type]  # every class of the contract is a dataclass
        values[it.name] = value_of(hints[it.name], f"{cls.__name__}.{it.name}")
        assert it.default is MISSING or values[it.name] != it.default, f"{cls.__name__}.{it.name}"
    return cls(**values)


def value_of(hint: Any, name: str) -> object:  # noqa: ANN401 - a type hint
    """Return an example of a field's type."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is tuple:
        return tuple(value_of(args[0], f"{name}.{n}") for n in range(2))
    if origin in {Union, types.UnionType}:
        hint = next(a for a in args if a is not type(None))
    seed = sha256(name.encode()).digest()
    field = name.split(".")[1]
    number = 1 + int.from_bytes(seed[:2], "big") % _SMALL
    if issubclass(hint, Identifier):
        return hint(f"{field}-{seed.hex()[:6]}")
    if issubclass(hint, IntEnum):
        return hint(1 + number % (len(hint) - 1))
    if is_dataclass(hint) and isinstance(hint, type):
        return sample(hint)
    plain: dict[type, object] = {
        bool: True,
        int: TIME_US + number if field in _TIMES else number,
        float: number / 8,
        bytes: seed,
        str: f"{field} 考 {seed.hex()[:6]}",
    }
    return plain[hint]


_TIMES = {
    "wall_clock_us",
    "started_at_us",
    "first_wall_clock_us",
    "last_wall_clock_us",
    "expires_at_us",
    "first_us",
    "last_us",
}
