"""Which TLS versions gRPC may speak. Imported before grpc is.

gRPC's Python API has no setting for the lowest TLS version. It does take a list of TLS 1.2 cipher suites from the
environment (https://github.com/grpc/grpc/blob/master/doc/environment_variables.md, GRPC_SSL_CIPHER_SUITES), which it
reads when it is imported. Our certificates are all ECDSA, so a list that holds only an RSA suite leaves nothing to
agree on below TLS 1.3, whose suites the list does not touch. tests/collector/test_tls.py shows that a TLS 1.2 client
is turned away.
"""

import os
import sys

ONLY_TLS_1_3 = "ECDHE-RSA-AES256-GCM-SHA384"
_VARIABLE = "GRPC_SSL_CIPHER_SUITES"

if "grpc" in sys.modules and os.environ.get(_VARIABLE) != ONLY_TLS_1_3:
    raise ImportError(
        "jiankao_collector.tls must be imported before grpc: TLS 1.2 would stay allowed"
    )
os.environ[_VARIABLE] = ONLY_TLS_1_3
