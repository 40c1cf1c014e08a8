"""One table of a TOML file, read field by field: whatever is wrong is noted with file, line and reason."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from jiankao_collector.knowledge.ordinary import Wrong
from jiankao_collector.knowledge.toml_places import Places

Row = dict[str, object]
LAST_PORT: Final = 65535
_WORTH_LISTING: Final = 12


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and where; lines and columns count from 1."""

    file: str
    line: int
    zh: str
    en: str
    column: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table stands: the `index`-th of its name in a file, counted from 1."""

    file: str
    lines: Places
    table: str
    index: int


class Table:
    """One table of a file, read field by field; what is wrong with it goes to the list of mistakes."""

    def __init__(self, place: Place, row: Row, mistakes: list[Mistake]) -> None:
        self.failed = False
        self._place, self._row, self._mistakes = place, row, mistakes
        name = row.get("id")
        self._who = (
            f"{place.table} {name!r}" if isinstance(name, str) else f"{place.table} {place.index}"
        )

    def wrong(self, key: str, zh: str, en: str, value: str = "") -> None:
        """Note a mistake in a field (or in the table as a whole)."""
        self.failed = True
        place = self._place
        who = f"{self._who}, " if place.table else ""
        where = f"{who}{key}: " if key else f"{self._who}: "
        at = (place.table, place.index, key, value)
        line, column = place.lines.line(*at), place.lines.column(*at)
        self._mistakes.append(Mistake(place.file, line, where + zh, where + en, column))

    @property
    def line(self) -> int:
        """On which line the table begins."""
        return self._place.lines.line(self._place.table, self._place.index)

    def has(self, key: str) -> bool:
        """Tell whether the field is there."""
        return key in self._row

    def only(self, known: Iterable[str]) -> None:
        """Refuse fields that nobody knows."""
        fields = tuple(known)
        may = ", ".join(sorted(fields)) if len(fields) <= _WORTH_LISTING else ""
        may_zh, may_en = (f"；可用的有：{may}", f"; known: {may}") if may else ("", "")
        for key in self._row:
            if key not in fields:
                self.wrong(key, f"没有这个字段{may_zh}", f"no such field{may_en}")

    def text(self, key: str) -> str:
        """Read a text that has to be there."""
        value = self._row.get(key)
        if isinstance(value, str) and value.strip():
            return value
        self.wrong(key, "缺少文字", "a text is needed")
        return ""

    def whole_text(self, key: str) -> str:
        """Read a text that has to be there: one line, nothing before or after it."""
        text = self.text(key)
        if text and (text != text.strip() or not text.isprintable()):
            self.wrong(
                key, "须为一行文字，首尾无空格", "one line without blanks at its ends is needed"
            )
        return text

    def choice(self, key: str, known: Iterable[str]) -> str:
        """Read one of the known words; empty when it is none."""
        value, words = self._row.get(key), tuple(known)
        if isinstance(value, str) and value in words:
            return value
        may = ", ".join(words)
        self.wrong(key, f"{value!r:.80} 须为其中之一：{may}", f"{value!r:.80} is none of: {may}")
        return ""

    def choices(self, key: str, known: Iterable[str]) -> tuple[str, ...]:
        """Read a list of known words, each once."""
        words = tuple(known)
        may = ", ".join(words)
        return self._texts(
            key,
            lambda word: (
                None
                if word in words
                else (f"{word!r:.80} 须为其中之一：{may}", f"{word!r:.80} is none of: {may}")
            ),
        )

    def words(self, key: str) -> tuple[str, ...]:
        """Read a list of texts as they are written, each once."""
        return self._texts(key, lambda _: None)

    def flag(self, key: str) -> bool:
        """Read true or false; false when it is not there."""
        value = self._row.get(key, False)
        if not isinstance(value, bool):
            self.wrong(key, "须为 true 或 false", "true or false is needed")
        return value is True

    def number(self, key: str, lowest: int, highest: int) -> int:
        """Read a whole number within bounds; the lowest when it is none."""
        value = self._row.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            self.wrong(
                key,
                f"须为 {lowest} 到 {highest} 的整数"
                + ("" if value is None else f"，而不是 {value!r}"),
                f"a whole number from {lowest} to {highest} is needed"
                + ("" if value is None else f", not {value!r}"),
            )
            return lowest
        return value

    def row(self, key: str) -> Row:
        """Read the one table of a name; empty when it is not there."""
        value = self._row.get(key)
        if isinstance(value, dict):
            return value
        self.wrong(key, f"须写成 [{key}]", f"must be written as [{key}]")
        return {}

    def names(
        self, key: str, check: Callable[[str], Wrong], *, paths: bool = False
    ) -> tuple[str, ...]:
        """Read exact names in lower case; nothing with a slash in it unless they are `paths`."""
        names = self._texts(key, check)
        for name in names:
            if name != name.casefold():
                self.wrong(
                    key, f"{name!r} 须用小写", f"{name!r} must be written in lower case", name
                )
            if not paths and re.search(r"[\\/]", name):
                self.wrong(
                    key, f"{name!r} 是路径，不是名称", f"{name!r} is a path, not a name", name
                )
        return names

    def labels(self, key: str, check: Callable[[str], Wrong]) -> tuple[str, ...]:
        """Read names as people write them; they are compared case-folded."""
        return tuple(" ".join(text.casefold().split()) for text in self._texts(key, check))

    def port(self, key: str) -> int:
        """Read one port; 0 when it is none."""
        return self._checked_port(key, self._row.get(key))

    def ports(self, key: str, check: Callable[[int], Wrong]) -> tuple[int, ...]:
        """Read a list of ports."""
        ports = tuple(self._checked_port(key, value) for value in self._list(key))
        for port in ports:
            said = check(port)
            if said is not None:
                self.wrong(key, *said)
        return ports

    def groups(self, key: str) -> tuple[tuple[str, ...], ...]:
        """Read a list of lists of texts in lower case."""
        groups = []
        for group in self._list(key):
            if not isinstance(group, list) or not group:
                self.wrong(
                    key, "须为非空文字列表的列表", "a list of non-empty lists of texts is needed"
                )
                continue
            for part in group:
                if not isinstance(part, str) or not part.strip() or part != part.casefold():
                    self.wrong(
                        key, f"{part!r} 不是小写文字", f"{part!r} is not a text in lower case"
                    )
            groups.append(tuple(group))
        return tuple(groups)

    def rows(self, key: str) -> list[Row]:
        """Read the tables of one name."""
        value = self._row.get(key, [])
        if isinstance(value, list) and all(isinstance(v, dict) for v in value):
            return value
        self.wrong(key, f"须写成 [[{key}]]", f"must be written as [[{key}]]")
        return []

    def _texts(self, key: str, check: Callable[[str], Wrong]) -> tuple[str, ...]:
        texts: list[str] = []
        for value in self._list(key):
            if not isinstance(value, str) or not value or value != value.strip():
                self.wrong(key, f"{value!r} 不是文字", f"{value!r} is not a plain text")
                continue
            if value.casefold() in {text.casefold() for text in texts}:
                self.wrong(key, f"{value!r} 重复", f"{value!r} stands there twice", value)
            said = check(value)
            if said is not None:
                self.wrong(key, *said, value)
            texts.append(value)
        return tuple(texts)

    def _list(self, key: str) -> list[object]:
        value = self._row.get(key, [])
        if isinstance(value, list):
            return value
        self.wrong(key, "须为列表", "a list is needed")
        return []

    def _checked_port(self, key: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LAST_PORT:
            self.wrong(
                key,
                f"{value!r} 不是 1 到 {LAST_PORT} 的端口",
                f"{value!r} is no port from 1 to {LAST_PORT}",
            )
            return 0
        return value
