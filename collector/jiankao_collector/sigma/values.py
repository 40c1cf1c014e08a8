"""From pySigma's condition tree to our expressions. What cannot be said in them is refused, with the reason.

pySigma has applied the modifiers already: `contains` has become wildcards, `windash` and `base64offset` several values.
"""

from collections.abc import Iterator, Mapping, Sequence

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    CompareOperators,
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

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
from jiankao_collector.sigma.viewing import folded_name, text_of

Placeholders = Mapping[str, Sequence[str]]
"""What stands for `%name%` of the modifier expand: one value or another; wildcards count."""

_WILD = {SpecialChars.WILDCARD_MULTI: Wild.ANY, SpecialChars.WILDCARD_SINGLE: Wild.ONE}
_ORDERS = {
    CompareOperators.LT: Order.LESS,
    CompareOperators.LTE: Order.LESS_EQUAL,
    CompareOperators.GT: Order.GREATER,
    CompareOperators.GTE: Order.GREATER_EQUAL,
}


class CannotEvaluateError(ValueError):
    """A rule asks what cannot be answered from a single event. The message is the reason."""


def expression_of(condition: object, placeholders: Placeholders) -> Expression:
    """Translate a condition that pySigma has parsed and resolved. Raises CannotEvaluateError."""
    match condition:
        case ConditionAND(args=of):
            return All(tuple(expression_of(c, placeholders) for c in of))
        case ConditionOR(args=of):
            return AnyOf(tuple(expression_of(c, placeholders) for c in of))
        case ConditionNOT(args=[inner]):
            return Not(expression_of(inner, placeholders))
        case ConditionFieldEqualsValueExpression(field=field, value=value):
            return _Values(folded_name(field), placeholders).expression(value)
        case ConditionValueExpression(value=value):
            return _Values(None, placeholders).expression(value)
        case _:
            raise CannotEvaluateError("its condition asks nothing")


class _Values:
    """Translates the values of one field; of a keyword when it has no name."""

    def __init__(self, field: str | None, placeholders: Placeholders) -> None:
        self._field, self._placeholders = field, placeholders

    def expression(self, value: SigmaType) -> Expression:
        match value:
            case SigmaExpansion(values=values):
                return AnyOf(tuple(self.expression(v) for v in values))
            case SigmaString():
                return self._text(value)
            case SigmaTimestampPart():
                raise self._refused("compares a part of a time, which is not evaluated")
            case SigmaNumber(number=number):
                return Text(self._field, (text_of(number) or "",))
            case SigmaBool(boolean=boolean):
                return Text(self._field, ("true" if boolean else "false",))
            case SigmaRegularExpression():
                return self._pattern(value)
            case _:
                return self._of_field(value, self._named(value))

    def _of_field(self, value: SigmaType, field: str) -> Expression:
        match value:
            case SigmaNull():
                return Absent(field)
            case SigmaExists(exists=exists):
                return Present(field, exists)
            case SigmaCIDRExpression(network=network):
                return Network(field, str(network))
            case SigmaCompareExpression(op=operator, number=SigmaNumber(number=number)):
                if operator in _ORDERS:
                    return Compared(field, _ORDERS[operator], number)
            case SigmaFieldReference(field=other, starts_with=starts, ends_with=ends):
                return OtherField(field, folded_name(other), starts, ends)
        raise self._refused(f"is a {type(value).__name__}, which is not evaluated")

    def _named(self, value: SigmaType) -> str:
        if self._field is None:
            raise self._refused(f"is a {type(value).__name__}, which needs a field")
        return self._field

    def _text(self, value: SigmaString) -> Expression:
        cased = isinstance(value, SigmaCasedString)
        texts = tuple(
            Text(self._field, self._parts(one), cased)
            for one in value.replace_placeholders(self._replaced)
        )
        return texts[0] if len(texts) == 1 else AnyOf(texts)

    def _parts(self, value: SigmaString) -> tuple[Part, ...]:
        parts: list[Part] = []
        for part in value.s:
            if isinstance(part, SpecialChars):
                parts.append(_WILD[part])
            elif isinstance(part, str):
                if not _is_unicode(part):
                    raise self._refused("holds half a surrogate pair, which is no text")
                parts.append(part)
            else:
                raise self._refused(f"holds the placeholder %{part.name}%")
        return tuple(parts)

    def _pattern(self, value: SigmaRegularExpression) -> Expression:
        if value.contains_placeholder():
            patterns = value.replace_placeholders(self._replaced)
            return AnyOf(tuple(self._pattern(one) for one in patterns))
        flags = "".join(sorted(SigmaRegularExpression.sigma_to_re_flag[f] for f in value.flags))
        pattern = str(value.regexp)
        if not _is_unicode(pattern):
            raise self._refused("holds half a surrogate pair, which is no text")
        return Pattern(self._field, f"(?{flags}){pattern}" if flags else pattern)

    def _replaced(self, placeholder: Placeholder) -> Iterator[str | SigmaString]:
        values = self._placeholders.get(placeholder.name)
        if values is None:
            raise self._refused(f"needs values for the placeholder %{placeholder.name}%")
        return (SigmaString(value) for value in values)

    def _refused(self, why: str) -> CannotEvaluateError:
        asked = "a keyword" if self._field is None else f"a value of field {self._field}"
        return CannotEvaluateError(f"{asked} {why}")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
