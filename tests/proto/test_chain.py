"""The chain of a workstation's batches, case by case."""

from dataclasses import replace

import pytest

from jiankao_proto.batch import BatchHeader
from jiankao_proto.chain import BreakKind, ChainError, ChainHead, follow, genesis
from jiankao_proto.errors import IntegrityError
from tests.support.samples import sample

A, B, C = b"a" * 32, b"b" * 32, b"c" * 32


def header(sequence: int, previous: bytes) -> BatchHeader:
    return replace(sample(BatchHeader), sequence=sequence, previous_digest=previous)


def test_a_chain_begins_with_the_enrolment() -> None:
    assert genesis(A) == ChainHead(0, A)
    assert follow(genesis(A), header(0, A), B, None) == ChainHead(1, B)
    assert follow(ChainHead(1, B), header(1, B), C, None) == ChainHead(2, C)


@pytest.mark.parametrize(
    ("head", "said", "previous", "digest", "known", "kind"),
    [
        (ChainHead(0, A), 0, B, C, None, BreakKind.BROKEN),
        (ChainHead(5, A), 5, B, C, None, BreakKind.BROKEN),
        (ChainHead(5, A), 5, bytes(32), C, None, BreakKind.BROKEN),
        (ChainHead(5, A), 6, A, C, None, BreakKind.OUT_OF_ORDER),
        (ChainHead(0, A), 2**64 - 1, A, C, None, BreakKind.OUT_OF_ORDER),
        (ChainHead(5, A), 4, B, C, C, BreakKind.DUPLICATE),
        (ChainHead(5, A), 0, B, C, C, BreakKind.DUPLICATE),
        (ChainHead(5, A), 4, B, C, B, BreakKind.FORK),
        (ChainHead(5, A), 4, A, C, None, BreakKind.FORK),
    ],
)
def test_what_does_not_follow(
    head: ChainHead,
    said: int,
    previous: bytes,
    *,
    digest: bytes,
    known: bytes | None,
    kind: BreakKind,
) -> None:
    with pytest.raises(ChainError) as raised:
        follow(head, header(said, previous), digest, known)
    assert raised.value.kind is kind
    assert isinstance(raised.value, IntegrityError)
    assert str(said) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_known_envelope_matters_only_where_a_sequence_is_taken() -> None:
    assert follow(ChainHead(5, A), header(5, A), C, C) == ChainHead(6, C)
