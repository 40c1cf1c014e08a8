"""What came of a recording, for people and as JSON (docs/assess.md describes the object)."""

from collections import Counter
from typing import Any

from jiankao_collector.audit.alerts import finding_facts
from jiankao_collector.audit.layout import iso, safe, table
from jiankao_collector.audit.rule_report import matched_json, matched_lines, rule_of
from jiankao_collector.audit.wording import KINDS, SEVERITIES, Language, text
from jiankao_collector.recordings.assessing import Assessed
from jiankao_collector.recordings.formats import Format
from jiankao_collector.recordings.judging import Computer, RecordingJudge
from jiankao_proto.ids import WorkstationId
from jiankao_proto.records import AlertChanged, FindingCited

NOT_JUDGED = {
    "silence": text(
        "失联：文件里没有采集程序的实时连接，一段时间没有事件不等于无人监测",
        "silence: a file has no live stream; some time without an event does not mean that nobody watched",
    ),
}
NOT_IN_EVENTS = {
    "injected_input": text(
        "注入输入、读屏、显示器：Windows 事件日志不记录这些",
        "injected input, screen reads, displays: Windows event logs do not hold them",
    ),
    "sensor_unavailable": text(
        "采集器状态、哈希链、完整性：这些只有本系统的采集程序才会报告",
        "sensors, chains, integrity: only our own agent tells of them",
    ),
}
_HEADINGS = (
    text("电脑", "COMPUTER"),
    text("告警", "ALERT"),
    text("级别", "SEVERITY"),
    text("风险分", "SCORE"),
    text("开始 (UTC)", "FIRST (UTC)"),
    text("最近 (UTC)", "LAST (UTC)"),
)
_WHOLE_ROOM = text("全考场", "whole room")
_GUESSED = text("（自动判断，可用 --from 指定）", " (a guess; --from says otherwise)")
_READ = text(
    "{file}：按 {format} 读取{guessed}；{records} 条记录，{computers} 台电脑，{observations} 条观测，"
    "{alerts} 条告警",
    "{file}: read as {format}{guessed}; {records} records, {computers} computers, {observations} observations, "
    "{alerts} alerts",
)
_BAD = text("{count} 条无法使用，前几条：", "{count} records could not be used; the first of them:")
_LINE = text("  第 {line} 行：{reason}", "  line {line}: {reason}")
_LINES = text("第 {lines} 行", "lines {lines}")
_UNKNOWN = text("未解读的事件：{kinds}", "Events not understood: {kinds}")
_MEANINGLESS = text("与考场无关的事件：{kinds}", "Events without meaning here: {kinds}")
_BELOW = text("不足以构成告警的情况：", "Findings that were not enough for an alert:")
_NO_ALERT = text("没有告警。", "No alerts.")
_SILENT = text("未评判：", "Not judged:")
_MORE = text("……另有 {count} 条", "… and {count} more")
_SHOWN_KINDS, _SHOWN_LINES, _SHOWN_BELOW = 12, 5, 20


def assessed_lines(done: Assessed, language: Language) -> list[str]:
    """Return a recording's alerts as a table, their reasons below, and what was not used."""
    counts = _observations(done.judge)
    lines = [
        _READ[language].format(
            file=safe(done.file),
            format=done.format.value,
            guessed=_GUESSED[language] if done.guessed else "",
            records=done.records,
            computers=len(done.judge.computers),
            observations=counts.total(),
            alerts=len(done.alerts),
        ),
        "",
        *_alerts(done, language),
    ]
    if done.judge.below_alert:
        lines += ["", _BELOW[language]]
        names = _names(done.judge)
        shown = done.judge.below_alert[:_SHOWN_BELOW]
        lines += [
            f"  - {safe(names[b.workstation].seat)}: {_reason(done, b.finding, language)}"
            for b in shown
        ]
        if len(done.judge.below_alert) > len(shown):
            more = len(done.judge.below_alert) - len(shown)
            lines.append(f"  {_MORE[language].format(count=more)}")
    lines += matched_lines(done.judge.rule_matches, language)
    lines.append("")
    for counter, words in (
        (done.reader.not_understood, _UNKNOWN),
        (done.reader.without_meaning, _MEANINGLESS),
    ):
        if counter:
            kinds = ", ".join(f"{safe(k)} ×{n}" for k, n in counter.most_common(_SHOWN_KINDS))
            more = len(counter) - _SHOWN_KINDS
            lines.append(words[language].format(kinds=kinds + (", …" if more > 0 else "")))
    if done.bad.count:
        lines.append(_BAD[language].format(count=done.bad.count))
        lines += [
            _LINE[language].format(line=b.line, reason=safe(b.reason)) for b in done.bad.first
        ]
    lines.append(_SILENT[language])
    return [*lines, *(f"  - {words[language]}" for words in _not_judged(done).values())]


