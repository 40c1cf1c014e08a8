from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RefusalReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REFUSAL_REASON_UNSPECIFIED: _ClassVar[RefusalReason]
    REFUSAL_REASON_TOO_LARGE: _ClassVar[RefusalReason]
    REFUSAL_REASON_CERTIFICATE: _ClassVar[RefusalReason]
    REFUSAL_REASON_MALFORMED_ENVELOPE: _ClassVar[RefusalReason]
    REFUSAL_REASON_SIGNATURE: _ClassVar[RefusalReason]
    REFUSAL_REASON_DUPLICATE: _ClassVar[RefusalReason]
    REFUSAL_REASON_OUT_OF_ORDER: _ClassVar[RefusalReason]
    REFUSAL_REASON_CHAIN_BROKEN: _ClassVar[RefusalReason]
    REFUSAL_REASON_FORK: _ClassVar[RefusalReason]
    REFUSAL_REASON_WRONG_WORKSTATION: _ClassVar[RefusalReason]
    REFUSAL_REASON_MALFORMED_BATCH: _ClassVar[RefusalReason]
    REFUSAL_REASON_NOT_STORED: _ClassVar[RefusalReason]
    REFUSAL_REASON_TOO_MANY: _ClassVar[RefusalReason]
REFUSAL_REASON_UNSPECIFIED: RefusalReason
REFUSAL_REASON_TOO_LARGE: RefusalReason
REFUSAL_REASON_CERTIFICATE: RefusalReason
REFUSAL_REASON_MALFORMED_ENVELOPE: RefusalReason
REFUSAL_REASON_SIGNATURE: RefusalReason
REFUSAL_REASON_DUPLICATE: RefusalReason
REFUSAL_REASON_OUT_OF_ORDER: RefusalReason
REFUSAL_REASON_CHAIN_BROKEN: RefusalReason
REFUSAL_REASON_FORK: RefusalReason
REFUSAL_REASON_WRONG_WORKSTATION: RefusalReason
REFUSAL_REASON_MALFORMED_BATCH: RefusalReason
REFUSAL_REASON_NOT_STORED: RefusalReason
REFUSAL_REASON_TOO_MANY: RefusalReason

class Uplink(_message.Message):
    __slots__ = ("hello", "envelope")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    envelope: bytes
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., envelope: _Optional[bytes] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("agent_version", "boot_id", "next_sequence")
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    NEXT_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    agent_version: str
    boot_id: str
    next_sequence: int
    def __init__(self, agent_version: _Optional[str] = ..., boot_id: _Optional[str] = ..., next_sequence: _Optional[int] = ...) -> None: ...

class Downlink(_message.Message):
    __slots__ = ("welcome", "ack", "refusal", "policy")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    ack: Ack
    refusal: Refusal
    policy: Policy
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., ack: _Optional[_Union[Ack, _Mapping]] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ..., policy: _Optional[_Union[Policy, _Mapping]] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("committed_count", "wall_clock_us")
    COMMITTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    WALL_CLOCK_US_FIELD_NUMBER: _ClassVar[int]
    committed_count: int
    wall_clock_us: int
    def __init__(self, committed_count: _Optional[int] = ..., wall_clock_us: _Optional[int] = ...) -> None: ...

