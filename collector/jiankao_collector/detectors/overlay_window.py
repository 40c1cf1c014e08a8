"""A window that lies over the exam's and is none of its own: somebody's answers, or a remote-control program's sign.

The agent leaves out what is small or soon gone. What is left has honest owners too (magnifiers, lock screens, the shell
of a desktop), so that it only adds to the score, unless the owner is a remote-control program that is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jiankao_collector.detectors.base import AlertKind, BatchSeen, Family, Finding, Seen, TimeSeen
from jiankao_collector.knowledge.catalogue import Catalogue
from jiankao_collector.knowledge.tool import Tool, ToolKind
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import program
from jiankao_proto.observations import Process, ProcessRef, WindowFinding, WindowFindingKind
from jiankao_proto.records import Severity

NAME = "overlay_window"
QUIET_US = 75_000_000
"""The agent tells of it every 30 seconds; after so long without a word it is over."""
_OWNERS_KEPT = 64
_DRIVING_KINDS = {ToolKind.REMOTE_CONTROL, ToolKind.SCREEN_SHARE}


@dataclass(slots=True)
class _Lying:
    """What was found of a program, and when it was last told of."""

    finding: Finding
    told_us: int


class OverlayWindow:
    """Follows which programs have a window over the exam's at one workstation."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lying: dict[str, _Lying] = {}

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the overlays of a batch; time says when one is over."""
        if isinstance(seen, TimeSeen):
            for what, lying in sorted(self._lying.items()):
                if seen.at_us >= lying.told_us + QUIET_US:
                    del self._lying[what]
                    yield lying.finding.over(seen.at_us, seen.record_number)
        elif isinstance(seen, BatchSeen):
            for observation in seen.batch.observations:
                fact = observation.fact
                if isinstance(fact, WindowFinding) and fact.kind is WindowFindingKind.OVERLAY:
                    yield from self._overlay(seen, fact)

    def wakes_at(self) -> int | None:
        """Return when the overlay that has been silent for longest is over unless it is told of again."""
        return min((lying.told_us + QUIET_US for lying in self._lying.values()), default=None)

    def _overlay(self, seen: BatchSeen, fact: WindowFinding) -> Iterator[Finding]:
        finding = _finding(seen, fact, self._tool(fact.process))
        what = f"{finding.kind} {finding.subject}"
        if what not in self._lying and len(self._lying) >= _OWNERS_KEPT:
            oldest = self._lying.pop(next(iter(self._lying)))
            yield oldest.finding.over(seen.at_us, seen.record_number)
        self._lying[what] = _Lying(finding, seen.at_us)
        yield finding

    def _tool(self, process: ProcessRef) -> Tool | None:
        match = self._catalogue.find(
            Process(process.pid, 0, process.name, executable=process.executable)
        )
        return match.tool if match else None


def _finding(seen: BatchSeen, fact: WindowFinding, tool: Tool | None) -> Finding:
    who = program(fact.process)
    large = f"{fact.width_px}×{fact.height_px}"
    size_zh, size_en = (f"（{large} 像素）", f" ({large} pixels)") if fact.width_px else ("", "")
    severity, weight, kind = Severity.WARNING, Weight.OVERLAY, "overlay"
    zh = (
        f"程序 {who} 有一个窗口{size_zh}一直浮在考试窗口之上，可能在显示答案：请到座位查看屏幕；"
        "放大镜、锁屏、桌面组件也会这样"
    )
    en = (
        f"Program {who} keeps a window{size_en} over the exam's; it may show answers: go and look at the screen. "
        "Magnifiers, lock screens and parts of the desktop do this too"
    )
    if tool is not None and tool.kind in _DRIVING_KINDS:
        severity, weight = Severity.CRITICAL, Weight.OVERLAY_BY_TOOL
        kind = "overlay_by_tool"
        zh = f"{tool.name_zh}（{who}）的窗口{size_zh}一直浮在考试窗口之上：很可能正在远程控制"
        en = (
            f"{tool.name_en} ({who}) keeps a window{size_en} over the exam's: "
            "a remote session is probably going on"
        )
    elif tool is not None and tool.kind is ToolKind.CLASSROOM_CONTROL:
        severity, weight = Severity.NOTICE, Weight.OVERLAY_CLASSROOM
        zh = (
            f"课堂控制软件 {who} 的窗口{size_zh}一直浮在考试窗口之上；"
            "可能是机房自己的教学软件，请核实"
        )
        en = (
            f"Classroom-control software {who} keeps a window{size_en} over the exam's; "
            "it may be the room's own: check"
        )
    return Finding(
        detector=NAME,
        kind=kind,
        family=Family.SESSION,
        alert=AlertKind.REMOTE_CONTROL,
        severity=severity,
        weight=weight,
        alone=severity is Severity.CRITICAL,
        subject=who,
        reason_zh=zh,
        reason_en=en,
        at_us=seen.at_us,
        record_number=seen.record_number,
    )
