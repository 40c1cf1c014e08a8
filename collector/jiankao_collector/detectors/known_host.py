"""A host of a known tool: a connection to it, or its name asked for.

Whatever the program is called now, the server it talks to keeps its name. A connection of a program that is known by
its own name says nothing new and is left to known_software; the maker's web site in a browser looks the same as the
tool itself, so that this only adds to the score.
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
)
from jiankao_collector.knowledge.catalogue import Catalogue
from jiankao_collector.knowledge.kinds import graded
from jiankao_collector.knowledge.tool import Match
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import program, shown, spaced
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Endpoint,
    NameResolved,
    Process,
    ProcessRef,
)
from jiankao_proto.records import Severity

NAME = "known_host"
ASKED_FOR_US = 600_000_000
"""A name that was asked for counts for ten minutes after the last time."""
MOST_CONNECTIONS = 512

_Ends = tuple[Endpoint, Endpoint]


@dataclass(slots=True)
class _Contact:
    """One tool's hosts: connections that are open, and until when an asked-for name counts."""

    connections: set[_Ends] = field(default_factory=set)
    connected: Finding | None = None
    asked: Finding | None = None
    asked_until_us: int = 0


class KnownHost:
    """Follows with which tools' hosts one workstation talks."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._contacts: dict[str, _Contact] = {}
        self._tool_of: dict[_Ends, str] = {}

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the connections and resolved names of a batch; let old ones go."""
        if isinstance(seen, TimeSeen):
            yield from self._expire(seen)
        if not isinstance(seen, BatchSeen):
            return
        for observation in seen.batch.observations:
            fact = observation.fact
            if isinstance(fact, ConnectionOpened):
                if fact.remote_name:
                    yield from self._opened(seen, fact)
            elif isinstance(fact, ConnectionClosed):
                yield from self._closed(seen, (fact.local, fact.remote))
            elif isinstance(fact, NameResolved):
                yield from self._resolved(seen, fact)

    def wakes_at(self) -> int | None:
        """Return when the next asked-for name stops counting."""
        return min(
            (c.asked_until_us for c in self._contacts.values() if c.asked is not None), default=None
        )

    def _opened(self, seen: BatchSeen, fact: ConnectionOpened) -> Iterator[Finding]:
        match = self._host(fact.remote_name, fact.process)
        ends = (fact.local, fact.remote)
        if match is None or ends in self._tool_of or len(self._tool_of) >= MOST_CONNECTIONS:
            return
        self._tool_of[ends] = match.tool.id
        contact = self._contacts.setdefault(match.tool.id, _Contact())
        contact.connections.add(ends)
        if contact.connected is None:
            name, host = program(fact.process), shown(fact.remote_name)
            contact.connected = _finding(
                seen,
                match,
                "tool_host_connected",
                f"程序 {name} 连接了{spaced(match.name_zh)}的服务器 {host}；在浏览器里打开其网站也会这样",
                f"Program {name} is connected to {host}, a server of {match.name_en}; "
                "opening its web site in a browser looks the same",
                weight=graded(
                    match,
                    Weight.TOOL_HOST_CONNECTED_DRIVING,
                    Weight.TOOL_HOST_CONNECTED_OTHER,
                    Weight.TOOL_HOST_CONNECTED_ASSISTIVE,
                ),
            )
            yield contact.connected

    def _resolved(self, seen: BatchSeen, fact: NameResolved) -> Iterator[Finding]:
        match = self._host(fact.name, fact.process)
        if match is None:
            return
        contact = self._contacts.setdefault(match.tool.id, _Contact())
        contact.asked_until_us = seen.at_us + ASKED_FOR_US
        if contact.asked is None:
            host = shown(fact.name)
            contact.asked = _finding(
                seen,
                match,
                "tool_host_asked",
                f"本机查询了{spaced(match.name_zh)}的服务器 {host} 的地址；在浏览器里打开其网站也会这样",
                f"This computer asked for the address of {host}, a server of {match.name_en}; "
                "opening its web site in a browser looks the same",
                weight=graded(
                    match,
                    Weight.TOOL_HOST_ASKED_DRIVING,
                    Weight.TOOL_HOST_ASKED_OTHER,
                    Weight.TOOL_HOST_ASKED_ASSISTIVE,
                ),
            )
            yield contact.asked

    def _host(self, name: str, owner: ProcessRef) -> Match | None:
        match = self._catalogue.find_host(name)
        if match is None or match.tool.with_system:
            return None
        if owner.name:
            process = Process(owner.pid, 0, owner.name, owner.executable)
            known = self._catalogue.find(process)
            if known is not None and {t.id for t in known.tools} & {t.id for t in match.tools}:
                return None
        return match

    def _closed(self, seen: BatchSeen, ends: _Ends) -> Iterator[Finding]:
        tool = self._tool_of.pop(ends, None)
        if tool is None:
            return
        contact = self._contacts[tool]
        contact.connections.discard(ends)
        if not contact.connections and contact.connected is not None:
            yield contact.connected.over(seen.at_us, seen.record_number)
            contact.connected = None
            self._forget(tool)

    def _expire(self, seen: TimeSeen) -> Iterator[Finding]:
        for tool, contact in list(self._contacts.items()):
            if contact.asked is not None and contact.asked_until_us <= seen.at_us:
                yield contact.asked.over(seen.at_us, seen.record_number)
                contact.asked = None
                self._forget(tool)

    def _forget(self, tool: str) -> None:
        contact = self._contacts[tool]
        if contact.connected is None and contact.asked is None:
            del self._contacts[tool]


def _finding(
    seen: BatchSeen, match: Match, kind: str, zh: str, en: str, *, weight: Weight
) -> Finding:
    # The family of programs, not of networks: a tool at rest that calls home is one sign, not two.
    return Finding(
        detector=NAME,
        kind=kind,
        family=Family.SOFTWARE,
        alert=AlertKind.REMOTE_CONTROL,
        severity=Severity.NOTICE,
        weight=weight,
        alone=False,
        subject=match.tool.id,
        reason_zh=zh,
        reason_en=en,
        at_us=seen.at_us,
        record_number=seen.record_number,
    )
