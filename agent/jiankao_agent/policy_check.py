"""Whether a policy that the collector sent holds on this workstation. Pure.

What it allows is judged at the collector; here it is only made sure that it is whole, and signed by a key that is
pinned here. A workstation that was enrolled without any such key asks for no signature, until the collector names
keys: the first ones are pinned for good (docs/adr/0026).
"""

from collections.abc import Iterable
from hashlib import sha256

from jiankao_proto.bilingual import say
from jiankao_proto.codec import read_envelope
from jiankao_proto.envelope import POLICY_TYPE, open_envelope
from jiankao_proto.errors import IntegrityError, MalformedError
from jiankao_proto.messages import Policy

LARGEST = 64 * 1024
"""Bytes of a policy's text."""
MOST_KEYS = 16
_KEY_BYTES = 32


def objection(policy: Policy, keys: Iterable[bytes]) -> str:
    """Return why a policy does not hold, in both languages; empty when it does, or when there is none.

    `keys`: the public keys whose policies hold here, 32 bytes of Ed25519 each.
    """
    keys = tuple(keys)
    if not policy.policy_digest and not policy.policy_envelope and not policy.policy_toml:
        return ""
    if policy.policy_envelope:
        try:
            text = _signed_text(policy.policy_envelope, keys)
        except (MalformedError, IntegrityError) as error:
            return say("策略的签名不成立", f"the policy's signature does not hold: {error}")
    elif keys:
        return say(
            "策略没有签名，而本机登记了签名密钥",
            "the policy is not signed, and keys that sign policies are pinned on this computer",
        )
    else:
        text = policy.policy_toml
    if sha256(text).digest() != policy.policy_digest:
        return say("策略内容与其摘要不符", "the policy's text is not the one its digest names")
    if len(text) > LARGEST or not _is_text(text):
        return say(
            "策略内容不是文字或过长", f"the policy is no text, or longer than {LARGEST} bytes"
        )
    return ""


def keys_to_pin(policy: Policy, pinned: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the keys that the collector names, when none is pinned yet; none otherwise.

    Not while a policy is in force that they did not sign: it goes on until its exam session closes.
    """
    named = tuple(dict.fromkeys(policy.policy_public_keys))
    fit = len(named) <= MOST_KEYS and all(len(key) == _KEY_BYTES for key in named)
    return named if fit and not tuple(pinned) and not objection(policy, named) else ()


def _signed_text(envelope: bytes, keys: tuple[bytes, ...]) -> bytes:
    if not keys:
        kind, text, _ = read_envelope(envelope)
        if kind != POLICY_TYPE:
            raise MalformedError(f"envelope holds {kind[:80]!r}, expected {POLICY_TYPE}")
        return text
    wrong: Exception | None = None
    for key in keys:
        try:
            return open_envelope(envelope, POLICY_TYPE, key)
        except IntegrityError as error:
            wrong = error
    raise IntegrityError("by none of the keys that are pinned on this computer") from wrong


def _is_text(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
