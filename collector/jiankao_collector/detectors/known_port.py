"""A program listens where a known tool does: a hint at a tool whose names were all changed.

Any program may take any port, so that this is a notice that adds little. Ports on which a screen is offered, whoever
does it, are `remote_desktop`'s; a program that is known by its own name is `known_software`'s.
"""

from collections.abc import Iterator

from jiankao_collector.detectors.base import AlertKind, BatchSeen, Family, Finding, Seen
from jiankao_collector.detectors.open_findings import OpenFindings
from jiankao_collector.knowledge.catalogue import Catalogue
from jiankao_collector.knowledge.tool import Match
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import program, shown, spaced
from jiankao_proto.observations import Endpoint, ListenerClosed, ListenerOpened, Process, Transport
from jiankao_proto.records import Severity

NAME = "known_port"
MOST_OPEN = 256
"""Listeners that are followed at once; a seat that makes up more is told of already."""

_Socket = tuple[Transport, Endpoint]


class KnownPort:
    """Follows the listeners of one workstation that stand where a known tool's do."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._open: OpenFindings[_Socket] = OpenFindings(MOST_OPEN)

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the listeners of a batch."""
        if not isinstance(seen, BatchSeen):
            return
        for observation in seen.batch.observations:
            fact = observation.fact
            if isinstance(fact, ListenerOpened):
                yield from self._opened(seen, fact)
            elif isinstance(fact, ListenerClosed):
                yield from self._open.release((fact.transport, fact.local), seen)

    def wakes_at(self) -> None:
        """Never: listeners are told of."""
        return

    def _opened(self, seen: BatchSeen, fact: ListenerOpened) -> Iterator[Finding]:
        match = self._catalogue.find_port(fact.local.port)
        where = (fact.transport, fact.local)
        if match is None or self._open.full or self._is_its_own(match, fact):
            return
        finding = _finding(seen, fact, match)
        known = self._open.get(where)
        if known is not None and known.reason_en == finding.reason_en:
            return  # told again with a baseline
        told = self._open.shows(finding)
        yield from self._open.hold(where, finding)
        if not told:
            yield finding

    def _is_its_own(self, match: Match, fact: ListenerOpened) -> bool:
        owner = fact.process
        if not owner.name:
            return False
        known = self._catalogue.find(Process(owner.pid, 0, owner.name, owner.executable))
        return known is not None and bool({t.id for t in known.tools} & {t.id for t in match.tools})


def _finding(seen: BatchSeen, fact: ListenerOpened, match: Match) -> Finding:
    who, port = program(fact.process), shown(match.by)
    return Finding(
        detector=NAME,
        kind="tool_port",
        family=Family.SOFTWARE,
        alert=AlertKind.REMOTE_CONTROL,
        severity=Severity.NOTICE,
        weight=Weight.TOOL_PORT,
        alone=False,
        subject=f"{match.tool.id} {port}",
        reason_zh=f"程序 {who} 在端口 {port} 等待连接，{spaced(match.name_zh)}也用这个端口；别的程序也可能用它",
        reason_en=f"Program {who} listens on port {port}, as {match.name_en} does; other programs may use it too",
        at_us=seen.at_us,
        record_number=seen.record_number,
    )
