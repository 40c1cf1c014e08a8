"""Batches in, signed envelopes out, each bound to the one before. Pure.

Sequences are dense: a batch takes the next one, and the head moves on only when the caller has made the
envelope durable. An envelope that was sealed and lost before that never left the workstation, so its
sequence is free again.
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiankao_proto.batch import FORMAT, Batch, BatchHeader, SensorHealth
from jiankao_proto.chain import ChainHead
from jiankao_proto.codec import MAX_ENVELOPE, write_batch
from jiankao_proto.envelope import BATCH_TYPE, Sealed, seal
from jiankao_proto.ids import BootId, ExamSessionId, WorkstationId
from jiankao_proto.observations import Observation


@dataclass(frozen=True, slots=True)
class Standing:
    """What a header says of the agent at the moment of sealing."""

    exam_session_id: ExamSessionId | None = None
    policy_digest: bytes = b""
    binaries_digest: bytes = b""
    sensors: tuple[SensorHealth, ...] = ()


class Sealer:
    """Seals the batches of one workstation during one start of the agent."""

    def __init__(
        self,
        key: Ed25519PrivateKey,
        workstation_id: WorkstationId,
        boot_id: BootId,
        agent_version: str,
    ) -> None:
        self._key = key
        self._workstation_id = workstation_id
        self._boot_id = boot_id
        self._agent_version = agent_version

    def seal(
        self,
        head: ChainHead,
        observations: list[Observation],
        standing: Standing,
        wall_clock_us: int,
        monotonic_us: int,
    ) -> Sealed:
        """Return the signed envelope that follows `head`.

        Its digest and `head.next_sequence + 1` are the next head, once it is durable.
        """
        header = BatchHeader(
            format=FORMAT,
            workstation_id=self._workstation_id,
            boot_id=self._boot_id,
            exam_session_id=standing.exam_session_id,
            sequence=head.next_sequence,
            previous_digest=head.digest,
            wall_clock_us=wall_clock_us,
            monotonic_us=monotonic_us,
            agent_version=self._agent_version,
            policy_digest=standing.policy_digest,
            binaries_digest=standing.binaries_digest,
            sensors=standing.sensors,
        )
        sealed = seal(BATCH_TYPE, write_batch(Batch(header, tuple(observations))), self._key)
        assert len(sealed.data) <= MAX_ENVELOPE, "the batcher's limits keep batches far below"
        return sealed
