"""What people ruled on an alert, for an auditor: who, when, why, and whether it takes effect."""

from typing import Any

from jiankao_collector.audit.layout import iso, safe
from jiankao_collector.audit.wording import Language, Text, text
from jiankao_collector.rulings import LONGEST_REASON, AlertRuling, Bearing, RulingState
from jiankao_proto.records import Ruling

RULINGS: dict[Ruling, Text] = {
    Ruling.UNSPECIFIED: text("未知", "unknown"),
    Ruling.CONFIRMED: text("属实", "confirmed"),
    Ruling.UNFOUNDED: text("不属实", "unfounded"),
    Ruling.UNDETERMINED: text("无法认定", "undetermined"),
}
STATES: dict[RulingState, Text] = {
    RulingState.NOT_COUNTED: text("所作认定均不算数", "nothing said counts"),
    RulingState.PROPOSED: text(
        "{ruling}：只有一人认定，未生效", "{ruling}: by one person only, not in force"
    ),
    RulingState.IN_FORCE: text("{ruling}：两人一致，已生效", "{ruling}: two people, in force"),
    RulingState.DISPUTED: text("意见不一，未生效", "disputed, not in force"),
    RulingState.REOPENED: text(
        "认定之后又有新的疑点，须重新认定", "ruled before something new came: rule again"
    ),
}
_SHORT: dict[RulingState, Text] = {
    RulingState.NOT_COUNTED: text("不算数", "does not count"),
    RulingState.PROPOSED: text("{ruling}（仅一人）", "{ruling} (one person)"),
    RulingState.IN_FORCE: text("{ruling}", "{ruling}"),
    RulingState.DISPUTED: text("意见不一", "disputed"),
    RulingState.REOPENED: text("须重新认定", "rule again"),
}
_BEARINGS: dict[Bearing, Text] = {
    Bearing.COUNTS: text("", ""),
    Bearing.CHANGED: text("（此人后来改了）", " (changed by the same person later)"),
    Bearing.OUTDATED: text("（之后又有新的疑点）", " (something new came after it)"),
    Bearing.OWN: text(
        "（不算数：告警说的正是此人的认定）",
        " (does not count: the alert is about this person's rulings)",
    ),
    Bearing.UNKNOWN: text("（本版本不认识这种认定）", " (a ruling this version does not know)"),
}
_HEAD = text("  认定：{state}", "  ruling: {state}")
_SAID = text(
    "  § {time} {user} 认定“{ruling}”{bearing}（第 {revision} 版）：{reason}  [{record}]",
    "  § {time} {user}: {ruling}{bearing}, on revision {revision}: {reason}  [{record}]",
)
_SUMMARY = text(
    "认定：{rules} 条告警有认定，其中已生效 {force} 条；只有一人认定的 {one} 条{which}。",
    "Rulings: {rules} alerts ruled on, {force} in force; ruled by one person only: {one}{which}.",
)
_WHICH = text("（{names}）", " ({names})")


def ruling_json(ruling: AlertRuling) -> dict[str, Any]:
    """Return what people ruled on one alert as a JSON object. Times are ISO 8601 UTC with microseconds."""
    return {
        "state": ruling.state.value,
        "ruling": None if ruling.ruling is None else RULINGS[ruling.ruling][Language.EN],
        "by_one_person": ruling.by_one_person,
        "said": [
            {
                "record_number": s.record_number,
                "time": iso(s.at_us),
                "user": s.user,
                "ruling": RULINGS[s.ruling][Language.EN],
                "revision": s.revision,
                "reason": s.reason,
                "bearing": s.bearing.value,
            }
            for s in ruling.said
        ],
    }


def ruling_cell(ruling: AlertRuling | None, language: Language) -> str:
    """Return how an alert stands in a few words, for a table."""
    return _state(ruling, _SHORT, language) if ruling else "-"


def ruling_lines(ruling: AlertRuling | None, language: Language) -> list[str]:
    """Return how an alert stands and what every person said."""
    if ruling is None:
        return []
    return [
        _HEAD[language].format(state=_state(ruling, STATES, language)),
        *(
            _SAID[language].format(
                time=iso(s.at_us),
                user=safe(s.user),
                ruling=RULINGS[s.ruling][language],
                bearing=_BEARINGS[s.bearing][language],
                revision=s.revision,
                reason=safe(s.reason, LONGEST_REASON),
                record=s.record_number,
            )
            for s in ruling.said
        ),
    ]


def summary_lines(rulings: dict[str, AlertRuling], language: Language) -> list[str]:
    """Return what all rulings of a log, by alert id, come to; nothing when nobody ruled."""
    if not rulings:
        return []
    one = [alert for alert, ruling in rulings.items() if ruling.by_one_person]
    which = _WHICH[language].format(names=", ".join(one)) if one else ""
    force = sum(r.state is RulingState.IN_FORCE for r in rulings.values())
    line = _SUMMARY[language].format(rules=len(rulings), force=force, one=len(one), which=which)
    return ["", line]


def _state(ruling: AlertRuling, texts: dict[RulingState, Text], language: Language) -> str:
    what = RULINGS[ruling.ruling][language] if ruling.ruling is not None else ""
    return texts[ruling.state][language].format(ruling=what)
