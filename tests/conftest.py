"""What must hold before any test module is imported, and which tests may run beside which."""

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

# gRPC reads which TLS versions it may speak when it is imported, whoever imports it first.
import jiankao_collector.tls  # noqa: F401

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

# How long an example takes on a machine shared with others says nothing about the code. CI draws the same examples
# each time, so that a change is judged and not luck; elsewhere new ones are drawn, and found ones become tests.
settings.register_profile("jiankao", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("jiankao")

# These watch this very machine and would see each other, and so run one after the other; the rest watches hosts of its
# own (network, process and mount namespaces), or nothing.
_ON_THIS_MACHINE = ("agent", "deploy")


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's; there is none under Wine
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> "LoadScopeScheduling":
    """With several workers (`make test`): one takes the tests on this machine, each other file stays together."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - see above

    class ByPlace(LoadScopeScheduling):  # type: ignore[misc] # has no types
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "this machine" if file.split("/")[1] in _ON_THIS_MACHINE else file

    return ByPlace(config, log)
