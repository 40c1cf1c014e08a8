"""What a broken, stolen or forged agent may send, sent through a simulated workstation's stream."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiankao_collector.demo.sealing import Sealer
from jiankao_collector.demo.workstation import SimulatedWorkstation
from jiankao_proto.chain import ChainHead
from jiankao_proto.codec import MAX_ENVELOPE
from jiankao_proto.ids import WorkstationId
from jiankao_proto.observations import Heartbeat, Observation

GARBAGE = b"\xff\x00 this is no envelope \x7f" * 5
TWO_HOURS_US = 2 * 3600 * 1_000_000


async def send(workstation: SimulatedWorkstation, envelope: bytes) -> None:
    """Send any bytes as an envelope, past the spool."""
    stream = workstation.delivery.stream
    assert stream is not None, "wait until the workstation is connected"
    await stream.send(envelope)


def oversized() -> bytes:
    """Return more bytes than one envelope may have."""
    return bytes(MAX_ENVELOPE + 1)


def last_again(workstation: SimulatedWorkstation) -> Sealer:
    """Return a sealer that stands where the workstation stood before its last batch.

    What it seals next takes a sequence that is taken: a fork, as a copied key makes.
    """
    head = workstation.sealer.head
    copied = _sealer(workstation, workstation.identity.workstation_id, workstation.identity.key)
    copied.head = ChainHead(head.next_sequence - 1, bytes(32))
    return copied


def with_another_key(workstation: SimulatedWorkstation) -> Sealer:
    """Return a sealer at the workstation's place in the chain, with a key of its own."""
    forger = _sealer(workstation, workstation.identity.workstation_id, Ed25519PrivateKey.generate())
    forger.head = workstation.sealer.head
    return forger


def under_another_name(workstation: SimulatedWorkstation, name: str) -> Sealer:
    """Return a sealer at the workstation's place, with its key, that says it is another."""
    impostor = _sealer(workstation, WorkstationId(name), workstation.identity.key)
    impostor.head = workstation.sealer.head
    return impostor


def off_the_chain(workstation: SimulatedWorkstation) -> Sealer:
    """Return a sealer at the workstation's sequence that names another predecessor."""
    broken = _sealer(workstation, workstation.identity.workstation_id, workstation.identity.key)
    broken.head = ChainHead(workstation.sealer.head.next_sequence, bytes(32))
    return broken


def heartbeat(workstation: SimulatedWorkstation, sealer: Sealer) -> bytes:
    """Return the next envelope of a sealer: a heartbeat at the workstation's time."""
    now = workstation.now()
    beat = Observation(now.wall_clock_us, now.monotonic_us, Heartbeat())
    return sealer.seal((beat,), workstation.circumstances(), now).envelope


def _sealer(
    workstation: SimulatedWorkstation, name: WorkstationId, key: Ed25519PrivateKey
) -> Sealer:
    identity = workstation.identity
    return Sealer(name, key, identity.boot_id, identity.chain_genesis)
