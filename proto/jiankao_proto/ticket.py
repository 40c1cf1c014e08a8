"""Enrolment tickets: 35 characters a person can read out, in seven groups of five.

16 characters of secret (80 bits), 16 of the fingerprint of the collector's certificate authority (the first 80 bits of
the SHA-256 of its DER), 3 of a check sum. The alphabet is Crockford's base32 (https://www.crockford.com/base32.html):
no I, L, O or U, and what is read as one of those is taken for 1, 1, 0 and V. The fingerprint is what authenticates the
collector at the first contact; the secret is what authenticates the workstation, once.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from jiankao_proto.errors import MalformedError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_SIZE = 10
"""Bytes of a ticket's secret."""
FINGERPRINT_SIZE = 10
"""Bytes of the certificate authority's digest that a ticket carries."""

_READ_AS = str.maketrans("ILOU", "110V", "-\u2010\u2011\u2013\u2014 \t\r\n")
_GROUP, _CHECK, _PART = 5, 3, 16


@dataclass(frozen=True, slots=True)
class Ticket:
    """A parsed ticket. The secret stays out of every representation."""

    secret: str = field(repr=False)
    fingerprint: bytes


def fingerprint_of(ca_der: bytes) -> bytes:
    """Return the part of a certificate authority's SHA-256 that tickets carry."""
    return sha256(ca_der).digest()[:FINGERPRINT_SIZE]


def ticket_digest(secret: str) -> bytes:
    """Return what is stored and recorded of a ticket: a digest its secret cannot be read from."""
    return sha256(b"jiankao.ticket.v1\n" + secret.encode()).digest()


def format_ticket(secret: bytes, fingerprint: bytes) -> str:
    """Return the text of a ticket. Raises MalformedError on wrong sizes."""
    if len(secret) != SECRET_SIZE or len(fingerprint) != FINGERPRINT_SIZE:
        raise MalformedError("a ticket is made of 10 bytes of secret and 10 of fingerprint")
    body = _encode(secret) + _encode(fingerprint)
    text = body + _check(body)
    return "-".join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


def parse_ticket(text: str) -> Ticket:
    """Read a ticket as typed or pasted: any case, with or without hyphens or dashes. Raises MalformedError."""
    compact = text.upper().translate(_READ_AS)
    if len(compact) != 2 * _PART + _CHECK:
        raise MalformedError(f"a ticket has 35 characters, this one {len(compact)}; type it again")
    if not set(compact) <= set(ALPHABET):
        raise MalformedError("a ticket has digits and letters only; type it again")
    body, check = compact[: 2 * _PART], compact[2 * _PART :]
    if _check(body) != check:
        raise MalformedError(
            "the ticket is mistyped: its check characters do not fit; type it again"
        )
    return Ticket(body[:_PART], _decode(body[_PART:]))


def _encode(data: bytes) -> str:
    number = int.from_bytes(data)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(8 * len(data) - 5, -1, -5))


def _decode(text: str) -> bytes:
    number = 0
    for character in text:
        number = number << 5 | ALPHABET.index(character)
    return number.to_bytes(len(text) * 5 // 8)


def _check(body: str) -> str:
    bits = int.from_bytes(sha256(body.encode()).digest()[:2]) >> 1
    return "".join(ALPHABET[bits >> shift & 31] for shift in (10, 5, 0))
