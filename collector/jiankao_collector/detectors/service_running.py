"""Services of remote-control tools, and programs that hold the device out of which keyboards and mice are made.

A service that starts while the seat is watched is an alert; one that ran before, or would start by itself, is a fact
about the room. The virtual input device has honest users too (a Bluetooth daemon, a remapped keyboard), so that holding
it only adds to the score: what comes out of it is the input sensor's to see.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jiankao_collector.detectors.base import AlertKind, BatchSeen, Family, Finding, Seen
from jiankao_collector.detectors.open_findings import OpenFindings
from jiankao_collector.knowledge.catalogue import Catalogue
from jiankao_collector.knowledge.kinds import WORDS, graded
from jiankao_collector.knowledge.tool import ALONE, Match, ToolKind
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import program, shown, spaced
from jiankao_proto.observations import Change, ServiceChanged, ServiceKind
from jiankao_proto.records import Severity

NAME = "service_running"
MOST_OPEN = 512
_Key = tuple[ServiceKind, str]
_HONEST_HOLDERS = {"bluetoothd"}
"""Holds the virtual input device wherever there is Bluetooth, for the buttons of headsets."""


class ServiceRunning:
    """Follows the services of one workstation that belong to a known tool."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._open: OpenFindings[_Key] = OpenFindings(MOST_OPEN)
        self._running: set[_Key] = set()

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the services of a batch."""
        if not isinstance(seen, BatchSeen):
            return
        for observation in seen.batch.observations:
            fact = observation.fact
            if not isinstance(fact, ServiceChanged):
                continue
            if fact.kind is ServiceKind.VIRTUAL_INPUT:
                yield from self._held(seen, fact)
            else:
                match = self._catalogue.find_service(fact)
                if match is not None and not match.tool.with_system:
                    yield from self._service(seen, fact, match)

    def wakes_at(self) -> None:
        """Never: services are told of."""
        return

    def _service(self, seen: BatchSeen, fact: ServiceChanged, match: Match) -> Iterator[Finding]:
        key = (fact.kind, fact.name)
        if fact.change is Change.ADDED and not (fact.running or fact.enabled):
            yield from self._tell(key, _installed(seen, fact, match))
            return
        if fact.change is Change.REMOVED or not (fact.running or fact.enabled):
            self._running.discard(key)
            yield from self._open.release(key, seen)
            return
        started = fact.running and fact.change is not Change.BASELINE and key not in self._running
        was_running = key in self._running
        (self._running.add if fact.running else self._running.discard)(key)
        if started:
            yield from self._tell(key, _started(seen, fact, match))
        elif fact.running and not was_running:
            yield from self._tell(key, _ran(seen, fact, match))
        elif not fact.running:
            if was_running:
                yield from self._open.release(key, seen)
            yield from self._tell(key, _enabled(seen, fact, match))

    def _held(self, seen: BatchSeen, fact: ServiceChanged) -> Iterator[Finding]:
        key = (fact.kind, f"{fact.process.name} {fact.process.pid}")
        if fact.change is Change.REMOVED:
            yield from self._open.release(key, seen)
        elif fact.process.name not in _HONEST_HOLDERS:
            yield from self._tell(key, _holding(seen, fact))

    def _tell(self, key: _Key, finding: Finding) -> Iterator[Finding]:
        known = self._open.get(key)
        if known is None and self._open.full:
            return
        if known is None or (known.kind, known.reason_en) != (finding.kind, finding.reason_en):
            yield from self._open.hold(key, finding)
            yield finding


def _started(seen: BatchSeen, fact: ServiceChanged, match: Match) -> Finding:
    return _of_tool(
        seen,
        "service_started",
        _Said(fact, match, "已启动", "was started"),
        graded(
            match,
            Weight.SERVICE_STARTED_DRIVING,
            Weight.SERVICE_STARTED_OTHER,
            Weight.SERVICE_STARTED_ASSISTIVE,
        ),
        warns=match.tool.kind in ALONE,
        alone=match.tool.kind in ALONE,
    )


def _ran(seen: BatchSeen, fact: ServiceChanged, match: Match) -> Finding:
    return _of_tool(
        seen,
        "service_present",
        _Said(fact, match, "在监测开始前已在运行", "was running before watching began"),
        graded(
            match,
            Weight.SERVICE_PRESENT_DRIVING,
            Weight.SERVICE_PRESENT_OTHER,
            Weight.SERVICE_PRESENT_ASSISTIVE,
        ),
        warns=match.tool.kind in ALONE,
    )


def _enabled(seen: BatchSeen, fact: ServiceChanged, match: Match) -> Finding:
    aid = match.tool.kind is ToolKind.ASSISTIVE
    does_en = "starts by itself with the computer; it does not run now. Disable it"
    return _of_tool(
        seen,
        "service_enabled",
        _Said(fact, match, "会开机自动启动，目前没有运行；建议停用", does_en, innocent=False),
        Weight.SERVICE_ENABLED_ASSISTIVE if aid else Weight.SERVICE_ENABLED,
    )


def _installed(seen: BatchSeen, fact: ServiceChanged, match: Match) -> Finding:
    does_en = "was installed; it does not run now"
    return _of_tool(
        seen,
        "service_installed",
        _Said(fact, match, "，目前没有运行", does_en, before_zh="刚刚装上了"),
        graded(
            match,
            Weight.SERVICE_INSTALLED_DRIVING,
            Weight.SERVICE_INSTALLED_OTHER,
            Weight.SERVICE_INSTALLED_ASSISTIVE,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said of a tool's service; `innocent`: with what else it may be."""

    fact: ServiceChanged
    match: Match
    does_zh: str
    does_en: str
    before_zh: str = ""
    innocent: bool = True

    def sentences(self) -> tuple[str, str]:
        driver = self.fact.kind is ServiceKind.DRIVER
        zh, en = ("驱动程序", "driver") if driver else ("系统服务", "service")
        name, words = shown(self.fact.name), WORDS[self.match.tool.kind]
        but_zh, but_en = (words.innocent_zh, words.innocent_en) if self.innocent else ("", "")
        whose_zh = spaced(self.match.name_zh)
        return (
            f"{self.before_zh}{whose_zh}的{zh}（{name}）{self.does_zh}{but_zh}",
            f"The {en} of {self.match.name_en} ({name}) {self.does_en}{but_en}",
        )


