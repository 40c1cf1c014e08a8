"""Text from a log on a terminal: nothing in it may steer it, and Chinese is two columns wide."""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def safe(value: str, limit: int = 200) -> str:
    """Return text from outside, cut to `limit`, without control characters.

    They could rewrite what an auditor reads.
    """
    shown = "".join(
        c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value[: limit + 1]
    )
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def width(value: str) -> int:
    """Return how many columns a text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in value
    )


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as aligned lines; the last column is not padded."""
    if not rows:
        return []
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell + " " * (w - width(cell)) for cell, w in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def iso(at_us: int) -> str:
    """Return microseconds since the epoch as ISO 8601 UTC with microseconds.

    A time no calendar holds is given as the bare number.
    """
    try:
        moment = _EPOCH + timedelta(microseconds=at_us)
    except OverflowError:
        return f"{at_us}us"
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
