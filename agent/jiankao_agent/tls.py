"""How the agent meets its collector: TLS 1.3 only, and a dead link is noticed.

jiankao_proto.meeting says how TLS 1.2 is forbidden; gRPC reads that setting once, when it is imported.
This module must therefore be imported before grpc is: `__main__` does so, and a test lets the real agent
meet a server that speaks TLS 1.2 only.
"""

import os
import socket
import ssl
import sys

from jiankao_proto.meeting import (
    CIPHER_VARIABLE,
    CLIENT_OPTIONS,
    LARGEST_MESSAGE,
    NO_TLS_1_2,
    WORKSTATION_KEEPALIVE,
)

STREAM_OPTIONS: tuple[tuple[str, str | int], ...] = (
    *CLIENT_OPTIONS,
    *WORKSTATION_KEEPALIVE,
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.max_send_message_length", LARGEST_MESSAGE),
    ("grpc.max_receive_message_length", LARGEST_MESSAGE),
    # The library's own back-off is kept out: no connection shared between attempts, no retries.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
)
"""For the stream, which is open for hours."""

if sys.platform == "linux":
    # After whatever they did, threads of gRPC's newer engine wake a dozen times in the next second to look for more:
    # with a ping a second always. The older engine does half as much of it. A gRPC that has no choice takes no notice.
    # (doc/environment_variables.md of gRPC; the threads are those of its work_stealing_thread_pool.cc.)
    os.environ.setdefault("GRPC_EXPERIMENTS", "-event_engine_client")
os.environ[CIPHER_VARIABLE] = NO_TLS_1_2
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
