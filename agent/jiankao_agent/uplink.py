"""The stream to the collector: does what the delivery machine says, and tells it what happens.

A channel of its own for every attempt, so that only `delivery` decides when to try again. A write that
completes means nothing: an envelope is delivered when the collector acknowledges it, and not before.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import grpc

from jiankao_agent import delivery
from jiankao_agent.clock import monotonic_us
from jiankao_agent.config import Address
from jiankao_agent.errors import SpoolError
from jiankao_agent.tls import STREAM_OPTIONS
from jiankao_proto.errors import MalformedError
from jiankao_proto.mapping import from_message
from jiankao_proto.meeting import HOLD_OFF_KEY
from jiankao_proto.messages import Policy
from jiankao_proto.records import RefusalReason
from jiankao_proto.v1 import transport_pb2, transport_pb2_grpc

WELCOME_WITHIN_S = 10.0
GOODBYE_WITHIN_S = 0.5

_TOO_LARGE = "larger than max"
"""What gRPC says at either end of a message beyond its limit; its API has no other word for it."""
_TURNED_AWAY = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)

_log = logging.getLogger(__name__)

_Call: TypeAlias = "grpc.aio.StreamStreamCall[transport_pb2.Uplink, transport_pb2.Downlink]"


@dataclass(frozen=True, slots=True)
class Greeting:
    """What Hello says besides the next sequence."""

    agent_version: str
    boot_id: str


@dataclass(frozen=True, slots=True)
class Outlet:
    """What the stream needs of the rest of the agent."""

    read: Callable[[int], Awaitable[bytes]]
    """Gives the envelope with a sequence. Raises SpoolError."""
    forget: Callable[[int], Awaitable[None]]
    """Everything below the count is committed."""
    first_kept: Callable[[], int]
    follow: Callable[[Policy], None]
    trouble: Callable[[delivery.Trouble | None], None]
    """Shows why delivery stands still, or None when it goes on again."""


class Uplink:
    """One workstation's stream, opened again and again until it is cancelled or finished."""

    def __init__(
        self,
        address: Address,
        credentials: grpc.ChannelCredentials,
        greeting: Greeting,
        next_sequence: int,
        outlet: Outlet,
    ) -> None:
        self._address, self._credentials, self._greeting = address, credentials, greeting
        self._next_sequence, self._outlet = next_sequence, outlet
        self._machine = delivery.Delivery(next_sequence)
        self._connect_at_us = 0
        self._outbox: deque[int] = deque()
        self._forget_below = 0
        self._something = asyncio.Event()
        self._hang_up = asyncio.Event()
        self._finishing = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._connected = False
        self._told_lost = False

    def spooled(self, next_sequence: int) -> None:
        """Everything below `next_sequence` is durable here."""
        self._next_sequence = next_sequence
        self._do(self._machine.spooled(next_sequence))

    def finish(self) -> None:
        """End the stream in an orderly way; `run` returns."""
        self._finishing.set()

    async def run(self) -> None:
        """Keep a stream to the collector until `finish`."""
        self._do(self._machine.started(monotonic_us()))
        try:
            while await self._time_to_connect():
                self._do(self._machine.connecting())
                self._hang_up.clear()
                self._outbox.clear()
                why = await self._one_stream()
                self._tell_lost(why)
                self._do(self._machine.disconnected(monotonic_us(), _jitter()))
        finally:
            if self._timer is not None:
                self._timer.cancel()

    async def _time_to_connect(self) -> bool:
        """Wait until the machine wants a stream; False when the agent is finishing instead."""
        while (left_us := self._connect_at_us - monotonic_us()) > 0:
            try:
                async with asyncio.timeout(left_us / 1e6):
                    await self._finishing.wait()
            except TimeoutError:
                continue
            break
        return not self._finishing.is_set()

    async def _one_stream(self) -> str:
        """Open a stream and serve it until it ends; return why it did."""
        async with grpc.aio.secure_channel(
            str(self._address), self._credentials, options=STREAM_OPTIONS
        ) as channel:
            call = transport_pb2_grpc.TelemetryStub(channel).Stream()  # type: ignore[no-untyped-call] # generated
            try:
                async with asyncio.timeout(WELCOME_WITHIN_S):
                    await self._greet(call)
                return await self._converse(call)
            except TimeoutError:
                return "no answer"
            except SpoolError as error:
                self._do(self._machine.unreadable(str(error), monotonic_us()))
                return str(error)
            except (grpc.aio.AioRpcError, asyncio.InvalidStateError) as error:
                return await self._why(error, call)
            except MalformedError as error:
                return f"it does not speak as a collector does: {error}"
            finally:
                call.cancel()

    async def _greet(self, call: _Call) -> None:
        hello = transport_pb2.Hello(
            agent_version=self._greeting.agent_version,
            boot_id=self._greeting.boot_id,
            next_sequence=self._next_sequence,
        )
        await call.write(transport_pb2.Uplink(hello=hello))
        answer = await call.read()
        if not isinstance(answer, transport_pb2.Downlink):
            raise MalformedError("the stream ended before Welcome")
        if answer.WhichOneof("message") != "welcome":
            raise MalformedError("its first message is not Welcome")
        self._connected, self._told_lost = True, False
        _log.info("connected to the collector at %s", self._address)
        self._do(
            self._machine.connected(
                answer.welcome.committed_count, self._outlet.first_kept(), monotonic_us()
            )
        )

    async def _converse(self, call: _Call) -> str:
        """Speak and listen until either ends; return why."""
        listening = asyncio.create_task(self._listen(call))
        tasks = {
            listening,
            asyncio.create_task(self._speak(call)),
            asyncio.create_task(_until(self._hang_up, "begun anew")),
            asyncio.create_task(_until(self._finishing, "the agent stops")),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            why = next(iter(done)).result()
            if self._finishing.is_set():
                # The collector ends its half of the stream, or is late; cancelling would look like a break.
                await call.done_writing()
                await asyncio.wait({listening}, timeout=GOODBYE_WITHIN_S)
            return why
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, call: _Call) -> str:
        while isinstance(message := await call.read(), transport_pb2.Downlink):
            self._heard(message)
        return "the collector ended the stream"

    def _heard(self, message: transport_pb2.Downlink) -> None:
        now_us = monotonic_us()
        match message.WhichOneof("message"):
            case "ack":
                self._do(self._machine.acknowledged(message.ack.committed_count, now_us))
            case "refusal":
                refusal = message.refusal
                reason = _refusal_reason(refusal.reason)
                _log.warning("the collector refuses a batch (%s): %s", reason.name, refusal.detail)
                self._do(
                    self._machine.refused(
                        reason, refusal.detail, refusal.committed_count, now_us, _jitter()
                    )
                )
            case "policy":
                self._outlet.follow(from_message(Policy, message.policy))
            case _:  # of a newer collector: nothing an older agent must know
                _log.debug("a message this version does not know")

    async def _speak(self, call: _Call) -> str:
        while True:
            await self._something.wait()
            self._something.clear()
            if self._forget_below:
                count, self._forget_below = self._forget_below, 0
                await self._outlet.forget(count)
            while self._outbox:
                sequence = self._outbox.popleft()
                envelope = await self._outlet.read(sequence)
                await call.write(transport_pb2.Uplink(envelope=envelope))

    def _do(self, commands: Iterable[delivery.Command]) -> None:
        # By keyword: a pattern by position leaves a string in CPython 3.11's cache of types each time it fits.
        for command in commands:
            match command:
                case delivery.ConnectAt(at_us=at_us):
                    self._connect_at_us = at_us
                case delivery.Send(sequence=sequence):
                    self._outbox.append(sequence)
                    self._something.set()
                case delivery.Forget(committed_count=committed_count):
                    self._forget_below = committed_count
                    self._something.set()
                case delivery.HangUp():
                    self._hang_up.set()
                case delivery.WakeAt(at_us=at_us):
                    self._outbox.clear()  # what waits for a pause is sent again after it
                    self._wake_at(at_us)
                case delivery.Trouble():
                    self._outbox.clear()
                    self._outlet.trouble(command)
                case delivery.TroubleOver():
                    self._outlet.trouble(None)

    def _wake_at(self, at_us: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(
            max(0, at_us - monotonic_us()) / 1e6, lambda: self._do(self._machine.woken())
        )

    async def _why(self, error: Exception, call: _Call) -> str:
        """Return what the stream ended with; a write only says that it has ended."""
        if isinstance(error, grpc.aio.AioRpcError):
            code, said, beside = error.code(), error.details(), error.trailing_metadata()
        elif call.done():
            code, said = await call.code(), await call.details()
            beside = await call.trailing_metadata()
        else:
            return str(error)
        detail = " ".join((said or code.name).split())[:300]
        if code in _TURNED_AWAY:
            self._do(self._machine.turned_away(detail, monotonic_us()))
        elif code is grpc.StatusCode.RESOURCE_EXHAUSTED and _TOO_LARGE in detail:
            self._do(self._machine.too_large(detail, monotonic_us()))
        elif code is grpc.StatusCode.RESOURCE_EXHAUSTED:
            self._machine.held_off(_hold_off_us(beside), monotonic_us())
        return detail

    def _tell_lost(self, why: str) -> None:
        """Say once that the stream is lost, not at every attempt."""
        if not self._told_lost and not self._finishing.is_set():
            self._told_lost = True
            state = "lost" if self._connected else "not reached"
            _log.warning(
                "collector at %s %s (%s); trying again, nothing is lost", self._address, state, why
            )
        self._connected = False


def credentials(
    authority_pem: bytes, key_pem: bytes, certificate_pem: bytes
) -> grpc.ChannelCredentials:
    """Return what mutual TLS needs: one authority to trust, our key and our certificate."""
    return grpc.ssl_channel_credentials(authority_pem, key_pem, certificate_pem)


def _hold_off_us(metadata: Iterable[tuple[str, str | bytes]] | None) -> int:
    """Return how long the collector does not want to be asked again; 0 when it does not say."""
    said = next((value for key, value in metadata or () if key == HOLD_OFF_KEY), "")
    return int(said) * 1000 if isinstance(said, str) and said.isascii() and said.isdigit() else 0


async def _until(event: asyncio.Event, why: str) -> str:
    await event.wait()
    return why


def _refusal_reason(number: int) -> RefusalReason:
    try:
        return RefusalReason(number)
    except ValueError:  # of a newer collector; treated as one that no repetition mends
        return RefusalReason.UNSPECIFIED


def _jitter() -> float:
    return random.random()  # noqa: S311 - spreads reconnections, protects nothing
