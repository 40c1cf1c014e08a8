"""A screen that appeared, or began to show the same as another, while the exam session ran.

A screen that goes and comes back as it was (a loose plug, one that slept) is a notice.
"""

from collections.abc import Iterator
from dataclasses import replace

from jiankao_collector.detectors.base import AlertKind, BatchSeen, Family, Finding, ScopeSeen, Seen
from jiankao_collector.knowledge import ip_kvm
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import shown
from jiankao_proto.observations import Change, DisplayChanged
from jiankao_proto.records import Severity

NAME = "new_display"
OUTPUTS_KEPT = 256
"""Outputs that are followed; no workstation has so many."""

_LOOK_ZH = "请到座位查看主机后面的视频线"
_LOOK_EN = "go and look at the video cables behind the computer"


class NewDisplay:
    """Follows the screens of one workstation."""

    def __init__(self) -> None:
        self._in_exam = False
        self._before: dict[str, DisplayChanged] = {}
        """The screens that were there before the exam session opened, by output."""
        self._mirrored: set[str] = set()
        self._open: dict[str, dict[str, Finding]] = {}

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the screens of a batch."""
        if isinstance(seen, ScopeSeen):
            self._in_exam = seen.opened
        elif isinstance(seen, BatchSeen):
            for observation in seen.batch.observations:
                if isinstance(observation.fact, DisplayChanged):
                    yield from self._display(seen, observation.fact)

    def wakes_at(self) -> None:
        """Never: screens are told of."""
        return

    def _display(self, seen: BatchSeen, fact: DisplayChanged) -> Iterator[Finding]:
        told = self._open.get(fact.output, {})
        if fact.change is Change.REMOVED:
            self._mirrored.discard(fact.output)
            for finding in self._open.pop(fact.output, {}).values():
                yield finding.over(seen.at_us, seen.record_number)
            return
        before = self._before.get(fact.output)
        known = before is not None or fact.output in self._open
        if not known and len(self._before) + len(self._open) >= OUTPUTS_KEPT:
            return
        # A change of a screen that was never told of is of one that was there already.
        fresh = (
            self._in_exam
            and fact.change is not Change.BASELINE
            and (known or fact.change is Change.ADDED)
        )
        if not fact.mirrored and (mirror := told.pop("mirrored", None)):
            yield mirror.over(seen.at_us, seen.record_number)
        for finding in self._judge(seen, fact, told, fresh=fresh):
            self._open.setdefault(fact.output, {})[finding.kind] = finding
            yield finding
        if not fresh and not told:
            self._before[fact.output] = fact
        (self._mirrored.add if fact.mirrored else self._mirrored.discard)(fact.output)

    def _judge(
        self, seen: BatchSeen, fact: DisplayChanged, told: dict[str, Finding], *, fresh: bool
    ) -> Iterator[Finding]:
        screen, before = _screen(fact), self._before.get(fact.output)
        box = ip_kvm.of_display(fact)
        if box and "ip_kvm_display" not in told:
            yield _ip_kvm(seen, box, screen, fresh=fresh)
        elif fresh and (fact.change is Change.ADDED or _swapped(before, fact, told)):
            yield _added(seen, fact, screen, again=_same(before, fact))
        if fresh and fact.mirrored and fact.output not in self._mirrored:
            yield _finding(
                seen,
                "mirrored",
                screen,
                f"考试中显示器 {screen} 开始与另一台显示同样的画面，画面可能被引到别处；{_LOOK_ZH}。"
                f"接投影仪也会这样",
                f"During the exam session display {screen} began to show the same picture as another one, which may "
                f"lead it elsewhere; {_LOOK_EN}. Connecting a projector does this too",
            )


def _added(seen: BatchSeen, fact: DisplayChanged, screen: str, *, again: bool) -> Finding:
    if again:
        finding = _finding(
            seen,
            "display_back",
            screen,
            f"显示器 {screen} 断开后又接上；多半是线松了或显示器休眠",
            f"Display {screen} went and came back; most likely a loose plug or a screen that slept",
        )
        return replace(finding, severity=Severity.NOTICE, weight=Weight.DISPLAY_BACK, alone=False)
    if fact.virtual:
        return _finding(
            seen,
            "new_display",
            screen,
            f"考试中有软件造出一台虚拟显示器 {screen}，远程控制软件常这样传出画面；请到座位查看",
            f"During the exam session software made a virtual display {screen}, as remote-control programs do to "
            f"send a picture away; go and look",
        )
    return _finding(
        seen,
        "new_display",
        screen,
        f"考试中新接入显示器 {screen}；{_LOOK_ZH}。更换显示器或视频线也会这样",
        f"Display {screen} was connected during the exam session; {_LOOK_EN}. "
        f"Replacing a screen or its cable does this too",
    )


def _ip_kvm(seen: BatchSeen, box: str, screen: str, *, fresh: bool) -> Finding:
    zh = f"显示器 {screen} 其实是远程控制盒（{box}），别处的人可以看到屏幕"
    en = f"Display {screen} is a remote-control box ({box}): somebody elsewhere can see the screen"
    if fresh:
        finding = _finding(
            seen,
            "ip_kvm_display",
            screen,
            f"{zh}；考试开始后接入，{_LOOK_ZH}",
            f"{en}; connected during the exam session: {_LOOK_EN}",
        )
        return replace(finding, severity=Severity.CRITICAL, weight=Weight.IP_KVM_DISPLAY_FRESH)
    finding = _finding(
        seen,
        "ip_kvm_display",
        screen,
        f"{zh}；监测开始前已接入，也可能是机房的维护设备，请拔下后再考试",
        f"{en}; since before watching began, perhaps for the room's upkeep: unplug it for the exam",
    )
    return replace(finding, weight=Weight.IP_KVM_DISPLAY_BEFORE, alone=False)


def _finding(seen: BatchSeen, kind: str, screen: str, zh: str, en: str) -> Finding:
    return Finding(
        detector=NAME,
        kind=kind,
        family=Family.DEVICE,
        alert=AlertKind.DEVICE,
        severity=Severity.WARNING,
        weight=Weight.MIRRORED if kind == "mirrored" else Weight.NEW_DISPLAY,
        alone=True,
        subject=screen,
        reason_zh=zh,
        reason_en=en,
        at_us=seen.at_us,
        record_number=seen.record_number,
    )


def _screen(fact: DisplayChanged) -> str:
    model = " ".join(filter(None, (shown(fact.edid_vendor), shown(fact.edid_name))))
    return f"{shown(fact.output)} ({model})" if model else shown(fact.output)


def _same(before: DisplayChanged | None, now: DisplayChanged) -> bool:
    """Tell whether this very screen was there before; one that names no maker can be told by its plug only."""
    return before is not None and (before.edid_vendor, before.edid_name) == (
        now.edid_vendor,
        now.edid_name,
    )


def _swapped(before: DisplayChanged | None, now: DisplayChanged, told: dict[str, Finding]) -> bool:
    """Tell whether another screen took the plug of one that was there before, and nobody was told."""
    return before is not None and not told and bool(now.edid_vendor) and not _same(before, now)
