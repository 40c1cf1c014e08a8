"""Any rule over any event: the index, the compiled tests and the plain evaluator agree."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jiankao_collector.sigma.compiling import compile_files
from jiankao_collector.sigma.events import Event
from jiankao_collector.sigma.expressions import Part, Wild
from jiankao_collector.sigma.wildcards import matcher
from tests.support.naive_sigma import naive_match

Detection = dict[str, Any] | list[Any]
FIELDS = ("Image", "CommandLine", "User")
LETTERS = st.text(alphabet="abAB\\/*?. -ßσςé\n", max_size=8)
VALUES = st.one_of(LETTERS, st.integers(-3, 3), st.booleans(), st.none())
EVENTS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3)
MODIFIERS = st.sampled_from(
    [
        "",
        "|contains",
        "|startswith",
        "|endswith",
        "|cased",
        "|contains|cased",
        "|windash|contains",
        "|neq",
    ]
)


@st.composite
def _maps(draw: st.DrawFn) -> dict[str, Any]:
    keys = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=2, unique=True))
    found: dict[str, Any] = {}
    for field in keys:
        modifier = draw(MODIFIERS)
        wanted = (
            VALUES if modifier == "" else LETTERS.filter(lambda t: "-" not in t and "/" not in t)
        )
        if modifier.startswith("|windash"):
            wanted = st.sampled_from(["-a", " -b", "/a", "a-b", " /B"])
        values = draw(st.lists(wanted, min_size=1, max_size=3))
        linked = (
            draw(st.sampled_from(["", "|all"])) if len(values) > 1 and "neq" not in modifier else ""
        )
        found[field + modifier + linked] = values
    return found


KEYWORDS = st.lists(LETTERS.filter(bool), min_size=1, max_size=2)
DETECTIONS = st.one_of(_maps(), st.lists(_maps(), min_size=1, max_size=2), KEYWORDS)
CONDITIONS = st.sampled_from(
    ["s_a", "s_a and s_b", "s_a or s_b", "s_a and not s_b", "1 of s_*", "not all of them"]
)


def _rule(number: int, first: Detection, second: Detection, condition: str) -> str:
    # JSON is YAML; so nothing depends on how a text is quoted.
    return json.dumps(
        {
            "title": str(number),
            "logsource": {"category": "process_creation"},
            "detection": {"s_a": first, "s_b": second, "condition": condition},
        }
    )


RULES = st.lists(st.tuples(DETECTIONS, DETECTIONS, CONDITIONS), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(RULES, st.lists(EVENTS, min_size=1, max_size=4))
def test_any_rules_over_any_events(
    made: list[tuple[Detection, Detection, str]], events: list[dict[str, Any]]
) -> None:
    texts = [_rule(number, *rule) for number, rule in enumerate(made)]
    compiled = compile_files((f"{n}.yml", text.encode()) for n, text in enumerate(texts))
    assert [str(error) for error in compiled.refused] == []
    for fields in events:
        found = {
            rule.title for rule in compiled.rules.matches(Event("process_creation", fields=fields))
        }
        plain = {
            str(n) for n, text in enumerate(texts) if naive_match(json.loads(text), fields, {})
        }
        assert found == plain


PARTS = st.lists(
    st.one_of(st.sampled_from([Wild.ANY, Wild.ONE]), st.text("ab", min_size=1, max_size=2)),
    max_size=7,
)


def _naive(parts: list[Part], text: str) -> bool:
    """Try every way of splitting the text."""
    if not parts:
        return not text
    first, rest = parts[0], parts[1:]
    if first is Wild.ANY:
        return any(_naive(rest, text[n:]) for n in range(len(text) + 1))
    if first is Wild.ONE:
        return bool(text) and _naive(rest, text[1:])
    return text.startswith(first) and _naive(rest, text[len(first) :])


@given(PARTS, st.text("ab", max_size=8))
def test_any_wildcards(parts: list[Part], text: str) -> None:
    assert matcher(tuple(parts))(text) is _naive(parts, text)


def test_a_text_made_to_keep_a_pattern_busy_is_soon_done_with() -> None:
    rule = _rule(1, {"CommandLine": "*a?*a*?a*" * 20 + "b"}, ["x"], "s_a")
    pattern = _rule(2, {"CommandLine|re": "(a*)*b$"}, ["x"], "s_a")
    compiled = compile_files([("1.yml", rule.encode()), ("2.yml", pattern.encode())])
    event = Event("process_creation", fields={"CommandLine": "a" * 20_000})
    # With backtracking this would not end before the test's own time is up.
    assert compiled.rules.matches(event) == ()


def test_half_a_surrogate_pair_is_no_way_out() -> None:
    rule = _rule(
        1, {"Image|endswith": "\\x.exe", "CommandLine|re": "b", "User|contains": "dm"}, ["x"], "s_a"
    )
    compiled = compile_files([("1.yml", rule.encode())])
    fields = {"Image": "C:\\\ud800\\x.exe", "CommandLine": "\udc00b", "User": "a\ud800dmin"}
    assert len(compiled.rules.matches(Event("process_creation", fields=fields))) == 1
