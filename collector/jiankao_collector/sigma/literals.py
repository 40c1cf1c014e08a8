"""Which texts an event must hold for a rule to match: one of them at least, so that most rules need no look at it."""

from dataclasses import dataclass
from enum import Enum

from jiankao_collector.sigma.expressions import All, AnyOf, Expression, Text


class Place(Enum):
    """Where a literal stands: the whole value, behind the value's last separator, or anywhere in it."""

    WHOLE = "whole"
    BEHIND_BACKSLASH = "\\"
    BEHIND_SLASH = "/"
    INSIDE = "inside"


@dataclass(frozen=True, slots=True)
class Literal:
    """A case-folded text in a field; None: in any."""

    field: str | None
    place: Place
    text: str


_COMMONPLACE = (
    ".exe", ".dll", "\\windows\\", "c:\\", "\\system32\\", "\\users\\", "program files", "http", "true", "false",
)  # fmt: skip
_WORTH_OF_A_PLACE = 24
"""A whole value or a file name is rarer than a text somewhere in it."""


def necessary(expression: Expression) -> frozenset[Literal] | None:
    """Return literals of which one must be there for the expression to hold, None when there are none."""
    found = _rarest(expression)
    return found[1] if found is not None else None


def _rarest(expression: Expression) -> tuple[float, frozenset[Literal]] | None:
    """Return the literals with their worth: the least of any, since all of them have to be looked for."""
    if isinstance(expression, Text):
        return _of_text(expression)
    if isinstance(expression, All):
        found = [f for f in map(_rarest, expression.of) if f is not None]
        return max(found, key=lambda f: (f[0], -len(f[1])), default=None)
    if isinstance(expression, AnyOf):
        parts = [_rarest(e) for e in expression.of]
        known = [f for f in parts if f is not None]
        if len(known) < len(parts):
            return None
        literals = frozenset(literal for f in known for literal in f[1])
        return min((f[0] for f in known), default=0.0), literals
    return None


def _of_text(text: Text) -> tuple[float, frozenset[Literal]] | None:
    pieces = [part.casefold() for part in text.parts if isinstance(part, str)]
    if text.field is not None and len(text.parts) == len(pieces):
        whole = "".join(pieces)
        return _found(text, Place.WHOLE, whole, _worth_in_place(whole))
    if not pieces:
        return None
    if text.field is not None and isinstance(text.parts[-1], str):
        for place in (Place.BEHIND_BACKSLASH, Place.BEHIND_SLASH):
            before, _, name = pieces[-1].rpartition(place.value)
            if name and (before or pieces[-1].startswith(place.value)):
                return _found(text, place, name, _worth_in_place(name))
    longest = max(pieces, key=_worth)
    return _found(text, Place.INSIDE, longest, _worth(longest))


def _found(
    text: Text, place: Place, literal: str, worth: float
) -> tuple[float, frozenset[Literal]]:
    return worth, frozenset({Literal(text.field, place, literal)})


def _worth(text: str) -> float:
    return 1.0 if any(text in common for common in _COMMONPLACE) else float(len(text))


def _worth_in_place(text: str) -> float:
    worth = _worth(text)
    return worth + _WORTH_OF_A_PLACE if worth > 1 else worth


def is_keyword(expression: Expression) -> bool:
    """Tell whether a part of an expression asks all fields."""
    match expression:
        case All(of) | AnyOf(of):
            return any(is_keyword(e) for e in of)
        case _:
            inner = getattr(expression, "of", None)
            return (
                is_keyword(inner) if inner is not None else getattr(expression, "field", "") is None
            )


def fields(expression: Expression) -> frozenset[str]:
    """Return the fields an expression asks."""
    match expression:
        case All(of) | AnyOf(of):
            return frozenset(name for e in of for name in fields(e))
        case _:
            inner = getattr(expression, "of", None)
            if inner is not None:
                return fields(inner)
            names = (getattr(expression, name, None) for name in ("field", "other"))
            return frozenset(name for name in names if name is not None)
