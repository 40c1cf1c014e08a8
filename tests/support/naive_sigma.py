"""An evaluator of Sigma rules as slow and plain as can be: the oracle for the real one.

It walks the rule's own maps and lists, knows nothing of pySigma nor of the product's expressions, and turns every value
into a regular expression of Python's. Written from the specification's modifiers appendix.
"""

import base64
import itertools
import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any

Fields = Mapping[str, Any]
Held = Any  # whatever YAML or an event holds
_Tokens = list[str]  # one character each, or "**" for any run, "??" for any one
_DASHES = ("-", "/", "–", "—", "―")


def naive_match(rule: Held, fields: Fields, placeholders: Mapping[str, list[str]]) -> bool:
    """Tell whether an event's fields match the rule (its YAML, read), whatever its log source says."""
    detection = dict(rule["detection"])
    conditions = detection.pop("condition")
    folded = {name.casefold(): value for name, value in fields.items()}
    return any(
        _Condition(one, detection, folded, placeholders).holds()
        for one in (conditions if isinstance(conditions, list) else [conditions])
    )


class _Condition:
    def __init__(
        self, text: str, detection: dict[str, Any], fields: Fields, places: Mapping[str, list[str]]
    ) -> None:
        self._words = re.findall(r"\(|\)|[^\s()]+", text)
        self._detection, self._fields, self._places = detection, fields, places

    def holds(self) -> bool:
        result = self._or()
        assert not self._words
        return result

    def _or(self) -> bool:
        results = [self._and()]
        while self._words and self._words[0] == "or":
            self._words.pop(0)
            results.append(self._and())
        return any(results)

    def _and(self) -> bool:
        results = [self._not()]
        while self._words and self._words[0] == "and":
            self._words.pop(0)
            results.append(self._not())
        return all(results)

    def _not(self) -> bool:
        word = self._words.pop(0)
        if word == "not":
            return not self._not()
        if word == "(":
            result = self._or()
            assert self._words.pop(0) == ")"
            return result
        if word in {"1", "any", "all"} and self._words[:1] == ["of"]:
            self._words.pop(0)
            asked = self._words.pop(0)
            pattern = ".*" if asked == "them" else asked.replace("*", ".*")
            results = [
                self._named(name)
                for name in self._detection
                if re.fullmatch(pattern, name) and not name.startswith("_")
            ]
            return all(results) if word == "all" else any(results)
        return self._named(word)

    def _named(self, name: str) -> bool:
        return self._definition(self._detection[name])

    def _definition(self, definition: Held) -> bool:
        if isinstance(definition, dict):
            return all(self._item(key, value) for key, value in definition.items())
        if isinstance(definition, list) and any(isinstance(d, dict | list) for d in definition):
            return any(self._definition(d) for d in definition)
        return self._item("", definition)

    def _item(self, key: str, values: Held) -> bool:
        field, *modifiers = key.split("|")
        listed = values if isinstance(values, list) else [values]
        results = [self._value(field.casefold(), v, modifiers) for v in listed]
        if "all" in modifiers:
            return all(results)
        if not listed:
            return self._fields.get(field.casefold()) is None
        return any(results) != ("neq" in modifiers)

    def _value(self, field: str, wanted: Held, modifiers: list[str]) -> bool:
        if not field:
            return any(
                text is not None and _holds(text, wanted, [*modifiers, "contains"], self._places)
                for text in map(_text, self._fields.values())
            )
        if "exists" in modifiers:
            return (field in self._fields) is bool(wanted)
        value = _text(self._fields.get(field))
        if wanted is None:
            return value is None
        if value is None:
            return False
        if "fieldref" in modifiers:
            other = _text(self._fields.get(wanted.casefold()))
            return other is not None and _compare(value.casefold(), other.casefold(), modifiers)
        return _holds(value, wanted, modifiers, self._places)


def _compare(value: str, other: str, modifiers: list[str]) -> bool:
    if "contains" in modifiers:
        return other in value
    if "startswith" in modifiers:
        return value.startswith(other)
    if "endswith" in modifiers:
        return value.endswith(other)
    return value == other


