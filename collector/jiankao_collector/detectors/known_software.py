"""Known remote-control software: started, running already, or with somebody connected.

A tool that starts while the seat is watched is an alert. One that ran before is a fact about the room, and only adds to
the score. A process or command line that exists only during a session, or a connection that the tool does not have
while idle, means that somebody is on the other side. Names lose: a renamed tool is the other detectors' work.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from jiankao_collector.detectors.base import (
    AlertKind,
    BatchSeen,
    Family,
    Finding,
    Seen,
    Trace,
    TraceKind,
    far_end,
)
from jiankao_collector.knowledge.catalogue import Catalogue
from jiankao_collector.knowledge.kinds import WORDS, alone, points
from jiankao_collector.knowledge.policy import is_loopback
from jiankao_collector.knowledge.tool import Match, MatchedBy, Tool, ToolKind
from jiankao_collector.knowledge.wording import endpoint, shown, spaced
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Endpoint,
    Process,
    ProcessEnded,
    ProcessRef,
    ProcessStarted,
)
from jiankao_proto.records import Severity

NAME = "known_software"

FOLLOWED = 1024
"""Processes, and connections, of one tool that are followed at once; a seat that makes up more is told of already."""
TRACES_KEPT = 8
"""Far ends and relays of one tool that are compared with other seats'."""
_CALLS_OUT = {ToolKind.REMOTE_CONTROL, ToolKind.VIRTUAL_INPUT}
"""Kinds whose connections mean that somebody is on the other side, unless they are idle ones."""


@dataclass(slots=True)
class _Running:
    """One tool's processes by pid, and its session signs: processes, and connections by their two ends."""

    match: Match
    pids: dict[int, int] = field(default_factory=dict)
    session_pids: set[int] = field(default_factory=set)
    connections: set[tuple[Endpoint, Endpoint]] = field(default_factory=set)
    found: dict[str, Finding] = field(default_factory=dict)

    @property
    def tool(self) -> Tool:
        """Return the tool it is judged as."""
        return self.match.tool


