"""A host of a known tool: a connection to it, or its name asked for.

Whatever the program is called now, the server it talks to keeps its name. A connection of a program that is known by
its own name says nothing new and is left to known_software; the maker's web site in a browser looks the same as the
tool itself, so that this only adds to the score.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jiankao_collector.detectors.base import (
    AlertKind,
    BatchSeen,
    Family,
    Finding,
    Seen,
    TimeSeen,
)
from jiankao_collector.detectors.open_findings import OpenFindings
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
class _Asked:
    """That a tool's host was asked for, and until when that counts."""

    finding: Finding
    until_us: int


class KnownHost:
    """Follows with which tools' hosts one workstation talks."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._connected: OpenFindings[_Ends] = OpenFindings(MOST_CONNECTIONS)
        self._asked: dict[str, _Asked] = {}

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
                yield from self._connected.release((fact.local, fact.remote), seen)
            elif isinstance(fact, NameResolved):
                yield from self._resolved(seen, fact)

    def wakes_at(self) -> int | None:
        """Return when the next asked-for name stops counting."""
        return min((asked.until_us for asked in self._asked.values()), default=None)

    def _opened(self, seen: BatchSeen, fact: ConnectionOpened) -> Iterator[Finding]:
        match = self._host(fact.remote_name, fact.process)
        ends = (fact.local, fact.remote)
        if match is None or ends in self._connected or self._connected.full:
            return
        name, host = program(fact.process), shown(fact.remote_name)
        finding = _finding(
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
        told = self._connected.shows(finding)
        yield from self._connected.hold(ends, finding)
        if not told:
            yield finding

    def _resolved(self, seen: BatchSeen, fact: NameResolved) -> Iterator[Finding]:
        match = self._host(fact.name, fact.process)
        if match is None:
            return
        until_us = seen.at_us + ASKED_FOR_US
        known = self._asked.get(match.tool.id)
        if known is not None:
            known.until_us = until_us
            return
        host = shown(fact.name)
        finding = _finding(
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
        self._asked[match.tool.id] = _Asked(finding, until_us)
        yield finding

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

    def _expire(self, seen: TimeSeen) -> Iterator[Finding]:
        for tool, asked in list(self._asked.items()):
            if asked.until_us <= seen.at_us:
                del self._asked[tool]
                yield asked.finding.over(seen.at_us, seen.record_number)


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
