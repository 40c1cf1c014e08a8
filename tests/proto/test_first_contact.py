"""Whom a workstation trusts at the first contact."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jiankao_proto.errors import IntegrityError, MalformedError
from jiankao_proto.first_contact import trusted_authority
from jiankao_proto.ticket import fingerprint_of

NOW = dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


class Authority:
    """A certificate authority and a server certificate it issued."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a centre")])
        self.certificate = self._issue(key, key, self.name)
        server = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server")])
        self.server = self._issue(ec.generate_private_key(ec.SECP256R1()), key, server)
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        self.server_der = self.server.public_bytes(serialization.Encoding.DER)
        self.fingerprint = fingerprint_of(self.certificate.public_bytes(serialization.Encoding.DER))

    def _issue(
        self,
        of: ec.EllipticCurvePrivateKey,
        by: ec.EllipticCurvePrivateKey,
        name: x509.Name,
    ) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(of.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - DAY)
            .not_valid_after(NOW + DAY)
            .sign(by, hashes.SHA256())
        )


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def stranger() -> Authority:
    return Authority()


def test_the_collector_of_the_ticket_is_trusted(authority: Authority) -> None:
    trusted = trusted_authority(authority.pem, authority.server_der, authority.fingerprint, NOW)
    assert trusted == authority.certificate


def test_another_collector_is_not(authority: Authority, stranger: Authority) -> None:
    with pytest.raises(IntegrityError, match="not the collector that issued the ticket"):
        trusted_authority(stranger.pem, stranger.server_der, authority.fingerprint, NOW)


def test_the_right_authority_shown_by_a_stranger_is_not(
    authority: Authority, stranger: Authority
) -> None:
    with pytest.raises(IntegrityError, match="not from the authority of the ticket"):
        trusted_authority(authority.pem, stranger.server_der, authority.fingerprint, NOW)


@pytest.mark.parametrize("off", [-2 * DAY, 2 * DAY])
def test_a_clock_far_off_is_named(authority: Authority, off: dt.timedelta) -> None:
    with pytest.raises(IntegrityError, match="set the clock"):
        trusted_authority(authority.pem, authority.server_der, authority.fingerprint, NOW + off)


@pytest.mark.parametrize(("pem", "der"), [(b"garbage", None), (None, b"garbage"), (b"", b"")])
def test_what_is_no_certificate_is_malformed(
    authority: Authority, pem: bytes | None, der: bytes | None
) -> None:
    shown = authority.pem if pem is None else pem
    used = authority.server_der if der is None else der
    with pytest.raises(MalformedError, match="is no certificate"):
        trusted_authority(shown, used, authority.fingerprint, NOW)
