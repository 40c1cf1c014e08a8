"""A workstation that speaks the real protocol by hand, one envelope at a time.

Keys, enrolment and the stream are those of the simulated workstations; what is sent, and when, is up to the test.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from jiankao_collector.config import Address
from jiankao_collector.demo.enrolling import Identity, enrol
from jiankao_collector.demo.sealing import AGENT_VERSION, Circumstances, Moment, Sealer
from jiankao_collector.demo.transport import (
    Acknowledged,
    Answer,
    Hello,
    Refused,
    StreamLostError,
    TelemetryStream,
    telemetry_stream,
)
from jiankao_proto.chain import ChainHead
from jiankao_proto.messages import Policy
from jiankao_proto.observations import AgentLifecycle, Heartbeat, LifecycleStage, Observation
from tests.support.collector import Intake

NOW_US = 1_795_000_000_000_000
WITHIN_S = 15.0
T = TypeVar("T")


@dataclass
class Client:
    """An enrolled workstation and where its chain stands."""

    identity: Identity
    telemetry_at: Address
    sealer: Sealer = field(init=False)

    def __post_init__(self) -> None:
        self.sealer = self.sealer_at(None)

    def sealer_at(self, head: ChainHead | None) -> Sealer:
        """Return a sealer with this workstation's key that stands anywhere in its chain, or at its beginning."""
        one = self.identity
        sealer = Sealer(one.workstation_id, one.key, one.boot_id, one.chain_genesis)
        if head is not None:
            sealer.head = head
        return sealer

    def seal(self, count: int = 1, sealer: Sealer | None = None) -> list[bytes]:
        """Return the next envelopes, a heartbeat in each."""
        sealed = []
        for _ in range(count):
            at = Moment(NOW_US, NOW_US)
            beat = Observation(NOW_US, NOW_US, Heartbeat())
            sealed.append((sealer or self.sealer).seal((beat,), Circumstances(), at).envelope)
        return sealed

    def seal_large(self, size: int) -> bytes:
        """Return the next envelope, of a little more than `size` bytes."""
        at, piece = Moment(NOW_US, NOW_US), "x" * 8000
        seen = tuple(
            Observation(NOW_US, NOW_US, AgentLifecycle(LifecycleStage.STARTED, piece))
            for _ in range(size // 8000)
        )
        return self.sealer.seal(seen, Circumstances(), at).envelope

    @contextlib.asynccontextmanager
    async def stream(self) -> "AsyncIterator[Conversation]":
        """Open a stream and listen."""
        hello = Hello(AGENT_VERSION, self.identity.boot_id.value, self.sealer.head.next_sequence)
        async with telemetry_stream(
            str(self.telemetry_at), self.identity.credentials, hello
        ) as stream:
            conversation = Conversation(stream)
            try:
                yield conversation
            finally:
                await conversation.close()


class Conversation:
    """One open stream: what is said to it, and everything it has answered."""

    def __init__(self, stream: TelemetryStream) -> None:
        self.welcomed_at = stream.committed_count
        self.answers: list[Answer] = []
        self.lost = ""
        """Why the collector ended the stream, as the workstation is told; empty for a quiet end."""
        self._stream = stream
        self._changed = asyncio.Event()
        self._ended = False
        self._listener = asyncio.create_task(self._listen())

    async def send(self, *envelopes: bytes) -> None:
        """Send envelopes, waiting for nothing but flow control."""
        for envelope in envelopes:
            await self._stream.send(envelope)

    async def finish(self) -> None:
        """Say that nothing more will come."""
        await self._stream.finish()

    async def acknowledged(self, count: int) -> None:
        """Wait until everything below `count` is acknowledged."""
        await self._until(f"{count} acknowledged", lambda: self.committed >= count)

    async def refusals(self, count: int = 1) -> list[Refused]:
        """Wait until so many envelopes were refused; return the refusals."""
        await self._until(f"{count} refusals", lambda: len(self._refused) >= count)
        return self._refused

    async def policy(self, wanted: Callable[[Policy], bool] = lambda _: True) -> Policy:
        """Wait for a policy and return it."""
        found: list[Policy] = []

        def look() -> bool:
            found[:] = [a for a in self.answers if isinstance(a, Policy) and wanted(a)]
            return bool(found)

        await self._until("a policy", look)
        return found[-1]

    async def ended(self) -> str:
        """Wait until the collector ends the stream; return what it told."""
        await self._until("the end", lambda: self._ended)
        return self.lost

    @property
    def committed(self) -> int:
        """Everything below this was acknowledged."""
        counts = [a.committed_count for a in self.answers if isinstance(a, Acknowledged)]
        return max(counts, default=self.welcomed_at)

    @property
    def _refused(self) -> list[Refused]:
        return [a for a in self.answers if isinstance(a, Refused)]

    async def close(self) -> None:
        """Stop listening."""
        self._listener.cancel()
        await asyncio.gather(self._listener, return_exceptions=True)

    async def _listen(self) -> None:
        try:
            async for answer in self._stream.answers():
                self.answers.append(answer)
                self._changed.set()
        except StreamLostError as error:
            self.lost = str(error)
        finally:
            self._ended = True
            self._changed.set()

    async def _until(self, what: str, holds: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(WITHIN_S):
                while not holds():
                    assert not self._ended or what == "the end", f"{what}: ended ({self.lost})"
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{what}: not in time; answers were {self.answers}") from None


async def enrolled(
    collector: Intake, seat: str = "01", hostname: str = "pc-01", ticket: str = ""
) -> Client:
    """Enrol a workstation, with a ticket of its own when none is given."""
    identity = await enrol(
        collector.enrolment_at,
        ticket or collector.ticket(seat),
        hostname=hostname,
        now_us=collector.clock.now_us(),
    )
    return Client(identity, collector.telemetry_at)
