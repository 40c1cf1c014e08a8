"""Signed envelopes: the DSSE encoding, the signature scheme, and everything that must not hold."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jiankao_proto.codec import write_envelope
from jiankao_proto.envelope import (
    BATCH_TYPE,
    ENROLMENT_TYPE,
    envelope_digest,
    key_id,
    open_envelope,
    pre_authentication_encoding,
    seal,
)
from jiankao_proto.errors import IntegrityError, MalformedError
from tests.support.logs import key_of

KEY = key_of("envelope test")
PUBLIC = KEY.public_key().public_bytes_raw()


def test_pre_authentication_encoding_is_that_of_the_dsse_specification() -> None:
    """The example of https://github.com/secure-systems-lab/dsse/blob/master/protocol.md."""
    encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_pre_authentication_encoding_counts_bytes() -> None:
    assert pre_authentication_encoding("类型", b"") == "DSSEv1 6 类型 0 ".encode()


@pytest.mark.parametrize(
    ("secret", "public", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ],
)
def test_the_signature_scheme_is_that_of_rfc_8032(
    secret: str, public: str, message: str, signature: str
) -> None:
    """Tests 1 to 3 of RFC 8032, section 7.1."""
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    assert key.public_key().public_bytes_raw().hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature


def test_sealed_and_opened() -> None:
    sealed = seal(BATCH_TYPE, b"payload", KEY)
    assert open_envelope(sealed.data, BATCH_TYPE, PUBLIC) == b"payload"
    assert sealed.digest == envelope_digest(sealed.data)
    assert key_id(PUBLIC).encode() in sealed.data


def test_what_does_not_hold() -> None:
    sealed = seal(BATCH_TYPE, b"payload", KEY).data
    other = key_of("another").public_key().public_bytes_raw()
    with pytest.raises(IntegrityError, match="signature does not hold under key"):
        open_envelope(sealed, BATCH_TYPE, other)
    with pytest.raises(IntegrityError, match="signature does not hold"):
        open_envelope(sealed.replace(b"payload", b"payloae"), BATCH_TYPE, PUBLIC)
    with pytest.raises(MalformedError, match=r"expected application/vnd\.jiankao\.enrolment"):
        open_envelope(sealed, ENROLMENT_TYPE, PUBLIC)
    with pytest.raises(MalformedError, match="32 bytes, not 31"):
        open_envelope(sealed, BATCH_TYPE, PUBLIC[:31])


def test_a_signature_for_one_type_does_not_hold_for_another() -> None:
    payload = b"payload"
    signature = KEY.sign(pre_authentication_encoding(ENROLMENT_TYPE, payload))
    with pytest.raises(IntegrityError, match="signature does not hold"):
        open_envelope(write_envelope(BATCH_TYPE, payload, "", signature), BATCH_TYPE, PUBLIC)


def test_every_byte_of_an_envelope_counts_but_the_hint() -> None:
    sealed = seal(BATCH_TYPE, b"payload", KEY).data
    hint = sealed.index(key_id(PUBLIC).encode())
    for at in range(len(sealed)):
        flipped = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        if hint <= at < hint + 16:  # the name of the key is a hint, and not signed
            assert open_envelope(flipped, BATCH_TYPE, PUBLIC) == b"payload"
            continue
        with pytest.raises((IntegrityError, MalformedError)):
            open_envelope(flipped, BATCH_TYPE, PUBLIC)


# ---- keys under which anybody can sign ----

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]


def added(a: Point, b: Point) -> Point:
    """Add two points of edwards25519 (RFC 8032, section 5.1.4, in affine coordinates)."""
    product = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + product, -1, P) % P
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P) % P
    return x, y


def points_of_small_order() -> set[Point]:
    """Return the eight points whose order divides eight: multiples of a point of order eight."""
    y = int.from_bytes(
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
    )
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == square
    generator = (x, y)
    found, point = {(0, 1)}, generator
    while point != (0, 1):
        found.add(point)
        point = added(point, generator)
    return found


def encodings(point: Point) -> set[bytes]:
    """Return every 32 bytes that some verifier reads as this point: also y + p, and either sign."""
    ys = [y for y in (point[1], point[1] + P) if y < 2**255]
    return {(y | sign << 255).to_bytes(32, "little") for y in ys for sign in (0, 1)}


def test_keys_of_small_order_are_refused() -> None:
    """Without a private key: nothing but zeros as a signature holds for some message under them."""
    points = points_of_small_order()
    assert len(points) == 8
    keys = {encoding for point in points for encoding in encodings(point)}
    for key in keys:
        envelope = write_envelope(BATCH_TYPE, b"payload", "", bytes(64))
        with pytest.raises(MalformedError, match="under which anybody can sign"):
            open_envelope(envelope, BATCH_TYPE, key)


def test_the_verifier_alone_would_not_refuse_them() -> None:
    """If this fails the library has become stricter, and our own list may go."""

    def holds(message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(bytes(32)).verify(bytes(64), message)
        except InvalidSignature:
            return False
        return True

    assert any(holds(bytes([n])) for n in range(64))
