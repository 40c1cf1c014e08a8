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
POLICY_TYPE = "application/vnd.jiankao.policy.v1+toml"

_PUBLIC_KEY_SIZE = 32
_SMALL_ORDER = frozenset(
    bytes.fromhex(y)
    for y in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
"""Public keys, sign bit cleared, under which anybody can find signatures without a private key.

Source: table 1 of https://eprint.iacr.org/2020/1244; the verifier we use does not refuse them.
"""


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

    Raises MalformedError when it is no envelope of that type with one signature or the key is none, and IntegrityError
    when the signature does not hold.
    """
    kind, payload, signature = read_envelope(data)
    if kind != payload_type:
        raise MalformedError(f"envelope holds {kind[:80]!r}, expected {payload_type}")
    if len(public_key) != _PUBLIC_KEY_SIZE:
        raise MalformedError(f"an Ed25519 public key has 32 bytes, not {len(public_key)}")
    if public_key[:-1] + bytes([public_key[-1] & 0x7F]) in _SMALL_ORDER:
        raise MalformedError(
            "an Ed25519 public key under which anybody can sign: its holder must make a new one"
        )
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(
            signature, pre_authentication_encoding(payload_type, payload)
        )
    except InvalidSignature:
        raise IntegrityError(
            f"signature does not hold under key {key_id(public_key)}: altered, or signed by another key"
        ) from None
    return payload
