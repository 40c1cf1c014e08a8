"""Mouse and keyboard events that a program made, not a hand.

One incident is one finding, whatever the ways it is seen by: the device shows that something is injected, the request
shows by which program.
"""

from collections.abc import Iterator

from jiankao_collector.detectors.base import AlertKind, BatchSeen, Family, Finding, Seen, TimeSeen
from jiankao_collector.knowledge.injection import (
    STRONG,
    WINDOW_US,
    EventCount,
    InjectionWindow,
    events,
)
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import shown
from jiankao_proto.observations import InjectedInput, InjectionMethod
from jiankao_proto.records import Severity

NAME = "injected_input"
QUIET_US = 30_000_000
"""Injection that has not been seen for so long is over."""
MANY_SENT = 30
"""Sent events of one program within ten seconds that are worth a notice."""
MANY_WITHOUT_DEVICE = 30
"""Events without a device within ten seconds that are worth a notice. Never alone: some touchpads name no device."""
_PROGRAMS_KEPT = 64
_NAMED = 3

_HOW = {
    InjectionMethod.XTEST_DEVICE: ("X11 的 XTEST 虚拟设备", "the XTEST virtual device of X11"),
    InjectionMethod.HOOK_FLAG: ("Windows 的注入标记", "the injection flag of Windows"),
    InjectionMethod.LOWER_INTEGRITY: (
        "低权限程序的注入",
        "injection by a program of lower integrity",
    ),
    InjectionMethod.INJECTION_REQUEST: ("程序的注入请求", "a program's injection request"),
}


