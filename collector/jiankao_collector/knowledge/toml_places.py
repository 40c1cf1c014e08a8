"""On which line and in which column of a TOML file something stands: tomllib does not tell.

Enough for files made of `[[table]]`, `[table]` and `key = value`, which is what the catalogue is written in. A place
that cannot be told is the line of the nearest thing that can.
"""

import re
from typing import Final

_PART: Final = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_HEADER: Final = re.compile(rf"\s*\[(\[)?\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")


class Places:
    """The lines of one file. Tables are counted from 1, per name; table ("", 1) is the file's own top."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._tables: dict[tuple[str, int], int] = {("", 1): 1}
        self._keys: dict[tuple[str, int, str], int] = {}
        counts: dict[str, int] = {}
        table = ("", 1)
        for number, line in enumerate(self._lines, 1):
            header = _HEADER.match(line)
            key = _KEY.match(line)
            if header is not None:
                name = _plain(header[2])
                counts[name] = counts.get(name, 0) + 1
                table = (name, counts[name])
                self._tables[table] = number
            elif key is not None:
                self._keys.setdefault((*table, key[1]), number)

    def column(self, table: str, index: int, key: str = "", value: str = "") -> int:
        """Return the column, from 1, in the line that `line` gives: of the value, the key or the table's header."""
        text = self._lines[self.line(table, index, key, value) - 1]
        found = next(
            (at for at in (text.find(f'"{value}"'), text.find(f"'{value}'")) if value and at >= 0),
            -1,
        )
        return found + 1 if found >= 0 else len(text) - len(text.lstrip()) + 1

    def line(self, table: str, index: int, key: str = "", value: str = "") -> int:
        """Return the line of a value in a key of a table; of the key or of the table when it is not found."""
        start = self._keys.get((table, index, key))
        if start is None:
            return self._tables.get((table, index), 1)
        if value:
            for number in range(start, len(self._lines) + 1):
                line = self._lines[number - 1]
                if number > start and (_HEADER.match(line) or _KEY.match(line)):
                    break
                if f'"{value}"' in line or f"'{value}'" in line:
                    return number
        return start


def _plain(header: str) -> str:
    """Return a table's name without quotes and spaces around its parts."""
    return ".".join(part.strip("\"'") for part in re.findall(_PART, header))
