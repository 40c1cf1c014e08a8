"""Files that changed: the exam application, what starts by itself, the agent's settings, programs on a stick.

A stick with programs on it that comes during an exam session is an alert: no candidate needs one. So is a changed
program of the exam application. An update looks the same, which the sentence says; that is why rooms do not update
during an exam. The agent's own program files are judged by `integrity`.
"""

from collections.abc import Iterator

from jiankao_collector.detectors.base import (
    AlertKind,
    BatchSeen,
    Family,
    Finding,
    ScopeSeen,
    Seen,
)
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import shown
from jiankao_proto.observations import Change, ProcessStarted, WatchedFileChanged
from jiankao_proto.records import Severity

NAME = "watched_files"
MOST_MEDIA_FILES = 512
_OWN_PROGRAM = (".py", ".pyd", ".so", ".dll")
_PINNED = "policy-keys.json"
"""The agent writes it once, and says so; whatever happens to it afterwards is somebody else's doing."""
_ZH = {Change.ADDED: "新增", Change.REMOVED: "被删除", Change.MODIFIED: "被改动"}
_EN = {Change.ADDED: "was added", Change.REMOVED: "was removed", Change.MODIFIED: "was changed"}


class WatchedFiles:
    """Follows the watched files of one workstation."""

    def __init__(self) -> None:
        self._in_exam = False
        self._media: dict[str, Finding] = {}

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the files of a batch."""
        if isinstance(seen, ScopeSeen):
            self._in_exam = seen.opened
        if not isinstance(seen, BatchSeen):
            return
        for observation in seen.batch.observations:
            fact = observation.fact
            if isinstance(fact, WatchedFileChanged):
                if fact.group == "removable":
                    yield from self._medium(seen, fact)
                elif fact.change in _ZH:
                    yield from self._changed(seen, fact)
            elif isinstance(fact, ProcessStarted) and fact.process.executable in self._media:
                yield _ran(seen, fact, alone=self._in_exam and not fact.baseline)

    def wakes_at(self) -> None:
        """Never: changes are told of."""
        return

    def _changed(self, seen: BatchSeen, fact: WatchedFileChanged) -> Iterator[Finding]:
        path, zh, en = shown(fact.path), _ZH[fact.change], _EN[fact.change]
        if fact.group == "exam-application":
            yield _finding(
                seen,
                "exam_application_changed",
                f"考试软件的程序文件{zh}：{path}；软件升级也会这样",
                f"A program file of the exam application {en}: {path}; an update of it does this too",
                severity=Severity.WARNING,
                weight=Weight.EXAM_APPLICATION_CHANGED,
                alone=self._in_exam,
            )
        elif fact.group == "autostart" and fact.change is not Change.REMOVED:
            yield _finding(
                seen,
                "autostart_changed",
                f"开机或登录时自动启动的项目{zh}：{path}；安装或升级软件也会这样",
                f"Something that starts by itself {en}: {path}; installing or updating software does this too",
                severity=Severity.WARNING,
                weight=Weight.AUTOSTART_CHANGED,
            )
        elif fact.group == "agent" and not _is_its_own(fact):
            yield _finding(
                seen,
                "agent_settings_changed",
                f"采集程序的设置或身份文件{zh}：{path}；重新注册本机也会这样",
                f"A settings or identity file of the agent {en}: {path}; enrolling again does this too",
                severity=Severity.WARNING,
                weight=Weight.AGENT_SETTINGS_CHANGED,
            )

    def _medium(self, seen: BatchSeen, fact: WatchedFileChanged) -> Iterator[Finding]:
        if fact.change is Change.REMOVED:
            known = self._media.pop(fact.path, None)
            if known is not None and all(f.kind != known.kind for f in self._media.values()):
                yield known.over(seen.at_us, seen.record_number)
            return
        before = fact.change is Change.BASELINE
        known = self._media.get(fact.path)
        if (before and known is not None) or len(self._media) >= MOST_MEDIA_FILES:
            return
        path = shown(fact.path)
        finding = _finding(
            seen,
            "medium_present" if before else "program_on_medium",
            f"{'监测开始前已插入的' if before else ''}移动存储设备上有可运行的程序：{path}",
            f"There is a program on removable media{' present since before watching began' if before else ''}: {path}",
            severity=Severity.NOTICE if before else Severity.WARNING,
            weight=Weight.MEDIUM_PRESENT if before else Weight.PROGRAM_ON_MEDIUM,
            alone=self._in_exam and not before,
            family=Family.DEVICE,
            ended=False,
        )
        self._media[fact.path] = finding
        yield finding


def _is_its_own(fact: WatchedFileChanged) -> bool:
    pins = fact.change is Change.ADDED and fact.path.endswith(_PINNED)
    return pins or fact.path.endswith(_OWN_PROGRAM)


def _ran(seen: BatchSeen, fact: ProcessStarted, *, alone: bool) -> Finding:
    path = shown(fact.process.executable)
    return _finding(
        seen,
        "program_of_medium_runs",
        f"移动存储设备上的程序被运行：{path}",
        f"A program on removable media was started: {path}",
        severity=Severity.WARNING,
        weight=Weight.PROGRAM_OF_MEDIUM_RUNS,
        family=Family.DEVICE,
        alone=alone,
    )


def _finding(
    seen: BatchSeen,
    kind: str,
    zh: str,
    en: str,
    *,
    severity: Severity,
    weight: Weight,
    alone: bool = False,
    family: Family = Family.TAMPER,
    ended: bool = True,
) -> Finding:
    return Finding(
        detector=NAME,
        kind=kind,
        family=family,
        alert=AlertKind.INTEGRITY,
        severity=severity,
        weight=weight,
        alone=alone,
        subject="",
        reason_zh=zh,
        reason_en=en,
        at_us=seen.at_us,
        record_number=seen.record_number,
        ended=ended,
    )
