"""Signed statements other than batches, and the policy a collector pushes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EnrolmentStatement:
    """What a workstation says of itself, signed by its identity key, when it is enrolled.

    Field by field jiankao.transport.v1.EnrolmentStatement.
    """

    identity_public_key: bytes
    certificate_request_der: bytes
    ticket_digest: bytes
    hostname: str
    operating_system: str
    agent_version: str
    boot_id: str
    wall_clock_us: int


@dataclass(frozen=True, slots=True)
class Policy:
    """What the collector asks of an agent. Field by field jiankao.transport.v1.Policy.

    `policy_public_keys`: whose policies hold in its room, for a workstation that knows of none yet.
    """

    exam_session_id: str = ""
    policy_digest: bytes = b""
    flush_interval_ms: int = 1000
    quiet_interval_ms: int = 5000
    baseline_request: int = 0
    policy_envelope: bytes = b""
    policy_toml: bytes = b""
    policy_public_keys: tuple[bytes, ...] = ()