class KnownSoftware:
    """Follows the processes of one workstation that stand in the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._running: dict[str, _Running] = {}
        self._by_pid: dict[int, _Running] = {}

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the processes and connections of a batch."""
        if not isinstance(seen, BatchSeen):
            return
        for observation in seen.batch.observations:
            fact = observation.fact
            if isinstance(fact, ProcessStarted):
                yield from self._forget_former(seen, fact.process)
                match = self._catalogue.find(fact.process)
                if match is not None and not match.tool.with_system:
                    yield from self._started(seen, fact, match)
            elif isinstance(fact, ProcessEnded):
                yield from self._ended(seen, fact)
            elif isinstance(fact, ConnectionOpened):
                yield from self._connected(seen, fact)
            elif isinstance(fact, ConnectionClosed):
                yield from self._disconnected(seen, fact)

    def wakes_at(self) -> None:
        """Never: programs and connections are told of."""
        return

    def _started(self, seen: BatchSeen, fact: ProcessStarted, match: Match) -> Iterator[Finding]:
        process = fact.process
        running = self._running.setdefault(match.tool.id, _Running(match))
        if running.pids.get(process.pid) == process.started_at_us:
            return  # told again with a baseline
        former = self._by_pid.get(process.pid)
        if (
            former is not None and former is not running
        ):  # it became another program and kept its number
            yield from self._ended(
                seen, ProcessEnded(process.pid, former.pids[process.pid], process.name)
            )
        if len(running.pids) >= FOLLOWED:
            return
        running.pids[process.pid] = process.started_at_us
        self._by_pid[process.pid] = running
        if "tool_started" not in running.found or not fact.baseline:
            yield self._present(seen, running, match, process, baseline=fact.baseline)
        if match.in_session:
            running.session_pids.add(process.pid)
            zh, en = _who(process, match)
            yield self._session(
                seen,
                running,
                f"{spaced(match.name_zh)}正在被远程使用：只在远程会话期间运行的进程 {spaced(zh)}已出现",
                f"{match.name_en} is being used from elsewhere: {en}, which runs only during a remote session, "
                "has appeared",
            )

    def _present(
        self, seen: BatchSeen, running: _Running, match: Match, process: Process, *, baseline: bool
    ) -> Finding:
        tool = match.tool
        zh, en = _who(process, match)
        words = WORDS[tool.kind]
        by_zh = f"，由用户 {shown(process.user)} 启动" if process.user else ""
        by_en = f", started by user {shown(process.user)}" if process.user else ""
        before_zh, before_en = (
            ("在监测开始前已在运行", "was running before watching began")
            if baseline
            else ("正在运行", "is running")
        )
        serious = alone(match)
        finding = Finding(
            detector=NAME,
            kind="tool_present" if baseline else "tool_started",
            family=Family.SOFTWARE,
            alert=AlertKind.REMOTE_CONTROL,
            severity=_severity(match, baseline=baseline, serious=serious),
            points=points(match, baseline=baseline),
            alone=serious and not baseline,
            subject=tool.id,
            reason_zh=f"检测到{words.zh} {spaced(_named(match.name_zh, zh))}{before_zh}{by_zh}{words.innocent_zh}",
            reason_en=f"{words.en} {_named(match.name_en, en)} {before_en}{by_en}{words.innocent_en}",
            at_us=seen.at_us,
            record_number=seen.record_number,
        )
        running.found[finding.kind] = finding
        return finding

    def _session(
        self,
        seen: BatchSeen,
        running: _Running,
        zh: str,
        en: str,
        fact: ConnectionOpened | None = None,
    ) -> Finding:
        before = running.found.get("tool_session")
        traces = before.traces if before else ()
        finding = Finding(
            detector=NAME,
            kind="tool_session",
            family=Family.SOFTWARE,
            alert=AlertKind.REMOTE_CONTROL,
            severity=Severity.CRITICAL,
            points=60,
            alone=True,
            subject=running.tool.id,
            reason_zh=zh,
            reason_en=en,
            at_us=seen.at_us,
            record_number=seen.record_number,
            traces=_with_trace(traces, fact) if fact else traces,
        )
        running.found[finding.kind] = finding
        return finding

    def _forget_former(self, seen: BatchSeen, process: Process) -> Iterator[Finding]:
        """A process number used anew means that its former owner ended, told or not."""
        former = self._by_pid.get(process.pid)
        if former is not None and former.pids[process.pid] != process.started_at_us:
            yield from self._ended(
                seen, ProcessEnded(process.pid, former.pids[process.pid], process.name)
            )

    def _ended(self, seen: BatchSeen, fact: ProcessEnded) -> Iterator[Finding]:
        running = self._by_pid.get(fact.pid)
        if running is None or running.pids[fact.pid] != fact.started_at_us:
            return
        del self._by_pid[fact.pid], running.pids[fact.pid]
        running.session_pids.discard(fact.pid)
        if not running.pids:
            running.connections.clear()
        yield from _close_session(seen, running)
        if not running.pids:
            for kind in sorted(running.found):
                yield running.found.pop(kind).over(seen.at_us, seen.record_number)

    def _connected(self, seen: BatchSeen, fact: ConnectionOpened) -> Iterator[Finding]:
        running = self._of(fact.process)
        if running is None:
            return
        if not _means_session(running.match.tools, fact):
            yield from _through(seen, running, fact)
            return
        if len(running.connections) < FOLLOWED:
            running.connections.add((fact.local, fact.remote))
        far = endpoint(fact.remote)
        inbound = fact.direction is Direction.INBOUND
        yield self._session(
            seen,
            running,
            f"{spaced(running.match.name_zh)}有远程会话："
            + (f"{far} 已连入本机端口 {fact.local.port}" if inbound else f"它已主动连到 {far}"),
            f"{running.match.name_en} has a remote session: "
            + (
                f"{far} is connected to port {fact.local.port} here"
                if inbound
                else f"it connected to {far}"
            ),
            fact,
        )

    def _of(self, owner: ProcessRef) -> _Running | None:
        """Return the tool that owns a socket; its connections may be told of before its process is."""
        running = self._by_pid.get(owner.pid)
        if running is None and owner.name:
            match = self._catalogue.find(Process(owner.pid, 0, owner.name, owner.executable))
            if match is not None:
                running = self._running.setdefault(match.tool.id, _Running(match))
        return running

    def _disconnected(self, seen: BatchSeen, fact: ConnectionClosed) -> Iterator[Finding]:
        running = self._of(fact.process)
        if running is not None and (fact.local, fact.remote) in running.connections:
            running.connections.discard((fact.local, fact.remote))
            yield from _close_session(seen, running)


