"""What must hold before any test module is imported."""

from hypothesis import settings

# gRPC reads which TLS versions it may speak when it is imported, whoever imports it first.
import jiankao_collector.tls  # noqa: F401

# How long an example takes on a machine shared with others says nothing about the code.
settings.register_profile("jiankao", deadline=None)
settings.load_profile("jiankao")
