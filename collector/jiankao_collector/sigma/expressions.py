"""What a rule asks of an event, as a tree: the same for every way of writing it down.

Field names are case-folded. `field` None means every field: a keyword. Numbers and booleans are texts (`4624`, `true`):
recordings hold them now as one and now as the other. Case is ignored by Unicode case folding unless `cased`.
"""

from dataclasses import dataclass
from enum import Enum


class Wild(Enum):
    """A wildcard: any run of characters, or exactly one."""

    ANY = "*"
    ONE = "?"


Part = str | Wild


@dataclass(frozen=True, slots=True)
class Text:
    """The value is this text, wildcards in it; for a keyword: some value contains it."""

    field: str | None
    parts: tuple[Part, ...]
    cased: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """The value contains a match of this regular expression (RE2 syntax, flags inside)."""

    field: str | None
    pattern: str


@dataclass(frozen=True, slots=True)
class Network:
    """The value is an address of this network (CIDR)."""

    field: str
    network: str


class Order(Enum):
    """How a number compares."""

    LESS = "lt"
    LESS_EQUAL = "lte"
    GREATER = "gt"
    GREATER_EQUAL = "gte"


@dataclass(frozen=True, slots=True)
class Compared:
    """The value reads as a number that compares like this."""

    field: str
    order: Order
    number: int | float


@dataclass(frozen=True, slots=True)
class OtherField:
    """The value equals another field's, or with `starts`, `ends` or both starts with, ends with or contains it."""

    field: str
    other: str
    starts: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """The field is not there or has no value."""

    field: str


@dataclass(frozen=True, slots=True)
class Present:
    """The field is there, whatever its value; or it is not."""

    field: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class All:
    """Every one holds."""

    of: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One holds; of none, none does."""

    of: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold. A field that is not there matches no text, so its negation holds."""

    of: "Expression"


Expression = Text | Pattern | Network | Compared | OtherField | Absent | Present | All | AnyOf | Not