def _severity(match: Match, *, baseline: bool, serious: bool) -> Severity:
    if match.tool.kind is ToolKind.ASSISTIVE or (baseline and not serious):
        return Severity.NOTICE
    return Severity.WARNING


def _means_session(tools: tuple[Tool, ...], fact: ConnectionOpened) -> bool:
    """Tell whether a connection of a tool's process is one that it has only while somebody uses it.

    A process that may be one of several tools has it only if every one of them would.
    """
    if any(tool.kind not in _CALLS_OUT for tool in tools):
        return False
    own = is_loopback(fact.remote.address)
    if fact.direction is Direction.INBOUND:
        return not own or any(fact.local.port in tool.ports for tool in tools)
    return not own and not any(tool.idle_connections for tool in tools)


def _through(seen: BatchSeen, running: _Running, fact: ConnectionOpened) -> Iterator[Finding]:
    """Note the relay on what makes the tool an alert: another seat's may go through the same one."""
    if fact.direction is not Direction.OUTBOUND:
        return
    for kind in ("tool_session", "tool_started"):
        found = running.found.get(kind)
        if found is not None and found.alone:
            traces = _with_trace(found.traces, fact)
            if traces != found.traces:
                running.found[kind] = replace(
                    found, at_us=seen.at_us, record_number=seen.record_number, traces=traces
                )
                yield running.found[kind]
            return


def _with_trace(traces: tuple[Trace, ...], fact: ConnectionOpened) -> tuple[Trace, ...]:
    """Add who is at the other end: whoever connected in, or the relay the tool went out to."""
    more = far_end(fact.remote.address)
    if fact.direction is not Direction.INBOUND:
        more = tuple(Trace(TraceKind.RELAY, trace.value) for trace in more)
    return (*traces, *(t for t in more if t not in traces))[:TRACES_KEPT]


def _close_session(seen: BatchSeen, running: _Running) -> Iterator[Finding]:
    if not running.session_pids and not running.connections and "tool_session" in running.found:
        yield running.found.pop("tool_session").over(seen.at_us, seen.record_number)


def _who(process: Process, match: Match) -> tuple[str, str]:
    """Return the process's file name, with what it was known by when that was not its name."""
    name = shown(process.name or match.by)
    by = shown(match.by)
    if match.fact is MatchedBy.PRODUCT:
        return f"{name}（产品名 {by}）", f"{name} (product {by})"
    if match.fact is MatchedBy.SIGNER:
        return f"{name}（签名者 {by}）", f"{name} (signed by {by})"
    if match.fact is MatchedBy.FOLDER:
        return f"{name}（位于 {by}）", f"{name} (at {by})"
    if process.name.casefold() == match.by or not process.original_name:
        return name, name
    inside = shown(process.original_name)
    return f"{name}（改名自 {inside}）", f"{name} (renamed from {inside})"


def _named(tool_name: str, process_name: str) -> str:
    """Return the tool's name, with the file's name when the tool's does not say it already."""
    plain = process_name.casefold().removesuffix(".exe")
    return tool_name if plain in tool_name.casefold() else f"{tool_name} [{process_name}]"
