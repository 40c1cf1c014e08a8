"""The alerts a log holds: the latest revision of each, what people said about them and ruled. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from jiankao_collector.audit.layout import iso, safe, table
from jiankao_collector.audit.ruling_report import (
    ruling_cell,
    ruling_json,
    ruling_lines,
    summary_lines,
)
from jiankao_collector.audit.wording import KINDS, SEVERITIES, Language, text
from jiankao_collector.rulings import AlertRuling, Rulings
from jiankao_proto.ids import AlertId
from jiankao_proto.records import AlertAcknowledged, AlertChanged, FindingCited, Record


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """That a person saw an alert, what he noted, and the record it stands in."""

    record_number: int
    at_us: int
    user: str
    note: str


@dataclass(slots=True)
class RecordedAlert:
    """An alert at its latest revision, and the record that revision stands in."""

    record_number: int
    alert: AlertChanged
    acknowledgements: list[Acknowledgement] = field(default_factory=list)
    ruling: AlertRuling | None = None


def collect(records: Iterable[Record]) -> list[RecordedAlert]:
    """Return every alert at its latest revision, in the order they first appeared."""
    alerts: dict[AlertId, RecordedAlert] = {}
    rulings = Rulings()
    for record in records:
        rulings.see(record)
        match record.body:
            case AlertChanged() as alert:
                if (known := alerts.get(alert.alert_id)) is None:
                    alerts[alert.alert_id] = RecordedAlert(record.number, alert)
                elif alert.revision >= known.alert.revision:
                    known.record_number, known.alert = record.number, alert
            case AlertAcknowledged(alert_id, user, note) if alert_id in alerts:
                alerts[alert_id].acknowledgements.append(
                    Acknowledgement(record.number, record.recorded_at_us, user, note)
                )
    for alert_id, ruling in rulings.standing().items():
        alerts[alert_id].ruling = ruling
    return list(alerts.values())


def alert_json(recorded: RecordedAlert) -> dict[str, Any]:
    """Return one alert as a JSON object. Times are ISO 8601 UTC with microseconds."""
    alert = recorded.alert
    return {
        "alert_id": alert.alert_id.value,
        "revision": alert.revision,
        "record_number": recorded.record_number,
        "room": alert.room,
        "seat": alert.seat,
        "workstation": alert.workstation_id.value if alert.workstation_id else None,
        "exam_session": alert.exam_session_id.value if alert.exam_session_id else None,
        "kind": alert.kind,
        "severity": SEVERITIES[alert.severity][Language.EN],
        "score": alert.score,
        "first_time": iso(alert.first_us),
        "last_time": iso(alert.last_us),
        "over": alert.over,
        "lowered": alert.lowered,
        "prior_decibans": -alert.prior_centibans / 10 if alert.prior_centibans else None,
        "reasons": [{"zh": f.reason_zh, "en": f.reason_en} for f in alert.findings],
        "record_numbers": sorted({n for f in alert.findings for n in f.record_numbers}),
        "findings": [_finding_json(f) for f in alert.findings],
        "acknowledgements": [
            {"record_number": a.record_number, "time": iso(a.at_us), "user": a.user, "note": a.note}
            for a in recorded.acknowledgements
        ],
        "ruling": ruling_json(recorded.ruling) if recorded.ruling else None,
    }


_HEADINGS = (
    text("考场", "ROOM"),
    text("座位", "SEAT"),
    text("考试机", "WORKSTATION"),
    text("告警", "ALERT"),
    text("级别", "SEVERITY"),
    text("风险分", "SCORE"),
    text("开始 (UTC)", "FIRST (UTC)"),
    text("最近 (UTC)", "LAST (UTC)"),
    text("状态", "STATE"),
    text("认定", "RULING"),
    text("已查看", "SEEN BY"),
)
_OVER, _GOES_ON = text("已结束", "over"), text("进行中", "going on")
_ADDS = text("（本项 +{adds:.1f}）", " (this finding adds +{adds:.1f})")
_TOTAL = text(
    "起点 {prior:+.1f}，各项共 {added:+.1f}，合计 {total:+.1f} 分贝（+10：十倍）：风险分 {score}",
    "from {prior:+.1f}, findings add {added:+.1f}: {total:+.1f} decibans (+10: ten times): score {score}",
)
_WHOLE_ROOM = text("全考场", "whole room")
_NONE = text("日志中没有告警。", "The log holds no alerts.")
_UNCHECKED = text(
    "以上照日志所写列出，未核对真伪；请运行 jiankao-audit verify。",
    "Listed as the log says, unchecked; run jiankao-audit verify to check it.",
)


def alert_lines(recorded: list[RecordedAlert], language: Language) -> list[str]:
    """Return the alerts as a table, and the reasons and notes of each below it."""
    if not recorded:
        return [_NONE[language]]
    lines = table([tuple(h[language] for h in _HEADINGS), *(_row(r, language) for r in recorded)])
    for it in recorded:
        seat = safe(it.alert.seat) or _WHOLE_ROOM[language]
        lines += ["", f"{safe(it.alert.room)} / {seat}  {it.alert.alert_id}"]
        lines += [
            f"  - {safe(_reason(f, language))}{_adds(it.alert, f, language)}  [{_numbers(f)}]"
            for f in it.alert.findings
        ]
        lines += _total(it.alert, language)
        lines += [f"  > {iso(a.at_us)} {safe(a.user)}: {safe(a.note)}" for a in it.acknowledgements]
        lines += ruling_lines(it.ruling, language)
    ruled = {it.alert.alert_id.value: it.ruling for it in recorded if it.ruling}
    return [*lines, *summary_lines(ruled, language), "", _UNCHECKED[language]]


def _row(recorded: RecordedAlert, language: Language) -> tuple[str, ...]:
    alert = recorded.alert
    kind = KINDS.get(alert.kind)
    return (
        safe(alert.room),
        safe(alert.seat) or _WHOLE_ROOM[language],
        alert.workstation_id.value if alert.workstation_id else "-",
        kind[language] if kind else safe(alert.kind),
        SEVERITIES[alert.severity][language],
        str(alert.score),
        iso(alert.first_us)[:19].replace("T", " "),
        iso(alert.last_us)[:19].replace("T", " "),
        (_OVER if alert.over else _GOES_ON)[language],
        ruling_cell(recorded.ruling, language),
        safe(", ".join(dict.fromkeys(a.user for a in recorded.acknowledgements)) or "-"),
    )


def _reason(finding: FindingCited, language: Language) -> str:
    return finding.reason_zh if language is Language.ZH else finding.reason_en


def _adds(alert: AlertChanged, finding: FindingCited, language: Language) -> str:
    """Say what a finding adds; nothing of an alert from before weights were log-odds."""
    if not alert.prior_centibans:
        return ""
    return _ADDS[language].format(adds=finding.centibans / 10)


def _total(alert: AlertChanged, language: Language) -> list[str]:
    """Show how the score came about: the prior and what the findings add."""
    if not alert.prior_centibans:
        return []
    added = sum(f.centibans for f in alert.findings)
    total = added - alert.prior_centibans
    numbers = {"prior": -alert.prior_centibans / 10, "added": added / 10, "total": total / 10}
    return ["  = " + _TOTAL[language].format(**numbers, score=alert.score)]


def _numbers(finding: FindingCited) -> str:
    return ", ".join(map(str, finding.record_numbers))


def _finding_json(finding: FindingCited) -> dict[str, Any]:
    return {**finding_facts(finding), "record_numbers": list(finding.record_numbers)}


def finding_facts(finding: FindingCited) -> dict[str, Any]:
    """Return a finding as JSON holds it, but for what it rests on. Times are ISO 8601 UTC with microseconds."""
    return {
        "detector": finding.detector,
        "kind": finding.kind,
        "family": finding.family,
        "subject": finding.subject,
        "points": finding.points,
        "adds_decibans": finding.centibans / 10,
        "reason": {"zh": finding.reason_zh, "en": finding.reason_en},
        "first_time": iso(finding.first_us),
        "last_time": iso(finding.last_us),
        "count": finding.count,
    }
