"""A program that goes on reading the whole screen: somebody may be looking on without touching anything.

Behaviour, not names: a reader with a connection of its own hands the picture to somebody. The catalogue only says more:
a remote-control program needs no connection to be seen, and the room's classroom-control program is told as such.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jiankao_collector.detectors.base import (
    AlertKind,
    BatchSeen,
    Family,
    Finding,
    ScopeSeen,
    Seen,
    TimeSeen,
)
from jiankao_collector.knowledge import policy
from jiankao_collector.knowledge.catalogue import Catalogue
from jiankao_collector.knowledge.tool import Tool, ToolKind
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import endpoint, program
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Endpoint,
    Process,
    ProcessRef,
    WindowFinding,
    WindowFindingKind,
)
from jiankao_proto.records import Severity

NAME = "screen_read"
QUIET_US = 75_000_000
"""The agent tells of it every 30 seconds; after so long without a word it is over."""
_CONNECTIONS_KEPT = 4096
_READERS_KEPT = 64
_CRITICAL_KINDS = {ToolKind.REMOTE_CONTROL, ToolKind.SCREEN_SHARE}

_Ends = tuple[Endpoint, Endpoint]


@dataclass(slots=True)
class _Reader:
    """A program that reads the screen, when it was last told of, and what was found."""

    process: ProcessRef
    told_us: int
    found: dict[str, Finding]


class ScreenRead:
    """Follows who reads the screen of one workstation, and whom those programs talk to."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._readers: dict[int, _Reader] = {}
        self._connections: dict[_Ends, ConnectionOpened] = {}
        self._policy: policy.Policy | None = None

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at reads of the screen and at connections; time says when a read is over."""
        if isinstance(seen, ScopeSeen):
            self._policy = policy.in_force(seen.policy_toml) if seen.opened else None
        elif isinstance(seen, TimeSeen):
            for pid, reader in sorted(self._readers.items()):
                if seen.at_us >= reader.told_us + QUIET_US:
                    yield from self._over(pid, seen)
        elif isinstance(seen, BatchSeen):
            for observation in seen.batch.observations:
                fact = observation.fact
                if isinstance(fact, ConnectionOpened):
                    yield from self._connected(seen, fact)
                elif isinstance(fact, ConnectionClosed):
                    self._connections.pop((fact.local, fact.remote), None)
                elif isinstance(fact, WindowFinding) and fact.kind is WindowFindingKind.SCREEN_READ:
                    yield from self._read(seen, fact.process)

    def wakes_at(self) -> int | None:
        """Return when the reader told of longest ago is over."""
        return min((r.told_us + QUIET_US for r in self._readers.values()), default=None)

    def _read(self, seen: BatchSeen, process: ProcessRef) -> Iterator[Finding]:
        reader = self._readers.get(process.pid)
        if reader is not None and reader.process.name != process.name:
            yield from self._over(process.pid, seen)  # the number is another program's now
            reader = None
        if reader is None:
            if len(self._readers) >= _READERS_KEPT:
                yield from self._over(next(iter(self._readers)), seen)
            reader = self._readers[process.pid] = _Reader(process, seen.at_us, {})
        reader.told_us = seen.at_us
        tool = self._tool(process)
        yield self._keep(reader, _reads(seen, process, tool))
        if tool is not None and tool.kind in _CRITICAL_KINDS:
            yield self._keep(reader, _by_tool(seen, process, tool))
        far = next((c for c in self._connections.values() if c.process.pid == process.pid), None)
        if process.pid and far is not None:
            yield self._keep(reader, _shared(seen, far, tool))

    def _connected(self, seen: BatchSeen, fact: ConnectionOpened) -> Iterator[Finding]:
        # A reader on loopback may be a tunnel's last step; a program that goes out to its own machine is no way out.
        own = policy.is_loopback(fact.remote.address)
        if own and fact.direction is not Direction.INBOUND:
            return
        if not fact.process.pid or (self._policy is not None and self._policy.allows(fact)):
            return
        if len(self._connections) < _CONNECTIONS_KEPT:
            self._connections[fact.local, fact.remote] = fact
        reader = self._readers.get(fact.process.pid)
        if reader is not None:
            yield self._keep(reader, _shared(seen, fact, self._tool(reader.process)))

    def _tool(self, process: ProcessRef) -> Tool | None:
        match = self._catalogue.find(
            Process(process.pid, 0, process.name, executable=process.executable)
        )
        return match.tool if match else None

    def _keep(self, reader: _Reader, finding: Finding) -> Finding:
        reader.found[finding.kind] = finding
        return finding

    def _over(self, pid: int, seen: Seen) -> Iterator[Finding]:
        reader = self._readers.pop(pid)
        for kind in sorted(reader.found):
            finding = reader.found[kind]
            others = (r.found.get(kind) for r in self._readers.values())
            if not any(f is not None and f.subject == finding.subject for f in others):
                yield finding.over(seen.at_us, seen.record_number)


def _finding(
    seen: BatchSeen,
    kind: str,
    process: ProcessRef,
    reasons: tuple[str, str],
    grade: tuple[Severity, Weight],
) -> Finding:
    severity, weight = grade
    return Finding(
        detector=NAME,
        kind=kind,
        family=Family.SESSION,
        alert=AlertKind.REMOTE_CONTROL,
        severity=severity,
        weight=weight,
        alone=severity is Severity.CRITICAL,
        subject=program(process),
        reason_zh=reasons[0],
        reason_en=reasons[1],
        at_us=seen.at_us,
        record_number=seen.record_number,
    )


def _reads(seen: BatchSeen, process: ProcessRef, tool: Tool | None) -> Finding:
    who = program(process)
    if tool is not None and tool.kind is ToolKind.CLASSROOM_CONTROL:
        reasons = (
            f"课堂控制软件 {who} 在持续读取整个屏幕；可能是机房自己的教学软件，请核实",
            f"Classroom-control software {who} keeps reading the whole screen; it may be the room's own: check",
        )
        return _finding(
            seen, "screen_read", process, reasons, (Severity.NOTICE, Weight.SCREEN_READ_CLASSROOM)
        )
    reasons = (
        f"程序 {who} 在持续读取整个屏幕，可能有人在别处观看；屏幕放大镜、录屏软件也会这样",
        (
            f"Program {who} keeps reading the whole screen: somebody may be watching from elsewhere; "
            "screen magnifiers and recorders do this too"
        ),
    )
    return _finding(seen, "screen_read", process, reasons, (Severity.WARNING, Weight.SCREEN_READ))


def _by_tool(seen: BatchSeen, process: ProcessRef, tool: Tool) -> Finding:
    reasons = (
        f"{tool.name_zh}（{program(process)}）正在持续读取整个屏幕：屏幕很可能正被别处观看",
        f"{tool.name_en} ({program(process)}) keeps reading the whole screen: it is probably watched from elsewhere",
    )
    return _finding(
        seen,
        "screen_read_by_tool",
        process,
        reasons,
        (Severity.CRITICAL, Weight.SCREEN_READ_BY_TOOL),
    )


def _shared(seen: BatchSeen, fact: ConnectionOpened, tool: Tool | None) -> Finding:
    who, far = program(fact.process), endpoint(fact.remote)
    here_zh, here_en = (
        ("（本机自身，可能是隧道的末端）", " (this computer itself: perhaps the end of a tunnel)")
        if policy.is_loopback(fact.remote.address)
        else ("", "")
    )
    inbound = fact.direction is Direction.INBOUND
    zh = f"{far}{here_zh} 已连入它的端口 {fact.local.port}" if inbound else f"它已连到 {far}"
    en = (
        f"{far}{here_en} is connected to its port {fact.local.port}"
        if inbound
        else f"it is connected to {far}"
    )
    if tool is not None and tool.kind is ToolKind.CLASSROOM_CONTROL:
        reasons = (
            f"课堂控制软件 {who} 在持续读取整个屏幕，{zh}；可能是机房自己的教学软件，请核实",
            f"Classroom-control software {who} keeps reading the screen, and {en}; it may be the room's own: check",
        )
        grade = (Severity.WARNING, Weight.SCREEN_SHARED_CLASSROOM)
        return _finding(seen, "screen_shared", fact.process, reasons, grade)
    reasons = (
        f"疑似屏幕被远程观看：程序 {who} 在持续读取整个屏幕，{zh}",
        f"The screen is probably watched from elsewhere: program {who} keeps reading all of it, and {en}",
    )
    return _finding(
        seen, "screen_shared", fact.process, reasons, (Severity.CRITICAL, Weight.SCREEN_SHARED)
    )
