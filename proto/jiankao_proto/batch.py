"""A batch: what is signed as one."""

from dataclasses import dataclass

from jiankao_proto.ids import BootId, ExamSessionId, WorkstationId
from jiankao_proto.observations import Health, Observation

FORMAT = 1
"""The batch format this version writes."""


@dataclass(frozen=True, slots=True)
class SensorHealth:
    """One sensor's health at sealing time."""

    sensor: str
    health: Health


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """Who, when, and where in the chain. Field by field the message of v1/telemetry.proto."""

    format: int
    workstation_id: WorkstationId
    boot_id: BootId
    exam_session_id: ExamSessionId | None
    sequence: int
    previous_digest: bytes
    wall_clock_us: int
    monotonic_us: int
    agent_version: str = ""
    policy_digest: bytes = b""
    binaries_digest: bytes = b""
    sensors: tuple[SensorHealth, ...] = ()
    session_key_certificate: bytes = b""
    witnessed_checkpoint_digest: bytes = b""
    closing: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """A header and its observations."""

    header: BatchHeader
    observations: tuple[Observation, ...] = ()
