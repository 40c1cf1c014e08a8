"""The seat calls out, and is driven through that call: a reverse connection needs no listener.

When the system names the program that injects, its own connections to elsewhere are the session. When it does not, all
that can be said is which programs connected to elsewhere close to the injection; browsers do that all day, so this only
adds to the score, and to what the proctor reads beside the injected input.
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
    far_end,
)
from jiankao_collector.knowledge import policy
from jiankao_collector.knowledge.injection import InjectionWindow
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import endpoint, program
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Endpoint,
    InjectedInput,
    Transport,
)
from jiankao_proto.records import Severity

NAME = "reverse_session"
TOGETHER_US = 30_000_000
"""Injection this close to a connection's opening belongs together with it."""
_KEPT = 1024
"""Connections followed at once, the oldest given up first."""

_Ends = tuple[Endpoint, Endpoint]


@dataclass(slots=True)
class _Outbound:
    """A connection to elsewhere, by the workstation's monotonic clock."""

    fact: ConnectionOpened
    opened_us: int
    found: Finding | None = None


class ReverseSession:
    """Follows the connections that one workstation opened."""

    def __init__(self) -> None:
        self._outbound: dict[_Ends, _Outbound] = {}
        self._window = InjectionWindow()
        self._injected_us: int | None = None
        self._injectors: dict[int, int] = {}
        self._policy: policy.Policy | None = None

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at connections and injected input of a batch; learn the policy."""
        if isinstance(seen, ScopeSeen):
            self._policy = policy.in_force(seen.policy_toml) if seen.opened else None
        if not isinstance(seen, BatchSeen):
            return
        for observation in seen.batch.observations:
            fact, at = observation.fact, observation.monotonic_us
            if isinstance(fact, ConnectionOpened):
                self._opened(at, fact)
                yield from self._judge(seen, at, (fact.local, fact.remote))
            elif isinstance(fact, ConnectionClosed):
                yield from self._closed(seen, fact)
            elif isinstance(fact, InjectedInput) and self._window.add(at, fact):
                self._injected_us = at
                if fact.process.pid:
                    self._injectors.pop(fact.process.pid, None)
                    self._injectors[fact.process.pid] = at
                for ends in [*self._outbound]:
                    yield from self._judge(seen, at, ends)

    def wakes_at(self) -> None:
        """Never: connections and injected input are told of."""
        return

    def _opened(self, at: int, fact: ConnectionOpened) -> None:
        ends = (fact.local, fact.remote)
        if (
            fact.direction is not Direction.OUTBOUND
            or ends in self._outbound
            or not fact.process.pid
            or policy.is_loopback(fact.remote.address)
            or (self._policy is not None and self._policy.allows(fact))
        ):
            return
        self._outbound[ends] = _Outbound(fact, at)
        if len(self._outbound) > _KEPT:
            del self._outbound[next(iter(self._outbound))]

    def _closed(self, seen: BatchSeen, fact: ConnectionClosed) -> Iterator[Finding]:
        outbound = self._outbound.pop((fact.local, fact.remote), None)
        found = outbound.found if outbound else None
        if found is not None and not any(
            o.found and o.found.subject == found.subject for o in self._outbound.values()
        ):
            yield found.over(seen.at_us, seen.record_number)

    def _judge(self, seen: BatchSeen, at: int, ends: _Ends) -> Iterator[Finding]:
        """Say what the connection has to do with the latest injection."""
        outbound = self._outbound.get(ends)
        if outbound is None or self._injected_us is None or at - self._injected_us > TOGETHER_US:
            return
        fact = outbound.fact
        self._injectors = {p: us for p, us in self._injectors.items() if at - us <= TOGETHER_US}
        if fact.process.pid in self._injectors:
            finding = _session(seen, fact)
        elif (
            not self._injectors
            and outbound.found is None
            and not fact.baseline
            and fact.transport is Transport.TCP
            and abs(self._injected_us - outbound.opened_us) <= TOGETHER_US
        ):
            finding = _perhaps(seen, fact)
        else:
            return
        outbound.found = None if finding.ended else finding
        yield finding


def _session(seen: BatchSeen, fact: ConnectionOpened) -> Finding:
    who, far = program(fact.process), endpoint(fact.remote)
    return Finding(
        detector=NAME,
        kind="outbound_session",
        family=Family.NETWORK,
        alert=AlertKind.REMOTE_CONTROL,
        severity=Severity.CRITICAL,
        weight=Weight.OUTBOUND_SESSION,
        alone=True,
        subject=f"{who} {fact.process.pid}",
        reason_zh=f"疑似反向远程操作：程序 {who} 主动连到 {far}，键盘鼠标输入正是由它注入",
        reason_en=f"Probably driven from elsewhere through a reverse connection: program {who} connected to {far} "
        "and is the one that injects mouse or keyboard input",
        at_us=seen.at_us,
        record_number=seen.record_number,
        traces=far_end(fact.remote.address),
    )


def _perhaps(seen: BatchSeen, fact: ConnectionOpened) -> Finding:
    who, far = program(fact.process), endpoint(fact.remote)
    return Finding(
        detector=NAME,
        kind="outbound_with_injection",
        family=Family.NETWORK,
        alert=AlertKind.INJECTED_INPUT,
        severity=Severity.WARNING,
        weight=Weight.OUTBOUND_WITH_INJECTION,
        alone=False,
        subject=f"{who} {fact.process.pid}",
        reason_zh=f"可能是反向远程操作：程序 {who} 主动连到 {far}，前后 30 秒内键盘鼠标输入由程序注入；"
        "浏览器等正常软件也会主动连接，请核对该程序",
        reason_en=f"Perhaps driven through a reverse connection: program {who} connected to {far} within 30 s of "
        "injected mouse or keyboard input; browsers and other honest programs connect too: check this program",
        at_us=seen.at_us,
        record_number=seen.record_number,
        ended=True,
    )
