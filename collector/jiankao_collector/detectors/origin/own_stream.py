"""Whether a workstation sees the connection over which it tells what it sees. Pure.

The collector knows from which address and port a stream comes, and an agent that looks at its machine's connections
tells of that very one within a second. A recording cannot: the port is drawn anew for each connection. Where something
between translates addresses the two differ from the beginning, and nothing is asked.
"""

from collections.abc import Iterator

from jiankao_collector.detectors.base import Sign
from jiankao_collector.detectors.origin.signs import Told
from jiankao_collector.detectors.origin.streams import endpoint, spelt
from jiankao_proto.batch import Batch
from jiankao_proto.observations import ConnectionOpened, Health

SENSOR = "connections"
WITHIN_US = 4_000_000
"""After the first word that was sealed on the new stream."""


class OwnStream:
    """Follows the streams of one workstation."""

    def __init__(self) -> None:
        self._from: tuple[str, int] | None = None
        self._sees_itself_at = ""
        """The address at which it told of its own stream."""
        self._missing = False
        self.wakes_at: int | None = None

    def opened(self, peer: str) -> Iterator[Told]:
        """Take in where a new stream comes from."""
        yield from self._over()
        self._from = endpoint(peer)
        self.wakes_at = None

    def closed(self) -> None:
        """The stream ended: nothing is owed any more."""
        self._from = self.wakes_at = None

    def admitted(self, at_us: int, batch: Batch, *, live: bool) -> Iterator[Told]:
        """Take in an admitted batch; `live`: it was sealed on this stream."""
        if self._from is None:
            return
        if any(self._is_it(o.fact) for o in batch.observations):
            self._sees_itself_at, self._from, self.wakes_at = self._from[0], None, None
            yield from self._over()
        elif (
            live
            and self.wakes_at is None
            and not self._missing
            and self._sees_itself_at == self._from[0]
            and any(s.sensor == SENSOR and s.health is Health.OK for s in batch.header.sensors)
        ):
            self.wakes_at = at_us + WITHIN_US

    def wake(self, at_us: int) -> Iterator[Told]:
        """Look whether it is overdue."""
        if self.wakes_at is not None and self.wakes_at <= at_us and self._from is not None:
            self.wakes_at, self._missing = None, True
            yield Told(Sign.OWN_STREAM_UNSEEN, str(self._from[1]))

    def _over(self) -> Iterator[Told]:
        if self._missing:
            self._missing = False
            yield Told(Sign.OWN_STREAM_UNSEEN, ended=True)

    def _is_it(self, fact: object) -> bool:
        return (
            isinstance(fact, ConnectionOpened)
            and self._from is not None
            and fact.local.port == self._from[1]
            and spelt(fact.local.address) == self._from[0]
        )
