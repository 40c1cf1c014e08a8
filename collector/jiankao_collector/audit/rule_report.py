"""The Sigma rules that matched in a recording, for people and as JSON. Their licence asks that authors are named."""

from collections.abc import Iterable
from typing import Any

from jiankao_collector.audit.layout import iso, safe
from jiankao_collector.audit.wording import Language, text
from jiankao_collector.detectors.sigma_rules import NAME, subject_of
from jiankao_collector.recordings.rule_matches import Matched, RuleMatches
from jiankao_collector.sigma.rules import Level, Rule
from jiankao_proto.records import FindingCited

_HEADING = text("符合的 Sigma 规则：", "Sigma rules that matched:")
_LEVELS = {
    Level.INFORMATIONAL: text("提示", "informational"),
    Level.LOW: text("低", "low"),
    Level.MEDIUM: text("中", "medium"),
    Level.HIGH: text("高", "high"),
    Level.CRITICAL: text("严重", "critical"),
}
_RULE = text(
    "  - “{title}”（级别：{level}）；作者：{author}，许可：{licence}，编号：{id}",
    "  - “{title}” (level: {level}); by {author}, licence: {licence}, id: {id}",
)
_EVENTS = text(
    "    {kinds}；电脑：{computers}  [第 {lines} 行]",
    "    {kinds}; at {computers}  [lines {lines}]",
)
_UNNAMED = text("未注明", "an unnamed author")
_SHOWN = 5


def matched_lines(matches: RuleMatches, language: Language) -> list[str]:
    """Return two lines for each rule that matched, under a heading; nothing when none did."""
    if not matches:
        return []
    lines = ["", _HEADING[language]]
    for matched in matches:
        rule = matched.rule
        named = _RULE[language].format(
            title=safe(rule.title),
            level=_LEVELS[rule.level][language],
            author=safe(rule.author) or _UNNAMED[language],
            licence=safe(rule.licence),
            id=safe(rule.id or rule.file),
        )
        found = _EVENTS[language].format(
            kinds=_first(f"{safe(kind)} ×{n}" for kind, n in matched.kinds.most_common()),
            computers=_first(safe(name) or "?" for name, _ in matched.computers.most_common()),
            lines=_first(map(str, matched.lines)),
        )
        lines += [named, found]
    return lines


def matched_json(matched: Matched) -> dict[str, Any]:
    """Return a rule's matches as one JSON object."""
    return {
        "rule": _rule_json(matched.rule),
        "count": matched.count,
        "events": dict(matched.kinds.most_common()),
        "computers": dict(matched.computers.most_common()),
        "first_time": iso(matched.first_us),
        "last_time": iso(matched.last_us),
        "lines": matched.lines,
    }


def rule_of(finding: FindingCited, matches: RuleMatches) -> dict[str, Any] | None:
    """Return the rule a finding is about, None when it is about none, or about more than one."""
    if finding.detector != NAME:
        return None
    for matched in matches:
        if finding.subject.startswith(subject_of(matched.rule, "")):
            return _rule_json(matched.rule)
    return None


def _rule_json(rule: Rule) -> dict[str, Any]:
    return {
        "title": rule.title,
        "id": rule.id,
        "author": rule.author,
        "licence": rule.licence,
        "level": rule.level.name.lower(),
        "file": rule.file,
        "line": rule.line,
    }


def _first(texts: Iterable[str]) -> str:
    listed = list(texts)
    return ", ".join(listed[:_SHOWN]) + (", …" if len(listed) > _SHOWN else "")