class InjectedInputSeen:
    """Counts the injected events of one workstation."""

    def __init__(self) -> None:
        self._window = InjectionWindow()
        self._programs: dict[str, int] = {}
        self._sent: dict[str, EventCount] = {}
        self._deviceless = EventCount()
        self._open: dict[str, Finding] = {}

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the injected input of a batch; time says when it is over."""
        if isinstance(seen, TimeSeen):
            for subject, finding in sorted(self._open.items()):
                if seen.at_us >= finding.at_us + QUIET_US:
                    del self._open[subject]
                    yield finding.over(seen.at_us, seen.record_number)
        elif isinstance(seen, BatchSeen):
            for observation in seen.batch.observations:
                if isinstance(observation.fact, InjectedInput):
                    yield from self._injected(seen, observation.monotonic_us, observation.fact)

    def wakes_at(self) -> int | None:
        """Return when the injection seen last is over unless more comes."""
        return min((f.at_us + QUIET_US for f in self._open.values()), default=None)

    def _injected(
        self, seen: BatchSeen, monotonic_us: int, fact: InjectedInput
    ) -> Iterator[Finding]:
        count = self._window.add(monotonic_us, fact)
        if fact.method in STRONG:
            programs = self._named(monotonic_us, fact)
            if count:
                yield self._keep(_injection(seen, fact, count, programs))
        elif fact.method is InjectionMethod.POINTER_WARP:
            yield self._keep(_warp(seen, fact))
        elif fact.method is InjectionMethod.WITHOUT_DEVICE:
            if (count := self._deviceless.add(monotonic_us, events(fact))) >= MANY_WITHOUT_DEVICE:
                yield self._keep(_without_device(seen, count))
        elif fact.method is InjectionMethod.SENT_EVENT:
            by = shown(fact.process.name)
            if by not in self._sent and len(self._sent) >= _PROGRAMS_KEPT:
                del self._sent[next(iter(self._sent))]
            sent = self._sent.setdefault(by, EventCount()).add(monotonic_us, events(fact))
            if sent >= MANY_SENT:
                yield self._keep(_sent(seen, by, sent))

    def _named(self, monotonic_us: int, fact: InjectedInput) -> list[str]:
        """Return the programs known to have injected within the last ten seconds."""
        if by := shown(fact.process.name):
            self._programs.pop(by, None)
            self._programs[by] = monotonic_us
        for name, at in list(self._programs.items()):
            if not 0 <= monotonic_us - at <= WINDOW_US or len(self._programs) > _PROGRAMS_KEPT:
                del self._programs[name]
        return sorted(self._programs)

    def _keep(self, finding: Finding) -> Finding:
        self._open[f"{finding.kind} {finding.subject}"] = finding
        return finding


def _injection(seen: BatchSeen, fact: InjectedInput, count: int, programs: list[str]) -> Finding:
    how_zh, how_en = _HOW[fact.method]
    more = len(programs) - _NAMED
    by_zh = "、".join(programs[:_NAMED]) + (f" 等 {len(programs)} 个" if more > 0 else "")
    by_en = ", ".join(programs[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    kinds = (
        (fact.motion_events, "移动", "moves"),
        (fact.button_events, "点击", "button events"),
        (fact.key_events, "按键", "key events"),
        (fact.scroll_events, "滚动", "scrolls"),
    )
    what_zh = "、".join(f"{zh} {n}" for n, zh, _ in kinds if n)
    what_en = ", ".join(f"{en} {n}" for n, _, en in kinds if n)
    by_zh = f"，由程序 {by_zh} 注入" if programs else ""
    by_en = f", by program {by_en}" if programs else ""
    return Finding(
        detector=NAME,
        kind="injected_input",
        family=Family.INPUT,
        alert=AlertKind.INJECTED_INPUT,
        severity=Severity.CRITICAL,
        weight=Weight.INJECTED_INPUT,
        alone=True,
        subject="",
        reason_zh=f"键盘鼠标输入由程序注入，不是考生的手：10 秒内 {count} 次"
        + (f"（最近：{what_zh}）" if what_zh else "")
        + f"，方式：{how_zh}{by_zh}；屏幕键盘、读屏软件也会这样",
        reason_en=f"Mouse or keyboard input is injected by a program, not made by hand: {count} events in 10 s"
        + (f" (latest: {what_en})" if what_en else "")
        + f", through {how_en}{by_en}; on-screen keyboards and screen readers do this too",
        at_us=seen.at_us,
        record_number=seen.record_number,
    )


def _warp(seen: BatchSeen, fact: InjectedInput) -> Finding:
    by = shown(fact.process.name)
    return Finding(
        detector=NAME,
        kind="pointer_warp",
        family=Family.INPUT,
        alert=AlertKind.INJECTED_INPUT,
        severity=Severity.NOTICE,
        weight=Weight.POINTER_WARP,
        alone=False,
        subject=by,
        reason_zh="鼠标指针被程序直接移动" + (f"（{by}）" if by else "") + "；不少正常软件也会这样",
        reason_en="The pointer was moved by a program"
        + (f" ({by})" if by else "")
        + "; many honest programs do this",
        at_us=seen.at_us,
        record_number=seen.record_number,
    )


def _without_device(seen: BatchSeen, count: int) -> Finding:
    return Finding(
        detector=NAME,
        kind="input_without_device",
        family=Family.INPUT,
        alert=AlertKind.INJECTED_INPUT,
        severity=Severity.NOTICE,
        weight=Weight.INPUT_WITHOUT_DEVICE,
        alone=False,
        subject="",
        reason_zh=f"10 秒内有 {count} 次输入不是本机任何键盘鼠标发出的；精确式触摸板也可能这样",
        reason_en=f"{count} input events within 10 s were sent by no keyboard or mouse of this workstation; "
        "precision touchpads can look like this too",
        at_us=seen.at_us,
        record_number=seen.record_number,
    )


def _sent(seen: BatchSeen, by: str, count: int) -> Finding:
    return Finding(
        detector=NAME,
        kind="sent_events",
        family=Family.INPUT,
        alert=AlertKind.INJECTED_INPUT,
        severity=Severity.NOTICE,
        weight=Weight.SENT_EVENTS,
        alone=False,
        subject=by,
        reason_zh=f"程序{f' {by} ' if by else ''}向窗口发送了许多事件：10 秒内 {count} 次；"
        "输入法和不少正常软件也会这样",
        reason_en=f"{f'Program {by}' if by else 'A program'} sent many events to windows: {count} in 10 s; "
        "input methods and many honest programs do this",
        at_us=seen.at_us,
        record_number=seen.record_number,
    )
