"""What must hold before any test module is imported."""

# gRPC reads which TLS versions it may speak when it is imported, whoever imports it first.
import jiankao_collector.tls  # noqa: F401
