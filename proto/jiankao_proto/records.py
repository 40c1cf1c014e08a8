"""What the evidence log can hold, as frozen facts.

Field by field these are the messages of v1/evidence.proto (a test compares them); meanings and units are written there.
Checkpoints and tombstones have their numbers reserved and their types come with the code that writes them.
"""

from dataclasses import dataclass
from enum import IntEnum

from jiankao_proto.ids import AlertId, ExamSessionId, WorkstationId


class Severity(IntEnum):
    """How soon a proctor should look."""

    UNSPECIFIED = 0
    NOTICE = 1
    WARNING = 2
    CRITICAL = 3


class Ruling(IntEnum):
    """What a person decided about an alert."""

    UNSPECIFIED = 0
    CONFIRMED = 1
    UNFOUNDED = 2
    UNDETERMINED = 3


class RefusalReason(IntEnum):
    """Why an envelope was not admitted: jiankao.transport.v1.RefusalReason."""

    UNSPECIFIED = 0
    TOO_LARGE = 1
    CERTIFICATE = 2
    MALFORMED_ENVELOPE = 3
    SIGNATURE = 4
    DUPLICATE = 5
    OUT_OF_ORDER = 6
    CHAIN_BROKEN = 7
    FORK = 8
    WRONG_WORKSTATION = 9
    MALFORMED_BATCH = 10
    NOT_STORED = 11
    TOO_MANY = 12


@dataclass(frozen=True, slots=True)
class LogOpened:
    """Record 0: whose log this is."""

    format: int
    log_id: str
    collector_public_key: bytes
    ca_certificate_sha256: bytes


@dataclass(frozen=True, slots=True)
class CollectorStarted:
    """The collector began to serve."""

    version: str


@dataclass(frozen=True, slots=True)
class CollectorStopped:
    """The collector stopped in an orderly way."""


@dataclass(frozen=True, slots=True)
class TicketIssued:
    """A single-use enrolment ticket was issued for a room."""

    ticket_digest: bytes
    room: str
    seat: str
    expires_at_us: int
    issued_by: str


