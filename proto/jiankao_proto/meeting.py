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
