"""The telemetry stream: gRPC in, admission, the log, then the acknowledgement.

One stream per workstation; a newer one replaces the older, whose last envelopes are committed or dropped before the new
one is told where to go on. Acknowledgements come after the commit, never from the write. A crash at any point leaves
either nothing or a committed envelope the agent will learn of from the next Welcome.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import TypeAlias

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from jiankao_collector.enrolment.keyring import Enrolled, Keyring
from jiankao_collector.errors import EvidenceLogError
from jiankao_collector.evidence_log.journal import Journal
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.evidence_log.writer import Appended
from jiankao_collector.ingest.admission import Admission, EnvelopeRefusedError
from jiankao_collector.ingest.answers import Answers
from jiankao_collector.ingest.committed import committed_digest, committed_head
from jiankao_proto.ids import WorkstationId
from jiankao_proto.messages import Policy
from jiankao_proto.records import EnvelopeRejected, RefusalReason, StreamClosed, StreamOpened
from jiankao_proto.v1 import transport_pb2, transport_pb2_grpc

KEPT_OF_REJECTED = 64 * 1024
"""Bytes kept of an envelope that was refused."""
REJECTED_PER_STREAM = 100
"""Refused envelopes recorded of one stream before it is closed: a flood must not fill the log."""
IN_FLIGHT = 256
"""Envelopes of one stream that may wait for their commit."""
_HELLO_WITHIN_S = 10.0

_log = logging.getLogger(__name__)

Context: TypeAlias = "grpc.aio.ServicerContext[transport_pb2.Uplink, transport_pb2.Downlink]"


@dataclass(slots=True)
class _Stream:
    """One live stream."""

    enrolled: Enrolled
    peer: str
    task: "asyncio.Task[object]"
    answers: Answers
    admission: Admission
    in_flight: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(IN_FLIGHT))
    replaced: bool = False
    rejected: int = 0
    last: "asyncio.Future[Appended] | None" = None
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def failed(self) -> bool:
        """An envelope could not be stored: what comes after it must not be either."""
        last = self.last
        return (
            last is not None and last.done() and (last.cancelled() or last.exception() is not None)
        )


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
        self._streams: dict[WorkstationId, _Stream] = {}
        self._stopping = False

    def push_policies(self) -> None:
        """Tell every connected workstation the policy that holds for it now."""
        for workstation, stream in self._streams.items():
            stream.answers.push(self._policy_of(workstation))

    def stopping(self) -> None:
        """The collector is going down: streams that end from here on are not the workstations' doing."""
        self._stopping = True

    async def Stream(  # noqa: N802 - the name in the schema
        self, request_iterator: AsyncIterator[transport_pb2.Uplink], context: Context
    ) -> None:
        """Serve one workstation until either side ends the stream."""
        enrolled = await self._who(context)
        hello = await self._hello(request_iterator, context)
        stream = await self._take_over(enrolled, context)
        why = "ended by the workstation"
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
            why = await self._converse(request_iterator, stream, context)
        except asyncio.CancelledError:
            why = "replaced by a newer stream" if stream.replaced else "connection lost"
            if not stream.replaced:
                raise
        except EvidenceLogError as error:
            why = "not stored"
            await context.abort(
                grpc.StatusCode.UNAVAILABLE, f"the collector cannot store anything: {error}"
            )
        finally:
            await asyncio.shield(self._end(stream, why))

    async def _converse(
        self, requests: AsyncIterator[transport_pb2.Uplink], stream: _Stream, context: Context
    ) -> str:
        """Listen and speak until either ends; return why."""
        listener = asyncio.create_task(self._listen(requests, stream))
        speaker = asyncio.create_task(_speak(stream.answers, context))
        try:
            done, _ = await asyncio.wait({listener, speaker}, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).result()
        finally:
            for task in (listener, speaker):
                task.cancel()
            await asyncio.gather(listener, speaker, return_exceptions=True)

    async def _who(self, context: Context) -> Enrolled:
        pem = next(iter(context.auth_context().get("x509_pem_cert", ())), b"")
        digest = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256()) if pem else b""
        enrolled = self._keyring.by_certificate(digest)
        if enrolled is None:
            await self._reject(
                None,
                RefusalReason.CERTIFICATE,
                "no workstation was enrolled with it",
                pem,
                context.peer(),
            )
            await context.abort(
                grpc.StatusCode.UNAUTHENTICATED,
                "this certificate is of no enrolled workstation; enrol this computer again with a new ticket",
            )
        return enrolled

    async def _hello(
        self, requests: AsyncIterator[transport_pb2.Uplink], context: Context
    ) -> transport_pb2.Hello:
        try:
            first = await asyncio.wait_for(anext(requests), _HELLO_WITHIN_S)
        except (StopAsyncIteration, TimeoutError):
            first = transport_pb2.Uplink()
        if first.WhichOneof("message") != "hello":
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a stream begins with Hello")
        return first.hello

    async def _take_over(self, enrolled: Enrolled, context: Context) -> _Stream:
        """End an older stream of the same workstation, wait until its envelopes are settled, and go on from there."""
        while (older := self._streams.get(enrolled.workstation_id)) is not None:
            older.replaced = True
            older.task.cancel()
            await older.finished.wait()
        head = committed_head(self._reader, enrolled)
        task = asyncio.current_task()
        assert task is not None
        stream = _Stream(
            enrolled,
            context.peer(),
            task,
            Answers(head.next_sequence),
            Admission(
                enrolled, head, lambda sequence: committed_digest(self._reader, enrolled, sequence)
            ),
        )
        self._streams[enrolled.workstation_id] = stream
        return stream

    async def _listen(self, requests: AsyncIterator[transport_pb2.Uplink], stream: _Stream) -> str:
        """Take in envelopes until the stream ends; return why it ended."""
        async for uplink in requests:
            if uplink.WhichOneof("message") != "envelope":
                continue
            try:
                admitted = stream.admission.admit(uplink.envelope)
            except EnvelopeRefusedError as refused:
                stream.rejected += 1
                await self._reject(
                    stream.enrolled.workstation_id,
                    refused.reason,
                    str(refused),
                    uplink.envelope,
                    stream.peer,
                )
                stream.answers.refuse(refused.reason, str(refused))
                if stream.rejected >= REJECTED_PER_STREAM:
                    return f"{stream.rejected} envelopes refused"
                continue
            await stream.in_flight.acquire()
            if stream.failed:
                stream.in_flight.release()
                return "not stored"
            stream.last = self._journal.submit(admitted)
            stream.last.add_done_callback(partial(_settled, stream, admitted.sequence))
        return "ended by the workstation"

    async def _reject(
        self,
        workstation: WorkstationId | None,
        reason: RefusalReason,
        detail: str,
        envelope: bytes,
        peer: str,
    ) -> None:
        body = EnvelopeRejected(
            workstation,
            reason,
            detail,
            envelope[:KEPT_OF_REJECTED],
            len(envelope),
            sha256(envelope).digest(),
            peer,
        )
        await self._journal.append(body)

    async def _end(self, stream: _Stream, why: str) -> None:
        """Wait until nothing of the stream is in flight, record its end, and make room for the next."""
        for _ in range(IN_FLIGHT):
            await stream.in_flight.acquire()
        try:
            await self._journal.append(
                StreamClosed(stream.enrolled.workstation_id, why, stream.replaced, self._stopping)
            )
        except EvidenceLogError as error:
            # The log takes nothing (full disk): the stream's end will be seen from its silence.
            _log.warning(
                "the end of %s's stream was not recorded: %s", stream.enrolled.workstation_id, error
            )
        finally:
            del self._streams[stream.enrolled.workstation_id]
            stream.finished.set()


def _settled(stream: _Stream, sequence: int, stored: "asyncio.Future[Appended]") -> None:
    stream.in_flight.release()
    if stored.cancelled() or stored.exception() is not None:
        # Nothing of it is in the log: the agent keeps it and comes back; the chain is read from the log again then.
        stream.answers.refuse(
            RefusalReason.NOT_STORED,
            "the collector could not store the batch; keep it and send it again later",
        )
        return
    stream.answers.committed(sequence + 1)


async def _speak(answers: Answers, context: Context) -> str:
    """Write what is to be said; return after telling that something could not be stored."""
    while True:
        for downlink in await answers.next():
            await context.write(downlink)
            if downlink.refusal.reason == transport_pb2.REFUSAL_REASON_NOT_STORED:
                return "not stored"
