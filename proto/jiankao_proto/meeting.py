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
KEEPALIVE_MS = 10_000
"""Either end pings an idle stream this often; the server allows it at twice the rate, with or without data."""
KEEPALIVE_TIMEOUT_MS = 5_000
"""A ping unanswered for this long ends the stream."""
KEEPALIVE_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.keepalive_time_ms", KEEPALIVE_MS),
    ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
    ("grpc.keepalive_permit_without_calls", 1),
    # gRPC 1.85 waits a minute for any ping's answer unless this says otherwise, and a bandwidth probe of its own that
    # stays unanswered holds back the keepalive ping: with these a dead link is noticed within 15 s.
    ("grpc.http2.ping_timeout_ms", KEEPALIVE_TIMEOUT_MS),
    ("grpc.http2.bdp_probe", 0),
)
"""gRPC options of both ends of the telemetry stream."""
CLIENT_OPTIONS: tuple[tuple[str, int | str], ...] = (
    ("grpc.ssl_target_name_override", SERVER_NAME),
    # A proxy variable in the environment must not redirect what goes to the collector.
    ("grpc.enable_http_proxy", 0),
)
"""gRPC options of every channel to a collector."""
