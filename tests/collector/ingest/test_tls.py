"""Whoever has no certificate of ours, or speaks anything older than TLS 1.3, gets nowhere, on either port."""

import asyncio
import datetime as dt
import socket
import ssl
import subprocess
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jiankao_collector.config import Address
from jiankao_collector.demo.transport import Credentials, Hello, StreamLostError, telemetry_stream
from jiankao_collector.enrolment.certificates import (
    CLIENT_DAYS,
    create_authority,
    issue_client_certificate,
    load_authority,
)
from jiankao_proto.ids import WorkstationId
from jiankao_proto.meeting import SERVER_NAME
from jiankao_proto.v1 import transport_pb2_grpc
from tests.support.collector import Intake
from tests.support.stream_client import Client

HELLO = Hello("0", "boot-1", 0)


def signed_request() -> tuple[bytes, bytes]:
    """Return a new TLS key (PEM) and a certificate request for it (DER)."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return (
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER),
    )


def issued(keys: Path, trust: bytes, now: dt.datetime, days: int = CLIENT_DAYS) -> Credentials:
    """Return what a client would hold that the authority in the folder `keys` gave a certificate."""
    key, request = signed_request()
    authority = load_authority(keys, dt.datetime.now(dt.UTC))
    certificate = issue_client_certificate(authority, request, WorkstationId("w-x"), now, days)
    return Credentials(key, certificate.public_bytes(serialization.Encoding.PEM), trust)


async def refused(at: Address, credentials: Credentials) -> str:
    with pytest.raises(StreamLostError) as caught:
        async with telemetry_stream(str(at), credentials, HELLO):
            pass
    return str(caught.value)


async def test_a_certificate_of_another_authority_is_refused(
    collector: Intake, tmp_path: Path
) -> None:
    now = dt.datetime.now(dt.UTC)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    create_authority(foreign, now)
    await refused(collector.telemetry_at, issued(foreign, collector.authority.certificate_pem, now))
    assert not collector.bodies("stream_opened")


async def test_an_expired_certificate_is_refused(collector: Intake) -> None:
    last_year = dt.datetime.now(dt.UTC) - dt.timedelta(days=CLIENT_DAYS + 1)
    trust = collector.authority.certificate_pem
    await refused(collector.telemetry_at, issued(collector.folder.keys, trust, last_year))
    assert not collector.bodies("stream_opened")


async def test_a_certificate_nobody_was_enrolled_with_is_turned_away_and_recorded(
    collector: Intake,
) -> None:
    trust = collector.authority.certificate_pem
    mine = issued(collector.folder.keys, trust, dt.datetime.now(dt.UTC))
    assert "enrol this computer again" in await refused(collector.telemetry_at, mine)
    (record,) = collector.bodies("envelope_rejected")
    assert "no workstation was enrolled with it" in str(record)


async def test_nobody_streams_without_a_certificate_or_in_the_clear(
    collector: Intake, client: Client
) -> None:
    options = (("grpc.ssl_target_name_override", SERVER_NAME),)
    trust = grpc.ssl_channel_credentials(client.identity.credentials.authority)
    at = str(collector.telemetry_at)
    for channel in (
        grpc.aio.secure_channel(at, trust, options=options),
        grpc.aio.insecure_channel(at),
    ):
        async with channel:
            call = transport_pb2_grpc.TelemetryStub(channel).Stream()  # type: ignore[no-untyped-call] # generated
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call.read()
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert not collector.bodies("stream_opened")


def handshake(at: Address, highest: ssl.TLSVersion) -> str | None:
    """Shake hands as a client that speaks nothing newer; return the version agreed on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = highest
    context.set_alpn_protocols(["h2"])
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection((at.host, at.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=SERVER_NAME) as secured,
    ):
        return secured.version()


async def test_only_tls_1_3_is_spoken_on_both_ports(collector: Intake) -> None:
    for at in (collector.telemetry_at, collector.enrolment_at):
        assert await asyncio.to_thread(handshake, at, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
        with pytest.raises(ssl.SSLError):
            await asyncio.to_thread(handshake, at, ssl.TLSVersion.TLSv1_2)
        asked = await asyncio.to_thread(
            subprocess.run,
            ["openssl", "s_client", "-tls1_2", "-connect", str(at), "-alpn", "h2"],
            input=b"",
            capture_output=True,
            check=False,
        )
        assert asked.returncode != 0
        assert b"Cipher is (NONE)" in asked.stdout
