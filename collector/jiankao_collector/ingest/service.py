"""The telemetry stream: gRPC in, admission, the log, then the acknowledgement.

One stream per workstation; a newer one replaces the older, whose last envelopes are committed or dropped before the new
one is told where to go on. Acknowledgements come after the commit, never from the write. A crash at any point leaves
either nothing or a committed envelope the agent will learn of from the next Welcome.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TypeAlias

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from jiankao_collector.enrolment.keyring import Enrolled, Keyring
from jiankao_collector.errors import EvidenceLogError
from jiankao_collector.evidence_log.journal import Journal
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.ingest.admission import (
    Admission,
    EnvelopeRefusedError,
    not_read,
    rejected,
    too_often,
)
from jiankao_collector.ingest.answers import Answers
from jiankao_collector.ingest.committed import committed_digest, committed_head
from jiankao_collector.ingest.limits import Reconnections, RefusalBudget
from jiankao_collector.ingest.stream import (
    FLOOD,
    FULL,
    GOODBYE,
    LOST,
    REPLACED,
    STOPPING,
    TOO_MANY,
    UNREAD,
    Ending,
    OpenStream,
    held_off,
)
from jiankao_collector.ingest.unread import heed, reading
from jiankao_proto.ids import WorkstationId
from jiankao_proto.meeting import HOLD_OFF_KEY
from jiankao_proto.messages import Policy
from jiankao_proto.records import RefusalReason, StreamClosed, StreamOpened
from jiankao_proto.v1 import transport_pb2, transport_pb2_grpc

_HELLO_WITHIN_S = 10.0

_log = logging.getLogger(__name__)

Context: TypeAlias = "grpc.aio.ServicerContext[transport_pb2.Uplink, transport_pb2.Downlink]"


class TelemetryService(transport_pb2_grpc.TelemetryServicer):
    """The servicer of jiankao.transport.v1.Telemetry. `policy_of` gives the policy of a workstation."""

    def __init__(
        self,
        journal: Journal,
        reader: EvidenceLogReader,
        keyring: Keyring,
        policy_of: Callable[[WorkstationId], Policy],
        now_us: Callable[[], int],
    ) -> None:
        self._journal, self._reader, self._keyring = journal, reader, keyring
        self._policy_of, self._now_us = policy_of, now_us
        self._refused = RefusalBudget(now_us)
        self._reconnections = Reconnections(now_us)
        self._streams: dict[WorkstationId, OpenStream] = {}
        self._endings: set[asyncio.Task[None]] = set()
        self._stopping = False
        heed()

    def push_policies(self) -> None:
        """Tell every connected workstation the policy that holds for it now."""
        for workstation, stream in self._streams.items():
            stream.answers.push(self._policy_of(workstation))

    async def stop(self) -> None:
        """End every stream and take no more; returns when each end is recorded.

        From here on streams that end are not the workstations' doing, and the record of their end says so.
        """
        self._stopping = True
        streams = tuple(self._streams.values())
        for stream in streams:
            stream.leave.set()
        for stream in streams:
            await stream.finished.wait()

    async def Stream(  # noqa: N802 - the name in the schema
        self, request_iterator: AsyncIterator[transport_pb2.Uplink], context: Context
    ) -> None:
        """Serve one workstation until either side ends the stream."""
        try:
            ending = await self._serve(request_iterator, context)
        except EvidenceLogError as error:
            _log.error("a workstation was turned away: %s", error)
            ending = FULL
        if ending.code is not None:
            hold_off = (
                ((HOLD_OFF_KEY, str(ending.hold_off_us // 1000)),) if ending.hold_off_us else ()
            )
            await context.abort(ending.code, ending.told, hold_off)

    async def _serve(
        self, requests: AsyncIterator[transport_pb2.Uplink], context: Context
    ) -> Ending:
        enrolled = await self._who(context)
        hello = await self._hello(requests, enrolled, context)
        if self._refused.is_spent(enrolled.workstation_id):
            return FLOOD
        if (held := self._reconnections.ask(enrolled.workstation_id)) is not None:
            if held.first:
                told = too_often(enrolled.workstation_id, held, context.peer())
                await self._journal.append(told)
            return held_off(held)
        stream = await self._take_over(enrolled, context)
        if stream is None:
            return STOPPING
        ending = LOST
        try:
            await self._journal.append(
                StreamOpened(
                    enrolled.workstation_id,
                    stream.peer,
                    hello.agent_version[:64],
                    hello.boot_id[:64],
                    hello.next_sequence,
                )
            )
            welcome = transport_pb2.Welcome(
                committed_count=stream.admission.head.next_sequence, wall_clock_us=self._now_us()
            )
            await context.write(transport_pb2.Downlink(welcome=welcome))
            stream.answers.push(self._policy_of(enrolled.workstation_id))
            ending = await self._converse(requests, stream, context)
        except EvidenceLogError:
            ending = FULL
            raise
        except grpc.aio.BaseError:
            ending = LOST  # gRPC's word for writing to somebody who has gone
        finally:
            await self._to_its_record(self._end(stream, UNREAD if stream.unread else ending))
        return ending

    async def _to_its_record(self, work: Coroutine[None, None, None]) -> None:
        """Do it to its end, even when this task is cancelled meanwhile."""
        task = asyncio.create_task(work)
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)
        await asyncio.shield(task)

    async def _converse(
        self, requests: AsyncIterator[transport_pb2.Uplink], stream: OpenStream, context: Context
    ) -> Ending:
        """Listen and speak until either ends or the stream is asked to leave; return why.

        What is being written is written to its end: gRPC loses the word of a stream's end behind a cancelled write.
        """
        listener = asyncio.create_task(self._listen(requests, stream))
        speaker = asyncio.create_task(_speak(stream.answers, context))
        leaving = asyncio.create_task(stream.leave.wait())
        tasks = (listener, speaker, leaving)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if speaker.done():
                return speaker.result()
            if listener.done():
                ending = listener.result()
            else:
                ending = REPLACED if stream.replaced else STOPPING
                listener.cancel()
                await asyncio.wait({listener})
            await stream.say_the_rest(speaker)
            return ending
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _who(self, context: Context) -> Enrolled:
        pem = next(iter(context.auth_context().get("x509_pem_cert", ())), b"")
        digest = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256()) if pem else b""
        enrolled = self._keyring.by_certificate(digest)
        if enrolled is None:
            if not self._refused.is_spent(digest):
                self._refused.spend(digest)
                unknown = EnvelopeRefusedError(
                    RefusalReason.CERTIFICATE, "no workstation was enrolled with it"
                )
                await self._journal.append(rejected(None, unknown, pem, context.peer()))
            await context.abort(
                grpc.StatusCode.UNAUTHENTICATED,
                "this certificate is of no enrolled workstation; enrol this computer again with a new ticket",
            )
        return enrolled

    async def _hello(
        self,
        requests: AsyncIterator[transport_pb2.Uplink],
        enrolled: Enrolled,
        context: Context,
    ) -> transport_pb2.Hello:
        with reading() as unread:
            try:
                async with asyncio.timeout(_HELLO_WITHIN_S):
                    first = await anext(requests)
            except (StopAsyncIteration, TimeoutError):
                first = transport_pb2.Uplink()
        if unread.told:
            await self._to_its_record(self._not_read(enrolled.workstation_id, context.peer()))
        if first.WhichOneof("message") == "hello":
            return first.hello
        workstation = enrolled.workstation_id
        if first.envelope and not self._refused.is_spent(workstation):
            self._refused.spend(workstation)
            early = EnvelopeRefusedError(RefusalReason.MALFORMED_ENVELOPE, "it came before Hello")
            await self._journal.append(rejected(workstation, early, first.envelope, context.peer()))
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a stream begins with Hello")
        raise AssertionError("abort does not return")

    async def _take_over(self, enrolled: Enrolled, context: Context) -> OpenStream | None:
        """End an older stream of the same workstation, wait until its envelopes are settled, and go on from there.

        Returns None when the collector is stopping. Nothing is awaited between the last look and the new stream's
        place in the table: of two that come at once, the second finds the first.
        """
        while (older := self._streams.get(enrolled.workstation_id)) is not None:
            older.replaced = True
            older.leave.set()
            await older.finished.wait()
        if self._stopping:
            return None
        head = committed_head(self._reader, enrolled)
        stream = OpenStream(
            enrolled,
            context.peer(),
            Answers(head.next_sequence),
            Admission(
                enrolled, head, lambda sequence: committed_digest(self._reader, enrolled, sequence)
            ),
        )
        self._streams[enrolled.workstation_id] = stream
        return stream

    async def _listen(
        self, requests: AsyncIterator[transport_pb2.Uplink], stream: OpenStream
    ) -> Ending:
        """Take in envelopes until the stream ends; return why it ended."""
        with reading() as unread:
            async for uplink in requests:
                ending = await self._take(uplink, stream)
                if ending is not None:
                    return ending
        stream.unread = unread.told
        return GOODBYE

    async def _take(self, uplink: transport_pb2.Uplink, stream: OpenStream) -> Ending | None:
        """Take in one message; return why the stream is to end now, if it is."""
        if uplink.WhichOneof("message") != "envelope":
            return None
        size = len(uplink.envelope)
        await stream.in_flight.enter(size)
        admitted = None
        try:
            if stream.failed:
                return FULL
            admitted = stream.admission.admit(uplink.envelope)
        except EnvelopeRefusedError as refused:
            await self._refuse(stream, refused, uplink.envelope)
            if self._refused.is_spent(stream.enrolled.workstation_id):
                stream.answers.refuse(RefusalReason.TOO_MANY, TOO_MANY)
                return FLOOD
            return None
        finally:
            if admitted is None:
                stream.in_flight.leave(size)
        stream.submit(admitted, self._journal)
        return None

    async def _refuse(
        self, stream: OpenStream, refused: EnvelopeRefusedError, envelope: bytes
    ) -> None:
        workstation = stream.enrolled.workstation_id
        self._refused.spend(workstation)
        await self._journal.append(rejected(workstation, refused, envelope, stream.peer))
        stream.answers.refuse(refused.reason, str(refused))

    async def _not_read(self, workstation: WorkstationId, peer: str) -> None:
        """Record that a message was too large to be read; gRPC has told the workstation, and ended the stream."""
        if self._refused.is_spent(workstation):
            return  # before its Hello nothing else keeps it from coming back at once
        self._refused.spend(workstation)
        try:
            await self._journal.append(not_read(workstation, peer))
        except EvidenceLogError as error:
            _log.warning(
                "a message of %s too large to be read was not recorded: %s", workstation, error
            )

    async def _end(self, stream: OpenStream, ending: Ending) -> None:
        """Wait until nothing of the stream is in flight, record its end, and make room for the next."""
        workstation = stream.enrolled.workstation_id
        try:
            await stream.in_flight.emptied()
            if stream.unread:
                await self._not_read(workstation, stream.peer)
            await self._journal.append(
                StreamClosed(workstation, ending.why, stream.replaced, self._stopping)
            )
        except EvidenceLogError as error:
            # The log takes nothing (full disk): the stream's end will be seen from its silence.
            _log.warning("the end of %s's stream was not recorded: %s", workstation, error)
        finally:
            del self._streams[workstation]
            stream.finished.set()


async def _speak(answers: Answers, context: Context) -> Ending:
    """Write what is to be said, to the end; stop after telling that something could not be stored."""
    while said := await answers.next():
        for downlink in said:
            await context.write(downlink)
            if downlink.refusal.reason == transport_pb2.REFUSAL_REASON_NOT_STORED:
                return FULL
    return GOODBYE
