"""The outcome of a replay for people, in either language, and for machines."""

from typing import Any

from jiankao_collector.audit.layout import safe
from jiankao_collector.audit.replay import Comparison, Difference, DifferenceKind, Outcome
from jiankao_collector.audit.wording import Language, text
from jiankao_proto.records import AlertChanged

_OUTCOMES = {
    Outcome.EQUAL: text(
        "一致：重演得到的告警与现场记录的完全相同。",
        "EQUAL: replay gives exactly the alerts recorded live.",
    ),
    Outcome.DIFFERENT_ALERTS: text(
        "告警不同：第一处在记录 {0}。", "DIFFERENT ALERTS: the first difference is at record {0}."
    ),
    Outcome.DIFFERENT_RULES: text(
        "规则不同：日志的一部分是用别的规则判断的，不能用此处安装的规则比对。",
        "DIFFERENT RULES: part of the log was judged by other rules"
        " and cannot be compared with those installed here.",
    ),
}
_KINDS = {
    DifferenceKind.CHANGED: text(
        "记录的告警与重演的不符。", "the recorded alert is not the one replay gives."
    ),
    DifferenceKind.UNEXPECTED: text(
        "有此告警的记录，重演却没有。", "an alert is recorded, but replay gives none."
    ),
    DifferenceKind.MISSING: text(
        "重演有此告警，现场却始终没有记录。",
        "replay gives an alert that was never recorded, though the collector went on.",
    ),
}
_COUNTS = text(
    "{0} 条记录；{1} 条告警记录相同；{2} 条告警尚未写入（采集中心停止前未及写入）。",
    "{0} records; {1} alert records are equal; {2} alerts not yet recorded"
    " (the collector ended before it wrote them).",
)
_RULES = text("此处的规则：{0}（{1}）", "Rules installed here: {0} ({1})")
_OTHER = text("从记录 {0} 起用的是规则 {1}（{2}）", "from record {0} on: rules {1} ({2})")
_NOT_COMPARED = text("{0} 条告警记录因此未比对。", "{0} alert records were therefore not compared.")
_CAUSE = text("起因：记录 {0}", "Caused by record {0}")
_FIELD = text("  {0}:记录为 {1}，重演为 {2}", "  {0}: recorded {1}, replayed {2}")


def comparison_json(comparison: Comparison, version: str, digest: bytes) -> dict[str, Any]:
    """Return the outcome as one JSON object; `version` and `digest`: the installed rules'."""
    difference = comparison.difference
    return {
        "status": comparison.outcome.value,
        "rules": {"version": version, "digest": digest.hex()},
        "records": comparison.records,
        "alerts_equal": comparison.compared,
        "alerts_not_compared": comparison.not_compared,
        "alerts_not_yet_recorded": comparison.not_yet_recorded,
        "other_rules": [
            {"record": o.record, "version": o.version, "digest": o.digest.hex()}
            for o in comparison.other_rules
        ],
        "difference": None
        if difference is None
        else {
            "kind": difference.kind.value,
            "record": difference.record,
            "cause": difference.cause,
            "alert_id": _alert(difference).alert_id.value,
            "fields": [
                {"field": n, "recorded": str(a), "replayed": str(b)}
                for n, a, b in difference.fields()
            ],
        },
    }


def comparison_lines(
    comparison: Comparison, version: str, digest: bytes, language: Language
) -> list[str]:
    """Return the outcome as lines for a person; the first says how it stands."""
    difference = comparison.difference
    lines = [
        _OUTCOMES[comparison.outcome][language].format(difference.record if difference else "")
    ]
    if difference is not None:
        lines += _difference_lines(difference, language)
    lines.append(
        _COUNTS[language].format(
            comparison.records, comparison.compared, comparison.not_yet_recorded
        )
    )
    lines.append(_RULES[language].format(safe(version), digest.hex()))
    lines += [
        _OTHER[language].format(o.record, safe(o.version), o.digest.hex())
        for o in comparison.other_rules
    ]
    if comparison.other_rules:
        lines.append(_NOT_COMPARED[language].format(comparison.not_compared))
    return lines


def _difference_lines(difference: Difference, language: Language) -> list[str]:
    alert = _alert(difference)
    lines = [
        f"{alert.alert_id} r{alert.revision} ({safe(alert.room)} / {safe(alert.seat)}): "
        + _KINDS[difference.kind][language]
    ]
    if difference.cause is not None:
        lines.append(_CAUSE[language].format(difference.cause))
    if difference.kind is DifferenceKind.CHANGED:
        lines += [
            _FIELD[language].format(name, safe(str(recorded)), safe(str(replayed)))
            for name, recorded, replayed in difference.fields()
        ]
    return lines


def _alert(difference: Difference) -> AlertChanged:
    alert = difference.recorded or difference.replayed
    assert alert is not None
    return alert
