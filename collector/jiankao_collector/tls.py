"""TLS 1.3 only. Imported before grpc is, which reads the setting then (see jiankao_proto.meeting).

tests/collector/ingest/test_tls.py shows that a TLS 1.2 client is turned away.
"""

import os
import sys

from jiankao_proto.meeting import CIPHER_VARIABLE, NO_TLS_1_2

if "grpc" in sys.modules and os.environ.get(CIPHER_VARIABLE) != NO_TLS_1_2:
    raise ImportError(
        "jiankao_collector.tls must be imported before grpc: TLS 1.2 would stay allowed"
    )
os.environ[CIPHER_VARIABLE] = NO_TLS_1_2
