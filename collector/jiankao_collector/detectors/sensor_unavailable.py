"""A sensor that cannot see, or sees less. Anything but OK never reads as fine.

The header of every batch says how each sensor is; why and what to do comes as an observation of its own.
"""

from collections.abc import Iterator

from jiankao_collector.detectors.base import (
    AlertKind,
    BatchSeen,
    Family,
    Finding,
    ScopeSeen,
    Seen,
    StandingSeen,
    TimeSeen,
)
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import shown
from jiankao_proto.batch import SensorHealth
from jiankao_proto.bilingual import in_language
from jiankao_proto.observations import AgentLifecycle, Health, LifecycleStage, SensorStateChanged
from jiankao_proto.records import Severity

NAME = "sensor_unavailable"
STARTING_US = 10_000_000
"""How long a sensor may take to start."""
MOST_SENSORS = 64
"""More than any agent has; what a header names beyond them is not looked at."""
_TEXT = 300

_NAMES_ZH = {
    "processes": "进程",
    "connections": "网络连接",
    "input": "键盘鼠标",
    "sessions": "登录会话",
    "desktop": "程序注入与读屏",
    "windows": "窗口",
    "devices": "设备",
    "displays": "显示器",
    "network": "网络接口",
    "files": "文件",
    "integrity": "完整性",
    "services": "系统服务",
    "helper": "桌面助手",
}


class SensorUnavailable:
    """Follows the sensors of one workstation."""

    def __init__(self) -> None:
        self._in_exam = False
        self._headers: tuple[SensorHealth, ...] = ()
        self._health: dict[str, Health] = {}
        self._starting: dict[str, int] = {}
        self._said: dict[str, SensorStateChanged] = {}
        self._open: dict[str, Finding] = {}

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the header and at what sensors say of themselves."""
        if isinstance(seen, BatchSeen):
            yield from self._batch(seen)
        elif isinstance(seen, TimeSeen):
            for sensor, since in sorted(self._starting.items()):
                if seen.at_us >= since + STARTING_US:
                    del self._starting[sensor]
                    yield from self._judge(seen, sensor, Health.STARTING)
        elif isinstance(seen, StandingSeen):
            self._said = {said.sensor: said for said in seen.sensors_said}
        elif isinstance(seen, ScopeSeen):
            self._in_exam = seen.opened

    def wakes_at(self) -> int | None:
        """Return when a starting sensor has had its time."""
        return min((since + STARTING_US for since in self._starting.values()), default=None)

    def _batch(self, seen: BatchSeen) -> Iterator[Finding]:
        sensors = seen.batch.header.sensors[:MOST_SENSORS]
        changed = sensors != self._headers
        for observation in seen.batch.observations:
            fact = observation.fact
            if isinstance(fact, SensorStateChanged):
                self._said[fact.sensor] = fact
                changed = True
            elif isinstance(fact, AgentLifecycle) and fact.stage is LifecycleStage.HELPER_DIED:
                yield self._helper_died(seen, fact)
        if changed:
            self._headers = sensors
            yield from self._look(seen)

    def _look(self, seen: BatchSeen) -> Iterator[Finding]:
        now = {entry.sensor: entry.health for entry in self._headers}
        for gone in sorted(self._health.keys() - now.keys())[:MOST_SENSORS]:
            now[gone] = Health.UNSPECIFIED  # a sensor that is no longer named is not fine either
        for sensor, health in sorted(now.items()):
            if health is Health.STARTING:
                if self._health.get(sensor) is not Health.STARTING:
                    self._starting[sensor] = seen.at_us
            else:
                self._starting.pop(sensor, None)
                yield from self._judge(seen, sensor, health)
        self._health = now

    def _judge(self, seen: Seen, sensor: str, health: Health) -> Iterator[Finding]:
        known = self._open.get(sensor)
        if health is Health.OK:
            if known is not None:
                del self._open[sensor]
                yield known.over(seen.at_us, seen.record_number)
            return
        finding = self._finding(seen, sensor, health)
        if known is not None:
            if (known.kind, known.reason_en) == (finding.kind, finding.reason_en):
                return
            if known.kind != finding.kind:
                yield known.over(seen.at_us, seen.record_number)
        self._open[sensor] = finding
        yield finding

    def _finding(self, seen: Seen, sensor: str, health: Health) -> Finding:
        degraded = health is Health.DEGRADED
        said = self._said.get(sensor)
        current = said if said and said.health is health else None
        name = shown(sensor)
        zh = f"{_NAMES_ZH[sensor]}采集器" if sensor in _NAMES_ZH else f"采集器 {name}"
        zh += "受限，只能看到一部分" if degraded else "不可用，这方面目前看不到"
        en = f"Sensor {name} " + (
            "sees only a part" if degraded else "cannot see: this side of the seat is not watched"
        )
        if health is Health.STARTING:
            zh, en = f"{zh}（启动超过 10 秒仍未就绪）", f"{en} (not ready 10 s after its start)"
        if current is not None:
            zh += _told("：", current.reason, "zh") + _told("；处理办法：", current.remedy, "zh")
            en += _told(": ", current.reason, "en") + _told("; what to do: ", current.remedy, "en")
        return Finding(
            detector=NAME,
            kind="sensor_degraded" if degraded else "sensor_unavailable",
            family=Family.TAMPER,
            alert=AlertKind.SENSOR,
            severity=Severity.WARNING if self._in_exam and not degraded else Severity.NOTICE,
            weight=Weight.SENSOR_DEGRADED if degraded else Weight.SENSOR_UNAVAILABLE,
            alone=self._in_exam and not degraded,
            subject=name,
            reason_zh=zh,
            reason_en=en,
            at_us=seen.at_us,
            record_number=seen.record_number,
        )

    def _helper_died(self, seen: BatchSeen, fact: AgentLifecycle) -> Finding:
        return Finding(
            detector=NAME,
            kind="helper_died",
            family=Family.TAMPER,
            alert=AlertKind.SENSOR,
            severity=Severity.WARNING,
            weight=Weight.HELPER_DIED,
            alone=self._in_exam,
            subject="",
            reason_zh="采集程序的一个部件意外退出" + _told("：", fact.detail, "zh"),
            reason_en="A part of the agent died" + _told(": ", fact.detail, "en"),
            at_us=seen.at_us,
            record_number=seen.record_number,
            ended=True,
        )


def _told(before: str, text: str, language: str) -> str:
    """Return what the agent said, in one language, behind some words; nothing when it said nothing."""
    return before + shown(in_language(text, language), _TEXT) if text else ""
