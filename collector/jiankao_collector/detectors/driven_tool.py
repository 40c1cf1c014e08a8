"""A known tool that somebody is using, told by what it does where no process of its own says so.

Most tools keep a connection to their maker while nobody uses them, and many have no process that runs in sessions only.
What they all do in a session is act: a program injects input, and the tool is connected to elsewhere. The system does
not always name the injecting program (Windows does not), so that the sentence says "probably"; when it names another
program, the tool is not held to it. A renamed tool is known by the server it is connected to. A tool that opens a port
in sessions only is told by that port.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from jiankao_collector.detectors.base import (
    AlertKind,
    BatchSeen,
    Family,
    Finding,
    Seen,
    TimeSeen,
    Trace,
    TraceKind,
    far_end,
)
from jiankao_collector.detectors.open_findings import OpenFindings
from jiankao_collector.knowledge.catalogue import Catalogue
from jiankao_collector.knowledge.injection import InjectionWindow
from jiankao_collector.knowledge.kinds import WORDS
from jiankao_collector.knowledge.policy import is_loopback
from jiankao_collector.knowledge.tool import Match, SessionSign, ToolKind
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import endpoint, spaced
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Endpoint,
    Fact,
    InjectedInput,
    ListenerClosed,
    ListenerOpened,
    Process,
    ProcessEnded,
    ProcessRef,
    ProcessStarted,
    Transport,
)
from jiankao_proto.records import Severity

NAME = "driven_tool"
QUIET_US = 60_000_000
"""So long after the last injected input nobody is said to use the tool any more."""
FOLLOWED = 512
"""Processes, and connections, that are followed at once; a seat that makes up more is told of already."""
TRACES_KEPT = 8

_Ends = tuple[Endpoint, Endpoint]


@dataclass(slots=True)
class _Tool:
    """One tool's connections to elsewhere with their owners, and what was said of it."""

    match: Match
    connections: dict[_Ends, ConnectionOpened] = field(default_factory=dict)
    driven: Finding | None = None
    injected_us: int = 0


_WEIGHTS = {
    "tool_driven": (Weight.TOOL_DRIVEN_DRIVING, Weight.TOOL_DRIVEN_OTHER),
    "tool_streams": (Weight.TOOL_STREAMS_DRIVING, Weight.TOOL_STREAMS_OTHER),
}
"""Of a program for remote control, and of another one that can be used for it."""


class DrivenTool:
    """Follows what the tools of one workstation are connected to while input is injected."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._tools: dict[str, _Tool] = {}
        self._of_pid: dict[int, _Tool] = {}
        self._streams: OpenFindings[Endpoint] = OpenFindings(FOLLOWED)
        """What the ports that tools open in sessions only show."""
        self._window = InjectionWindow()

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at processes, sockets and injected input of a batch; let old words go."""
        if isinstance(seen, TimeSeen):
            yield from self._expire(seen)
        if not isinstance(seen, BatchSeen):
            return
        for observation in seen.batch.observations:
            fact = observation.fact
            if isinstance(fact, InjectedInput):
                if self._window.add(observation.monotonic_us, fact):
                    yield from self._injected(seen, fact.process.pid)
            elif isinstance(fact, ProcessStarted):
                self._started(fact.process)
            elif isinstance(fact, ProcessEnded):
                yield from self._ended(seen, fact.pid)
            else:
                yield from self._socket(seen, fact)

    def _socket(self, seen: BatchSeen, fact: Fact) -> Iterator[Finding]:
        if isinstance(fact, ConnectionOpened):
            self._connected(fact)
        elif isinstance(fact, ConnectionClosed):
            yield from self._closed(seen, fact)
        elif isinstance(fact, ListenerOpened):
            yield from self._listens(seen, fact)
        elif isinstance(fact, ListenerClosed) and fact.transport is Transport.UDP:
            yield from self._streams.release(fact.local, seen)

    def wakes_at(self) -> int | None:
        """Return when the first tool will have been without injected input for long."""
        return min(
            (t.injected_us + QUIET_US for t in self._tools.values() if t.driven is not None),
            default=None,
        )

    def _expire(self, seen: TimeSeen) -> Iterator[Finding]:
        for tool in self._tools.values():
            if tool.injected_us + QUIET_US <= seen.at_us:
                yield from _rests(tool, seen.at_us, seen.record_number)

    def _started(self, process: Process) -> None:
        self._of_pid.pop(process.pid, None)
        tool = self._tool(process)
        if tool is not None and len(self._of_pid) < FOLLOWED:
            self._of_pid[process.pid] = tool

    def _ended(self, seen: BatchSeen, pid: int) -> Iterator[Finding]:
        tool = self._of_pid.pop(pid, None)
        if tool is None:
            return
        tool.connections = {e: c for e, c in tool.connections.items() if c.process.pid != pid}
        if not tool.connections:
            yield from _rests(tool, seen.at_us, seen.record_number)

    def _tool(self, process: Process) -> _Tool | None:
        match = self._catalogue.find(process)
        if match is None or not all(
            tool.kind is ToolKind.REMOTE_CONTROL or tool.session is SessionSign.BEHAVIOUR
            for tool in match.tools
        ):
            return None
        return self._tools.setdefault(match.tool.id, _Tool(match))

    def _owner(self, owner: ProcessRef) -> _Tool | None:
        """Return the tool that owns a socket; it may be told of before its process is."""
        tool = self._of_pid.get(owner.pid)
        if tool is None and owner.name:
            tool = self._tool(Process(owner.pid, 0, owner.name, owner.executable))
        return tool

    def _server(self, host: str) -> _Tool | None:
        """Return the remote control whose server a host is: its program may be called anything now."""
        match = self._catalogue.find_host(host)
        if match is None or any(t.kind is not ToolKind.REMOTE_CONTROL for t in match.tools):
            return None
        return self._tools.setdefault(match.tool.id, _Tool(match))

    def _connected(self, fact: ConnectionOpened) -> None:
        if is_loopback(fact.remote.address):
            return
        tool = self._owner(fact.process) or self._server(fact.remote_name)
        if tool is not None and len(tool.connections) < FOLLOWED:
            tool.connections[fact.local, fact.remote] = fact

    def _closed(self, seen: BatchSeen, fact: ConnectionClosed) -> Iterator[Finding]:
        ends = (fact.local, fact.remote)
        for tool in self._tools.values():
            if tool.connections.pop(ends, None) is not None and not tool.connections:
                yield from _rests(tool, seen.at_us, seen.record_number)

    def _injected(self, seen: BatchSeen, pid: int) -> Iterator[Finding]:
        for tool in self._tools.values():
            if not tool.connections or (pid and self._of_pid.get(pid) is not tool):
                continue
            tool.injected_us = seen.at_us
            if tool.driven is None:
                tool.driven = _driven(seen, tool, named=bool(pid))
                yield tool.driven

    def _listens(self, seen: BatchSeen, fact: ListenerOpened) -> Iterator[Finding]:
        if fact.transport is not Transport.UDP:
            return
        tool = self._owner(fact.process)
        if tool is None or fact.local.port not in tool.match.tool.session_listeners:
            return
        finding = _streams(seen, tool.match, fact.local.port)
        told = self._streams.shows(finding)
        yield from self._streams.hold(fact.local, finding)
        if not told:
            yield finding


