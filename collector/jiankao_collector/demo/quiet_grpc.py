"""Keeps gRPC's own words off the terminal. Imported before grpc is, which reads the setting then.

gRPC writes lost connections to standard error in its own way; a simulated room loses some on
purpose. GRPC_VERBOSITY set by whoever starts the room stands
(https://github.com/grpc/grpc/blob/master/doc/environment_variables.md).
"""

import os

os.environ.setdefault("GRPC_VERBOSITY", "NONE")
