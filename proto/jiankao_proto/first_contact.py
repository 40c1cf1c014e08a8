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
    der = authority.public_bytes(serialization.Encoding.DER)
    if fingerprint_of(der) != fingerprint:
        raise IntegrityError(
            "this is not the collector the ticket was issued by: its certificate authority is "
            "another one; check the address, and tell the administrator if it is right"
        )
    try:
        server.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise IntegrityError(
            "the certificate authority is the ticket's, but it did not issue the server's "
            "certificate: somebody stands between this workstation and the collector"
        ) from error
    for what, certificate in (("certificate authority", authority), ("server certificate", server)):
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise IntegrityError(
                f"the collector's {what} does not hold at {now:%Y-%m-%d %H:%M %Z}; "
                "check this workstation's clock first"
            )
    return authority
