"""An evidence log written line by line, judged as it grows: what the tests of the judgement play with.

Records and envelopes are the real ones, through the real codec. Times are seconds since the log began.
"""

from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256

from jiankao_collector.assessment import Assessment, Rules, load_rules
from jiankao_collector.scoring.seats import SeatView
from jiankao_proto.batch import Batch, BatchHeader, SensorHealth
from jiankao_proto.codec import read_record, write_batch, write_envelope, write_record
from jiankao_proto.envelope import BATCH_TYPE
from jiankao_proto.ids import BootId, ExamSessionId, WorkstationId
from jiankao_proto.observations import Endpoint, Fact, Health, Observation, Process, ProcessRef
from jiankao_proto.records import (
    AlertChanged,
    AlertRuled,
    ClockTick,
    CollectorStarted,
    EnvelopeAdmitted,
    EnvelopeRejected,
    ExamSessionClosed,
    ExamSessionOpened,
    LogOpened,
    PolicyChanged,
    Record,
    RecordBody,
    RefusalReason,
    RoomThresholds,
    StreamClosed,
    StreamOpened,
    WorkstationEnrolled,
)

BEGAN_US = 1_790_000_000_000_000
ROOM = "101"
EXAM = ExamSessionId("exam-1")
OK = (
    SensorHealth("connections", Health.OK),
    SensorHealth("input", Health.OK),
    SensorHealth("processes", Health.OK),
)


@cache
def rules() -> Rules:
    """Return the rules that ship with the collector."""
    return load_rules()


def us(seconds: float) -> int:
    """Return a time of the log in microseconds since the epoch."""
    return BEGAN_US + round(seconds * 1_000_000)


def process(
    name: str,
    pid: int = 77,
    *,
    executable: str | None = None,
    user: str = "",
    command_line_masked: str = "",
    original_name: str = "",
) -> Process:
    """Return a process started before the log began."""
    return Process(
        pid,
        BEGAN_US - 1,
        name,
        executable=f"/usr/bin/{name}" if executable is None else executable,
        user=user,
        command_line_masked=command_line_masked,
        original_name=original_name,
    )


def ref(name: str, pid: int = 77) -> ProcessRef:
    """Return the owner of a socket."""
    return ProcessRef(pid, name, f"/usr/bin/{name}")


def at(text: str) -> Endpoint:
    """Return an endpoint written as `address:port`."""
    address, _, port = text.rpartition(":")
    return Endpoint(address.strip("[]"), int(port))


@dataclass
class Seat:
    """One workstation's side: its sequence numbers, boot and clocks."""

    log: "JudgedLog"
    workstation: WorkstationId
    sequence: int = 0
    boot: str = "boot-1"
    up_s: float = 0
    """How long its system had run when the log began; negative: it was started later."""
    ahead_s: float = 0
    sensors: tuple[SensorHealth, ...] = OK
    agent_version: str = ""
    binaries_digest: bytes = b""
    obeys: bool = True
    sent: list[bytes] = field(default_factory=list)
    """Every envelope of it that was admitted."""

    def sends(
        self,
        seconds: float,
        *facts: Fact,
        sealed: float | None = None,
        observed: float | None = None,
    ) -> list[AlertChanged]:
        """Let a batch arrive. `sealed`, `observed`: when it and its facts were made, when that was not its arrival."""
        made = seconds if sealed is None else sealed
        wall, monotonic = us(made + self.ahead_s), round((made + self.up_s) * 1_000_000)
        back = 0 if observed is None else round((made - observed) * 1_000_000)
        boot, previous = self.chained()
        header = BatchHeader(
            format=1,
            workstation_id=self.workstation,
            boot_id=boot,
            exam_session_id=None,
            sequence=self.sequence,
            previous_digest=previous,
            wall_clock_us=wall,
            monotonic_us=monotonic,
            sensors=self.sensors,
            agent_version=self.agent_version,
            binaries_digest=self.binaries_digest,
            policy_digest=self.log.policy_digest if self.obeys else b"",
        )
        seen = (Observation(wall - back, monotonic - back, fact) for fact in facts)
        batch = Batch(header, tuple(seen))
        envelope = self.sealed(batch)
        self.sequence += 1
        self.sent.append(envelope)
        return self.log.add(
            seconds, EnvelopeAdmitted(self.workstation, self.sequence - 1, envelope)
        )

    def chained(self) -> tuple[BootId, bytes]:
        """Return which start of the system it names, and the digest of its batch before."""
        return BootId(self.boot), bytes(32)

    def sealed(self, batch: Batch) -> bytes:
        """Return the envelope of a batch; judging asks for no signature."""
        return write_envelope(BATCH_TYPE, write_batch(batch), "key", bytes(64))

    def connects(
        self, seconds: float, peer: str = "ipv4:10.1.0.9:50000", *, spooled: int = 0
    ) -> list[AlertChanged]:
        """Let its stream come up; `spooled`: how many batches were sealed before and are still to come."""
        due = self.sequence + spooled
        return self.log.add(seconds, StreamOpened(self.workstation, peer, "0.1.0", self.boot, due))

    def breaks(
        self, seconds: float, *, replaced: bool = False, stopping: bool = False
    ) -> list[AlertChanged]:
        """Let its stream go down."""
        return self.log.add(seconds, StreamClosed(self.workstation, "gone", replaced, stopping))

    def refused(
        self, seconds: float, reason: RefusalReason, envelope: bytes = b""
    ) -> list[AlertChanged]:
        """Let the collector refuse something it sent."""
        body = EnvelopeRejected(
            self.workstation,
            reason,
            "no",
            envelope,
            len(envelope),
            bytes(32),
            "ipv4:10.1.0.9:50000",
        )
        return self.log.add(seconds, body)

    def lives(self, first: float, last: float, step: float = 5) -> list[AlertChanged]:
        """Let it send an empty batch every few seconds, `first` and `last` included."""
        alerts = []
        seconds = first
        while seconds <= last:
            alerts += self.sends(seconds)
            seconds += step
        return alerts

    @property
    def view(self) -> SeatView:
        """How the console would show it now."""
        (view,) = (v for v in self.log.assessment.seats() if v.workstation_id == self.workstation)
        return view


