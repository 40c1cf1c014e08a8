"""Texts with wildcards: matched in one pass, never by backtracking.

The values are what a candidate's computer reported. A regular expression made out of `*a*b*c*` could be kept busy for
minutes by a command line written for it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from jiankao_collector.sigma.expressions import Part, Wild


@dataclass(frozen=True, slots=True)
class _Segment:
    """What stands between two `*`: pieces of text at fixed places in `length` characters."""

    length: int
    pieces: tuple[tuple[int, str], ...]

    def at(self, text: str, start: int) -> bool:
        return all(text.startswith(piece, start + offset) for offset, piece in self.pieces)

    def find(self, text: str, start: int, end: int) -> int:
        """Return the first place from `start` on where it lies before `end`, -1 when nowhere."""
        last = end - self.length
        if not self.pieces:
            return start if start <= last else -1
        offset, first = self.pieces[0]
        while start <= last:
            found = text.find(first, start + offset, last + offset + len(first))
            if found < 0:
                return -1
            start = found - offset
            if self.at(text, start):
                return start
            start += 1
        return -1


def matcher(parts: tuple[Part, ...]) -> Callable[[str], bool]:
    """Return the test whether a whole text is made of these parts."""
    segments = [_segment(group) for group in _between_any(parts)]
    if len(segments) == 1:
        only = segments[0]
        return lambda text: len(text) == only.length and only.at(text, 0)
    head, *middle, tail = segments

    def matches(text: str) -> bool:
        end = len(text) - tail.length
        at = head.length
        if end < at or not head.at(text, 0) or not tail.at(text, end):
            return False
        for segment in middle:
            found = segment.find(text, at, end)
            if found < 0:
                return False
            at = found + segment.length
        return True

    return matches


def _between_any(parts: tuple[Part, ...]) -> list[list[Part]]:
    groups: list[list[Part]] = [[]]
    for part in parts:
        if part is Wild.ANY:
            groups.append([])
        else:
            groups[-1].append(part)
    # `**` is `*`: empty groups matter at the two ends only.
    return [groups[0], *(g for g in groups[1:-1] if g), *groups[1:][-1:]]


def _segment(group: list[Part]) -> _Segment:
    length = 0
    pieces: list[tuple[int, str]] = []
    for part in group:
        if isinstance(part, str):
            pieces.append((length, part))
            length += len(part)
        else:
            length += 1
    return _Segment(length, tuple(pieces))
