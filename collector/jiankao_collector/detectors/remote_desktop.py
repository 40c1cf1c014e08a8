"""A way in to the desktop: a listener on a remote-desktop port, and above all somebody connected to it.

Behaviour, not names: who listens does not matter, nor where the far end is. A machine of the centre, the exam server
and the workstation itself (a tunnel's last step) have all been the far end of a real case. A program that listens
elsewhere and has somebody connected while input is injected is caught too, whatever it is called. (That somebody is
connected against the policy is the policy detector's word.)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from jiankao_collector.detectors.base import (
    AlertKind,
    BatchSeen,
    Family,
    Finding,
    ScopeSeen,
    Seen,
    far_end,
)
from jiankao_collector.detectors.open_findings import OpenFindings
from jiankao_collector.knowledge import policy
from jiankao_collector.knowledge.injection import InjectionWindow
from jiankao_collector.knowledge.tool import RemoteDesktopPort
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import address, endpoint, program
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Endpoint,
    InjectedInput,
    ListenerClosed,
    ListenerOpened,
)
from jiankao_proto.records import Severity

NAME = "remote_desktop"
TOGETHER_US = 30_000_000
"""Injection this close to a connection belongs together with it."""
_INBOUND_KEPT = 256
_SESSIONS_KEPT = 4096
"""Both far beyond any real seat; a seat that makes up more is told of already."""

_Ends = tuple[Endpoint, Endpoint]


@dataclass(slots=True)
class _Inbound:
    """A connection to a listener that is on no remote-desktop port, by the workstation's monotonic clock."""

    fact: ConnectionOpened
    opened_us: int
    closed_us: int | None = None
    found: Finding | None = None


