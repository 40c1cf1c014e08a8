"""Says for each sensor whether it works on this workstation and, if not, what to do."""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jiankao_agent.sensors.base import Condition, Sensor
from jiankao_agent.sensors.catalogue import sensors
from jiankao_proto.bilingual import in_language
from jiankao_proto.observations import Health

_HEALTH = {
    "zh": {
        Health.OK: "正常",
        Health.DEGRADED: "受限",
        Health.UNAVAILABLE: "不可用",
        Health.STARTING: "启动中",
        Health.UNSPECIFIED: "未知",
    },
    "en": {
        Health.OK: "works",
        Health.DEGRADED: "degraded",
        Health.UNAVAILABLE: "unavailable",
        Health.STARTING: "starting",
        Health.UNSPECIFIED: "unknown",
    },
}
_HEADINGS = {"zh": ("采集器", "状态"), "en": ("sensor", "state")}
_REASON = {"zh": "原因：", "en": "why: "}
_REMEDY = {"zh": "处理：", "en": "do:  "}
_VERDICT = {
    "zh": ("所有采集器正常。", "有采集器不能完全工作，请按上面的说明处理。"),
    "en": ("Every sensor works.", "Not every sensor works fully; do what is said above."),
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How one sensor is here."""

    sensor: str
    condition: Condition


def report(of: Iterable[Sensor]) -> list[Diagnosis]:
    """Ask every sensor; nothing is changed by that."""
    return [Diagnosis(sensor.name, sensor.probe()) for sensor in of]


def run(argv_json: bool, language: str) -> tuple[str, int]:
    """Return what `jiankao-agent doctor` prints, and its exit code: 0 when all is well, else 1."""
    diagnoses = report(sensors())
    text = render_json(diagnoses, language) if argv_json else render(diagnoses, language)
    return text, 0 if all_well(diagnoses) else 1


def all_well(diagnoses: Sequence[Diagnosis]) -> bool:
    """Tell whether every sensor works fully."""
    return all(diagnosis.condition.health is Health.OK for diagnosis in diagnoses)


def render(diagnoses: Sequence[Diagnosis], language: str) -> str:
    """Return a table in `language` ("zh" or "en"), with reason and remedy under what is not well."""
    language = _known(language)
    rows = [_HEADINGS[language]]
    rows += [(d.sensor, _HEALTH[language][d.condition.health]) for d in diagnoses]
    width = max(_columns(name) for name, _ in rows) + 2
    lines = [_padded(rows[0][0], width) + rows[0][1]]
    for diagnosis, (name, state) in zip(diagnoses, rows[1:], strict=True):
        lines.append(_padded(name, width) + state)
        for label, text in (
            (_REASON, diagnosis.condition.reason),
            (_REMEDY, diagnosis.condition.remedy),
        ):
            if text:
                lines.append(" " * width + label[language] + in_language(text, language))
    lines.append(_VERDICT[language][0 if all_well(diagnoses) else 1])
    return "\n".join(lines)


def render_json(diagnoses: Sequence[Diagnosis], language: str) -> str:
    """Return one JSON object: `ok`, and of each sensor `sensor`, `health`, `reason`, `remedy`."""
    language = _known(language)
    return json.dumps(
        {
            "ok": all_well(diagnoses),
            "sensors": [
                {
                    "sensor": d.sensor,
                    "health": d.condition.health.name.lower(),
                    "reason": in_language(d.condition.reason, language),
                    "remedy": in_language(d.condition.remedy, language),
                }
                for d in diagnoses
            ],
        },
        ensure_ascii=False,
    )


def _known(language: str) -> str:
    return "en" if language.lower().startswith("en") else "zh"


def _columns(text: str) -> int:
    """Return the columns a text takes in a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _columns(text))