def _text(value: Held) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _holds(text: str, wanted: Held, modifiers: list[str], places: Mapping[str, list[str]]) -> bool:
    order = next((m for m in modifiers if m in {"lt", "lte", "gt", "gte"}), None)
    if order is not None:
        return _ordered(text, wanted, order)
    if "cidr" in modifiers:
        return _in_network(text, wanted)
    wanted = _text(wanted)
    if "re" in modifiers:
        flags = 0
        for name, flag in (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL)):
            flags |= flag if name in modifiers else 0
        return re.search(wanted, text, flags) is not None
    alternatives = [_tokens(wanted)]
    for modifier in modifiers:
        alternatives = [n for a in alternatives for n in _modified(a, modifier, places)]
    cased = "cased" in modifiers
    return any(_matches(a, text, cased=cased) for a in alternatives)


def _ordered(text: str, number: float, order: str) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    return {
        "lt": value < number,
        "lte": value <= number,
        "gt": value > number,
        "gte": value >= number,
    }[order]


def _in_network(text: str, network: str) -> bool:
    try:
        return ip_address(text) in ip_network(network)
    except ValueError:
        return False


def _tokens(text: str) -> _Tokens:
    tokens: _Tokens = []
    rest = text
    while rest:
        if rest[0] == "\\" and rest[1:2] in {"\\", "*", "?"}:
            tokens.append(rest[1])
            rest = rest[2:]
        else:
            tokens.append(rest[0] * 2 if rest[0] in "*?" else rest[0])
            rest = rest[1:]
    return tokens


def _modified(  # noqa: C901, PLR0911 - one case a modifier
    tokens: _Tokens, modifier: str, places: Mapping[str, list[str]]
) -> list[_Tokens]:
    plain = "".join(tokens)
    match modifier:
        case "contains":
            return [["**", *tokens, "**"]]
        case "startswith":
            return [[*tokens, "**"]]
        case "endswith":
            return [["**", *tokens]]
        case "wide" | "utf16le":
            return [[c for t in tokens for c in ([t] if len(t) == 2 else [t, "\0"])]]
        case "utf16be":
            return [[c for t in tokens for c in ([t] if len(t) == 2 else ["\0", t])]]
        case "utf16":
            return [["\ufeff", *(c for t in tokens for c in (t, "\0"))]]
        case "base64":
            return [list(base64.b64encode(_bytes(plain)).decode())]
        case "base64offset":
            data = _bytes(plain)
            return [
                list(base64.b64encode(b" " * n + data).decode()[cut:end])
                for n, cut in ((0, 0), (1, 2), (2, 3))
                for end in [(None, -3, -2)[(len(data) + n) % 3]]
            ]
        case "windash":
            return [list(t) for t in _dashed(tokens)]
        case "expand":
            return _expanded(plain, places)
        case _:
            return [tokens]


def _bytes(text: str) -> bytes:
    return b"\xff\xfe" + text[1:].encode() if text.startswith("\ufeff") else text.encode()


def _dashed(tokens: _Tokens) -> list[tuple[str, ...]]:
    choices: list[tuple[str, ...]] = []
    for n, token in enumerate(tokens):
        before = n > 0 and len(tokens[n - 1]) == 1 and re.match(r"\w", tokens[n - 1])
        after = n + 1 < len(tokens) and len(tokens[n + 1]) == 1 and re.match(r"\w", tokens[n + 1])
        choices.append(_DASHES if token in "-/" and not before and after else (token,))
    return list(itertools.product(*choices))


def _expanded(text: str, places: Mapping[str, list[str]]) -> list[_Tokens]:
    found = re.search("%([^%]+)%", text)
    if found is None:
        return [list(text)]
    return [
        [*text[: found.start()], *_tokens(value), *rest]
        for value in places[found[1]]
        for rest in _expanded(text[found.end() :], places)
    ]


def _matches(tokens: _Tokens, text: str, *, cased: bool) -> bool:
    pattern = "".join(
        ".*" if t == "**" else "." if t == "??" else re.escape(t if cased else t.casefold())
        for t in tokens
    )
    # Runs of `*` would only make the pattern slow.
    pattern = re.sub(r"(?:\.\*){2,}", ".*", pattern)
    return re.fullmatch(pattern, text if cased else text.casefold(), re.DOTALL) is not None
