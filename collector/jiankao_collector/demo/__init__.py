"""A simulated exam room: workstations with keys of their own that speak the real protocol.

The scenes are pure scripts of what happens at a seat; the workstations are real to the collector in
everything but what they observe. The collector that serves an exam imports nothing from here.
"""

# Before anything here imports grpc: it fixes which TLS versions gRPC may speak.
import jiankao_collector.tls  # noqa: F401 - imported for what it does
