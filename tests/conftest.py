"""What must hold before any test module is imported."""

import os

from hypothesis import settings

# gRPC reads which TLS versions it may speak when it is imported, whoever imports it first.
import jiankao_collector.tls  # noqa: F401

# How long an example takes on a machine shared with others says nothing about the code. CI draws the same examples
# each time, so that a change is judged and not luck; elsewhere new ones are drawn, and found ones become tests.
settings.register_profile("jiankao", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("jiankao")
