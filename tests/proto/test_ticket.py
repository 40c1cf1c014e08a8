"""Tickets survive being read out, typed and pasted; what was mistyped is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_proto.errors import MalformedError
from jiankao_proto.ticket import (
    ALPHABET,
    FINGERPRINT_SIZE,
    SECRET_SIZE,
    format_ticket,
    parse_ticket,
    ticket_digest,
)

SECRETS = st.binary(min_size=SECRET_SIZE, max_size=SECRET_SIZE)
FINGERPRINTS = st.binary(min_size=FINGERPRINT_SIZE, max_size=FINGERPRINT_SIZE)
TEXT = format_ticket(bytes(range(10)), bytes(range(10, 20)))


def test_the_form_is_what_the_guide_shows() -> None:
    groups = TEXT.split("-")
    assert [len(group) for group in groups] == [5] * 7
    assert set("".join(groups)) <= set(ALPHABET)
    assert not set("ILOU") & set(ALPHABET)


@given(SECRETS, FINGERPRINTS)
def test_a_ticket_is_read_back(secret: bytes, fingerprint: bytes) -> None:
    ticket = parse_ticket(format_ticket(secret, fingerprint))
    assert ticket.fingerprint == fingerprint
    assert len(ticket.secret) == 16


@given(SECRETS, SECRETS)
def test_other_secrets_have_other_digests(one: bytes, other: bytes) -> None:
    digests = {
        ticket_digest(parse_ticket(format_ticket(secret, bytes(10))).secret)
        for secret in (one, other)
    }
    assert len(digests) == len({one, other})


@pytest.mark.parametrize(
    "typed",
    [
        TEXT.lower(),
        TEXT.replace("-", ""),
        TEXT.replace("-", " "),
        TEXT.replace("-", "\u2013"),
        f"\t{TEXT}\r\n",
        TEXT.replace("0", "O").replace("1", "l"),
    ],
)
def test_it_is_read_however_it_is_typed(typed: str) -> None:
    assert parse_ticket(typed) == parse_ticket(TEXT)


def test_every_single_mistyped_character_of_this_ticket_is_noticed() -> None:
    compact = TEXT.replace("-", "")
    for at, right in enumerate(compact):
        for wrong in ALPHABET.replace(right, ""):
            with pytest.raises(MalformedError, match="mistyped"):
                parse_ticket(compact[:at] + wrong + compact[at + 1 :])


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "35 characters"),
        (TEXT[:-1], "35 characters"),
        (TEXT + "0", "35 characters"),
        ("?" + TEXT[1:], "digits and letters"),
        ("监" + TEXT[1:], "digits and letters"),
    ],
)
def test_what_is_no_ticket_is_told_why(typed: str, why: str) -> None:
    with pytest.raises(MalformedError, match=why):
        parse_ticket(typed)


def test_a_secret_is_in_no_representation() -> None:
    ticket = parse_ticket(TEXT)
    assert ticket.secret not in repr(ticket)
    assert ticket.secret not in str(ticket)


def test_only_whole_secrets_and_fingerprints_make_a_ticket() -> None:
    for secret, fingerprint in ((b"short", bytes(10)), (bytes(10), b"short")):
        with pytest.raises(MalformedError, match="10 bytes"):
            format_ticket(secret, fingerprint)
