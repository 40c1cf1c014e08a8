"""Which TLS versions gRPC may speak. Import this module before grpc.

gRPC's Python API has no setting for the lowest TLS version. It does take a list of TLS 1.2 cipher suites from the
environment (https://github.com/grpc/grpc/blob/master/doc/environment_variables.md, GRPC_SSL_CIPHER_SUITES). Our
certificates are all ECDSA, so a list that holds only an RSA suite leaves nothing to agree on below TLS 1.3, whose
suites the list does not touch. tests/collector/test_tls.py shows that a TLS 1.2 client is turned away.
"""

import os

ONLY_TLS_1_3 = "ECDHE-RSA-AES256-GCM-SHA384"


def forbid_old_tls() -> None:
    """Leave gRPC nothing but TLS 1.3 in this process."""
    os.environ["GRPC_SSL_CIPHER_SUITES"] = ONLY_TLS_1_3


forbid_old_tls()
