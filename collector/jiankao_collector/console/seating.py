"""Rows of seats, read from the seats' names. Pure.

Seats named with a row ("A-01", "3-05", "B12") stand in those rows. Seats that are only numbered stand in reading order,
in rows as wide as a room of that size usually has.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDEST_ROW = 10
"""Seats side by side on the map; a longer row goes on in the next line."""

_PARTS = re.compile(r"(\d+)")
_ROW_AND_NUMBER = re.compile(r"(?P<row>.*?)[-_. /]?(?P<number>\d+)\D?")


@dataclass(frozen=True, slots=True)
class Row:
    """Seats side by side. `label` is empty where the names tell no row."""

    label: str
    seats: tuple[str, ...]


def rows(seats: Iterable[str]) -> tuple[Row, ...]:
    """Arrange the seats of one room, each exactly once."""
    names = sorted(set(seats), key=natural_order)
    by_label: dict[str, list[str]] = {}
    for name in names:
        match = _ROW_AND_NUMBER.fullmatch(name)
        by_label.setdefault(match["row"] if match else "", []).append(name)
    if len(by_label) < 2 or "" in by_label:  # noqa: PLR2004 - one prefix for all is a room's name, not a row
        return tuple(Row("", part) for part in _lines(names, _usual_width(len(names))))
    return tuple(
        Row(label if first else "", part)
        for label, members in by_label.items()
        for first, part in ((i == 0, p) for i, p in enumerate(_lines(members, WIDEST_ROW)))
    )


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts seat 9 before seat 10."""
    return tuple(
        (0, int(part[:18]), "") if part.isdecimal() else (1, 0, part)
        for part in _PARTS.split(name)
        if part
    )


def _usual_width(seats: int) -> int:
    for at_most, width in ((24, 6), (48, 8)):
        if seats <= at_most:
            return width
    return WIDEST_ROW


def _lines(names: Sequence[str], width: int) -> list[tuple[str, ...]]:
    return [tuple(names[i : i + width]) for i in range(0, len(names), width)]
