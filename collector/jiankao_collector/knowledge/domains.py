"""Host names, exact or as everything below a suffix; looked up from the right, a label at a time."""

import re
from collections.abc import Iterable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_MOST_LABELS: Final = 16


def is_domain(text: str) -> bool:
    """Tell whether a text is a host name of at least two labels, or `*.` before one."""
    return _NAME.fullmatch(text.removeprefix("*.")) is not None


def plain(host: str) -> str:
    """Return a host name as it is compared: case-folded, without the root's dot."""
    return host.strip().rstrip(".").casefold()


class DomainIndex(Generic[T]):
    """Finds a host among exact names and `*.suffix` entries: as many steps as it has labels."""

    def __init__(self, domains: Iterable[tuple[str, T]]) -> None:
        self._exact: dict[str, T] = {}
        self._below: dict[str, T] = {}
        for domain, what in domains:
            if domain.startswith("*."):
                self._below[domain[2:]] = what
            else:
                self._exact[domain] = what

    def find(self, host: str) -> tuple[str, T] | None:
        """Return the entry that a host is, or else the longest suffix that it lies below, and what belongs to it."""
        name = plain(host)
        found = self._exact.get(name)
        if found is not None:
            return name, found
        rest = name
        for _ in range(_MOST_LABELS):
            _, dot, rest = rest.partition(".")
            if not dot:
                return None
            found = self._below.get(rest)
            if found is not None:
                return f"*.{rest}", found
        return None
