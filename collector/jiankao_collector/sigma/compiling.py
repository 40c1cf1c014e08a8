"""From files to a set of rules: whole or not at all."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from jiankao_collector.sigma.matching import compiled
from jiankao_collector.sigma.reading import RuleRefusedError, read_rules
from jiankao_collector.sigma.rules import COMMUNITY_LICENCE, Rule, RuleSet

SETTINGS = "sigma.toml"
"""Beside the rules: `licence` of those that name none, and [placeholders] for the modifier expand."""
_DOMAIN = b"jiankao.sigma.v1\n"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a folder says about all of its rules."""

    licence: str
    placeholders: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of some files: the rules that can be used, and a line for every one that cannot."""

    rules: RuleSet
    refused: tuple[RuleRefusedError, ...]


def compile_files(files: Iterable[tuple[str, bytes]]) -> Compiled:
    """Compile rule files given as (name, content); one named sigma.toml holds settings and comes first."""
    settings = Settings(COMMUNITY_LICENCE, {})
    rules: list[Rule] = []
    refused: list[RuleRefusedError] = []
    first: dict[str, Rule] = {}
    digest = sha256(_DOMAIN)
    for name, content in files:
        digest.update(
            b"%d %b %d\n%b\n" % (len(name.encode()), name.encode(), len(content), content)
        )
        try:
            if name == SETTINGS:
                settings = read_settings(name, content)
                continue
            for rule in read_rules(name, content, settings.placeholders, settings.licence):
                _only_once(rule, first)
                rules.append(rule)
        except RuleRefusedError as error:
            refused.append(error)
    for rule in rules:
        # How a rule is understood is the library's doing too, and another version of it may understand it otherwise.
        digest.update(repr(rule.expression).encode())
    tests = tuple(compiled(rule.expression) for rule in rules)
    return Compiled(RuleSet(tuple(rules), tests, digest.digest() if rules else b""), tuple(refused))


def read_settings(name: str, content: bytes) -> Settings:
    """Read sigma.toml. Raises RuleRefusedError."""
    try:
        read = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RuleRefusedError(name, None, f"not TOML in UTF-8: {error}") from error
    licence = read.pop("licence", COMMUNITY_LICENCE)
    placeholders = read.pop("placeholders", {})
    if read:
        raise RuleRefusedError(
            name, None, f"unknown setting {next(iter(read))!r}; known: licence, placeholders"
        )
    if not isinstance(licence, str) or not licence.strip():
        raise RuleRefusedError(name, None, "licence is a text")
    if not isinstance(placeholders, dict) or not all(map(_is_texts, placeholders.values())):
        raise RuleRefusedError(
            name, None, 'a placeholder is a list of texts: [placeholders] name = ["value"]'
        )
    return Settings(licence, {key: tuple(values) for key, values in placeholders.items()})


def _is_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _only_once(rule: Rule, first: dict[str, Rule]) -> None:
    if not rule.id:
        return
    other = first.setdefault(rule.id, rule)
    if other is not rule:
        raise RuleRefusedError(
            rule.file, rule.line, f"its id {rule.id} is that of {other.file}, line {other.line}"
        )
