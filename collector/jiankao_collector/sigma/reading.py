"""Reads rules out of YAML: pySigma says what they mean, `values` what of it can be evaluated.

Every refusal is one line that names the file, the line where it can be told, and the reason.
Rule format: https://github.com/SigmaHQ/sigma-specification/blob/main/specification/sigma-rules-specification.md
"""

from collections.abc import Hashable, Iterator
from typing import Any, TypeAlias

import re2
import yaml
from sigma.exceptions import (
    SigmaConditionError,
    SigmaDetectionError,
    SigmaError,
    SigmaIdentifierError,
    SigmaLevelError,
    SigmaLogsourceError,
    SigmaStatusError,
    SigmaTagError,
)
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RegexEngine, RegexPattern
from sigma.rule import SigmaDetection, SigmaRule
from sigma.rule.base import check_alias_expansion

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.sigma.expressions import AnyOf
from jiankao_collector.sigma.matching import pattern_of
from jiankao_collector.sigma.rules import Level, Rule, Source
from jiankao_collector.sigma.values import CannotEvaluateError, Placeholders, expression_of

_Read: TypeAlias = Any
"""Whatever stands in a file."""
MOST_BYTES = 1_000_000
"""Of one file; the longest rule of the community's collection has some tens of thousands."""
_LONGEST_REASON = 300
_OTHER_KINDS = {
    "correlation": "a correlation of several events; rules over single events are evaluated",
    "filter": "a filter for other rules; write it into the rule",
    "action": "a rule collection of the old format (action:); write each rule out",
}
_KEY_OF = {
    SigmaConditionError: "detection",
    SigmaDetectionError: "detection",
    SigmaIdentifierError: "id",
    SigmaLevelError: "level",
    SigmaLogsourceError: "logsource",
    SigmaStatusError: "status",
    SigmaTagError: "tags",
}


class RuleRefusedError(ConfigurationError):
    """A rule that cannot be used, in one line."""

    def __init__(self, file: str, line: int | None, reason: str) -> None:
        reason = " ".join(reason.split())
        if len(reason) > _LONGEST_REASON:
            reason = f"{reason[:_LONGEST_REASON]}…"
        super().__init__(f"{file}: " + (f"line {line}: " if line else "") + reason)


class _Loader(yaml.CSafeLoader):
    """YAML without keys that stand twice: the former would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value.__class__ is str and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} stands here twice", key.start_mark
                )
            if key.value.__class__ is str:
                seen.add(key.value)
        return super().construct_mapping(node, deep)


class _LinearRegex(RegexEngine):
    """RE2: its time is linear in the text, which comes from a candidate's computer. It complains to us only."""

    def compile(self, pattern: str, flags: int = 0) -> RegexPattern:
        """Compile; the flags are written into the pattern by `values`."""
        del flags
        compiled: RegexPattern = pattern_of(pattern)
        return compiled

    @property
    def error(self) -> type[Exception]:
        """What compile raises."""
        raised: type[Exception] = re2.error
        return raised


_POLICY = SigmaPolicy(regex_engine=_LinearRegex())


