"""Observations into signed envelopes, each bound to the one before. Pure."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiankao_proto.batch import FORMAT, Batch, BatchHeader, SensorHealth
from jiankao_proto.chain import ChainHead, genesis
from jiankao_proto.codec import write_batch
from jiankao_proto.envelope import BATCH_TYPE, seal
from jiankao_proto.ids import BootId, ExamSessionId, WorkstationId
from jiankao_proto.observations import Observation

AGENT_VERSION = "0.1.0-simulated"


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, in microseconds on both clocks of a workstation."""

    wall_clock_us: int
    monotonic_us: int


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a header says besides its place in the chain."""

    exam_session_id: ExamSessionId | None = None
    policy_digest: bytes = b""
    sensors: tuple[SensorHealth, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A sealed batch and its place in the chain."""

    sequence: int
    envelope: bytes


class Sealer:
    """Seals the batches of one workstation. `head` is where its chain stands."""

    def __init__(
        self,
        workstation_id: WorkstationId,
        key: Ed25519PrivateKey,
        boot_id: BootId,
        chain_genesis: bytes,
    ) -> None:
        self._workstation_id, self._key, self._boot_id = workstation_id, key, boot_id
        self.head: ChainHead = genesis(chain_genesis)

    def seal(
        self,
        observations: tuple[Observation, ...],
        circumstances: Circumstances,
        now: Moment,
    ) -> Link:
        """Seal the next batch and move the head."""
        sequence = self.head.next_sequence
        header = BatchHeader(
            FORMAT,
            self._workstation_id,
            self._boot_id,
            circumstances.exam_session_id,
            sequence,
            self.head.digest,
            now.wall_clock_us,
            now.monotonic_us,
            AGENT_VERSION,
            circumstances.policy_digest,
            sensors=circumstances.sensors,
        )
        sealed = seal(BATCH_TYPE, write_batch(Batch(header, observations)), self._key)
        self.head = ChainHead(sequence + 1, sealed.digest)
        return Link(sequence, sealed.data)
