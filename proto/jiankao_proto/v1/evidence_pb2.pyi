from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Record(_message.Message):
    __slots__ = ("number", "previous_digest", "recorded_at_us", "log_opened", "collector_started", "collector_stopped", "ticket_issued", "workstation_enrolled", "envelope_admitted", "envelope_rejected", "stream_opened", "stream_closed", "clock_tick", "exam_session_opened", "exam_session_closed", "roster_changed", "rule_set_in_force", "alert_changed", "alert_acknowledged", "operator_action", "enrolment_refused", "alert_ruled", "checkpoint", "tombstone", "answers_recorded", "policy_changed", "policy_refused")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_US_FIELD_NUMBER: _ClassVar[int]
    LOG_OPENED_FIELD_NUMBER: _ClassVar[int]
    COLLECTOR_STARTED_FIELD_NUMBER: _ClassVar[int]
    COLLECTOR_STOPPED_FIELD_NUMBER: _ClassVar[int]
    TICKET_ISSUED_FIELD_NUMBER: _ClassVar[int]
    WORKSTATION_ENROLLED_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_ADMITTED_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_REJECTED_FIELD_NUMBER: _ClassVar[int]
    STREAM_OPENED_FIELD_NUMBER: _ClassVar[int]
    STREAM_CLOSED_FIELD_NUMBER: _ClassVar[int]
    CLOCK_TICK_FIELD_NUMBER: _ClassVar[int]
    EXAM_SESSION_OPENED_FIELD_NUMBER: _ClassVar[int]
    EXAM_SESSION_CLOSED_FIELD_NUMBER: _ClassVar[int]
    ROSTER_CHANGED_FIELD_NUMBER: _ClassVar[int]
    RULE_SET_IN_FORCE_FIELD_NUMBER: _ClassVar[int]
    ALERT_CHANGED_FIELD_NUMBER: _ClassVar[int]
    ALERT_ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_ACTION_FIELD_NUMBER: _ClassVar[int]
    ENROLMENT_REFUSED_FIELD_NUMBER: _ClassVar[int]
    ALERT_RULED_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    TOMBSTONE_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_RECORDED_FIELD_NUMBER: _ClassVar[int]
    POLICY_CHANGED_FIELD_NUMBER: _ClassVar[int]
    POLICY_REFUSED_FIELD_NUMBER: _ClassVar[int]
    number: int
    previous_digest: bytes
    recorded_at_us: int
    log_opened: LogOpened
    collector_started: CollectorStarted
    collector_stopped: CollectorStopped
    ticket_issued: TicketIssued
    workstation_enrolled: WorkstationEnrolled
    envelope_admitted: EnvelopeAdmitted
    envelope_rejected: EnvelopeRejected
    stream_opened: StreamOpened
    stream_closed: StreamClosed
    clock_tick: ClockTick
    exam_session_opened: ExamSessionOpened
    exam_session_closed: ExamSessionClosed
    roster_changed: RosterChanged
    rule_set_in_force: RuleSetInForce
    alert_changed: AlertChanged
    alert_acknowledged: AlertAcknowledged
    operator_action: OperatorAction
    enrolment_refused: EnrolmentRefused
    alert_ruled: AlertRuled
    checkpoint: Checkpoint
    tombstone: Tombstone
    answers_recorded: AnswersRecorded
    policy_changed: PolicyChanged
    policy_refused: PolicyRefused
    def __init__(self, number: _Optional[int] = ..., previous_digest: _Optional[bytes] = ..., recorded_at_us: _Optional[int] = ..., log_opened: _Optional[_Union[LogOpened, _Mapping]] = ..., collector_started: _Optional[_Union[CollectorStarted, _Mapping]] = ..., collector_stopped: _Optional[_Union[CollectorStopped, _Mapping]] = ..., ticket_issued: _Optional[_Union[TicketIssued, _Mapping]] = ..., workstation_enrolled: _Optional[_Union[WorkstationEnrolled, _Mapping]] = ..., envelope_admitted: _Optional[_Union[EnvelopeAdmitted, _Mapping]] = ..., envelope_rejected: _Optional[_Union[EnvelopeRejected, _Mapping]] = ..., stream_opened: _Optional[_Union[StreamOpened, _Mapping]] = ..., stream_closed: _Optional[_Union[StreamClosed, _Mapping]] = ..., clock_tick: _Optional[_Union[ClockTick, _Mapping]] = ..., exam_session_opened: _Optional[_Union[ExamSessionOpened, _Mapping]] = ..., exam_session_closed: _Optional[_Union[ExamSessionClosed, _Mapping]] = ..., roster_changed: _Optional[_Union[RosterChanged, _Mapping]] = ..., rule_set_in_force: _Optional[_Union[RuleSetInForce, _Mapping]] = ..., alert_changed: _Optional[_Union[AlertChanged, _Mapping]] = ..., alert_acknowledged: _Optional[_Union[AlertAcknowledged, _Mapping]] = ..., operator_action: _Optional[_Union[OperatorAction, _Mapping]] = ..., enrolment_refused: _Optional[_Union[EnrolmentRefused, _Mapping]] = ..., alert_ruled: _Optional[_Union[AlertRuled, _Mapping]] = ..., checkpoint: _Optional[_Union[Checkpoint, _Mapping]] = ..., tombstone: _Optional[_Union[Tombstone, _Mapping]] = ..., answers_recorded: _Optional[_Union[AnswersRecorded, _Mapping]] = ..., policy_changed: _Optional[_Union[PolicyChanged, _Mapping]] = ..., policy_refused: _Optional[_Union[PolicyRefused, _Mapping]] = ...) -> None: ...