def read_rules(file: str, text: bytes, placeholders: Placeholders, licence: str) -> Iterator[Rule]:
    """Yield the rules of a file; `licence` is what those are under that name none. Raises RuleRefusedError."""
    if len(text) > MOST_BYTES:
        raise RuleRefusedError(file, None, f"larger than {MOST_BYTES} bytes")
    try:
        loader = _Loader(text.decode("utf-8-sig"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise RuleRefusedError(file, None, f"not YAML in UTF-8: {error}") from error
    try:
        found = False
        while loader.check_node():
            node = loader.get_node()
            found = node is not None
            if node is not None:
                yield _Document(file, node, placeholders, licence).rule(loader)
        if not found:
            raise RuleRefusedError(file, None, "holds no rule")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = f"not YAML: {error.problem or error.context}"
        raise RuleRefusedError(file, mark.line + 1 if mark else None, reason) from error
    except yaml.YAMLError as error:
        raise RuleRefusedError(file, None, f"not YAML: {error}") from error
    except RecursionError as error:
        raise RuleRefusedError(file, None, "nested too deeply") from error
    finally:
        loader.dispose()


class _Document:
    """One rule of a file, with the nodes that know their lines."""

    def __init__(
        self, file: str, node: yaml.Node, placeholders: Placeholders, licence: str
    ) -> None:
        self._file, self._node = file, node
        self._placeholders, self._licence = placeholders, licence

    def rule(self, loader: _Loader) -> Rule:
        try:
            content = loader.construct_document(self._node)
            check_alias_expansion(content, SigmaError)
        except SigmaError as error:
            raise self._refused(str(error)) from error
        except (ValueError, TypeError) as error:
            # A date with 99 days, an unhashable key: YAML's constructors do not say where.
            raise self._refused(f"not YAML: {error}") from error
        if not isinstance(content, dict):
            raise self._refused("not a rule: a rule is a map with title, logsource and detection")
        for key, what in _OTHER_KINDS.items():
            if key in content:
                raise self._refused(what, key)
        if not isinstance(content.get("title"), str) or not content["title"].strip():
            raise self._refused("a rule needs a title", "title")
        if content.get("taxonomy", "sigma") != "sigma":
            raise self._refused("only field names of the Sigma taxonomy are known", "taxonomy")
        detection = content.get("detection")
        if isinstance(detection, dict):
            if "timeframe" in detection:
                raise self._refused(
                    "a timeframe spans several events; rules over single events are evaluated",
                    "detection",
                    "timeframe",
                )
            content["detection"] = {k: _known_modifiers(v) for k, v in detection.items()}
        return self._read(content)

    def _read(self, content: dict[str, Any]) -> Rule:
        try:
            parsed = SigmaRule.from_dict(content, policy=_POLICY)
        except SigmaError as error:
            raise self._refused(str(error), *self._place(error, content)) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # pySigma expects the shape the format prescribes and says little when it is another.
            raise self._refused(f"not a rule of the Sigma format: {error}") from error
        try:
            conditions = [c.parsed for c in parsed.detection.parsed_condition]
            asked = tuple(expression_of(c, self._placeholders) for c in conditions)
        except (SigmaConditionError, AttributeError, TypeError) as error:
            raise self._refused(
                f"its condition cannot be read: {error}", "detection", "condition"
            ) from error
        except (SigmaError, CannotEvaluateError) as error:
            raise self._refused(str(error), "detection") from error
        source = parsed.logsource
        return Rule(
            file=self._file,
            line=self._node.start_mark.line + 1,
            title=parsed.title.strip(),
            id=str(parsed.id or ""),
            author=(str(parsed.author) if parsed.author else "").strip(),
            licence=(str(parsed.license) if parsed.license else self._licence).strip(),
            level=Level[parsed.level.name] if parsed.level else Level.LOW,
            tags=tuple(f"{tag.namespace}.{tag.name}" for tag in parsed.tags),
            source=Source(
                *(
                    (part or "").casefold()
                    for part in (source.category, source.product, source.service)
                )
            ),
            expression=asked[0] if len(asked) == 1 else AnyOf(asked),
        )

    def _refused(self, reason: str, *keys: str) -> RuleRefusedError:
        """Refuse with the line of the innermost of these keys that is there, else of the rule."""
        node, line = self._node, self._node.start_mark.line
        for wanted in keys:
            for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
                if key.value == wanted:
                    node, line = value, key.start_mark.line
                    break
        return RuleRefusedError(self._file, line + 1, reason)

    def _place(self, error: SigmaError, content: dict[str, Any]) -> tuple[str, ...]:
        """Return the keys that lead to what pySigma refused; it does not say where that is."""
        detection = content.get("detection")
        for name, definition in detection.items() if isinstance(detection, dict) else ():
            if name == "condition" or not _is_refused(definition):
                continue
            for key, value in definition.items() if isinstance(definition, dict) else ():
                if _is_refused({key: value}):
                    return "detection", str(name), str(key)
            return "detection", str(name)
        return next(
            (key,) for kind, key in (*_KEY_OF.items(), (SigmaError, "")) if isinstance(error, kind)
        )


def _is_refused(definition: _Read) -> bool:
    try:
        SigmaDetection.from_definition(definition, policy=_POLICY)
    except (SigmaError, AttributeError, KeyError, TypeError, ValueError):
        return True
    return False


def _known_modifiers(definition: _Read) -> _Read:
    """Write utf16le, which the specification names and pySigma 2.0 does not know, as its other name: wide."""
    if isinstance(definition, list):
        return [_known_modifiers(one) for one in definition]
    if not isinstance(definition, dict):
        return definition
    return {
        "|".join(
            "wide" if n and word == "utf16le" else word for n, word in enumerate(key.split("|"))
        )
        if isinstance(key, str)
        else key: value
        for key, value in definition.items()
    }
