"""Where this workstation's traffic goes was changed in an exam session: a route, a name server, a proxy, a hotspot.

Whoever opens the internet in an exam room sets one of these. What the agent tells as a baseline when the session opens
is usual, also when it goes and comes back, as it does when an address is renewed; unless the policy forbids it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jiankao_collector.detectors.base import AlertKind, BatchSeen, Family, Finding, ScopeSeen, Seen
from jiankao_collector.knowledge import policy
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import shown
from jiankao_proto.observations import AgentLifecycle, Change, LifecycleStage, NetworkSettingChanged
from jiankao_proto.records import Severity

NAME = "network_setting"
SETTINGS_KEPT = 1024
"""Settings that are followed; a workstation that makes up more is told of already."""
EVERYWHERE = frozenset({"0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"})
"""Destinations that catch all traffic; VPNs set the halves, which win over the whole."""

_Which = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Sort:
    """What is said of a kind of setting."""

    zh: str
    en: str
    weight: Weight
    alone: bool = False


_DEFAULT_ROUTE = _Sort(
    "默认路由改为 {value}，所有流量都可能绕开考试网络：请到座位查看。监考员换网线、修网络也会这样",
    "All traffic may now go another way, around the exam network: the default route {value} was added. "
    "A proctor who repairs the network does this too: go and look",
    Weight.NEW_DEFAULT_ROUTE,
)
_SORTS = {
    "route": _Sort(
        "新增到 {name} 的路由（{value}）。考点的 VPN、监考员修网络也会这样",
        "A route to {name} was added ({value}). The centre's VPN and a proctor who repairs the network do this too",
        Weight.NEW_ROUTE,
    ),
    "dns_server": _Sort(
        "域名服务器改为 {value}，网址可能被指向别处。监考员修网络也会这样",
        "The name server became {value}: names may lead elsewhere now. A proctor who repairs the network does this too",
        Weight.NEW_DNS_SERVER,
    ),
    "proxy": _Sort(
        "设置了代理服务器 {value}（{name}），流量可以经它绕开考试网络：请到座位查看。监考员修网络也会这样",
        "Proxy {value} ({name}) was set, by which traffic can go around the exam network: go and look. "
        "A proctor who repairs the network does this too",
        Weight.NEW_PROXY,
        alone=True,
    ),
    "hotspot": _Sort(
        "这台考试机开启了热点（{name}），别的设备可以经它上网或连入：请到座位查看",
        "This workstation has opened a hotspot ({name}), through which other devices can get in or out: go and look",
        Weight.NEW_HOTSPOT,
        alone=True,
    ),
}


class NetworkSetting:
    """Follows the settings of the network of one workstation."""

    def __init__(self) -> None:
        self._in_exam = False
        self._forbidden: frozenset[str] = frozenset()
        self._started_again = False
        """The agent started after it had told of settings: what it finds now came while it did not look."""
        self._usual: set[_Which] = set()
        self._open: dict[_Which, Finding] = {}

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the settings of a batch."""
        if isinstance(seen, ScopeSeen):
            self._in_exam = seen.opened
            in_force = policy.in_force(seen.policy_toml) if seen.opened else None
            self._forbidden = in_force.interfaces if in_force else frozenset()
        elif isinstance(seen, BatchSeen):
            for observation in seen.batch.observations:
                fact = observation.fact
                if isinstance(fact, NetworkSettingChanged):
                    yield from self._setting(seen, fact)
                elif isinstance(fact, AgentLifecycle) and fact.stage is LifecycleStage.STARTED:
                    self._started_again = bool(self._usual)

    def wakes_at(self) -> None:
        """Never: settings are told of."""
        return

    def _setting(self, seen: BatchSeen, fact: NetworkSettingChanged) -> Iterator[Finding]:
        which = (fact.kind, fact.name, fact.value)
        known = self._open.get(which)
        if fact.change is Change.REMOVED:
            if known is not None:
                del self._open[which]
                yield known.over(seen.at_us, seen.record_number)
            return
        if fact.change is Change.MODIFIED:
            yield from self._replaced(seen, which)
        forbidden = fact.kind in self._forbidden
        usual = which in self._usual and not forbidden
        if known is not None or usual or fact.kind not in _SORTS:
            return
        began = forbidden or fact.change is not Change.BASELINE or self._started_again
        if not (began and self._in_exam):
            if len(self._usual) < SETTINGS_KEPT:
                self._usual.add(which)
        elif len(self._open) < SETTINGS_KEPT:
            finding = self._open[which] = _finding(seen, fact, forbidden=forbidden)
            yield finding

    def _replaced(self, seen: BatchSeen, which: _Which) -> Iterator[Finding]:
        """What had the same name before is over."""
        for other in [w for w in self._open if w[:2] == which[:2] and w != which]:
            yield self._open.pop(other).over(seen.at_us, seen.record_number)


def _finding(seen: BatchSeen, fact: NetworkSettingChanged, *, forbidden: bool) -> Finding:
    everywhere = fact.kind == "route" and fact.name in EVERYWHERE
    sort = _DEFAULT_ROUTE if everywhere else _SORTS[fact.kind]
    name, value = shown(fact.name), shown(fact.value)
    return Finding(
        detector=NAME,
        kind=f"new_{'default_route' if everywhere else fact.kind}",
        family=Family.NETWORK,
        alert=AlertKind.NETWORK,
        severity=Severity.WARNING,
        weight=sort.weight,
        alone=sort.alone or forbidden,
        subject=f"{name} {value}".strip(),
        reason_zh=("本场次策略禁止：" if forbidden else "考试中网络设置被改动：")
        + sort.zh.format(name=name, value=value),
        reason_en=(
            "The exam session's policy forbids this. "
            if forbidden
            else "The network was changed during the exam session. "
        )
        + sort.en.format(name=name, value=value),
        at_us=seen.at_us,
        record_number=seen.record_number,
    )
