"""Signed envelopes: DSSE pre-authentication encoding, Ed25519.

Source: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md and RFC 8032.
What is signed is PAE(type, payload); what travels and is stored is the serialised Envelope, and nothing is ever
serialised again to be checked.
"""

from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jiankao_proto.codec import read_envelope, write_envelope
from jiankao_proto.errors import IntegrityError, MalformedError

BATCH_TYPE = "application/vnd.jiankao.batch.v1+protobuf"
ENROLMENT_TYPE = "application/vnd.jiankao.enrolment.v1+protobuf"

_PUBLIC_KEY_SIZE = 32


@dataclass(frozen=True, slots=True)
class Sealed:
    """Envelope bytes as they travel, and their SHA-256, to which the next batch is bound."""

    data: bytes
    digest: bytes


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """Return DSSEv1 PAE of a payload."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def key_id(public_key: bytes) -> str:
    """Return the hint that names a raw 32-byte Ed25519 public key: the head of its SHA-256."""
    return sha256(public_key).hexdigest()[:16]


def envelope_digest(data: bytes) -> bytes:
    """Return the SHA-256 of envelope bytes."""
    return sha256(data).digest()


def seal(payload_type: str, payload: bytes, key: Ed25519PrivateKey) -> Sealed:
    """Sign `payload` and wrap it."""
    signature = key.sign(pre_authentication_encoding(payload_type, payload))
    hint = key_id(key.public_key().public_bytes_raw())
    data = write_envelope(payload_type, payload, hint, signature)
    return Sealed(data, envelope_digest(data))


def open_envelope(data: bytes, payload_type: str, public_key: bytes) -> bytes:
    """Return the payload of an envelope signed by `public_key` (raw, 32 bytes).

    Raises MalformedError when it is no envelope of that type with one signature, and IntegrityError when the
    signature does not hold.
    """
    kind, payload, signature = read_envelope(data)
    if kind != payload_type:
        raise MalformedError(f"envelope holds {kind[:80]!r}, expected {payload_type}")
    if len(public_key) != _PUBLIC_KEY_SIZE:
        raise MalformedError(f"an Ed25519 public key has 32 bytes, not {len(public_key)}")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(
            signature, pre_authentication_encoding(payload_type, payload)
        )
    except InvalidSignature:
        raise IntegrityError(
            f"signature does not hold under key {key_id(public_key)}: altered, or signed by another key"
        ) from None
    return payload
