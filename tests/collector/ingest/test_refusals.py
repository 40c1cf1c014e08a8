"""What is refused: answered with a reason, kept as a record, and harmless to what was acknowledged."""

import contextlib
from collections.abc import Callable
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiankao_collector.demo.sealing import Sealer
from jiankao_collector.demo.transport import StreamLostError
from jiankao_collector.ingest import limits
from jiankao_collector.ingest.admission import KEPT_OF_REJECTED
from jiankao_proto.chain import ChainHead
from jiankao_proto.codec import MAX_ENVELOPE
from jiankao_proto.envelope import BATCH_TYPE, seal
from jiankao_proto.ids import WorkstationId
from jiankao_proto.records import EnvelopeRejected, RefusalReason
from tests.support.collector import Intake
from tests.support.stream_client import Client, enrolled


def rejected(collector: Intake) -> list[EnvelopeRejected]:
    return [b for b in collector.bodies("envelope_rejected") if isinstance(b, EnvelopeRejected)]


def again(client: Client) -> bytes:
    return client.seal(1, client.sealer_at(None))[0]


def forked(client: Client) -> bytes:
    return client.seal(1, client.sealer_at(ChainHead(1, bytes(32))))[0]


def ahead(client: Client) -> bytes:
    return client.seal(1, client.sealer_at(ChainHead(9, bytes(32))))[0]


def off_the_chain(client: Client) -> bytes:
    return client.seal(1, client.sealer_at(ChainHead(2, bytes(32))))[0]


def of_another_key(client: Client) -> bytes:
    one, key = client.identity, Ed25519PrivateKey.generate()
    sealer = Sealer(one.workstation_id, key, one.boot_id, one.chain_genesis)
    return client.seal(1, sealer)[0]


def of_another_workstation(client: Client) -> bytes:
    one = client.identity
    sealer = Sealer(WorkstationId("w-another"), one.key, one.boot_id, one.chain_genesis)
    return client.seal(1, sealer)[0]


def garbage(_: Client) -> bytes:
    return b"\xff\x00 no envelope \x7f" * 9


def signed_garbage(client: Client) -> bytes:
    return seal(BATCH_TYPE, b"\xff\x00 no batch", client.identity.key).data


def of_another_type(client: Client) -> bytes:
    return seal("application/x-other", b"payload", client.identity.key).data


def oversized(_: Client) -> bytes:
    return bytes(MAX_ENVELOPE + 1)


BAD: dict[Callable[[Client], bytes], RefusalReason] = {
    again: RefusalReason.DUPLICATE,
    forked: RefusalReason.FORK,
    ahead: RefusalReason.OUT_OF_ORDER,
    off_the_chain: RefusalReason.CHAIN_BROKEN,
    of_another_key: RefusalReason.SIGNATURE,
    of_another_workstation: RefusalReason.WRONG_WORKSTATION,
    garbage: RefusalReason.MALFORMED_ENVELOPE,
    signed_garbage: RefusalReason.MALFORMED_BATCH,
    of_another_type: RefusalReason.MALFORMED_ENVELOPE,
    oversized: RefusalReason.TOO_LARGE,
}


@pytest.mark.parametrize(("make", "reason"), BAD.items(), ids=lambda v: getattr(v, "__name__", ""))
async def test_a_bad_envelope_is_answered_and_kept(
    collector: Intake,
    client: Client,
    make: Callable[[Client], bytes],
    reason: RefusalReason,
) -> None:
    good, bad = client.seal(3), make(client)
    async with client.stream() as stream:
        await stream.send(*good[:2])
        await stream.acknowledged(2)
        await stream.send(bad)
        (refusal,) = await stream.refusals()
        assert refusal.reason is reason
        assert refusal.committed_count == 2
        assert refusal.detail
        assert "\n" not in refusal.detail
        await stream.send(good[2])
        await stream.acknowledged(3)
    (record,) = rejected(collector)
    assert (record.reason, record.detail) == (reason, refusal.detail)
    assert record.workstation_id == client.identity.workstation_id
    assert record.envelope == bad[:KEPT_OF_REJECTED]
    assert (record.envelope_size, record.envelope_sha256) == (len(bad), sha256(bad).digest())
    assert collector.problem() is None


async def test_the_same_again_before_it_is_committed_is_no_fork(
    collector: Intake, client: Client
) -> None:
    envelopes = client.seal(60)
    async with client.stream() as stream:
        # In one go, so that the copy comes while the original is on its way to the log.
        await stream.send(*(e for envelope in envelopes for e in (envelope, envelope)))
        await stream.acknowledged(60)
        refusals = await stream.refusals(60)
    assert {refusal.reason for refusal in refusals} == {RefusalReason.DUPLICATE}
    assert len(collector.bodies("envelope_admitted")) == 60


async def test_a_flood_of_bad_envelopes_ends_and_does_not_fill_the_log(
    collector: Intake, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    good = client.seal(2)
    async with client.stream() as stream:
        await stream.send(good[0])
        await stream.acknowledged(1)
        with contextlib.suppress(StreamLostError):
            await stream.send(*(garbage(client) for _ in range(500)))
        await stream.ended()
    assert len(rejected(collector)) == limits.MOST_REFUSED
    with pytest.raises(StreamLostError, match="too many envelopes"):
        async with client.stream():
            pass
    collector.clock.recorded(collector.clock.now_us() + limits.REFUSED_WITHIN_US)
    async with client.stream() as stream:
        assert stream.welcomed_at == 1
        await stream.send(good[1])
        await stream.acknowledged(2)
    assert "Traceback" not in caplog.text


async def test_a_refused_workstation_disturbs_no_other(collector: Intake, client: Client) -> None:
    other = await enrolled(collector, "02", "pc-02")
    async with client.stream() as bad, other.stream() as good:
        await bad.send(*(garbage(client) for _ in range(50)))
        await good.send(*other.seal(50))
        await good.acknowledged(50)
        await bad.refusals(50)
    assert {r.workstation_id for r in rejected(collector)} == {client.identity.workstation_id}
