"""One live stream of a workstation: what is in flight, what is to be said, how it can end."""

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial

import grpc

from jiankao_collector.enrolment.keyring import Enrolled
from jiankao_collector.evidence_log.journal import Journal
from jiankao_collector.evidence_log.writer import Appended
from jiankao_collector.ingest.admission import Admission
from jiankao_collector.ingest.answers import Answers
from jiankao_collector.ingest.limits import MOST_OPENED, OPENED_WITHIN_US, HeldOff, InFlight
from jiankao_proto.records import EnvelopeAdmitted, RefusalReason

NOT_STORED = "the collector cannot store anything now; keep everything and send it again later"
TOO_MANY = (
    "too many envelopes of this workstation were refused within ten minutes; find out why and wait"
)
_FAREWELL_WITHIN_S = 5.0
"""How long a workstation that says nothing more is still told what was committed."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a stream ended, for the record; `code` and `told` when the workstation is to be told in an error."""

    why: str
    code: grpc.StatusCode | None = None
    told: str = ""
    hold_off_us: int = 0
    """How long the workstation is not to come back."""


LOST = Ending("connection lost")
GOODBYE = Ending("ended by the workstation")
FULL = Ending("not stored", grpc.StatusCode.UNAVAILABLE, NOT_STORED)
FLOOD = Ending("too many refused envelopes", grpc.StatusCode.RESOURCE_EXHAUSTED, TOO_MANY)
REPLACED = Ending(
    "replaced by a newer stream",
    grpc.StatusCode.ABORTED,
    "a newer stream of this workstation took over; if nothing was started anew here, another computer has its keys",
)
UNREAD = Ending("a message that was too large to be read")
"""gRPC has told the workstation already."""
STOPPING = Ending(
    "the collector is stopping",
    grpc.StatusCode.UNAVAILABLE,
    "the collector is stopping; everything acknowledged is stored",
)


def held_off(held: HeldOff) -> Ending:
    """Return the end of a stream that came too soon after too many."""
    within_s, seconds = OPENED_WITHIN_US // 1_000_000, -(-held.for_us // 1_000_000)
    told = (
        f"this workstation opened {MOST_OPENED} streams within {within_s} s: look at its cable, and whether another "
        f"computer has its keys; it is let in again in {seconds} s"
    )
    return Ending("came back too often", grpc.StatusCode.RESOURCE_EXHAUSTED, told, held.for_us)


@dataclass(slots=True)
class OpenStream:
    """One live stream. `leave` is set when it is to end: it was replaced, or the collector stops.

    `unread`: it ended because a message was too large to be read.
    """

    enrolled: Enrolled
    peer: str
    answers: Answers
    admission: Admission
    in_flight: InFlight = field(default_factory=InFlight)
    replaced: bool = False
    unread: bool = False
    last: "asyncio.Future[Appended] | None" = None
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def failed(self) -> bool:
        """An envelope could not be stored: what comes after it must not be either."""
        last = self.last
        return (
            last is not None and last.done() and (last.cancelled() or last.exception() is not None)
        )

    def submit(self, admitted: EnvelopeAdmitted, journal: Journal) -> None:
        """Have an envelope stored, whose place in flight is taken already, and acknowledged after that."""
        self.last = journal.submit(admitted)
        self.last.add_done_callback(partial(self._settled, admitted))

    async def say_the_rest(self, speaker: "asyncio.Task[Ending]") -> None:
        """Tell a workstation that sends no more what became of its last envelopes, unless it listens too slowly."""
        try:
            async with asyncio.timeout(_FAREWELL_WITHIN_S):
                await self.in_flight.emptied()
                self.answers.finish()
                await speaker
        except (TimeoutError, grpc.aio.BaseError):
            _log.info("%s left before it was told the rest", self.enrolled.workstation_id)

    def _settled(self, admitted: EnvelopeAdmitted, stored: "asyncio.Future[Appended]") -> None:
        self.in_flight.leave(len(admitted.envelope))
        if stored.cancelled() or stored.exception() is not None:
            # Nothing of it is in the log: the agent keeps it and comes back; the chain is read from the log again then.
            self.answers.refuse(RefusalReason.NOT_STORED, NOT_STORED)
            return
        self.answers.committed(admitted.sequence + 1)
