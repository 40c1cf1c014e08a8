"""Which policies hold on a workstation, and what the agent does with one that does not."""

from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiankao_agent.policy_check import LARGEST, MOST_KEYS, keys_to_pin, objection
from jiankao_proto.envelope import BATCH_TYPE, POLICY_TYPE, key_id, seal
from jiankao_proto.messages import Policy
from jiankao_proto.observations import AgentLifecycle, LifecycleStage
from jiankao_proto.v1 import transport_pb2
from tests.agent.conftest import StartAgent
from tests.support.fake_collector import FakeCollector

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
PINNED = (KEY.public_key().public_bytes_raw(),)
BOTH = (OTHER.public_key().public_bytes_raw(), *PINNED)
TEXT = b'[policy]\nversion = 1\ntitle = "t"\nauthor = "a"\n'
DIGEST = sha256(TEXT).digest()
SIGNED = seal(POLICY_TYPE, TEXT, KEY).data


def policy(envelope: bytes = b"", toml: bytes = b"", digest: bytes = DIGEST) -> Policy:
    return Policy("es-1", digest, policy_envelope=envelope, policy_toml=toml)


@pytest.mark.parametrize(
    ("sent", "keys", "says"),
    [
        (Policy("es-1"), (), ""),
        (Policy("es-1"), PINNED, ""),
        (policy(SIGNED), (), ""),
        (policy(SIGNED), PINNED, ""),
        (policy(SIGNED), BOTH, ""),
        (policy(toml=TEXT), (), ""),
        (policy(toml=TEXT), PINNED, "is not signed"),
        (policy(SIGNED), BOTH[:1], "by none of the keys"),
        (policy(seal(POLICY_TYPE, TEXT, OTHER).data), PINNED, "by none of the keys"),
        (policy(SIGNED.replace(b"title", b"TITLE")), PINNED, "by none of the keys"),
        (policy(seal(BATCH_TYPE, TEXT, KEY).data), PINNED, "does not hold"),
        (policy(seal(BATCH_TYPE, TEXT, KEY).data), (), "does not hold"),
        (policy(b"\x00garbage"), (), "does not hold"),
        (policy(SIGNED, digest=b"x" * 32), PINNED, "not the one its digest names"),
        (policy(SIGNED, digest=b""), PINNED, "not the one its digest names"),
        (policy(toml=TEXT, digest=b""), (), "not the one its digest names"),
        (policy(), (), "not the one its digest names"),
        (policy(toml=b"\xff", digest=sha256(b"\xff").digest()), (), "is no text"),
        (
            policy(toml=b"#" * (LARGEST + 1), digest=sha256(b"#" * (LARGEST + 1)).digest()),
            (),
            "is no text, or longer",
        ),
    ],
)
def test_what_does_not_hold_is_told_in_both_languages(
    sent: Policy, keys: tuple[bytes, ...], says: str
) -> None:
    told = objection(sent, keys)
    assert bool(told) == bool(says), told
    assert says in told
    assert not told or " | " in told


@pytest.fixture
def trusting(collector: FakeCollector) -> FakeCollector:
    """A collector whose workstations are enrolled with a key that signs policies."""
    collector.policy_public_keys = list(PINNED)
    return collector


def stages(collector: FakeCollector) -> list[tuple[LifecycleStage, str]]:
    wanted = {LifecycleStage.POLICY_APPLIED, LifecycleStage.POLICY_REFUSED}
    lives = [f for f in collector.facts() if isinstance(f, AgentLifecycle) and f.stage in wanted]
    return [(life.stage, life.detail) for life in lives]


def digests(collector: FakeCollector) -> list[bytes]:
    return [batch.header.policy_digest for batch in collector.batches()]


