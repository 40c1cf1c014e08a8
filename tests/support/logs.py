"""Small real evidence logs: real keys, real signed envelopes, a real SQLite file.

Everything is deterministic (keys come from names, times from a counter), so that two logs built by
the same steps are the same bytes record by record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiankao_collector.evidence_log.schema import FILE_NAME
from jiankao_collector.evidence_log.writer import Appended, EvidenceLogWriter
from jiankao_proto import chain
from jiankao_proto.batch import FORMAT, Batch, BatchHeader, SensorHealth
from jiankao_proto.codec import write_batch, write_statement
from jiankao_proto.envelope import BATCH_TYPE, ENROLMENT_TYPE, Sealed, seal
from jiankao_proto.ids import BootId, ExamSessionId, WorkstationId
from jiankao_proto.messages import EnrolmentStatement
from jiankao_proto.observations import Fact, Health, Heartbeat, Observation
from jiankao_proto.records import (
    EnvelopeAdmitted,
    LogOpened,
    RecordBody,
    TicketIssued,
    WorkstationEnrolled,
)

START_US = 1_790_000_000_000_000
"""When logs built here begin: 2026-09-21T14:13:20Z."""
STEP_US = 1_000_000


def key_of(name: str) -> Ed25519PrivateKey:
    """Return the throw-away Ed25519 key that belongs to a name."""
    return Ed25519PrivateKey.from_private_bytes(
        sha256(b"throw-away key of " + name.encode()).digest()
    )


@dataclass(slots=True)
class Workstation:
    """An enrolled workstation of a built log: its key and where its chain stands."""

    id: WorkstationId
    key: Ed25519PrivateKey
    head: chain.ChainHead

    def seal(
        self, facts: Sequence[Fact], at_us: int, exam_session: ExamSessionId | None = None
    ) -> Sealed:
        """Seal the next batch of these facts, without stepping on."""
        header = BatchHeader(
            FORMAT,
            self.id,
            BootId("boot-1"),
            exam_session,
            self.head.next_sequence,
            self.head.digest,
            wall_clock_us=at_us,
            monotonic_us=at_us - START_US,
            agent_version="0.1.0",
            sensors=(SensorHealth("processes", Health.OK), SensorHealth("input", Health.OK)),
        )
        seen = tuple(Observation(at_us, at_us - START_US, fact) for fact in facts)
        return seal(BATCH_TYPE, write_batch(Batch(header, seen)), self.key)


class LogBuilder:
    """Builds an evidence log in the data folder `data`, one second between two calls.

    `opened` False leaves out record 0, for whoever writes it himself.
    """

    def __init__(self, data: Path, *, opened: bool = True) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.path = data / FILE_NAME
        self.now_us = START_US
        self._writer = EvidenceLogWriter(self.path, create=True)
        if opened:
            collector = key_of("collector").public_key().public_bytes_raw()
            self.append(LogOpened(1, "log-1", collector, sha256(b"authority").digest()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def append(self, *bodies: RecordBody) -> list[Appended]:
        """Append records of one moment; time moves on."""
        appended = self._writer.append(bodies, self.now_us)
        self.now_us += STEP_US
        return appended

    def enrol(
        self, name: str, room: str = "101", seat: str = "01", *, simulated: bool = False
    ) -> Workstation:
        """Issue a ticket and enrol a workstation with the key that belongs to `name`."""
        key, ticket = key_of(name), sha256(b"ticket of " + name.encode()).digest()
        public = key.public_key().public_bytes_raw()
        statement = EnrolmentStatement(
            public, b"request", ticket, f"pc-{name}", "Linux", "0.1.0", "boot-1", self.now_us
        )
        sealed = seal(ENROLMENT_TYPE, write_statement(statement), key)
        workstation = WorkstationId(f"w-{name}")
        certificate = sha256(b"certificate of " + name.encode()).digest()
        _, enrolled = self.append(
            TicketIssued(ticket, room, seat, self.now_us + 3_600_000_000, "chief"),
            WorkstationEnrolled(
                workstation,
                sealed.data,
                public,
                certificate,
                ticket,
                room,
                seat,
                statement.hostname,
                simulated=simulated,
            ),
        )
        return Workstation(workstation, key, chain.genesis(enrolled.digest))

    def admit(
        self, workstation: Workstation, *facts: Fact, exam_session: ExamSessionId | None = None
    ) -> Appended:
        """Seal a batch of these facts, append it as admitted, and step the chain on.

        Without facts it is a heartbeat.
        """
        sealed = workstation.seal(facts or (Heartbeat(),), self.now_us, exam_session)
        sequence = workstation.head.next_sequence
        (appended,) = self.append(EnvelopeAdmitted(workstation.id, sequence, sealed.data))
        workstation.head = chain.ChainHead(sequence + 1, sealed.digest)
        return appended
