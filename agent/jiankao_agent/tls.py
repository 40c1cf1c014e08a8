"""How the agent meets its collector: TLS 1.3 only, and a dead link is noticed.

gRPC's Python API has no setting for TLS versions. It has one for TLS 1.2 cipher suites, an environment
variable that is read once, when grpc is imported
(https://github.com/grpc/grpc/blob/master/doc/environment_variables.md). The suite named here needs a
pre-shared key that neither end has, so no TLS 1.2 handshake can succeed; TLS 1.3 is not governed by it.
This module must therefore be imported before grpc is: `__main__` does so, and a test lets the real agent
meet a server that speaks TLS 1.2 only.
"""

import os
import socket
import ssl

from jiankao_agent.config import SERVER_NAME
from jiankao_proto.codec import MAX_ENVELOPE

CHANNEL_OPTIONS: tuple[tuple[str, str | int], ...] = (
    ("grpc.ssl_target_name_override", SERVER_NAME),
    # A proxy variable in the environment must not redirect what goes to the collector.
    ("grpc.enable_http_proxy", 0),
)
"""For every channel to a collector."""
STREAM_OPTIONS: tuple[tuple[str, str | int], ...] = (
    *CHANNEL_OPTIONS,
    # Agreed with the collector, which permits this rate: a dead link is noticed within 15 s.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    # A probe of the library's own that stays unanswered would hold back the keepalive ping for a
    # minute: it is switched off, and any unanswered ping ends the connection as soon.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.ping_timeout_ms", 5_000),
    ("grpc.max_send_message_length", 2 * MAX_ENVELOPE),
    ("grpc.max_receive_message_length", 2 * MAX_ENVELOPE),
    # The library's own back-off is kept out: no connection shared between attempts, no retries.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
)
"""For the stream, which is open for hours."""

_NO_TLS_1_2 = "ECDHE-PSK-AES128-CBC-SHA"

os.environ["GRPC_SSL_CIPHER_SUITES"] = _NO_TLS_1_2
# The library writes handshake failures to stderr in its own words; the agent says them in one line.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")


def served_certificate(host: str, port: int, timeout_s: float) -> bytes:
    """Return the certificate (DER) a server presents, unchecked: whoever calls pins and checks it.

    Raises OSError (ssl.SSLError is one) when no TLS 1.3 server answers there.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["h2"])
    context.check_hostname = False
    # Nothing is sent over this connection; trust comes from the ticket's fingerprint afterwards.
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((host, port), timeout=timeout_s) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        certificate = secured.getpeercert(binary_form=True)
    if certificate is None:
        raise ssl.SSLError("the server presented no certificate")
    return certificate
