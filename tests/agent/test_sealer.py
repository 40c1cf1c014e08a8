"""Sealed batches follow each other and say what they must."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiankao_agent.sealer import Sealer, Standing
from jiankao_proto.batch import SensorHealth
from jiankao_proto.chain import ChainHead, follow, genesis
from jiankao_proto.codec import read_batch
from jiankao_proto.envelope import BATCH_TYPE, Sealed, open_envelope
from jiankao_proto.ids import BootId, ExamSessionId, WorkstationId
from jiankao_proto.observations import Health, Heartbeat, Observation

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
START = genesis(b"g" * 32)


def sealed(head: ChainHead, standing: Standing | None = None) -> Sealed:
    sealer = Sealer(KEY, WorkstationId("w-1"), BootId("boot"), "0.1.0")
    return sealer.seal(head, [Observation(1, 2, Heartbeat())], standing or Standing(), 10, 20)


def test_each_envelope_is_the_next_link() -> None:
    head = START
    for _ in range(3):
        made = sealed(head)
        header = read_batch(open_envelope(made.data, BATCH_TYPE, PUBLIC)).header
        head = follow(head, header, made.digest, None)
    assert head.next_sequence == 3


def test_the_header_says_how_things_stand() -> None:
    standing = Standing(
        ExamSessionId("morning"), b"p" * 32, b"b" * 32, (SensorHealth("input", Health.DEGRADED),)
    )
    header = read_batch(open_envelope(sealed(START, standing).data, BATCH_TYPE, PUBLIC)).header
    assert header.exam_session_id == ExamSessionId("morning")
    assert (header.policy_digest, header.binaries_digest) == (b"p" * 32, b"b" * 32)
    assert header.sensors == (SensorHealth("input", Health.DEGRADED),)
    assert (header.wall_clock_us, header.monotonic_us) == (10, 20)
    assert (str(header.boot_id), header.agent_version) == ("boot", "0.1.0")


def test_the_same_batch_is_the_same_envelope() -> None:
    assert sealed(START) == sealed(START)
