"""Recorded observations given to the assessment, as if a collector had received them.

Every computer of a recording becomes a workstation at a seat, every observation a record; the exam session is open from
the first record to the last. A pause of PAUSE_US in the whole recording is the end of one exam session and the start of
another, so that what a file holds of two days does not become one incident. Time is the recording's own.

Which detectors do not judge a recording, and why, stands at `Entry.needs_stream` in detectors/catalogue.py.
"""

from array import array
from dataclasses import dataclass, field

from jiankao_collector.assessment import Assessment, Rules
from jiankao_collector.recordings.errors import UnusableRecordError
from jiankao_collector.recordings.formats import SeenEvent
from jiankao_collector.recordings.rule_matches import RuleMatches
from jiankao_proto.batch import FORMAT, Batch, BatchHeader, SensorHealth
from jiankao_proto.codec import write_batch, write_envelope
from jiankao_proto.envelope import BATCH_TYPE
from jiankao_proto.ids import BootId, ExamSessionId, WorkstationId
from jiankao_proto.observations import Observation, SensorStateChanged
from jiankao_proto.records import (
    AlertChanged,
    ClockTick,
    EnvelopeAdmitted,
    ExamSessionClosed,
    ExamSessionOpened,
    FindingCited,
    Record,
    RecordBody,
    WorkstationEnrolled,
)

PAUSE_US = 6 * 3_600_000_000
MOST_COMPUTERS = 2000
"""Computers of one recording; a province's whole log is better cut by room."""
_NOTHING = bytes(32)
_MOST_BELOW = 200


@dataclass(slots=True)
class Computer:
    """One computer of a recording, and what was seen of it. Times in microseconds since the epoch."""

    workstation: WorkstationId
    name: str
    room: str
    seat: str
    first_us: int = 0
    last_us: int = 0
    observations: dict[str, int] = field(default_factory=dict)
    enrolled: bool = False
    sequence: int = 0
    sensors: dict[str, SensorHealth] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BelowAlert:
    """A finding that was not enough for an alert, and the workstation it is about."""

    workstation: WorkstationId
    finding: FindingCited


