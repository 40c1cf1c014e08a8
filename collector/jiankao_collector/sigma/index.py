"""Many tests over one log source: only those are run whose literal the event holds.

Whole values and file names are looked up in dictionaries, texts anywhere in a value by one Aho-Corasick automaton a
field. Memory: a few hundred bytes a rule.
"""

from collections.abc import Iterable, Sequence

from ahocorasick_rs import AhoCorasick

from jiankao_collector.sigma.events import Event
from jiankao_collector.sigma.expressions import Expression
from jiankao_collector.sigma.literals import Literal, Place, fields, is_keyword, necessary
from jiankao_collector.sigma.matching import Test
from jiankao_collector.sigma.viewing import View, Wanted

_Places = dict[str, dict[str, tuple[int, ...]]]


class Index:
    """Tests by number, those to be run for an event."""

    def __init__(self, rules: Sequence[tuple[Expression, Test]]) -> None:
        self._tests = [test for _, test in rules]
        self._always: list[int] = []
        by_literal: dict[Literal, list[int]] = {}
        for number, (expression, _) in enumerate(rules):
            literals = necessary(expression)
            if literals is None:
                self._always.append(number)
            for literal in literals or ():
                by_literal.setdefault(literal, []).append(number)
        self._whole = _by_field(by_literal, Place.WHOLE)
        self._names = [
            (place.value, _by_field(by_literal, place))
            for place in (Place.BEHIND_BACKSLASH, Place.BEHIND_SLASH)
        ]
        self._inside = _automata(by_literal)
        asked = [expression for expression, _ in rules]
        self._wanted = Wanted(
            None
            if any(map(is_keyword, asked))
            else frozenset(name for expression in asked for name in fields(expression))
        )

    def matches(self, event: Event) -> list[int]:
        """Return the numbers of the tests that hold, in order. Raises UnicodeEncodeError like the tests do."""
        view = View(event, self._wanted)
        candidates = self._candidates(view)
        candidates.update(self._always)
        tests = self._tests
        return sorted(number for number in candidates if tests[number](view))

    def _candidates(self, view: View) -> set[int]:
        found: set[int] = set()
        folded = view.folded
        for field, texts in self._whole.items():
            numbers = texts.get(folded.get(field, "\0"))
            if numbers:
                found.update(numbers)
        for separator, by_field in self._names:
            for field, texts in by_field.items():
                value = folded.get(field)
                numbers = texts.get(value.rpartition(separator)[2]) if value else None
                if numbers:
                    found.update(numbers)
        for name, automaton, owners in self._inside:
            value = "\n".join(folded.values()) if name is None else folded.get(name)
            if value:
                hits = automaton.find_matches_as_indexes(value, overlapping=True)
                for hit in {hit[0] for hit in hits}:
                    found.update(owners[hit])
        return found


def _by_field(by_literal: dict[Literal, list[int]], place: Place) -> _Places:
    found: _Places = {}
    for literal, numbers in by_literal.items():
        if literal.place is place and literal.field is not None:
            found.setdefault(literal.field, {})[literal.text] = tuple(numbers)
    return found


def _automata(
    by_literal: dict[Literal, list[int]],
) -> list[tuple[str | None, AhoCorasick, list[tuple[int, ...]]]]:
    by_field: dict[str | None, list[tuple[str, tuple[int, ...]]]] = {}
    for literal, numbers in by_literal.items():
        if literal.place is Place.INSIDE:
            by_field.setdefault(literal.field, []).append((literal.text, tuple(numbers)))
    return [
        (field, _automaton(t for t, _ in texts), [n for _, n in texts])
        for field, texts in by_field.items()
    ]


def _automaton(texts: Iterable[str]) -> AhoCorasick:
    return AhoCorasick(list(texts), store_patterns=False)
