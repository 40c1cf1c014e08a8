"""A workstation's way to the collector: connect, ask where to go on, send, keep until acknowledged.

Whenever the stream is lost, or something is refused that is to be sent again, it connects anew
after a while; the collector's welcome says where to go on.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random

from jiankao_collector.demo.enrolling import Identity
from jiankao_collector.demo.racing import until_one_ends
from jiankao_collector.demo.sealing import AGENT_VERSION, Link
from jiankao_collector.demo.spool import Spool
from jiankao_collector.demo.transport import (
    Acknowledged,
    Hello,
    Refused,
    StreamLostError,
    TelemetryStream,
    telemetry_stream,
)
from jiankao_proto.messages import Policy
from jiankao_proto.records import RefusalReason

IN_FLIGHT = 64
"""Envelopes sent and not yet acknowledged, at most."""
_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.2, 3.0
_SEND_AGAIN = frozenset({RefusalReason.OUT_OF_ORDER, RefusalReason.NOT_STORED})
_REMEMBERED = 10_000


class Delivery:
    """Delivers what is sealed to `address`, HOST:PORT. `obey` gets every policy that arrives."""

    def __init__(
        self,
        identity: Identity,
        address: str,
        obey: Callable[[Policy], None],
        random: Random,
    ) -> None:
        self._identity, self._address = identity, address
        self._obey, self._random = obey, random
        self.on_stream: Callable[[], None] = lambda: None
        """Called when a stream is open and welcomed."""
        self._sealed_at: dict[int, float] = {}
        self._sealed_count = 0
        self._next = 0
        self._news = asyncio.Event()
        self._finishing = False
        self.spool = Spool()
        self.stream: TelemetryStream | None = None
        """The stream while one is open and welcomed."""
        self.connected = asyncio.Event()
        """Set while there is one."""
        self.committed_count = 0
        """What the collector last said is durable."""
        self.refusals: list[Refused] = []
        """Every refusal that came back, oldest first."""
        self.losses: deque[str] = deque(maxlen=100)
        """Why streams were lost or did not come up, newest last."""
        self.latencies_s: deque[float] = deque(maxlen=_REMEMBERED)
        """From sealing to acknowledgement, batch by batch, newest last."""

    def carries(self, other: "Delivery") -> None:
        """Take over what another one keeps, as a copy of its folder does."""
        for link in other.spool.since(0):
            self.spool.add(link)
        self._sealed_count = other.sealed_count

    @property
    def sealed_count(self) -> int:
        """How many batches were ever sealed."""
        return self._sealed_count

    def put(self, link: Link) -> None:
        """Take over a sealed batch."""
        self.spool.add(link)
        self._sealed_count = link.sequence + 1
        self._sealed_at[link.sequence] = asyncio.get_running_loop().time()
        self._news.set()

    def finish(self) -> None:
        """Let `run` end once everything is acknowledged and the goodbye is said."""
        self._finishing = True
        self._news.set()

    async def run(self) -> None:
        """Deliver until `finish`. Ends by being cancelled when the agent is killed."""
        try:
            await self._keep_connected()
        finally:
            self._finishing = False

    async def _keep_connected(self) -> None:
        delay_s = _FIRST_DELAY_S
        while True:
            hello = Hello(AGENT_VERSION, self._identity.boot_id.value, self._sealed_count)
            try:
                async with telemetry_stream(
                    self._address, self._identity.credentials, hello
                ) as stream:
                    delay_s = _FIRST_DELAY_S
                    await self._converse(stream)
            except StreamLostError as error:
                self.losses.append(str(error))
            if self._finishing and not self.spool:
                return
            await asyncio.sleep(delay_s * self._random.uniform(0.5, 1.5))
            delay_s = min(2 * delay_s, _LONGEST_DELAY_S)

    async def _converse(self, stream: TelemetryStream) -> None:
        self._acknowledge(stream.committed_count)
        self._next = stream.committed_count
        self.stream = stream
        self.connected.set()
        self.on_stream()
        try:
            await until_one_ends(self._speak(stream), self._listen(stream))
        finally:
            self.stream = None
            self.connected.clear()

    async def _speak(self, stream: TelemetryStream) -> None:
        while True:
            self._news.clear()
            for link in self.spool.since(self._next):
                if link.sequence >= self.committed_count + IN_FLIGHT:
                    break
                await stream.send(link.envelope)
                self._next = link.sequence + 1
            if self._finishing and not self.spool:
                break
            await self._news.wait()
        await stream.finish()
        await asyncio.Event().wait()  # the collector ends the stream now, which `_listen` hears

    async def _listen(self, stream: TelemetryStream) -> None:
        async for answer in stream.answers():
            match answer:
                case Acknowledged(committed_count=count):
                    self._acknowledge(count)
                case Policy():
                    self._obey(answer)
                case Refused(reason=reason, detail=detail):
                    self.refusals.append(answer)
                    if reason in _SEND_AGAIN:
                        raise StreamLostError(f"to be sent again: {detail}")

    def _acknowledge(self, committed_count: int) -> None:
        self.committed_count = max(self.committed_count, committed_count)
        self.spool.acknowledge(committed_count)
        now = asyncio.get_running_loop().time()
        for sequence in [s for s in self._sealed_at if s < committed_count]:
            self.latencies_s.append(now - self._sealed_at.pop(sequence))
        self._news.set()
