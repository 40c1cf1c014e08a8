"""Hours of an exam in a data folder, as a collector recorded and judged it: one can be started there and goes on.

Scenes of the simulator are played in scene time, so that hours take minutes. Keys, certificates, signatures, chains and
alerts are real: `jiankao-audit verify` and `replay` take such a log as any other, and its seats can come back.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path

from jiankao_collector.assessment import load_rules
from jiankao_collector.config import DataFolder
from jiankao_collector.demo.scenes.catalogue import ATTACKS, HONEST
from jiankao_collector.demo.steps import Scene
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.evidence_log.schema import connect
from jiankao_collector.evidence_log.writer import derived_columns
from jiankao_proto.batch import Batch
from jiankao_proto.chain import ChainHead
from jiankao_proto.codec import read_record, record_digest, write_batch, write_record
from jiankao_proto.envelope import BATCH_TYPE, seal
from jiankao_proto.ids import DIGEST_SIZE, BootId
from jiankao_proto.records import (
    AlertChanged,
    CollectorStarted,
    LogOpened,
    Record,
    RecordBody,
    RuleSetInForce,
    WorkstationEnrolled,
)
from tests.support.collector import intake
from tests.support.judged import JudgedLog, Seat, us
from tests.support.played import judged_room
from tests.support.stream_client import Client, enrolled


@dataclass
class RecordedSeat(Seat):
    """A seat whose batches are signed and chained."""

    client: Client = field(kw_only=True)

    def chained(self) -> tuple[BootId, bytes]:
        """Return what its agent names."""
        return self.client.identity.boot_id, self.client.sealer.head.digest

    def sealed(self, batch: Batch) -> bytes:
        """Return the envelope as its agent signs it."""
        envelope = seal(BATCH_TYPE, write_batch(batch), self.client.identity.key)
        self.client.sealer.head = ChainHead(batch.header.sequence + 1, envelope.digest)
        return envelope.data


@dataclass
class RecordedLog(JudgedLog):
    """A judged log that is stored as it grows, alerts included up to `dies_s`.

    `enrolments`: who is to sit, by seat.
    """

    path: Path = field(kw_only=True)
    opened: LogOpened = field(kw_only=True)
    enrolments: dict[str, tuple[WorkstationEnrolled, Client]] = field(kw_only=True)
    dies_s: float = field(kw_only=True)
    count: int = 0
    _digest: bytes = bytes(DIGEST_SIZE)

    def __post_init__(self) -> None:
        """Begin as a collector does."""
        rules = load_rules()
        self.connection: sqlite3.Connection = connect(self.path, create=True)
        self.connection.execute("BEGIN IMMEDIATE")
        self.add(0, self.opened)
        self.add(0, CollectorStarted("0.1.0"))
        self.add(0, RuleSetInForce(rules.version, rules.digest))

    def add(self, seconds: float, body: RecordBody) -> list[AlertChanged]:
        """Store a record and the alerts it leads to."""
        record = self._store(seconds, body)
        alerts = list(self.assessment.see(record))
        for alert in alerts if seconds < self.dies_s else ():
            self._store(seconds, alert)
        self.records = [record]
        self.said += alerts
        return alerts

    def seat(self, name: str = "1", workstation: str | None = None, room: str = "") -> Seat:
        """Enrol the workstation that is to sit there."""
        assert workstation is None, "its id is that of its enrolment"
        assert not room, "its room is that of its enrolment"
        body, client = self.enrolments[name]
        self.add(0, body)
        beginning = replace(client.identity, chain_genesis=self._digest)
        client = Client(beginning, client.telemetry_at)
        self.enrolments[name] = body, client
        return RecordedSeat(self, body.workstation_id, client=client)

    def _store(self, seconds: float, body: RecordBody) -> Record:
        at_us = us(seconds)
        if self.records:
            at_us = max(at_us, self.records[-1].recorded_at_us)
        record = Record(self.count, self._digest, at_us, body)
        content = write_record(record)
        self._digest = record_digest(content)
        self.connection.execute(
            "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)",
            (record.number, *derived_columns(record), content, self._digest),
        )
        self.count += 1
        return read_record(content)


@dataclass(frozen=True, slots=True)
class RecordedExam:
    """An exam that stands in a data folder, and who sat in it, by seat. `records`: how many there are.

    `alerts`: every revision there should be, oldest first, those included that were not recorded any more.
    """

    folder: DataFolder
    clients: dict[str, Client]
    records: int
    alerts: tuple[AlertChanged, ...]


async def record_exam(
    folder: DataFolder,
    seats: int,
    played_s: float,
    *,
    attack_every: int = 10,
    owed_s: float = 0.0,
) -> RecordedExam:
    """Play an exam of so many seats and seconds into a new data folder (`tests.support.collector.founded`).

    At its end the exam session is open, and every seat's stream. One seat in `attack_every` is driven from elsewhere,
    by turns from the first minutes on and towards the end. The alerts of the last `owed_s` seconds are not recorded: a
    collector that crashed owes them.
    """
    async with intake(folder) as desk:
        clients = [await enrolled(desk, str(n + 1), f"pc-{n + 1}") for n in range(seats)]
    with closing(EvidenceLogReader(folder.evidence_log)) as reader:
        bodies = [record.body for record in reader.records()]
    enrolments = {b.workstation_id: b for b in bodies if isinstance(b, WorkstationEnrolled)}
    (opened,) = (body for body in bodies if isinstance(body, LogOpened))
    folder.evidence_log.unlink()
    log = RecordedLog(
        path=folder.evidence_log,
        opened=opened,
        enrolments={
            client.identity.seat: (enrolments[client.identity.workstation_id], client)
            for client in clients
        },
        dies_s=played_s - owed_s,
    )
    with closing(log.connection):
        judged_room(_parts(seats, attack_every, played_s), log=log, played_s=played_s)
        log.connection.execute("COMMIT")
    return RecordedExam(
        folder,
        {seat: client for seat, (_, client) in log.enrolments.items()},
        log.count,
        tuple(log.said),
    )


def _parts(seats: int, attack_every: int, played_s: float) -> Sequence[tuple[Scene, int, float]]:
    """Return (scene, seed, onset in seconds) for each seat."""
    honest, attacks, onsets = cycle(HONEST), cycle(ATTACKS), cycle((60.0, played_s - 60.0))
    parts = []
    for number in range(1, seats + 1):
        driven = number % attack_every == attack_every // 2
        scene = next(attacks if driven else honest)
        parts.append((scene, number, next(onsets) if driven else 60.0))
    return parts
