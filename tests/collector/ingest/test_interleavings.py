"""Whatever order good and bad envelopes come in: the log stays whole, and holds every good one once."""

import asyncio
import tempfile
from itertools import takewhile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiankao_proto.chain import ChainHead
from jiankao_proto.records import EnvelopeAdmitted
from tests.support.collector import founded, intake
from tests.support.stream_client import Client, enrolled

ROUNDS = st.lists(
    st.sampled_from(["good", "good", "good", "again", "fork", "ahead", "garbage", "new stream"]),
    min_size=1,
    max_size=30,
)


def bad(kind: str, client: Client, sent: list[bytes]) -> bytes:
    """Return an envelope that must not be admitted."""
    if kind == "again" and sent:
        return sent[len(sent) // 2]
    if kind == "fork" and sent:
        return client.seal(1, client.sealer_at(ChainHead(len(sent) - 1, bytes(32))))[0]
    if kind == "ahead":
        return client.seal(1, client.sealer_at(ChainHead(len(sent) + 3, bytes(32))))[0]
    return b"\x00garbage"


async def play(rounds: list[str], folder: Path) -> None:
    async with intake(founded(folder)) as collector:
        client = await enrolled(collector)
        sent: list[bytes] = []
        refused, steps = 0, iter([*rounds, "new stream"])
        for _ in range(1 + rounds.count("new stream")):
            async with client.stream() as stream:
                assert stream.welcomed_at == len(sent)
                refused_before = refused
                for step in takewhile("new stream".__ne__, steps):
                    if step == "good":
                        sent += client.seal(1)
                        await stream.send(sent[-1])
                    else:
                        await stream.send(bad(step, client, sent))
                        refused += 1
                await stream.acknowledged(len(sent))
                await stream.refusals(refused - refused_before)
        admitted = [
            b.envelope
            for b in collector.bodies("envelope_admitted")
            if isinstance(b, EnvelopeAdmitted)
        ]
        assert admitted == sent
        assert len(collector.bodies("envelope_rejected")) == refused
        assert collector.problem() is None


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROUNDS)
def test_any_interleaving_leaves_a_whole_log(rounds: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(rounds, Path(folder) / "data"))
