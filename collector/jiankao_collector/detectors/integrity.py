"""The agent itself: a debugger on it, its files changed, a virtual machine around it.

The header of a batch names the digest of the files the agent started from; what lies on the disk now is told apart. A
virtual machine is a fact about the room, not about a candidate: rooms with virtual desktops are in honest use.
"""

from collections.abc import Iterator

from jiankao_collector.detectors.base import AlertKind, BatchSeen, Family, Finding, Seen
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import program, shown
from jiankao_proto.batch import BatchHeader
from jiankao_proto.observations import EnvironmentSeen, ProcessRef
from jiankao_proto.records import Severity

NAME = "integrity"
_MOST = 120


class Integrity:
    """Follows the agent of one workstation, through its restarts."""

    def __init__(self) -> None:
        self._open: dict[str, Finding] = {}
        self._version = ""
        self._digest = b""
        self._machine: Finding | None = None

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the header and at what the agent says of itself."""
        if not isinstance(seen, BatchSeen):
            return
        yield from self._header(seen, seen.batch.header)
        for observation in seen.batch.observations:
            if isinstance(observation.fact, EnvironmentSeen):
                yield from self._environment(seen, observation.fact)

    def wakes_at(self) -> None:
        """Never: changes are told of."""
        return

    def _header(self, seen: BatchSeen, header: BatchHeader) -> Iterator[Finding]:
        if not header.binaries_digest:
            return  # the agent has just started and is still measuring
        before = (self._version, self._digest)
        self._version, self._digest = header.agent_version, header.binaries_digest
        if before[1] and before[0] == header.agent_version and before[1] != self._digest:
            yield _finding(
                seen,
                "binaries_differ",
                Severity.CRITICAL,
                Weight.BINARIES_DIFFER,
                "采集程序重启后文件与之前不同，版本号却未变：程序可能被改动；请核对安装包",
                "The agent came back with other files under the same version number: it may have been tampered with; "
                "compare it with the installation package",
                alone=True,
            )

    def _environment(self, seen: BatchSeen, fact: EnvironmentSeen) -> Iterator[Finding]:
        yield from self._follow(seen, "debugger_attached", self._debugger(seen, fact))
        yield from self._follow(seen, "binaries_changed", self._changed(seen, fact))
        yield from self._virtual(seen, fact)

    def _follow(self, seen: BatchSeen, kind: str, found: Finding | None) -> Iterator[Finding]:
        known = self._open.get(kind)
        if found is not None:
            if known is None or known.reason_en != found.reason_en:
                self._open[kind] = found
                yield found
        elif known is not None:
            del self._open[kind]
            yield known.over(seen.at_us, seen.record_number)

    def _virtual(self, seen: BatchSeen, fact: EnvironmentSeen) -> Iterator[Finding]:
        found = _virtual(seen, fact)
        if found and (self._machine is None or self._machine.reason_en != found.reason_en):
            self._machine = found
            yield found

    def _debugger(self, seen: BatchSeen, fact: EnvironmentSeen) -> Finding | None:
        if fact.debugger == ProcessRef():
            return None
        name = program(fact.debugger)
        zh, en = (
            (f"{name}，进程 {fact.debugger.pid}", f"{name}, process {fact.debugger.pid}")
            if fact.debugger.pid
            else ("系统未说明是哪个程序", "the system does not say which")
        )
        return _finding(
            seen,
            "debugger_attached",
            Severity.CRITICAL,
            Weight.DEBUGGER_ATTACHED,
            f"有程序（{zh}）附加到了采集程序上，可以改变它看到和上报的内容",
            f"A program ({en}) has taken hold of the agent as a debugger does, and can "
            "change what it sees and reports",
            alone=True,
        )

    def _changed(self, seen: BatchSeen, fact: EnvironmentSeen) -> Finding | None:
        started_from = seen.batch.header.binaries_digest
        if not fact.binaries_digest or not started_from or fact.binaries_digest == started_from:
            return None
        return _finding(
            seen,
            "binaries_changed",
            Severity.CRITICAL,
            Weight.BINARIES_CHANGED,
            "采集程序运行期间，其程序文件被改动；若刚做过升级，请重新启动采集程序",
            "The agent's own files were changed while it runs; if it was just updated, restart the agent",
            alone=True,
        )


def _virtual(seen: BatchSeen, fact: EnvironmentSeen) -> Finding | None:
    """Return the note that the workstation is made of software.

    It is over at once: a room of virtual desktops must not stand there as a room of warnings.
    """
    said = [shown(text, _MOST) for text in (fact.virtual_machine, fact.container) if text]
    if not said:
        return None
    name = ", ".join(said)
    return _finding(
        seen,
        "virtual_machine",
        Severity.NOTICE,
        Weight.VIRTUAL_MACHINE,
        f"考试机运行在虚拟机或容器中（{name}）；使用云桌面的机房属正常情况",
        f"The workstation runs in a virtual machine or container ({name}); normal in a room with virtual desktops",
        alone=False,
        ended=True,
    )


def _finding(  # noqa: PLR0917 - what, how bad, how much, then the sentence twice: read in that order everywhere
    seen: BatchSeen,
    kind: str,
    severity: Severity,
    weight: Weight,
    zh: str,
    en: str,
    *,
    alone: bool,
    ended: bool = False,
) -> Finding:
    return Finding(
        detector=NAME,
        kind=kind,
        family=Family.TAMPER,
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