@dataclass(frozen=True, slots=True)
class WorkstationEnrolled:
    """A workstation got an identity. The digest of this record is the genesis of its chain."""

    workstation_id: WorkstationId
    statement_envelope: bytes
    identity_public_key: bytes
    certificate_sha256: bytes
    ticket_digest: bytes
    room: str
    seat: str
    hostname: str
    supersedes: tuple[str, ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class EnrolmentRefused:
    """Somebody tried to enrol and was refused."""

    reason: str
    peer: str


@dataclass(frozen=True, slots=True)
class EnvelopeAdmitted:
    """An envelope that passed every check, verbatim."""

    workstation_id: WorkstationId
    sequence: int
    envelope: bytes


@dataclass(frozen=True, slots=True)
class EnvelopeRejected:
    """An envelope that failed a check, kept with the reason."""

    workstation_id: WorkstationId | None
    reason: RefusalReason
    detail: str
    envelope: bytes
    envelope_size: int
    envelope_sha256: bytes
    peer: str


@dataclass(frozen=True, slots=True)
class StreamOpened:
    """A workstation's stream is up."""

    workstation_id: WorkstationId
    peer: str
    agent_version: str
    boot_id: str
    next_sequence: int


@dataclass(frozen=True, slots=True)
class StreamClosed:
    """A workstation's stream is down."""

    workstation_id: WorkstationId
    why: str
    replaced: bool = False
    collector_stopping: bool = False


@dataclass(frozen=True, slots=True)
class ClockTick:
    """Time passed and nothing else was recorded; written when a detector has to wake."""


@dataclass(frozen=True, slots=True)
class RoomThresholds:
    """The scores at which a room's seats turn to a warning or an alert, and back again."""

    room: str
    warning: int
    warning_falls: int
    alert: int
    alert_falls: int


@dataclass(frozen=True, slots=True)
class ExamSessionOpened:
    """An exam session began in some rooms."""

    exam_session_id: ExamSessionId
    name: str
    rooms: tuple[str, ...]
    policy_toml: bytes
    opened_by: str
    policy_envelope: bytes = b""
    policy_public_key: bytes = b""
    policy_version: int = 0
    thresholds: tuple[RoomThresholds, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """Another policy holds for an open exam session from here on."""

    exam_session_id: ExamSessionId
    policy_toml: bytes
    changed_by: str
    policy_envelope: bytes = b""
    policy_public_key: bytes = b""
    policy_version: int = 0


@dataclass(frozen=True, slots=True)
class PolicyRefused:
    """A policy was offered for an open exam session and not taken; the former one stays in force."""

    exam_session_id: ExamSessionId
    reason: str
    offered_by: str


@dataclass(frozen=True, slots=True)
class ExamSessionClosed:
    """An exam session ended."""

    exam_session_id: ExamSessionId
    closed_by: str


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """Who sits where; `workstation_id` None means whatever is enrolled for that seat."""

    room: str
    seat: str
    workstation_id: WorkstationId | None = None
    candidate: str = ""


@dataclass(frozen=True, slots=True)
class RosterChanged:
    """The whole roster, anew."""

    entries: tuple[RosterEntry, ...]
    changed_by: str


@dataclass(frozen=True, slots=True)
class RuleSetInForce:
    """From here on, this version of the rules judges."""

    version: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class FindingCited:
    """A finding as it stands under an alert, explained in both languages."""

    detector: str
    kind: str
    family: str
    subject: str
    points: int
    reason_zh: str
    reason_en: str
    first_us: int
    last_us: int
    count: int
    record_numbers: tuple[int, ...]
    centibans: int = 0


@dataclass(frozen=True, slots=True)
class AlertChanged:
    """An alert appeared or grew: its whole state at this revision.

    One of a whole room has no workstation, and an empty seat.
    """

    alert_id: AlertId
    revision: int
    kind: str
    severity: Severity
    score: int
    workstation_id: WorkstationId | None
    room: str
    seat: str
    exam_session_id: ExamSessionId | None
    first_us: int
    last_us: int
    over: bool
    findings: tuple[FindingCited, ...]
    prior_centibans: int = 0
    lowered: bool = False


@dataclass(frozen=True, slots=True)
class AlertAcknowledged:
    """A person has seen an alert and says something about it. Not a ruling."""

    alert_id: AlertId
    user: str
    note: str


@dataclass(frozen=True, slots=True)
class AlertRuled:
    """What one person decided about an alert. It takes effect only when a second person rules alike."""

    alert_id: AlertId
    revision: int
    ruling: Ruling
    user: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerTime:
    """That a seat answered something, by the exam server's wall clock.

    `question`: which one, by a name of the exam server's own, the same for every candidate; empty when it does not say.
    """

    room: str
    seat: str
    answered_at_us: int
    question: str = ""


@dataclass(frozen=True, slots=True)
class AnswersRecorded:
    """When the exam server took down answers: never what was asked, nor what was answered."""

    exam_session_id: ExamSessionId
    told_by: str
    answers: tuple[AnswerTime, ...]


@dataclass(frozen=True, slots=True)
class OperatorAction:
    """A person did something at the console or the command line."""

    user: str
    action: str
    subject: str = ""
    peer: str = ""


@dataclass(frozen=True, slots=True)
class UnknownBody:
    """A record of a kind this version does not know. It is kept and bound in the chain all the same."""


RecordBody = (
    LogOpened
    | CollectorStarted
    | CollectorStopped
    | TicketIssued
    | WorkstationEnrolled
    | EnrolmentRefused
    | EnvelopeAdmitted
    | EnvelopeRejected
    | StreamOpened
    | StreamClosed
    | ClockTick
    | ExamSessionOpened
    | ExamSessionClosed
    | RosterChanged
    | RuleSetInForce
    | AlertChanged
    | AlertAcknowledged
    | OperatorAction
    | AnswersRecorded
    | PolicyChanged
    | PolicyRefused
    | AlertRuled
    | UnknownBody
)


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the evidence log."""

    number: int
    previous_digest: bytes
    recorded_at_us: int
    body: RecordBody