class Ack(_message.Message):
    __slots__ = ("committed_count",)
    COMMITTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    committed_count: int
    def __init__(self, committed_count: _Optional[int] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("reason", "detail", "committed_count")
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    reason: RefusalReason
    detail: str
    committed_count: int
    def __init__(self, reason: _Optional[_Union[RefusalReason, str]] = ..., detail: _Optional[str] = ..., committed_count: _Optional[int] = ...) -> None: ...

class Policy(_message.Message):
    __slots__ = ("exam_session_id", "policy_digest", "flush_interval_ms", "quiet_interval_ms", "baseline_request", "policy_envelope", "policy_toml", "policy_public_keys")
    EXAM_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FLUSH_INTERVAL_MS_FIELD_NUMBER: _ClassVar[int]
    QUIET_INTERVAL_MS_FIELD_NUMBER: _ClassVar[int]
    BASELINE_REQUEST_FIELD_NUMBER: _ClassVar[int]
    POLICY_ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    POLICY_TOML_FIELD_NUMBER: _ClassVar[int]
    POLICY_PUBLIC_KEYS_FIELD_NUMBER: _ClassVar[int]
    exam_session_id: str
    policy_digest: bytes
    flush_interval_ms: int
    quiet_interval_ms: int
    baseline_request: int
    policy_envelope: bytes
    policy_toml: bytes
    policy_public_keys: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, exam_session_id: _Optional[str] = ..., policy_digest: _Optional[bytes] = ..., flush_interval_ms: _Optional[int] = ..., quiet_interval_ms: _Optional[int] = ..., baseline_request: _Optional[int] = ..., policy_envelope: _Optional[bytes] = ..., policy_toml: _Optional[bytes] = ..., policy_public_keys: _Optional[_Iterable[bytes]] = ...) -> None: ...

class DescribeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ("ca_certificate_pem",)
    CA_CERTIFICATE_PEM_FIELD_NUMBER: _ClassVar[int]
    ca_certificate_pem: bytes
    def __init__(self, ca_certificate_pem: _Optional[bytes] = ...) -> None: ...

class EnrolRequest(_message.Message):
    __slots__ = ("ticket_secret", "envelope")
    TICKET_SECRET_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    ticket_secret: str
    envelope: bytes
    def __init__(self, ticket_secret: _Optional[str] = ..., envelope: _Optional[bytes] = ...) -> None: ...

class EnrolmentStatement(_message.Message):
    __slots__ = ("identity_public_key", "certificate_request_der", "ticket_digest", "hostname", "operating_system", "agent_version", "boot_id", "wall_clock_us")
    IDENTITY_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_REQUEST_DER_FIELD_NUMBER: _ClassVar[int]
    TICKET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    HOSTNAME_FIELD_NUMBER: _ClassVar[int]
    OPERATING_SYSTEM_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    WALL_CLOCK_US_FIELD_NUMBER: _ClassVar[int]
    identity_public_key: bytes
    certificate_request_der: bytes
    ticket_digest: bytes
    hostname: str
    operating_system: str
    agent_version: str
    boot_id: str
    wall_clock_us: int
    def __init__(self, identity_public_key: _Optional[bytes] = ..., certificate_request_der: _Optional[bytes] = ..., ticket_digest: _Optional[bytes] = ..., hostname: _Optional[str] = ..., operating_system: _Optional[str] = ..., agent_version: _Optional[str] = ..., boot_id: _Optional[str] = ..., wall_clock_us: _Optional[int] = ...) -> None: ...

class EnrolResponse(_message.Message):
    __slots__ = ("workstation_id", "certificate_pem", "collector_public_key", "chain_genesis", "room", "seat", "policy_public_keys")
    WORKSTATION_ID_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_PEM_FIELD_NUMBER: _ClassVar[int]
    COLLECTOR_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    CHAIN_GENESIS_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    SEAT_FIELD_NUMBER: _ClassVar[int]
    POLICY_PUBLIC_KEYS_FIELD_NUMBER: _ClassVar[int]
    workstation_id: str
    certificate_pem: bytes
    collector_public_key: bytes
    chain_genesis: bytes
    room: str
    seat: str
    policy_public_keys: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, workstation_id: _Optional[str] = ..., certificate_pem: _Optional[bytes] = ..., collector_public_key: _Optional[bytes] = ..., chain_genesis: _Optional[bytes] = ..., room: _Optional[str] = ..., seat: _Optional[str] = ..., policy_public_keys: _Optional[_Iterable[bytes]] = ...) -> None: ...
