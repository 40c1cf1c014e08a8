"""A way into or out of this workstation that was not there when the exam session opened.

A phone that shares its network, a VPN or a tap goes around the exam network and everything that watches it. A kind of
interface that the policy forbids is an alert, also when it was there before.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jiankao_collector.detectors.base import AlertKind, BatchSeen, Family, Finding, ScopeSeen, Seen
from jiankao_collector.knowledge import policy
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import address, shown
from jiankao_proto.observations import Change, NetworkInterfaceChanged
from jiankao_proto.records import Severity

NAME = "new_network"
INTERFACES_KEPT = 1024
"""Interfaces that are followed; a seat that makes up more is told of already."""


@dataclass(frozen=True, slots=True)
class _Sort:
    """What is said of a kind of interface. `at_once`: being there is enough, without being up."""

    zh: str
    en: str
    weight: Weight
    alone: bool
    at_once: bool


_SORTS = {
    "tether": _Sort(
        "可能有手机在共享网络：请到座位查看 USB 口与手机。USB 网卡也可能这样显示",
        "a phone may be sharing its network: go and look at the USB ports and for a phone. "
        "A USB network adapter can look like this too",
        Weight.NEW_TETHER,
        alone=True,
        at_once=True,
    ),
    "vpn": _Sort(
        "VPN 或隧道已接通，数据可以绕开考试网络：请到座位查看。考点自己的 VPN 也会这样",
        "a VPN or tunnel is up, by which data can go around the exam network: go and look. "
        "The centre's own VPN does this too",
        Weight.NEW_VPN,
        alone=True,
        at_once=False,
    ),
    "tap": _Sort(
        "虚拟网卡（TAP）已启用，VPN 与组网软件用它绕开考试网络：请到座位查看。虚拟机软件也会这样",
        "a virtual adapter (TAP) is up, as VPNs use to go around the exam network: go and look. "
        "Virtual machines do this too",
        Weight.NEW_TAP,
        alone=True,
        at_once=False,
    ),
    "wifi": _Sort(
        "无线网络已接通：请到座位查看是否连了手机热点。考场自己的无线网也会这样",
        "Wi-Fi is up: go and see whether it is a phone's hotspot. The room's own Wi-Fi does this too",
        Weight.NEW_WIFI,
        alone=False,
        at_once=False,
    ),
    "ethernet": _Sort(
        "新的网卡：请到座位查看。监考员更换网卡也会这样",
        "a new network adapter: go and look. A proctor who replaces one does this too",
        Weight.NEW_ETHERNET,
        alone=False,
        at_once=True,
    ),
}


class NewNetwork:
    """Follows the network interfaces of one workstation."""

    def __init__(self) -> None:
        self._in_exam = False
        self._forbidden: frozenset[str] = frozenset()
        self._usual: set[tuple[str, str]] = set()
        """Interfaces that were in use before the exam session, by name and kind."""
        self._idle: set[tuple[str, str]] = set()
        """Interfaces that were there, but not up."""
        self._open: dict[str, Finding] = {}

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the interfaces of a batch."""
        if isinstance(seen, ScopeSeen):
            self._in_exam = seen.opened
            in_force = policy.in_force(seen.policy_toml) if seen.opened else None
            self._forbidden = in_force.interfaces if in_force else frozenset()
        elif isinstance(seen, BatchSeen):
            for observation in seen.batch.observations:
                if isinstance(observation.fact, NetworkInterfaceChanged):
                    yield from self._interface(seen, observation.fact)

    def wakes_at(self) -> None:
        """Never: interfaces are told of."""
        return

    def _interface(self, seen: BatchSeen, fact: NetworkInterfaceChanged) -> Iterator[Finding]:
        sort = _SORTS.get(fact.kind)
        if sort is None:
            return
        there = fact.change is not Change.REMOVED and (fact.up or sort.at_once)
        known = self._open.get(fact.interface)
        which = (fact.interface, fact.kind)
        if not there:
            if fact.change is not Change.REMOVED and len(self._idle) < INTERFACES_KEPT:
                self._idle.add(which)
            if known is not None:
                del self._open[fact.interface]
                yield known.over(seen.at_us, seen.record_number)
            return
        forbidden = fact.kind in self._forbidden
        if known is not None or (which in self._usual and not forbidden):
            return
        # A change of one that was never told of is of one that was there already.
        began = fact.change is Change.ADDED or (
            fact.change is Change.MODIFIED and which in self._idle
        )
        if not (began and self._in_exam) and not forbidden:
            if len(self._usual) < INTERFACES_KEPT:
                self._usual.add(which)
        elif len(self._open) < INTERFACES_KEPT:
            finding = self._open[fact.interface] = _finding(seen, fact, sort, forbidden=forbidden)
            yield finding


def _finding(
    seen: BatchSeen, fact: NetworkInterfaceChanged, sort: _Sort, *, forbidden: bool
) -> Finding:
    name = shown(fact.interface)
    when_zh, when_en = "考试中出现网络接口", "came up during"
    by_zh = by_en = ""
    if forbidden:
        when_zh, when_en = "考试中启用了网络接口", "is in use during"
        by_zh, by_en = "（本场次策略禁止这类接口）", ", whose policy forbids this kind"
    at = ", ".join(address(a) for a in fact.addresses[:3])
    return Finding(
        detector=NAME,
        kind=f"new_{fact.kind}",
        family=Family.NETWORK,
        alert=AlertKind.NETWORK,
        severity=Severity.WARNING,
        weight=sort.weight,
        alone=sort.alone or forbidden,
        subject=name,
        reason_zh=f"{when_zh} {name}" + (f"（{at}）" if at else "") + f"{by_zh}，{sort.zh}",
        reason_en=f"Network interface {name}"
        + (f" ({at})" if at else "")
        + f" {when_en} the exam session{by_en}: {sort.en}",
        at_us=seen.at_us,
        record_number=seen.record_number,
    )