class RecordingJudge:
    """Takes observations in the order of time and judges them."""

    def __init__(self, rules: Rules, policy_toml: bytes = b"") -> None:
        self._assessment = Assessment(rules, recorded=True)
        self._sigma = rules.sigma
        self._policy_toml = policy_toml
        self._lines = array("Q")
        self._now_us = self._heard_us = 0
        self._exam: ExamSessionId | None = None
        self._seats: set[tuple[str, str]] = set()
        self.sessions = 0
        self.computers: dict[str, Computer] = {}
        self.below_alert: list[BelowAlert] = []
        self.rule_matches = RuleMatches()

    def computer(self, name: str, room: str = "", seat: str = "") -> Computer:
        """Return a computer by its name, enrolled at its seat when it is new. Raises UnusableRecordError."""
        known = self.computers.get(name)
        if known is not None:
            return known
        if len(self.computers) >= MOST_COMPUTERS:
            raise UnusableRecordError(f"a computer more than the {MOST_COMPUTERS} that are judged")
        workstation = WorkstationId(f"computer-{len(self.computers) + 1}")
        seat = seat or name or workstation.value
        if (room, seat) in self._seats:
            # A seat is enrolled once: a second computer there would count as the first one's successor.
            seat = f"{seat} ({name or workstation.value})"
        self._seats.add((room, seat))
        known = self.computers[name] = Computer(workstation, name, room, seat)
        return known

    def hear(self, computer: Computer, observation: Observation, line: int) -> None:
        """Judge one observation; `line` is where it stands in the recording."""
        at_us = self._arrive(computer, observation.wall_clock_us)
        fact = observation.fact
        kind = type(fact).__name__
        computer.observations[kind] = computer.observations.get(kind, 0) + 1
        if isinstance(fact, SensorStateChanged):
            computer.sensors[fact.sensor] = SensorHealth(fact.sensor, fact.health)
        self._see(at_us, _admitted(computer, observation, at_us), line)
        computer.sequence += 1

    def hear_event(self, seen: SeenEvent, line: int) -> None:
        """Ask the Sigma rules about an event; one that none matches leaves nothing behind."""
        rules = self._sigma.matches(seen.event)
        if not rules:
            return
        computer = self.computer(seen.computer, seen.room, seen.seat)
        self.rule_matches.add(rules, seen, line)
        at_us = self._arrive(computer, seen.at_us)
        number, workstation = len(self._lines), computer.workstation
        self._assessment.see_event(number, at_us, workstation, seen.event, seen.fact)
        self._lines.append(line)

    def _arrive(self, computer: Computer, told_us: int) -> int:
        """Let a computer be there, and the time go on to what it tells; return the time it is judged at."""
        at_us = max(told_us, self._now_us)
        if self._exam is None or at_us - self._heard_us > PAUSE_US:
            self._open(at_us)
        if not computer.enrolled:
            computer.enrolled, computer.first_us = True, told_us
            self._see(at_us, _enrolled(computer))
        self._pass_time(at_us)
        self._now_us = self._heard_us = at_us
        computer.last_us = max(computer.last_us, told_us)
        return at_us

    def close(self) -> tuple[AlertChanged, ...]:
        """End the exam session and return every alert at its latest revision, oldest first."""
        self._close()
        return self._assessment.alerts()

    def lines_of(self, finding: FindingCited) -> list[int]:
        """Return the lines of the recording that a finding rests on."""
        return sorted({self._lines[n] for n in finding.record_numbers if self._lines[n]})

    def _open(self, at_us: int) -> None:
        self._close()
        self.sessions += 1
        self._exam = ExamSessionId(f"recording-{self.sessions}")
        self._pass_time(at_us)
        self._see(
            at_us, ExamSessionOpened(self._exam, "recording", (), self._policy_toml, "recording")
        )

    def _close(self) -> None:
        if self._exam is None:
            return
        cited = {
            (a.workstation_id, f.detector, f.kind, f.subject)
            for a in self._assessment.alerts()
            if a.exam_session_id == self._exam
            for f in a.findings
        }
        for view in self._assessment.seats():
            for finding in view.findings:
                key = (view.workstation_id, finding.detector, finding.kind, finding.subject)
                if view.workstation_id and key not in cited and len(self.below_alert) < _MOST_BELOW:
                    self.below_alert.append(BelowAlert(view.workstation_id, finding))
        self._see(self._now_us, ExamSessionClosed(self._exam, "recording"))
        self._exam = None

    def _pass_time(self, at_us: int) -> None:
        """Let the time go on to the next record, waking what asked for it on the way."""
        while (wakes_at := self._assessment.wakes_at()) is not None and wakes_at < at_us:
            self._see(max(wakes_at, self._now_us), ClockTick())
            if self._assessment.wakes_at() == wakes_at:
                return  # nobody went back to sleep: the next record will carry the time

    def _see(self, at_us: int, body: RecordBody, line: int = 0) -> None:
        self._now_us = at_us
        self._assessment.see(Record(len(self._lines), _NOTHING, at_us, body))
        self._lines.append(line)


def _enrolled(computer: Computer) -> WorkstationEnrolled:
    return WorkstationEnrolled(
        workstation_id=computer.workstation,
        statement_envelope=b"",
        identity_public_key=b"",
        certificate_sha256=_NOTHING,
        ticket_digest=_NOTHING,
        room=computer.room,
        seat=computer.seat,
        hostname=computer.name,
    )


def _admitted(computer: Computer, observation: Observation, at_us: int) -> EnvelopeAdmitted:
    header = BatchHeader(
        format=FORMAT,
        workstation_id=computer.workstation,
        boot_id=BootId(computer.workstation.value),
        exam_session_id=None,
        sequence=computer.sequence,
        previous_digest=_NOTHING,
        wall_clock_us=at_us,
        monotonic_us=observation.monotonic_us,
        sensors=tuple(computer.sensors.values()),
    )
    # Nobody signed this, and the judgement never looks: signatures are checked where envelopes are admitted.
    envelope = write_envelope(
        BATCH_TYPE, write_batch(Batch(header, (observation,))), "recording", bytes(64)
    )
    return EnvelopeAdmitted(computer.workstation, computer.sequence, envelope)