class RemoteDesktop:
    """Follows the listeners of one workstation and who connects to them."""

    def __init__(self, ports: Mapping[int, RemoteDesktopPort]) -> None:
        self._ports = ports
        self._listeners: OpenFindings[tuple[str, int]] = OpenFindings(_SESSIONS_KEPT)
        self._sessions: OpenFindings[_Ends] = OpenFindings(_SESSIONS_KEPT)
        self._inbound: dict[_Ends, _Inbound] = {}
        self._injection = InjectionWindow()
        self._injected_us: int | None = None
        self._policy: policy.Policy | None = None

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at listeners, connections and injected input of a batch; learn the policy."""
        if isinstance(seen, ScopeSeen):
            self._policy = policy.in_force(seen.policy_toml) if seen.opened else None
        if not isinstance(seen, BatchSeen):
            return
        for observation in seen.batch.observations:
            fact, at = observation.fact, observation.monotonic_us
            if isinstance(fact, ConnectionOpened):
                yield from self._connected(seen, at, fact)
            elif isinstance(fact, ConnectionClosed):
                yield from self._disconnected(seen, at, fact)
            elif isinstance(fact, ListenerOpened):
                yield from self._listening(seen, fact)
            elif isinstance(fact, ListenerClosed):
                yield from self._listeners.release((fact.local.address, fact.local.port), seen)
            elif isinstance(fact, InjectedInput) and self._injection.add(at, fact):
                self._injected_us = at
                yield from self._together(seen, at)

    def wakes_at(self) -> None:
        """Never: listeners and connections are told of."""
        return

    def _listening(self, seen: BatchSeen, fact: ListenerOpened) -> Iterator[Finding]:
        port = self._ports.get(fact.local.port)
        if port is None:
            return
        who = program(fact.process)
        before_zh, before_en = (
            ("监测开始前就", " since before watching began") if fact.baseline else ("", "")
        )
        finding = Finding(
            detector=NAME,
            kind="remote_desktop_listener",
            family=Family.NETWORK,
            alert=AlertKind.REMOTE_CONTROL,
            severity=Severity.WARNING,
            weight=Weight.REMOTE_DESKTOP_LISTENER_BEFORE
            if fact.baseline
            else Weight.REMOTE_DESKTOP_LISTENER_NEW,
            alone=False,
            subject=f"{who} {fact.local.port}",
            reason_zh=f"程序 {who} {before_zh}在端口 {fact.local.port}（{port.name_zh}）等待连接："
            "他人可由此进入桌面；考试前应关闭",
            reason_en=f"Program {who} listens on port {fact.local.port} ({port.name_en}){before_en}; "
            "the desktop can be entered there; close it before an exam",
            at_us=seen.at_us,
            record_number=seen.record_number,
        )
        where = (fact.local.address, fact.local.port)
        known = self._listeners.get(where)
        if known is not None and known.subject == finding.subject:
            return  # told again with a baseline
        yield from self._listeners.hold(where, finding)
        yield finding

    def _connected(self, seen: BatchSeen, at: int, fact: ConnectionOpened) -> Iterator[Finding]:
        ends = (fact.local, fact.remote)
        port = self._ports.get(fact.local.port)
        if fact.direction is Direction.OUTBOUND or (
            fact.direction is not Direction.INBOUND and port is None
        ):
            return
        if port is not None:
            if ends not in self._sessions and not self._sessions.full:
                session = _session(seen, fact, port)
                yield from self._sessions.hold(ends, session)
                yield session
            return
        if ends in self._inbound or (self._policy is not None and self._policy.allows(fact)):
            return
        self._inbound[ends] = _Inbound(fact, at)
        self._forget(at)
        if self._injected_us is not None and at - self._injected_us <= TOGETHER_US:
            yield from self._together(seen, at)

    def _disconnected(self, seen: BatchSeen, at: int, fact: ConnectionClosed) -> Iterator[Finding]:
        ends = (fact.local, fact.remote)
        yield from self._sessions.release(ends, seen)
        inbound = self._inbound.get(ends)
        if inbound is None or inbound.closed_us is not None:
            return
        inbound.closed_us, found = at, inbound.found
        others = (i.found for i in self._inbound.values() if i.closed_us is None)
        if found is not None and all(o is None or o.subject != found.subject for o in others):
            yield found.over(seen.at_us, seen.record_number)

    def _together(self, seen: BatchSeen, at: int) -> Iterator[Finding]:
        """Name the connections that were there while input was injected.

        A connection of the workstation to itself counts only when it opened close to the injection: programs talk to
        themselves all day long.
        """
        for inbound in self._inbound.values():
            since = (
                inbound.opened_us
                if policy.is_loopback(inbound.fact.remote.address)
                else inbound.closed_us
            )
            if since is not None and abs(at - since) > TOGETHER_US:
                continue
            if inbound.fact.baseline and policy.is_loopback(inbound.fact.remote.address):
                continue
            finding = _driven(seen, inbound.fact)
            if inbound.closed_us is not None:
                finding = replace(finding, ended=True)
            inbound.found = finding
            yield finding

    def _forget(self, at: int) -> None:
        """Drop connections closed long ago, and the oldest when there are too many."""
        gone = [
            ends
            for ends, i in self._inbound.items()
            if i.closed_us is not None and not 0 <= at - i.closed_us <= TOGETHER_US
        ]
        for ends in gone:
            del self._inbound[ends]
        while len(self._inbound) > _INBOUND_KEPT:
            del self._inbound[next(iter(self._inbound))]


def _session(seen: BatchSeen, fact: ConnectionOpened, port: RemoteDesktopPort) -> Finding:
    who, far = program(fact.process), address(fact.remote.address)
    here_zh, here_en = (
        ("（本机自身，可能是隧道的末端）", " (this computer itself: perhaps the end of a tunnel)")
        if policy.is_loopback(fact.remote.address)
        else ("", "")
    )
    return Finding(
        detector=NAME,
        kind="remote_desktop_session",
        family=Family.NETWORK,
        alert=AlertKind.REMOTE_CONTROL,
        severity=Severity.CRITICAL,
        weight=Weight.REMOTE_DESKTOP_SESSION,
        alone=True,
        subject=f"{who} {fact.local.port} {far}",
        reason_zh=f"{far}{here_zh} 已连入本机端口 {fact.local.port}（{port.name_zh}），由程序 {who} 接受",
        reason_en=f"{far}{here_en} is connected to port {fact.local.port} here ({port.name_en}), "
        f"accepted by program {who}",
        at_us=seen.at_us,
        record_number=seen.record_number,
        traces=far_end(fact.remote.address),
    )


def _driven(seen: BatchSeen, fact: ConnectionOpened) -> Finding:
    who, far = program(fact.process), address(fact.remote.address)
    return Finding(
        detector=NAME,
        kind="inbound_with_injection",
        family=Family.NETWORK,
        alert=AlertKind.REMOTE_CONTROL,
        severity=Severity.CRITICAL,
        weight=Weight.INBOUND_WITH_INJECTION,
        alone=True,
        subject=f"{who} {fact.local.port} {far}",
        reason_zh=f"疑似远程操作：{endpoint(fact.remote)} 连入程序 {who} 的端口 {fact.local.port}，"
        "同时键盘鼠标输入由程序注入",
        reason_en=f"Probably driven from elsewhere: {endpoint(fact.remote)} is connected to program {who} on port "
        f"{fact.local.port} while mouse or keyboard input is injected",
        at_us=seen.at_us,
        record_number=seen.record_number,
        traces=far_end(fact.remote.address),
    )
