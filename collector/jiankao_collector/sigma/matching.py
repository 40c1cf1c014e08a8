"""From an expression to a test that is quick to run."""

from collections.abc import Callable
from functools import partial
from ipaddress import ip_network
from math import isfinite
from operator import ge, gt, le, lt

import re2

from jiankao_collector.sigma.expressions import (
    Absent,
    All,
    AnyOf,
    Compared,
    Expression,
    Network,
    Not,
    Order,
    OtherField,
    Part,
    Pattern,
    Present,
    Text,
    Wild,
)
from jiankao_collector.sigma.viewing import ADDRESSES, View
from jiankao_collector.sigma.wildcards import matcher

Test = Callable[[View], bool]
_ORDERS: dict[Order, Callable[[float, float], bool]] = {
    Order.LESS: lt,
    Order.LESS_EQUAL: le,
    Order.GREATER: gt,
    Order.GREATER_EQUAL: ge,
}


def compiled(expression: Expression) -> Test:  # noqa: C901, PLR0911 - one case a kind of expression
    """Return the test of an expression. It raises UnicodeEncodeError for a text that is no Unicode text."""
    match expression:
        case All(of):
            return _all([compiled(e) for e in of])
        case AnyOf(of):
            return _any(of)
        case Not(of):
            test = compiled(of)
            return lambda view: not test(view)
        case Text():
            return _text(expression)
        case Pattern(field, pattern):
            return _pattern(field, pattern)
        case Network(field, network):
            return _network(field, network)
        case Compared(field, order, number):
            return partial(_compared, field, _ORDERS[order], number)
        case OtherField():
            return partial(_other_field, expression)
        case Absent(absent):
            return lambda view: view.raw.get(absent) is None
        case Present(present, wanted):
            return lambda view: (present in view.raw) is wanted


def keyword_parts(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the parts of a keyword: it may stand anywhere in a value."""
    return (Wild.ANY, *parts, Wild.ANY)


def pattern_of(text: str) -> "re2._Regexp":
    """Compile a regular expression. Raises re2.error, and says nothing else on standard error."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(text, options=options)


def _all(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:  # noqa: PLR2004 - what most rules are: a program and what it was told to do
        first, second = tests
        return lambda view: first(view) and second(view)

    def test(view: View) -> bool:
        for one in tests:  # noqa: SIM110 - all() makes a generator, for some hundred rules an event
            if not one(view):
                return False
        return True

    return test


def _any(of: tuple[Expression, ...]) -> Test:
    tests: list[Test] = []
    by_field: dict[str, list[tuple[Part, ...]]] = {}
    for expression in of:
        if (
            isinstance(expression, Text)
            and expression.field is not None
            and not expression.cased
            and _is_plain(expression.parts)
        ):
            by_field.setdefault(expression.field, []).append(_fold(expression.parts))
        else:
            tests.append(compiled(expression))
    tests[:0] = [_one_of(field, texts) for field, texts in by_field.items()]
    return _one_holds(tests)


def _one_holds(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def test(view: View) -> bool:
        for one in tests:  # noqa: SIM110 - as above
            if one(view):
                return True
        return False

    return test


def _is_plain(parts: tuple[Part, ...]) -> bool:
    """Tell whether str's own methods can test it: a text with nothing but a `*` at either end."""
    inner = parts[1:] if parts[:1] == (Wild.ANY,) else parts
    inner = inner[:-1] if inner[-1:] == (Wild.ANY,) else inner
    return len(inner) <= 1 and all(isinstance(part, str) for part in inner)


def _one_of(field: str, texts: list[tuple[Part, ...]]) -> Test:
    """Test one field for many plain texts at once."""
    whole: set[str] = set()
    starts: list[str] = []
    ends: list[str] = []
    inside: list[str] = []
    for parts in texts:
        text = "".join(part for part in parts if isinstance(part, str))
        before, after = parts[:1] == (Wild.ANY,), parts[-1:] == (Wild.ANY,)
        if before and after:
            inside.append(text)
        elif before:
            ends.append(text)
        elif after:
            starts.append(text)
        else:
            whole.add(text)
    # Nearly every rule asks in one way only, and these tests are most of the work.
    if not (starts or ends or inside):
        return lambda view: view.folded.get(field) in whole
    if not (whole or starts or inside):
        return _ends(field, tuple(ends))
    if not (whole or starts or ends):
        return _contains(field, tuple(inside))
    several = [
        lambda view: view.folded.get(field) in whole,
        _starts(field, tuple(starts)),
        _ends(field, tuple(ends)),
        _contains(field, tuple(inside)),
    ]
    return _one_holds(several)


def _starts(field: str, starts: tuple[str, ...]) -> Test:
    def test(view: View) -> bool:
        value = view.folded.get(field)
        return value is not None and value.startswith(starts)

    return test


def _ends(field: str, ends: tuple[str, ...]) -> Test:
    def test(view: View) -> bool:
        value = view.folded.get(field)
        return value is not None and value.endswith(ends)

    return test


def _contains(field: str, inside: tuple[str, ...]) -> Test:
    def test(view: View) -> bool:
        value = view.folded.get(field)
        if value is not None:
            for text in inside:
                if text in value:
                    return True
        return False

    return test


def _text(text: Text) -> Test:
    if text.field is None:
        test = matcher(keyword_parts(text.parts if text.cased else _fold(text.parts)))
        if text.cased:
            return lambda view: any(
                value is not None and test(value) for value in map(view.text, view.raw)
            )
        return lambda view: any(map(test, view.folded.values()))
    if text.cased:
        return partial(_cased, text.field, matcher(text.parts))
    if _is_plain(text.parts):
        return _one_of(text.field, [_fold(text.parts)])
    return partial(_folded, text.field, matcher(_fold(text.parts)))


def _fold(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple(part.casefold() if isinstance(part, str) else part for part in parts)


def _cased(field: str, test: Callable[[str], bool], view: View) -> bool:
    value = view.text(field)
    return value is not None and test(value)


def _folded(field: str, test: Callable[[str], bool], view: View) -> bool:
    value = view.folded.get(field)
    return value is not None and test(value)


def _pattern(field: str | None, pattern: str) -> Test:
    search = pattern_of(pattern).search
    if field is None:
        return lambda view: any(
            value is not None and search(value) is not None for value in map(view.text, view.raw)
        )
    return partial(_cased, field, lambda value: search(value) is not None)


def _network(field: str, text: str) -> Test:
    network = ip_network(text)
    version = network.version
    first, last = int(network.network_address), int(network.broadcast_address)

    def test(view: View) -> bool:
        value = view.folded.get(field)
        found = ADDRESSES[value] if value is not None else None
        return found is not None and found[0] == version and first <= found[1] <= last

    return test


def _compared(field: str, order: Callable[[float, float], bool], number: float, view: View) -> bool:
    value = view.folded.get(field)
    if value is None:
        return False
    try:
        # As an int where it is one: a float cannot hold every 64-bit number.
        found: float = int(value) if value.lstrip("-").isdecimal() else float(value)
    except ValueError:
        return False
    return (isinstance(found, int) or isfinite(found)) and order(found, number)


def _other_field(asked: OtherField, view: View) -> bool:
    value, other = view.folded.get(asked.field), view.folded.get(asked.other)
    if value is None or other is None:
        return False
    if asked.starts and asked.ends:
        return other in value
    if asked.starts:
        return value.startswith(other)
    if asked.ends:
        return value.endswith(other)
    return value == other
