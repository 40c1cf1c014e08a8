"""Which of a workstation's connections are jiankao's own.

The agent's stream to the collector is a connection like any other, and where both run on one machine the collector is a
program with inbound connections. The collector knows the address and port its streams come from; a connection of the
workstation whose near end has that very port is the agent's, and its far end is the collector. Names are not asked: a
program called `jiankao-agent` is no friend for that.
"""

from collections.abc import Iterable
from dataclasses import replace

from jiankao_collector.knowledge.policy import is_loopback
from jiankao_proto.batch import Batch
from jiankao_proto.observations import ConnectionClosed, ConnectionOpened, Direction, Fact

_CONNECTIONS = (ConnectionOpened, ConnectionClosed)
_PORTS_KEPT = 8


class OwnTraffic:
    """Learns from the streams of one workstation and takes their connections out of its batches.

    A port teaches one far end only, the first seen with it: a program that shares the port later gains nothing.
    """

    def __init__(self) -> None:
        self._taught: dict[int, tuple[str, int] | None] = {}
        self._collectors: set[tuple[str, int, str]] = set()
        self._collector_pids: set[int] = set()

    def stream_opened(self, peer: str) -> None:
        """Learn where a stream comes from; `peer` as gRPC writes it, `ipv4:10.0.0.7:50123` or `ipv6:[::1]:50123`."""
        _, _, port = peer.rpartition(":")
        if port.isascii() and port.isdigit():
            self._taught[int(port)] = None
            while len(self._taught) > _PORTS_KEPT:
                del self._taught[next(iter(self._taught))]

    def without(self, batch: Batch) -> Batch:
        """Return the batch without our own connections; the very same one when it holds none."""
        facts = [o.fact for o in batch.observations if isinstance(o.fact, _CONNECTIONS)]
        if not facts:
            return batch
        self._learn(facts)
        kept = tuple(o for o in batch.observations if not self._is_own(o.fact))
        return batch if len(kept) == len(batch.observations) else replace(batch, observations=kept)

    def _learn(self, facts: Iterable[ConnectionOpened | ConnectionClosed]) -> None:
        for fact in facts:
            if fact.direction is Direction.OUTBOUND and fact.local.port in self._taught:
                far = (fact.remote.address, fact.remote.port)
                if self._taught[fact.local.port] in {None, far}:
                    self._taught[fact.local.port] = far
                    self._collectors.add((*far, fact.process.name))
            elif (
                fact.direction is Direction.INBOUND
                and fact.remote.port in self._taught
                and fact.process.pid
                and (is_loopback(fact.remote.address) or fact.remote.address == fact.local.address)
            ):
                self._collector_pids.add(fact.process.pid)

    def _is_own(self, fact: Fact) -> bool:
        if not isinstance(fact, _CONNECTIONS):
            return False
        if fact.direction is Direction.INBOUND:
            return fact.process.pid in self._collector_pids
        return (fact.remote.address, fact.remote.port, fact.process.name) in self._collectors