@dataclass
class JudgedLog:
    """Records, and what the assessment said to them."""

    assessment: Assessment = field(default_factory=lambda: Assessment(rules()))
    records: list[Record] = field(default_factory=list)
    said: list[AlertChanged] = field(default_factory=list)
    said_at_s: list[float] = field(default_factory=list)
    policy_digest: bytes = b""

    def __post_init__(self) -> None:
        self.add(0, LogOpened(1, "log", bytes(32), bytes(32)))
        self.add(0, CollectorStarted("0.1.0"))

    def add(self, seconds: float, body: RecordBody) -> list[AlertChanged]:
        """Append a record, as the log would give it back, and return the alerts it led to."""
        record = read_record(write_record(Record(len(self.records), bytes(32), us(seconds), body)))
        self.records.append(record)
        alerts = list(self.assessment.see(record))
        self.said += alerts
        self.said_at_s += [seconds] * len(alerts)
        return alerts

    def tick(self, seconds: float) -> list[AlertChanged]:
        """Let time pass."""
        return self.add(seconds, ClockTick())

    def seat(self, name: str = "1", workstation: str | None = None, room: str = ROOM) -> Seat:
        """Enrol a workstation for a seat."""
        workstation_id = WorkstationId(workstation or f"ws-{name}")
        self.add(
            0, WorkstationEnrolled(workstation_id, b"", b"", b"", b"", room, name, f"pc-{name}")
        )
        return Seat(self, workstation_id, boot=f"boot-{name}")

    def opens(
        self,
        seconds: float,
        policy: str = "",
        exam: ExamSessionId = EXAM,
        thresholds: tuple[RoomThresholds, ...] = (),
    ) -> list[AlertChanged]:
        """Open an exam session in the room."""
        self.policy_digest = sha256(policy.encode()).digest() if policy else b""
        return self.add(
            seconds,
            ExamSessionOpened(
                exam, "theory", (ROOM,), policy.encode(), "chief", thresholds=thresholds
            ),
        )

    def changes(
        self, seconds: float, policy: str, exam: ExamSessionId = EXAM
    ) -> list[AlertChanged]:
        """Put another policy in force."""
        self.policy_digest = sha256(policy.encode()).digest()
        return self.add(seconds, PolicyChanged(exam, policy.encode(), "chief"))

    def closes(self, seconds: float, exam: ExamSessionId = EXAM) -> list[AlertChanged]:
        """Close it."""
        self.policy_digest = b""
        return self.add(seconds, ExamSessionClosed(exam, "chief"))

    def alerts(self) -> dict[str, AlertChanged]:
        """Return the latest revision of every alert by kind; fails when two are of one kind."""
        latest = self.assessment.alerts()
        by_kind = {alert.kind: alert for alert in latest}
        assert len(by_kind) == len(latest), [(a.alert_id.value, a.kind) for a in latest]
        return by_kind

    def told_and_ruled(self) -> list[RecordBody]:
        """Return every alert as it stands, then what people ruled."""
        ruled = (r.body for r in self.records if isinstance(r.body, AlertRuled))
        return [*self.assessment.alerts(), *ruled]

    def reasons(self) -> list[tuple[str, str]]:
        """Return the reasons of every alert, Chinese and English, in the order of alerts and findings."""
        return [(f.reason_zh, f.reason_en) for a in self.assessment.alerts() for f in a.findings]


def watched_seat(policy: str = "") -> Seat:
    """Return a seat that is connected and in an exam session from second 1 on."""
    log = JudgedLog()
    seat = log.seat()
    log.opens(0, policy)
    seat.connects(1)
    seat.sends(1)
    return seat