def _alerts(done: Assessed, language: Language) -> list[str]:
    if not done.alerts:
        return [_NO_ALERT[language]]
    rows = [tuple(h[language] for h in _HEADINGS)]
    rows += [_row(alert, language) for alert in done.alerts]
    lines = table(rows)
    for alert in done.alerts:
        lines += ["", f"{_where(alert, language)}  {alert.alert_id}"]
        lines += [f"  - {_reason(done, finding, language)}" for finding in alert.findings]
    return lines


def _row(alert: AlertChanged, language: Language) -> tuple[str, ...]:
    kind = KINDS.get(alert.kind)
    return (
        _where(alert, language),
        kind[language] if kind else safe(alert.kind),
        SEVERITIES[alert.severity][language],
        str(alert.score),
        iso(alert.first_us)[:19].replace("T", " "),
        iso(alert.last_us)[:19].replace("T", " "),
    )


def _where(alert: AlertChanged, language: Language) -> str:
    """Return where an alert is: a seat, or a whole room, which has no workstation."""
    seat = alert.seat if alert.workstation_id else _WHOLE_ROOM[language]
    return safe(" / ".join(filter(None, (alert.room, seat))))


def _reason(done: Assessed, finding: FindingCited, language: Language) -> str:
    reason = finding.reason_zh if language is Language.ZH else finding.reason_en
    lines = done.judge.lines_of(finding)
    shown = ", ".join(map(str, lines[:_SHOWN_LINES])) + (", …" if len(lines) > _SHOWN_LINES else "")
    return safe(reason, 400) + (f"  [{_LINES[language].format(lines=shown)}]" if lines else "")


def assessed_json(done: Assessed) -> dict[str, Any]:
    """Return everything as one JSON object. Times are ISO 8601 UTC with microseconds."""
    judge, names = done.judge, _names(done.judge)
    per_computer = Counter(alert.workstation_id for alert in done.alerts)
    return {
        "file": done.file,
        "from": done.format.value,
        "from_guessed": done.guessed,
        "rules": {"version": done.rules.version, "digest": done.rules.digest.hex()},
        "records": done.records,
        "bad_records": done.bad.count,
        "bad_lines": [{"line": b.line, "reason": b.reason} for b in done.bad.first],
        "exam_sessions": judge.sessions,
        "computers": [
            {
                "computer": c.name,
                "room": c.room,
                "seat": c.seat,
                "first_time": iso(c.first_us),
                "last_time": iso(c.last_us),
                "observations": dict(sorted(c.observations.items())),
                "alerts": per_computer[c.workstation],
            }
            for c in judge.computers.values()
        ],
        "observations": dict(sorted(_observations(judge).items())),
        "events_not_understood": dict(done.reader.not_understood.most_common()),
        "events_without_meaning": dict(done.reader.without_meaning.most_common()),
        "not_judged": [
            {"detector": name, "why": {"zh": words[Language.ZH], "en": words[Language.EN]}}
            for name, words in _not_judged(done).items()
        ],
        "rule_matches": [matched_json(matched) for matched in judge.rule_matches],
        "alerts": [_alert_json(done, alert) for alert in done.alerts],
        "below_alert": [
            {"computer": names[b.workstation].name, **_finding_json(done, b.finding)}
            for b in judge.below_alert
        ],
    }


def _alert_json(done: Assessed, alert: AlertChanged) -> dict[str, Any]:
    names = _names(done.judge)
    return {
        "alert_id": alert.alert_id.value,
        "computer": names[alert.workstation_id].name if alert.workstation_id else None,
        "room": alert.room,
        "seat": alert.seat,
        "exam_session": alert.exam_session_id.value if alert.exam_session_id else None,
        "kind": alert.kind,
        "severity": SEVERITIES[alert.severity][Language.EN],
        "score": alert.score,
        "first_time": iso(alert.first_us),
        "last_time": iso(alert.last_us),
        "over": alert.over,
        "findings": [_finding_json(done, finding) for finding in alert.findings],
    }


def _finding_json(done: Assessed, finding: FindingCited) -> dict[str, Any]:
    facts = {**finding_facts(finding), "lines": done.judge.lines_of(finding)}
    rule = rule_of(finding, done.judge.rule_matches)
    return {**facts, "rule": rule} if rule else facts


def _not_judged(done: Assessed) -> dict[str, Any]:
    return NOT_JUDGED if done.format is Format.OBSERVATIONS else {**NOT_JUDGED, **NOT_IN_EVENTS}


def _observations(judge: RecordingJudge) -> Counter[str]:
    counts: Counter[str] = Counter()
    for computer in judge.computers.values():
        counts.update(computer.observations)
    return counts


def _names(judge: RecordingJudge) -> dict[WorkstationId, Computer]:
    return {computer.workstation: computer for computer in judge.computers.values()}