class LogOpened(_message.Message):
    __slots__ = ("format", "log_id", "collector_public_key", "ca_certificate_sha256")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    LOG_ID_FIELD_NUMBER: _ClassVar[int]
    COLLECTOR_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    CA_CERTIFICATE_SHA256_FIELD_NUMBER: _ClassVar[int]
    format: int
    log_id: str
    collector_public_key: bytes
    ca_certificate_sha256: bytes
    def __init__(self, format: _Optional[int] = ..., log_id: _Optional[str] = ..., collector_public_key: _Optional[bytes] = ..., ca_certificate_sha256: _Optional[bytes] = ...) -> None: ...

class CollectorStarted(_message.Message):
    __slots__ = ("version",)
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: str
    def __init__(self, version: _Optional[str] = ...) -> None: ...

class CollectorStopped(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TicketIssued(_message.Message):
    __slots__ = ("ticket_digest", "room", "seat", "expires_at_us", "issued_by")
    TICKET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    SEAT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_US_FIELD_NUMBER: _ClassVar[int]
    ISSUED_BY_FIELD_NUMBER: _ClassVar[int]
    ticket_digest: bytes
    room: str
    seat: str
    expires_at_us: int
    issued_by: str
    def __init__(self, ticket_digest: _Optional[bytes] = ..., room: _Optional[str] = ..., seat: _Optional[str] = ..., expires_at_us: _Optional[int] = ..., issued_by: _Optional[str] = ...) -> None: ...

class WorkstationEnrolled(_message.Message):
    __slots__ = ("workstation_id", "statement_envelope", "identity_public_key", "certificate_sha256", "ticket_digest", "room", "seat", "hostname", "supersedes", "simulated")
    WORKSTATION_ID_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_SHA256_FIELD_NUMBER: _ClassVar[int]
    TICKET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    SEAT_FIELD_NUMBER: _ClassVar[int]
    HOSTNAME_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    workstation_id: str
    statement_envelope: bytes
    identity_public_key: bytes
    certificate_sha256: bytes
    ticket_digest: bytes
    room: str
    seat: str
    hostname: str
    supersedes: _containers.RepeatedScalarFieldContainer[str]
    simulated: bool
    def __init__(self, workstation_id: _Optional[str] = ..., statement_envelope: _Optional[bytes] = ..., identity_public_key: _Optional[bytes] = ..., certificate_sha256: _Optional[bytes] = ..., ticket_digest: _Optional[bytes] = ..., room: _Optional[str] = ..., seat: _Optional[str] = ..., hostname: _Optional[str] = ..., supersedes: _Optional[_Iterable[str]] = ..., simulated: _Optional[bool] = ...) -> None: ...

class EnrolmentRefused(_message.Message):
    __slots__ = ("reason", "peer")
    REASON_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    reason: str
    peer: str
    def __init__(self, reason: _Optional[str] = ..., peer: _Optional[str] = ...) -> None: ...

class EnvelopeAdmitted(_message.Message):
    __slots__ = ("workstation_id", "sequence", "envelope")
    WORKSTATION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    workstation_id: str
    sequence: int
    envelope: bytes
    def __init__(self, workstation_id: _Optional[str] = ..., sequence: _Optional[int] = ..., envelope: _Optional[bytes] = ...) -> None: ...

class EnvelopeRejected(_message.Message):
    __slots__ = ("workstation_id", "reason", "detail", "envelope", "envelope_size", "envelope_sha256", "peer")
    WORKSTATION_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_SIZE_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_SHA256_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    workstation_id: str
    reason: int
    detail: str
    envelope: bytes
    envelope_size: int
    envelope_sha256: bytes
    peer: str
    def __init__(self, workstation_id: _Optional[str] = ..., reason: _Optional[int] = ..., detail: _Optional[str] = ..., envelope: _Optional[bytes] = ..., envelope_size: _Optional[int] = ..., envelope_sha256: _Optional[bytes] = ..., peer: _Optional[str] = ...) -> None: ...

class StreamOpened(_message.Message):
    __slots__ = ("workstation_id", "peer", "agent_version", "boot_id", "next_sequence")
    WORKSTATION_ID_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    NEXT_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    workstation_id: str
    peer: str
    agent_version: str
    boot_id: str
    next_sequence: int
    def __init__(self, workstation_id: _Optional[str] = ..., peer: _Optional[str] = ..., agent_version: _Optional[str] = ..., boot_id: _Optional[str] = ..., next_sequence: _Optional[int] = ...) -> None: ...

class StreamClosed(_message.Message):
    __slots__ = ("workstation_id", "why", "replaced", "collector_stopping")
    WORKSTATION_ID_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    REPLACED_FIELD_NUMBER: _ClassVar[int]
    COLLECTOR_STOPPING_FIELD_NUMBER: _ClassVar[int]
    workstation_id: str
    why: str
    replaced: bool
    collector_stopping: bool
    def __init__(self, workstation_id: _Optional[str] = ..., why: _Optional[str] = ..., replaced: _Optional[bool] = ..., collector_stopping: _Optional[bool] = ...) -> None: ...

class ClockTick(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ExamSessionOpened(_message.Message):
    __slots__ = ("exam_session_id", "name", "rooms", "policy_toml", "opened_by", "policy_envelope", "policy_public_key", "policy_version", "thresholds")
    EXAM_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROOMS_FIELD_NUMBER: _ClassVar[int]
    POLICY_TOML_FIELD_NUMBER: _ClassVar[int]
    OPENED_BY_FIELD_NUMBER: _ClassVar[int]
    POLICY_ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    POLICY_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    exam_session_id: str
    name: str
    rooms: _containers.RepeatedScalarFieldContainer[str]
    policy_toml: bytes
    opened_by: str
    policy_envelope: bytes
    policy_public_key: bytes
    policy_version: int
    thresholds: _containers.RepeatedCompositeFieldContainer[RoomThresholds]
    def __init__(self, exam_session_id: _Optional[str] = ..., name: _Optional[str] = ..., rooms: _Optional[_Iterable[str]] = ..., policy_toml: _Optional[bytes] = ..., opened_by: _Optional[str] = ..., policy_envelope: _Optional[bytes] = ..., policy_public_key: _Optional[bytes] = ..., policy_version: _Optional[int] = ..., thresholds: _Optional[_Iterable[_Union[RoomThresholds, _Mapping]]] = ...) -> None: ...

class PolicyChanged(_message.Message):
    __slots__ = ("exam_session_id", "policy_toml", "changed_by", "policy_envelope", "policy_public_key", "policy_version")
    EXAM_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_TOML_FIELD_NUMBER: _ClassVar[int]
    CHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    POLICY_ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    POLICY_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    exam_session_id: str
    policy_toml: bytes
    changed_by: str
    policy_envelope: bytes
    policy_public_key: bytes
    policy_version: int
    def __init__(self, exam_session_id: _Optional[str] = ..., policy_toml: _Optional[bytes] = ..., changed_by: _Optional[str] = ..., policy_envelope: _Optional[bytes] = ..., policy_public_key: _Optional[bytes] = ..., policy_version: _Optional[int] = ...) -> None: ...

class PolicyRefused(_message.Message):
    __slots__ = ("exam_session_id", "reason", "offered_by")
    EXAM_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OFFERED_BY_FIELD_NUMBER: _ClassVar[int]
    exam_session_id: str
    reason: str
    offered_by: str
    def __init__(self, exam_session_id: _Optional[str] = ..., reason: _Optional[str] = ..., offered_by: _Optional[str] = ...) -> None: ...

class RoomThresholds(_message.Message):
    __slots__ = ("room", "warning", "warning_falls", "alert", "alert_falls")
    ROOM_FIELD_NUMBER: _ClassVar[int]
    WARNING_FIELD_NUMBER: _ClassVar[int]
    WARNING_FALLS_FIELD_NUMBER: _ClassVar[int]
    ALERT_FIELD_NUMBER: _ClassVar[int]
    ALERT_FALLS_FIELD_NUMBER: _ClassVar[int]
    room: str
    warning: int
    warning_falls: int
    alert: int
    alert_falls: int
    def __init__(self, room: _Optional[str] = ..., warning: _Optional[int] = ..., warning_falls: _Optional[int] = ..., alert: _Optional[int] = ..., alert_falls: _Optional[int] = ...) -> None: ...

class ExamSessionClosed(_message.Message):
    __slots__ = ("exam_session_id", "closed_by")
    EXAM_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CLOSED_BY_FIELD_NUMBER: _ClassVar[int]
    exam_session_id: str
    closed_by: str
    def __init__(self, exam_session_id: _Optional[str] = ..., closed_by: _Optional[str] = ...) -> None: ...

class RosterEntry(_message.Message):
    __slots__ = ("room", "seat", "workstation_id", "candidate")
    ROOM_FIELD_NUMBER: _ClassVar[int]
    SEAT_FIELD_NUMBER: _ClassVar[int]
    WORKSTATION_ID_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_FIELD_NUMBER: _ClassVar[int]
    room: str
    seat: str
    workstation_id: str
    candidate: str
    def __init__(self, room: _Optional[str] = ..., seat: _Optional[str] = ..., workstation_id: _Optional[str] = ..., candidate: _Optional[str] = ...) -> None: ...

class RosterChanged(_message.Message):
    __slots__ = ("entries", "changed_by")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    CHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[RosterEntry]
    changed_by: str
    def __init__(self, entries: _Optional[_Iterable[_Union[RosterEntry, _Mapping]]] = ..., changed_by: _Optional[str] = ...) -> None: ...

class RuleSetInForce(_message.Message):
    __slots__ = ("version", "digest")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    version: str
    digest: bytes
    def __init__(self, version: _Optional[str] = ..., digest: _Optional[bytes] = ...) -> None: ...

class FindingCited(_message.Message):
    __slots__ = ("detector", "kind", "family", "subject", "points", "reason_zh", "reason_en", "first_us", "last_us", "count", "record_numbers", "centibans")
    DETECTOR_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    REASON_ZH_FIELD_NUMBER: _ClassVar[int]
    REASON_EN_FIELD_NUMBER: _ClassVar[int]
    FIRST_US_FIELD_NUMBER: _ClassVar[int]
    LAST_US_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    RECORD_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    CENTIBANS_FIELD_NUMBER: _ClassVar[int]
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
    record_numbers: _containers.RepeatedScalarFieldContainer[int]
    centibans: int
    def __init__(self, detector: _Optional[str] = ..., kind: _Optional[str] = ..., family: _Optional[str] = ..., subject: _Optional[str] = ..., points: _Optional[int] = ..., reason_zh: _Optional[str] = ..., reason_en: _Optional[str] = ..., first_us: _Optional[int] = ..., last_us: _Optional[int] = ..., count: _Optional[int] = ..., record_numbers: _Optional[_Iterable[int]] = ..., centibans: _Optional[int] = ...) -> None: ...

class AlertChanged(_message.Message):
    __slots__ = ("alert_id", "revision", "kind", "severity", "score", "workstation_id", "room", "seat", "exam_session_id", "first_us", "last_us", "over", "findings", "prior_centibans", "lowered")
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    WORKSTATION_ID_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    SEAT_FIELD_NUMBER: _ClassVar[int]
    EXAM_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_US_FIELD_NUMBER: _ClassVar[int]
    LAST_US_FIELD_NUMBER: _ClassVar[int]
    OVER_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    PRIOR_CENTIBANS_FIELD_NUMBER: _ClassVar[int]
    LOWERED_FIELD_NUMBER: _ClassVar[int]
    alert_id: str
    revision: int
    kind: str
    severity: int
    score: int
    workstation_id: str
    room: str
    seat: str
    exam_session_id: str
    first_us: int
    last_us: int
    over: bool
    findings: _containers.RepeatedCompositeFieldContainer[FindingCited]
    prior_centibans: int
    lowered: bool
    def __init__(self, alert_id: _Optional[str] = ..., revision: _Optional[int] = ..., kind: _Optional[str] = ..., severity: _Optional[int] = ..., score: _Optional[int] = ..., workstation_id: _Optional[str] = ..., room: _Optional[str] = ..., seat: _Optional[str] = ..., exam_session_id: _Optional[str] = ..., first_us: _Optional[int] = ..., last_us: _Optional[int] = ..., over: _Optional[bool] = ..., findings: _Optional[_Iterable[_Union[FindingCited, _Mapping]]] = ..., prior_centibans: _Optional[int] = ..., lowered: _Optional[bool] = ...) -> None: ...

class AlertAcknowledged(_message.Message):
    __slots__ = ("alert_id", "user", "note")
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    alert_id: str
    user: str
    note: str
    def __init__(self, alert_id: _Optional[str] = ..., user: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...

class AlertRuled(_message.Message):
    __slots__ = ("alert_id", "revision", "ruling", "user", "reason")
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    RULING_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    alert_id: str
    revision: int
    ruling: int
    user: str
    reason: str
    def __init__(self, alert_id: _Optional[str] = ..., revision: _Optional[int] = ..., ruling: _Optional[int] = ..., user: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class AnswersRecorded(_message.Message):
    __slots__ = ("exam_session_id", "told_by", "answers")
    EXAM_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    TOLD_BY_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    exam_session_id: str
    told_by: str
    answers: _containers.RepeatedCompositeFieldContainer[AnswerTime]
    def __init__(self, exam_session_id: _Optional[str] = ..., told_by: _Optional[str] = ..., answers: _Optional[_Iterable[_Union[AnswerTime, _Mapping]]] = ...) -> None: ...

class AnswerTime(_message.Message):
    __slots__ = ("room", "seat", "answered_at_us", "question")
    ROOM_FIELD_NUMBER: _ClassVar[int]
    SEAT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_US_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    room: str
    seat: str
    answered_at_us: int
    question: str
    def __init__(self, room: _Optional[str] = ..., seat: _Optional[str] = ..., answered_at_us: _Optional[int] = ..., question: _Optional[str] = ...) -> None: ...

class OperatorAction(_message.Message):
    __slots__ = ("user", "action", "subject", "peer")
    USER_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    user: str
    action: str
    subject: str
    peer: str
    def __init__(self, user: _Optional[str] = ..., action: _Optional[str] = ..., subject: _Optional[str] = ..., peer: _Optional[str] = ...) -> None: ...

class Checkpoint(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Tombstone(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
