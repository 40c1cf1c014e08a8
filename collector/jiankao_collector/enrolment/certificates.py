"""The collector's local certificate authority (X.509, ECDSA P-256) and what it issues.

The authority signs two kinds of certificate: the collector's own (TLS server) and one per enrolled workstation (TLS
client). Private keys are files only their owner may read.
"""

import datetime as dt
import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from jiankao_collector.config import write_private
from jiankao_collector.errors import ConfigurationError, RefusedError
from jiankao_proto.ids import WorkstationId
from jiankao_proto.meeting import SERVER_NAME

_AUTHORITY_DAYS, _SERVER_DAYS, _RENEW_DAYS = 3650, 365, 30
CLIENT_DAYS = 400
"""How long a workstation's certificate holds."""
_BACKDATED = dt.timedelta(hours=3)
"""Workstations whose clock is behind by up to this still accept a new certificate."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The local certificate authority and the collector's own keys."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    server_certificate_pem: bytes
    server_key_pem: bytes
    collector_key: Ed25519PrivateKey

    @property
    def certificate_der(self) -> bytes:
        """The authority's certificate as DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def certificate_pem(self) -> bytes:
        """The authority's certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def collector_public_key(self) -> bytes:
        """The collector's Ed25519 public key, raw."""
        return self.collector_key.public_key().public_bytes_raw()


def create_authority(keys: Path, now: dt.datetime) -> None:
    """Make the authority's and the collector's keys in the folder `keys`; its certificate last, which makes it one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("jiankao local authority")
    certificate = (
        _builder(name, name, key.public_key(), now, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_private(keys / "collector.key", _pem(Ed25519PrivateKey.generate()))
    write_private(keys / "authority.key", _pem(key))
    write_private(keys / "authority.pem", certificate.public_bytes(serialization.Encoding.PEM))


def has_authority(keys: Path) -> bool:
    """Tell whether an authority was made in the folder `keys`."""
    return (keys / "authority.pem").exists()


def load_authority(keys: Path, now: dt.datetime) -> Authority:
    """Load the authority, renewing the collector's own certificate when it is near its end.

    Raises ConfigurationError when a key is missing or unreadable.
    """
    try:
        key = serialization.load_pem_private_key((keys / "authority.key").read_bytes(), None)
        certificate = x509.load_pem_x509_certificate((keys / "authority.pem").read_bytes())
        collector_key = serialization.load_pem_private_key(
            (keys / "collector.key").read_bytes(), None
        )
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{keys}: the collector's keys cannot be read ({error}); restore them from the backup of the data folder"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(
        collector_key, Ed25519PrivateKey
    ):
        raise ConfigurationError(
            f"{keys}: the keys are not of the kinds this collector makes; restore them from the backup"
        )
    if key.public_key() != certificate.public_key():
        raise ConfigurationError(
            f"{keys}: authority.key and authority.pem do not belong together; restore both from the backup"
        )
    server_pem, server_key_pem = _server_certificate(keys, key, certificate, now)
    return Authority(certificate, key, server_pem, server_key_pem, collector_key)


def issue_client_certificate(
    authority: Authority,
    request_der: bytes,
    workstation: WorkstationId,
    now: dt.datetime,
    days: int = CLIENT_DAYS,
) -> x509.Certificate:
    """Issue a workstation's TLS certificate for its PKCS#10 request (DER).

    Only the request's key is taken over; the name is ours. Raises RefusedError when the request is no PKCS#10, not
    signed by its own key, or not for an ECDSA P-256 key.
    """
    try:
        request = x509.load_der_x509_csr(request_der)
        good = request.is_signature_valid
    except (ValueError, InvalidSignature) as error:
        raise RefusedError("the certificate request cannot be read") from error
    key = request.public_key()
    if (
        not good
        or not isinstance(key, ec.EllipticCurvePublicKey)
        or not isinstance(key.curve, ec.SECP256R1)
    ):
        raise RefusedError("the certificate request is not signed by an ECDSA P-256 key of its own")
    return (
        _builder(_name(workstation.value), authority.certificate.subject, key, now, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True)
        .sign(authority.key, hashes.SHA256())
    )


def _server_certificate(
    keys: Path, key: ec.EllipticCurvePrivateKey, authority: x509.Certificate, now: dt.datetime
) -> tuple[bytes, bytes]:
    pem_path, key_path = keys / "server.pem", keys / "server.key"
    kept = _kept_server_certificate(pem_path, key_path, authority, now)
    if kept is not None:
        return kept
    server_key = ec.generate_private_key(ec.SECP256R1())
    hostname = socket.gethostname()
    names: list[x509.GeneralName] = [
        x509.DNSName(n) for n in {SERVER_NAME, "localhost", hostname} if n.isascii()
    ]
    names += [x509.IPAddress(ipaddress.ip_address(a)) for a in ("127.0.0.1", "::1")]
    certificate = (
        _builder(_name(SERVER_NAME), authority.subject, server_key.public_key(), now, _SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    write_private(key_path, _pem(server_key))
    write_private(pem_path, pem)
    return pem, _pem(server_key)


def _kept_server_certificate(
    pem_path: Path, key_path: Path, authority: x509.Certificate, now: dt.datetime
) -> tuple[bytes, bytes] | None:
    """Return the collector's certificate and key; None when there are none that will do for a while.

    A crash between writing the one and the other leaves two that do not belong together: they are made anew.
    """
    try:
        pem, key_pem = pem_path.read_bytes(), key_path.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
        key = serialization.load_pem_private_key(key_pem, None)
        certificate.verify_directly_issued_by(authority)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return None
    left = certificate.not_valid_after_utc - now
    if key.public_key() != certificate.public_key() or left < dt.timedelta(days=_RENEW_DAYS):
        return None
    return (pem, key_pem) if certificate.not_valid_before_utc <= now else None


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: dt.datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + dt.timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
