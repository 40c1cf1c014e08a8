"""Windows that hide from capture, that lost their protection, and another desktop in front of the candidate.

None of them is proof alone. Exam programs protect their own windows and some bring a desktop of their own; password
managers and screen recorders exclude theirs from capture; a permission prompt and the lock screen are another desktop.
Only a pane that lies over the exam *and* hides from capture has no honest use there but a recorder's frame, and a
recorder is reason enough to look.
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
from jiankao_collector.knowledge.wording import program, shown
from jiankao_proto.observations import ProcessEnded, WindowFinding, WindowFindingKind
from jiankao_proto.records import Severity

NAME = "odd_windows"
_MOST_PROGRAMS = 64
_USUAL, _SECURE, _SCREEN_SAVER = "default", {"", "winlogon"}, "screen-saver"
_BOTH = {WindowFindingKind.OVERLAY, WindowFindingKind.CAPTURE_EXCLUDED}


class OddWindows:
    """Follows what the windows of one workstation do."""

    def __init__(self) -> None:
        self._in_exam = False
        self._kinds: dict[int, set[WindowFindingKind]] = {}
        self._panes: dict[int, Finding] = {}
        self._desktop: Finding | None = None

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the windows of a batch; a program's end takes its windows with it."""
        if isinstance(seen, ScopeSeen):
            self._in_exam = seen.opened
        if not isinstance(seen, BatchSeen):
            return
        for observation in seen.batch.observations:
            fact = observation.fact
            if isinstance(fact, ProcessEnded):
                yield from self._ended(seen, fact.pid)
            elif isinstance(fact, WindowFinding):
                yield from self._window(seen, fact)

    def wakes_at(self) -> None:
        """Never: changes are told of."""
        return

    def _window(self, seen: BatchSeen, fact: WindowFinding) -> Iterator[Finding]:
        if fact.kind is WindowFindingKind.DESKTOP_SWITCH:
            yield from self._switched(seen, fact.desktop)
        elif fact.kind is WindowFindingKind.AFFINITY_LOST:
            yield self._lost(seen, fact)
        elif fact.kind is WindowFindingKind.CAPTURE_EXCLUDED:
            yield _excluded(seen, fact)
        if fact.kind in _BOTH and fact.process.pid:
            yield from self._pane(seen, fact)

    def _pane(self, seen: BatchSeen, fact: WindowFinding) -> Iterator[Finding]:
        pid = fact.process.pid
        if pid not in self._kinds and len(self._kinds) >= _MOST_PROGRAMS:
            yield from self._ended(seen, next(iter(self._kinds)))
        kinds = self._kinds.setdefault(pid, set())
        kinds.add(fact.kind)
        if kinds >= _BOTH and pid not in self._panes:
            who = program(fact.process)
            self._panes[pid] = _finding(
                seen,
                "hidden_pane",
                f"程序 {who} 在考试画面上方显示透明窗口，且不让它被截屏：可能有人在传答案；录屏软件的边框也会这样",
                (
                    f"Program {who} shows a see-through window over the exam and hides it from capture: somebody may "
                    "be passing answers; the frame of a screen recorder does this too"
                ),
                severity=Severity.WARNING,
                weight=Weight.HIDDEN_PANE,
                alone=self._in_exam,
                family=Family.SOFTWARE,
                subject=who,
            )
            yield self._panes[pid]

    def _ended(self, seen: BatchSeen, pid: int) -> Iterator[Finding]:
        self._kinds.pop(pid, None)
        known = self._panes.pop(pid, None)
        if known is not None and all(f.subject != known.subject for f in self._panes.values()):
            yield known.over(seen.at_us, seen.record_number)

    def _lost(self, seen: BatchSeen, fact: WindowFinding) -> Finding:
        who = program(fact.process)
        return _finding(
            seen,
            "capture_protection_lost",
            f"程序 {who} 的窗口失去了截屏保护，内容可以被截取；若是考试软件，请查看座位；程序自己也可能取消保护",
            (
                f"A window of program {who} lost its protection against capture; if it is the exam program, look at "
                "the seat; programs may also lift it themselves"
            ),
            severity=Severity.WARNING if self._in_exam else Severity.NOTICE,
            weight=Weight.CAPTURE_PROTECTION_LOST
            if self._in_exam
            else Weight.CAPTURE_PROTECTION_LOST_OUTSIDE,
            family=Family.TAMPER,
            subject=who,
            ended=True,
        )

    def _switched(self, seen: BatchSeen, desktop: str) -> Iterator[Finding]:
        known, self._desktop = self._desktop, None
        if known is not None:
            yield known.over(seen.at_us, seen.record_number)
        name = desktop.casefold()
        if name == _USUAL:
            return
        if name in _SECURE or name == _SCREEN_SAVER:
            self._desktop = _finding(
                seen,
                "secure_desktop",
                "考生看到的是系统的安全桌面（锁屏、授权提示、Ctrl+Alt+Del）或屏幕保护，这期间看不到输入和窗口",
                (
                    "The candidate is shown the system's own desktop (lock screen, permission prompt, Ctrl+Alt+Del) "
                    "or a screen saver; input and windows are not seen meanwhile"
                ),
                severity=Severity.NOTICE,
                weight=Weight.SECURE_DESKTOP,
                family=Family.TAMPER,
            )
            yield self._desktop
            return
        where = shown(desktop)
        yield _finding(
            seen,
            "other_desktop",
            f"考生屏幕切换到了另一个桌面（{where}）；部分考试软件会使用自己的桌面",
            f"The candidate's screen shows another desktop ({where}); some exam programs bring one of their own",
            severity=Severity.WARNING if self._in_exam else Severity.NOTICE,
            weight=Weight.OTHER_DESKTOP if self._in_exam else Weight.OTHER_DESKTOP_OUTSIDE,
            family=Family.TAMPER,
            subject=where,
            ended=True,
        )


def _excluded(seen: BatchSeen, fact: WindowFinding) -> Finding:
    who = program(fact.process)
    return _finding(
        seen,
        "hidden_from_capture",
        f"程序 {who} 使其窗口不被截屏；考试软件、密码管理器、录屏软件也会这样",
        f"Program {who} hides a window from capture; exam programs, password managers and recorders do this too",
        severity=Severity.NOTICE,
        weight=Weight.HIDDEN_FROM_CAPTURE,
        family=Family.SOFTWARE,
        subject=who,
        ended=True,
    )


def _finding(
    seen: BatchSeen,
    kind: str,
    zh: str,
    en: str,
    *,
    severity: Severity,
    weight: Weight,
    family: Family,
    alone: bool = False,
    subject: str = "",
    ended: bool = False,
) -> Finding:
    return Finding(
        detector=NAME,
        kind=kind,
        family=family,
        alert=AlertKind.INTEGRITY,
        severity=severity,
        weight=weight,
        alone=alone,
        subject=subject,
        reason_zh=zh,
        reason_en=en,
        at_us=seen.at_us,
        record_number=seen.record_number,
        ended=ended,
    )
