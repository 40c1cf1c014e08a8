"""A connection that the exam session's network policy does not allow.

An entry allows an address, or a host by its name, for one port, direction and program; neither alone allows anything.
Without a policy, or with one that has no such entry, this detector is silent. The workstation's connections to itself
are exempt, except to a remote-desktop port.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from jiankao_collector.detectors.base import AlertKind, BatchSeen, Family, Finding, ScopeSeen, Seen
from jiankao_collector.knowledge.host_names import host_name
from jiankao_collector.knowledge.policy import Policy, PolicyError, is_loopback, parse
from jiankao_collector.knowledge.tool import RemoteDesktopPort
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import address, endpoint, program, shown
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Endpoint,
    NameResolved,
    Transport,
)
from jiankao_proto.records import Severity

NAME = "policy_connection"
OPEN_KEPT = 4096
"""Connections outside the policy that are followed at once; a seat that makes up more is told of already."""

_ADDRESSES_OF_A_NAME = 32

_Key = tuple[Transport, Endpoint, Endpoint]


class PolicyConnection:
    """Compares the connections of one workstation with the policy in force."""

    def __init__(self, ports: Mapping[int, RemoteDesktopPort]) -> None:
        self._ports = ports
        self._policy: Policy | None = None
        self._unreadable: Finding | None = None
        self._named: dict[str, str] = {}
        self._open: dict[_Key, Finding] = {}
        self._subjects: Counter[str] = Counter()

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Learn the policy; look at the connections of a batch."""
        if isinstance(seen, ScopeSeen):
            yield from self._learn(seen)
        if not isinstance(seen, BatchSeen) or self._policy is None:
            return
        for observation in seen.batch.observations:
            fact = observation.fact
            if isinstance(fact, NameResolved):
                self._asked(fact, self._policy)
            elif isinstance(fact, ConnectionOpened):
                yield from self._opened(seen, self._with_name(fact), self._policy)
            elif isinstance(fact, ConnectionClosed):
                found = self._open.pop((fact.transport, fact.local, fact.remote), None)
                if found is not None:
                    self._subjects[found.subject] -= 1
                    if not self._subjects[found.subject]:
                        del self._subjects[found.subject]
                        yield found.over(seen.at_us, seen.record_number)

    def wakes_at(self) -> None:
        """Never: connections are told of."""
        return

    def _asked(self, fact: NameResolved, policy: Policy) -> None:
        """Remember which addresses an allowed name has here: not every connection is told of with its name."""
        host = host_name(fact.name)
        if host is None or host.text not in policy.names():
            return
        for found in fact.addresses[:_ADDRESSES_OF_A_NAME]:
            if len(self._named) < OPEN_KEPT:
                self._named[address(found)] = host.text

    def _with_name(self, fact: ConnectionOpened) -> ConnectionOpened:
        known = "" if fact.remote_name else self._named.get(address(fact.remote.address), "")
        return replace(fact, remote_name=known) if known else fact

    def _learn(self, seen: ScopeSeen) -> Iterator[Finding]:
        self._policy = None
        self._named.clear()
        if self._unreadable is not None:
            yield self._unreadable.over(seen.at_us, seen.record_number)
            self._unreadable = None
        if not seen.opened or not seen.policy_toml:
            return
        try:
            policy = parse(seen.policy_toml.decode("utf-8", "replace"))
        except PolicyError as error:
            self._unreadable = _unreadable(seen, error)
            yield self._unreadable
        else:
            self._policy = policy if policy.entries else None

    def _opened(self, seen: BatchSeen, fact: ConnectionOpened, policy: Policy) -> Iterator[Finding]:
        key = (fact.transport, fact.local, fact.remote)
        if key in self._open or len(self._open) >= OPEN_KEPT or policy.allows(fact):
            return
        desktop = fact.direction is Direction.INBOUND and fact.local.port in self._ports
        if is_loopback(fact.remote.address) and not desktop:
            return
        finding = _outside(seen, fact, AlertKind.REMOTE_CONTROL if desktop else AlertKind.POLICY)
        self._open[key] = finding
        self._subjects[finding.subject] += 1
        yield finding


def _outside(seen: BatchSeen, fact: ConnectionOpened, alert: AlertKind) -> Finding:
    who = program(fact.process)
    innocent_zh = innocent_en = ""
    if fact.direction is Direction.INBOUND:
        far = address(fact.remote.address)
        subject = f"{who} <- {far} {fact.local.port}"
        zh = f"{far} 连入程序 {who} 的端口 {fact.local.port}"
        en = f"{far} is connected to program {who} on port {fact.local.port}"
    else:
        far = endpoint(fact.remote)
        subject = f"{who} -> {far}"
        zh = f"程序 {who} 连接到 {far}"
        en = f"Program {who} is connected to {far}"
        innocent_zh, innocent_en = (
            "；也可能是系统更新等正常程序",
            "; system updates may do this too",
        )
    return Finding(
        detector=NAME,
        kind="outside_policy",
        family=Family.NETWORK,
        alert=alert,
        severity=Severity.WARNING,
        weight=Weight.OUTSIDE_POLICY,
        alone=False,
        subject=subject,
        reason_zh=f"{zh}，不在本场次网络策略之内{innocent_zh}",
        reason_en=f"{en}, outside the exam session's network policy{innocent_en}",
        at_us=seen.at_us,
        record_number=seen.record_number,
    )


def _unreadable(seen: ScopeSeen, why: PolicyError) -> Finding:
    return Finding(
        detector=NAME,
        kind="policy_unreadable",
        family=Family.NETWORK,
        alert=AlertKind.POLICY,
        severity=Severity.WARNING,
        weight=Weight.POLICY_UNREADABLE,
        alone=True,
        subject="",
        reason_zh=f"本场次的策略无法读取，连接未经核对，什么也未放行：{shown(why.zh, 200)}",
        reason_en=f"The exam session's policy cannot be read, so connections are not compared and nothing is allowed: "
        f"{shown(str(why), 200)}",
        at_us=seen.at_us,
        record_number=seen.record_number,
    )