def _of_tool(
    seen: BatchSeen,
    kind: str,
    said: _Said,
    weight: Weight,
    *,
    warns: bool = False,
    alone: bool = False,
) -> Finding:
    zh, en = said.sentences()
    return _finding(
        seen,
        kind,
        zh,
        en,
        subject=said.match.tool.id,
        severity=Severity.WARNING if warns else Severity.NOTICE,
        weight=weight,
        alone=alone,
    )


def _holding(seen: BatchSeen, fact: ServiceChanged) -> Finding:
    name = program(fact.process)
    before = fact.change is Change.BASELINE
    return _finding(
        seen,
        "virtual_input_held" if before else "virtual_input_opened",
        f"程序 {name} {'在监测开始前已' if before else '刚刚'}打开了可以模拟键盘鼠标的设备；"
        "键位映射、游戏手柄软件也会这样",
        f"Program {name} {'holds' if before else 'has opened'} the device that imitates keyboards and mice"
        f"{' since before watching began' if before else ''}; software for remapped keys or game pads does this too",
        subject=name,
        severity=Severity.NOTICE if before else Severity.WARNING,
        weight=Weight.VIRTUAL_INPUT_HELD if before else Weight.VIRTUAL_INPUT_OPENED,
        family=Family.DEVICE,
        alert=AlertKind.INJECTED_INPUT,
    )


def _finding(
    seen: BatchSeen,
    kind: str,
    zh: str,
    en: str,
    *,
    subject: str,
    severity: Severity,
    weight: Weight,
    alone: bool = False,
    family: Family = Family.SOFTWARE,
    alert: AlertKind = AlertKind.REMOTE_CONTROL,
) -> Finding:
    return Finding(
        detector=NAME,
        kind=kind,
        family=family,
        alert=alert,
        severity=severity,
        weight=weight,
        alone=alone,
        subject=subject,
        reason_zh=zh,
        reason_en=en,
        at_us=seen.at_us,
        record_number=seen.record_number,
    )
