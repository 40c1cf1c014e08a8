"""Making a fact fit the wire.

The system's strings know no limits: a command line can be megabytes, a file name any bytes. What does not
fit is cut or replaced here, visibly, instead of losing the observation: whoever wants to hide a program
must not be able to do so by giving it a long name.
"""

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from jiankao_proto.mapping import MAX_TEXT

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_CUT = "…"

T = TypeVar("T", bound="DataclassInstance")


def fit(fact: T) -> T:
    """Return the fact with every text cut to MAX_TEXT characters and made of valid Unicode."""
    changed = {f.name: _fit_value(getattr(fact, f.name)) for f in fields(fact)}
    return replace(fact, **changed)


def _fit_value(value: Any) -> Any:  # noqa: ANN401 - a field of any fact
    if isinstance(value, str):
        text = value.encode("utf-8", "replace").decode("utf-8")
        return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(_CUT)] + _CUT
    if isinstance(value, tuple):
        return tuple(_fit_value(v) for v in value)
    if is_dataclass(value) and not isinstance(value, type):
        return fit(value)
    return value