def _rests(tool: _Tool, at_us: int, record_number: int) -> Iterator[Finding]:
    if tool.driven is not None:
        yield tool.driven.over(at_us, record_number)
        tool.driven = None


def _driven(seen: BatchSeen, tool: _Tool, *, named: bool) -> Finding:
    match = tool.match
    far = endpoint(next(iter(tool.connections.values())).remote)
    words = WORDS[match.tool.kind]
    sure_zh, sure_en = ("", "") if named else ("很可能", "probably ")
    by_zh, by_en = ("由它注入", "it injects") if named else ("由程序注入", "a program injects")
    return _finding(
        seen,
        match,
        "tool_driven",
        f"{spaced(match.name_zh)}{sure_zh}正在被远程使用：它与 {far} 保持连接，"
        f"同时键盘鼠标输入{by_zh}{words.innocent_zh}",
        f"{match.name_en} is {sure_en}being used from elsewhere: it is connected to {far} while {by_en} mouse or "
        f"keyboard input{words.innocent_en}",
        traces=_traces(tool),
    )


def _traces(tool: _Tool) -> tuple[Trace, ...]:
    """Return who is at the other ends, or the relays in between: another seat's may be the same."""
    traces: dict[Trace, None] = {}
    for fact in tool.connections.values():
        for trace in far_end(fact.remote.address):
            inbound = fact.direction is Direction.INBOUND
            traces[trace if inbound else Trace(TraceKind.RELAY, trace.value)] = None
    return tuple(traces)[:TRACES_KEPT]


def _streams(seen: BatchSeen, match: Match, port: int) -> Finding:
    return _finding(
        seen,
        match,
        "tool_streams",
        f"{spaced(match.name_zh)}正在被远程使用：它打开了只在远程会话期间才有的 UDP 端口 {port}",
        f"{match.name_en} is being used from elsewhere: it has opened UDP port {port}, which it has only during a "
        "session",
    )


def _finding(
    seen: BatchSeen,
    match: Match,
    kind: str,
    zh: str,
    en: str,
    *,
    traces: tuple[Trace, ...] = (),
) -> Finding:
    serious = match.tool.kind is ToolKind.REMOTE_CONTROL
    return Finding(
        detector=NAME,
        kind=kind,
        family=Family.SOFTWARE,
        alert=AlertKind.REMOTE_CONTROL,
        severity=Severity.CRITICAL if serious else Severity.WARNING,
        weight=_WEIGHTS[kind][0 if serious else 1],
        alone=True,
        subject=match.tool.id,
        reason_zh=zh,
        reason_en=en,
        at_us=seen.at_us,
        record_number=seen.record_number,
        traces=traces,
    )
