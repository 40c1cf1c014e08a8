"""A host whose name imitates one that the exam session's policy allows.

Somebody who sits at the real site needs no second one that differs by a letter. The owner of an allowed name may have
bought its neighbours himself, which the sentence says; it only adds to the score. Without names in the policy this
detector is silent.
"""

from collections.abc import Iterator

from jiankao_collector.detectors.base import AlertKind, BatchSeen, Family, Finding, ScopeSeen, Seen
from jiankao_collector.detectors.open_findings import OpenFindings
from jiankao_collector.knowledge import policy
from jiankao_collector.knowledge.look_alike import Likeness, LookAlike, look_alike
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import program, shown
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Endpoint,
    NameResolved,
    ProcessRef,
)
from jiankao_proto.records import Severity

NAME = "look_alike_host"
_NAMES_KEPT = 4096
_OPEN_KEPT = 1024

_ASKED = {
    Likeness.LOOKS: Weight.LOOK_ALIKE_LOOKS,
    Likeness.EMBEDDED: Weight.LOOK_ALIKE_EMBEDDED,
    Likeness.MISSPELT: Weight.LOOK_ALIKE_MISSPELT,
    Likeness.SUFFIX: Weight.LOOK_ALIKE_SUFFIX,
}
_CONNECTED = {
    Likeness.LOOKS: Weight.CONNECTED_LOOK_ALIKE_LOOKS,
    Likeness.EMBEDDED: Weight.CONNECTED_LOOK_ALIKE_EMBEDDED,
    Likeness.MISSPELT: Weight.CONNECTED_LOOK_ALIKE_MISSPELT,
    Likeness.SUFFIX: Weight.CONNECTED_LOOK_ALIKE_SUFFIX,
}
_HOW = {
    Likeness.LOOKS: ("只差几个形状相近的字母", "it differs only in letters that look alike"),
    Likeness.EMBEDDED: (
        "整个名称被嵌在别人的域名里",
        "the whole name stands inside somebody else's",
    ),
    Likeness.MISSPELT: ("只差一两个字母", "it differs by a letter or two"),
    Likeness.SUFFIX: ("名称相同而后缀不同", "the same name with another ending"),
}

_Ends = tuple[Endpoint, Endpoint]


class LookAlikeHost:
    """Compares the names one workstation asks for and talks to with those that are allowed."""

    def __init__(self) -> None:
        self._allowed: tuple[str, ...] = ()
        self._judged: dict[str, LookAlike | None] = {}
        self._open: OpenFindings[_Ends] = OpenFindings(_OPEN_KEPT)

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Learn the policy; look at the names in a batch."""
        if isinstance(seen, ScopeSeen):
            in_force = policy.in_force(seen.policy_toml) if seen.opened else None
            self._allowed = in_force.names() if in_force else ()
            self._judged.clear()
        if not isinstance(seen, BatchSeen):
            return
        for observation in seen.batch.observations:
            fact = observation.fact
            if isinstance(fact, NameResolved):
                found = self._judge(fact.name)
                if found is not None:
                    yield _finding(seen, found, fact.process, asked=True)
            elif isinstance(fact, ConnectionOpened):
                yield from self._connected(seen, fact)
            elif isinstance(fact, ConnectionClosed):
                yield from self._open.release((fact.local, fact.remote), seen)

    def wakes_at(self) -> None:
        """Never: names and connections are told of."""
        return

    def _connected(self, seen: BatchSeen, fact: ConnectionOpened) -> Iterator[Finding]:
        if not fact.remote_name or fact.direction is Direction.INBOUND:
            return
        found, ends = self._judge(fact.remote_name), (fact.local, fact.remote)
        if found is None or ends in self._open:
            return
        finding = _finding(seen, found, fact.process, asked=False)
        yield from self._open.hold(ends, finding)
        yield finding

    def _judge(self, name: str) -> LookAlike | None:
        if not self._allowed:
            return None
        if name not in self._judged:
            if len(self._judged) >= _NAMES_KEPT:
                self._judged.clear()
            self._judged[name] = look_alike(name, self._allowed)
        return self._judged[name]


def _finding(seen: BatchSeen, found: LookAlike, owner: ProcessRef, *, asked: bool) -> Finding:
    who, name, genuine = program(owner), shown(found.name), shown(found.allowed)
    how_zh, how_en = _HOW[found.likeness]
    does_zh = "查询了网址" if asked else "连接到网址"
    does_en = "asked for" if asked else "is connected to"
    return Finding(
        detector=NAME,
        kind=f"look_alike_{found.likeness}" if asked else f"connected_look_alike_{found.likeness}",
        family=Family.NETWORK,
        alert=AlertKind.POLICY,
        severity=Severity.WARNING,
        weight=(_ASKED if asked else _CONNECTED)[found.likeness],
        alone=False,
        subject=name,
        reason_zh=f"程序 {who} {does_zh} {name}，与允许的 {genuine} 相似：{how_zh}；可能是假冒网站，"
        "请核对座位上的网址。也可能是同一单位注册的其他网址",
        reason_en=f"Program {who} {does_en} {name}, which is like the allowed {genuine}: {how_en}. Perhaps a fake "
        "site; compare the address at the seat. The owner may have registered it too",
        at_us=seen.at_us,
        record_number=seen.record_number,
        ended=asked,
    )
