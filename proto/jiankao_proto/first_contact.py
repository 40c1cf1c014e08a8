"""First contact: is the collector that answers the one the ticket was made for?

Trust comes from the ticket alone. It carries the head of the SHA-256 of the collector's certificate
authority; the collector shows that authority's certificate, and the certificate its server used
must have been issued by it. Until both hold, nothing is sent.
"""

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from jiankao_proto.errors import IntegrityError, MalformedError
from jiankao_proto.ticket import fingerprint_of


def trusted_authority(
    ca_pem: bytes, server_der: bytes, fingerprint: bytes, now: datetime
) -> x509.Certificate:
    """Return the authority that the ticket names and that issued the server's certificate.

    `ca_pem`: what the collector's description says; `server_der`: the certificate the server used;
    `fingerprint`: the ticket's; `now`: with a time zone. Raises MalformedError when either is no
    certificate, IntegrityError when this is not the collector of the ticket, or not at this time.
    """
    try:
        authority = x509.load_pem_x509_certificate(ca_pem)
        server = x509.load_der_x509_certificate(server_der)
    except ValueError as error:
        raise MalformedError(f"what the collector showed is no certificate: {error}") from error
    if fingerprint_of(authority.public_bytes(serialization.Encoding.DER)) != fingerprint:
        raise IntegrityError(
            "this is not the collector that issued the ticket (its fingerprint differs); "
            "the ticket was not sent; check the address, and who else is on this network"
        )
    try:
        server.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise IntegrityError(
            "its certificate is not from the authority of the ticket; "
            "the ticket was not sent; check the address, and who else is on this network"
        ) from error
    check_valid(authority, "the collector's certificate authority", now)
    check_valid(server, "the collector's certificate", now)
    return authority


def check_valid(certificate: x509.Certificate, what: str, now: datetime) -> None:
    """Raise IntegrityError unless a certificate holds at `now` (with a time zone); `what` names it."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begins:
        raise IntegrityError(
            f"{what} is not valid before {begins:%Y-%m-%d %H:%M} UTC, and this computer's clock says "
            f"{now:%Y-%m-%d %H:%M %Z}; set the clock"
        )
    if now > ends:
        raise IntegrityError(
            f"{what} expired {ends:%Y-%m-%d %H:%M} UTC, and this computer's clock says "
            f"{now:%Y-%m-%d %H:%M %Z}; set the clock, or renew it at the collector"
        )
