"""What both ends of a connection must agree on beside the messages."""

SERVER_NAME = "collector.jiankao.internal"
"""The name every collector's certificate carries; workstations ask for it whatever address they connect to."""

TELEMETRY_PORT = 7443
ENROLMENT_PORT = 7444

CIPHER_VARIABLE = "GRPC_SSL_CIPHER_SUITES"
NO_TLS_1_2 = "ECDHE-PSK-AES128-CBC-SHA"
"""The TLS 1.2 cipher suites gRPC may use: one that needs a pre-shared key neither end has.

gRPC's Python API has no setting for the lowest TLS version, but takes a list of TLS 1.2 suites from this environment
variable (https://github.com/grpc/grpc/blob/master/doc/environment_variables.md), which it reads when it is imported.
TLS 1.3 suites are not governed by it, so TLS 1.3 is all that is left.
"""

LARGEST_MESSAGE = 2 << 20
"""Bytes of one gRPC message."""
HOLD_OFF_KEY = "jiankao-hold-off-ms"
"""Beside the word that a stream is over: for how many milliseconds the workstation is not to come back."""


def keepalive(after_ms: int, answer_ms: int) -> tuple[tuple[str, int], ...]:
    """Return gRPC options that ping the other end when nothing came from it for `after_ms`.

    No answer to a ping within `answer_ms` ends the connection. Whatever comes puts the next ping off, so of two ends
    the one with the shorter wait pings and the other only answers. gRPC itself answers, in threads of its own: a
    program that is busy is not taken for a dead link. (https://grpc.github.io/grpc/cpp/md_doc_keepalive.html; what it
    does not say is in gRPC's chttp2_transport.cc.)
    """
    return (
        ("grpc.keepalive_time_ms", after_ms),
        ("grpc.keepalive_timeout_ms", answer_ms),
        ("grpc.keepalive_permit_without_calls", 1),
        # gRPC 1.85 waits a minute for any ping's answer unless this says otherwise, and a bandwidth probe of its own
        # that stays unanswered holds back the keepalive ping.
        ("grpc.http2.ping_timeout_ms", answer_ms),
        ("grpc.http2.bdp_probe", 0),
    )


PING_MS, PING_ANSWER_MS = 1_000, 1_500
"""A dead link ends its stream at the collector after the time for the answer, and up to the time between pings more."""
COLLECTOR_KEEPALIVE = keepalive(PING_MS, PING_ANSWER_MS)
"""Of the collector's end of the telemetry stream."""
WORKSTATION_KEEPALIVE = keepalive(1_500, 2_000)
"""Of the workstation's end. It asks only where the collector does not: a link in order carries one ping a second."""
CLIENT_OPTIONS: tuple[tuple[str, int | str], ...] = (
    ("grpc.ssl_target_name_override", SERVER_NAME),
    # A proxy variable in the environment must not redirect what goes to the collector.
    ("grpc.enable_http_proxy", 0),
)
"""gRPC options of every channel to a collector."""
