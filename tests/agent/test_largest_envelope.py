"""The agent can never make an envelope that a collector refuses for its size, whatever it has seen."""

import dataclasses
import typing

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiankao_agent.batcher import LARGEST_OBSERVATION, Batcher, Checked, Limits, check
from jiankao_agent.fitting import fit
from jiankao_agent.sealer import Sealer, Standing
from jiankao_proto.batch import SensorHealth
from jiankao_proto.chain import genesis
from jiankao_proto.codec import MAX_ENVELOPE, MAX_OBSERVATIONS
from jiankao_proto.errors import MalformedError
from jiankao_proto.ids import BootId, ExamSessionId, WorkstationId
from jiankao_proto.mapping import MAX_TEXT
from jiankao_proto.meeting import LARGEST_MESSAGE
from jiankao_proto.observations import (
    Direction,
    Fact,
    Health,
    NameResolved,
    Observation,
    ObservationsDropped,
    Process,
    ProcessEnded,
    ProcessStarted,
)
from jiankao_proto.v1 import transport_pb2

AT = 2**62
WIDE = "\U00020000"
"""A rare Chinese character: four bytes, as many as a character can have."""
STANDING = Standing(
    ExamSessionId("e" * 64),
    b"p" * 32,
    b"b" * 32,
    tuple(SensorHealth(f"{n}" + "s" * 60, Health.UNAVAILABLE) for n in range(100)),
)


def _longest(of: type) -> typing.Any:  # noqa: ANN401 - a fact or a part of one
    """Return a fact with every text longer than the wire takes."""
    hints = typing.get_type_hints(of)
    long: dict[str, object] = {}
    for each in dataclasses.fields(of):
        hint = hints[each.name]
        if hint is str:
            long[each.name] = WIDE * (MAX_TEXT + 1)
        elif dataclasses.is_dataclass(hint):
            long[each.name] = _longest(typing.cast("type", hint))
        elif each.default is dataclasses.MISSING:
            long[each.name] = 1 if hint is int else Direction(1) if hint is Direction else False
    return of(**long)


def _seen(fact: Fact) -> Checked:
    return check(Observation(AT // 4096, AT // 4096, fact))


def _exactly(size: int) -> Checked:
    """Return an observation of nearly so many bytes, never more."""
    piece = "a" * 4000
    count = size // 4003 - 1
    checked = _seen(NameResolved("n", (piece,) * count))
    assert size - 8100 < checked.size <= size
    return checked


MANY = MAX_OBSERVATIONS + 50
WAITING: dict[str, list[Checked]] = {
    "the largest alone": [_exactly(LARGEST_OBSERVATION)] * 3,
    "nearly a full batch, then the largest": [
        _exactly(Limits().batch_bytes),
        _exactly(LARGEST_OBSERVATION),
    ],
    "the largest behind small ones": [_seen(ProcessEnded(1, 0, "p"))] * 100
    + [_exactly(LARGEST_OBSERVATION)],
    "very many small ones": [_seen(ProcessEnded(AT % 2**31, 1, "p" * 40))] * MANY,
    "the longest texts": [_seen(fit(_longest(ProcessStarted)))] * 5,
}


@pytest.mark.parametrize("waiting", WAITING.values(), ids=WAITING)
@pytest.mark.parametrize("urgent", [True, False], ids=["urgent", "ordinary"])
def test_no_envelope_is_larger_than_a_collector_admits(
    waiting: list[Checked], *, urgent: bool
) -> None:
    sealer = Sealer(
        Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
        WorkstationId("w" * 64),
        BootId("b" * 64),
        "1" * 64,
    )
    batcher, head, left = Batcher(0), genesis(b"g" * 32), len(waiting)
    for checked in waiting:
        batcher.add(checked, 0, urgent=urgent)
    while batcher.waiting:
        batcher.lost(AT // 4096, WIDE * 10_000)
        taken = batcher.take(AT // 4096, AT // 4096, 0)
        assert isinstance(taken[0].fact, ObservationsDropped)
        sealed = sealer.seal(head, taken, STANDING, AT // 4096, AT // 4096)
        batcher.kept(0)
        assert len(taken) <= MAX_OBSERVATIONS
        assert len(sealed.data) <= MAX_ENVELOPE
        assert transport_pb2.Uplink(envelope=sealed.data).ByteSize() < LARGEST_MESSAGE
        left -= len(taken) - 1
    assert left == 0


def test_what_would_not_fit_is_refused_before_it_waits() -> None:
    with pytest.raises(MalformedError, match=f"at most {LARGEST_OBSERVATION} are sent"):
        _seen(NameResolved("n", ("a" * 8000,) * 100))


def test_a_program_cannot_hide_by_long_names() -> None:
    """Every text of a start at its longest: it is cut, and sent."""
    started = fit(_longest(ProcessStarted))
    assert isinstance(started.process, Process)
    assert started.process.name.endswith("…")
    assert _seen(started).size < LARGEST_OBSERVATION