async def test_the_agent_follows_signed_policies_only_and_keeps_the_last_good_one(
    trusting: FakeCollector, start_agent: StartAgent
) -> None:
    collector = trusting
    agent = await start_agent("quiet")
    await collector.until(lambda: len(stages(collector)) == 1)

    def push(envelope: bytes, toml: bytes, text: bytes) -> None:
        sent = transport_pb2.Policy(
            exam_session_id="morning",
            policy_digest=sha256(text).digest(),
            flush_interval_ms=100,
            quiet_interval_ms=500,
            policy_envelope=envelope,
            policy_toml=toml,
        )
        collector.push(transport_pb2.Downlink(policy=sent))

    push(SIGNED, b"", TEXT)
    await collector.until(lambda: digests(collector)[-1] == DIGEST)
    assert stages(collector)[-1] == (
        LifecycleStage.POLICY_APPLIED,
        f"exam session morning, policy {DIGEST.hex()[:12]}",
    )
    forged = TEXT + b"# more"
    push(seal(POLICY_TYPE, forged, OTHER).data, b"", forged)
    await collector.until(lambda: stages(collector)[-1][0] is LifecycleStage.POLICY_REFUSED)
    push(b"", forged, forged)
    await collector.until(lambda: "not signed" in stages(collector)[-1][1])
    sealed = len(digests(collector))
    await collector.until(lambda: len(digests(collector)) > sealed)
    assert digests(collector)[-1] == DIGEST
    assert str(collector.batches()[-1].header.exam_session_id) == "morning"
    agent.terminate()


@pytest.mark.parametrize(
    ("sent", "named", "pinned", "taken"),
    [
        (Policy("es-1"), PINNED, (), PINNED),
        (policy(SIGNED), PINNED, (), PINNED),
        (policy(SIGNED), (*BOTH, *BOTH), (), BOTH),
        (policy(SIGNED), BOTH[:1], (), ()),
        (policy(toml=TEXT), PINNED, (), ()),
        (policy(SIGNED), PINNED, BOTH[:1], ()),
        (policy(SIGNED), BOTH, PINNED, ()),
        (Policy("es-1"), (), (), ()),
        (Policy("es-1"), (b"short",), (), ()),
        (Policy("es-1"), tuple(bytes([n]) * 32 for n in range(MOST_KEYS + 1)), (), ()),
    ],
    ids=[
        "no policy yet",
        "the policy they signed",
        "several, some twice",
        "a policy of somebody else",
        "an unsigned policy in force",
        "others are pinned",
        "one more than is pinned",
        "none are named",
        "no key",
        "too many",
    ],
)
def test_only_a_workstation_without_keys_takes_the_first_ones_it_is_told(
    sent: Policy, named: tuple[bytes, ...], pinned: tuple[bytes, ...], taken: tuple[bytes, ...]
) -> None:
    assert keys_to_pin(replace(sent, policy_public_keys=named), pinned) == taken


def pinnings(collector: FakeCollector) -> list[str]:
    lives = [f for f in collector.facts() if isinstance(f, AgentLifecycle)]
    return [life.detail for life in lives if life.stage is LifecycleStage.POLICY_KEYS_PINNED]


async def test_keys_registered_after_the_enrolment_are_pinned_once_and_outlive_the_agent(
    collector: FakeCollector, start_agent: StartAgent
) -> None:
    def push(key: Ed25519PrivateKey, text: bytes) -> None:
        sent = transport_pb2.Policy(
            exam_session_id="morning",
            policy_digest=sha256(text).digest(),
            flush_interval_ms=100,
            quiet_interval_ms=500,
            policy_envelope=seal(POLICY_TYPE, text, key).data,
            policy_public_keys=[key.public_key().public_bytes_raw()],
        )
        collector.push(transport_pb2.Downlink(policy=sent))

    agent = await start_agent("quiet")
    await collector.until(lambda: len(stages(collector)) == 1)
    push(KEY, TEXT)
    await collector.until(lambda: digests(collector)[-1] == DIGEST)
    assert pinnings(collector) == [key_id(PINNED[0])]
    agent.terminate()
    assert await agent.wait() == 0

    agent = await start_agent("quiet")
    await collector.until(lambda: len(stages(collector)) == 3)
    push(OTHER, TEXT + b"# another's")
    await collector.until(lambda: stages(collector)[-1][0] is LifecycleStage.POLICY_REFUSED)
    assert "by none of the keys" in stages(collector)[-1][1]
    assert len(pinnings(collector)) == 1
    agent.terminate()
