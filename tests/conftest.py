"""What must hold before any test module is imported, and which tests may run beside which."""

import os

import pytest
from hypothesis import settings

# gRPC reads which TLS versions it may speak when it is imported, whoever imports it first.
import jiankao_collector.tls  # noqa: F401

# How long an example takes on a machine shared with others says nothing about the code. CI draws the same examples
# each time, so that a change is judged and not luck; elsewhere new ones are drawn, and found ones become tests.
settings.register_profile("jiankao", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("jiankao")

# These watch this very machine or drive its displays: they would see each other, and so run one after the other.
_ON_THIS_MACHINE = ("agent", "browser", "crash", "deploy", "end_to_end", "real_programs")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers (`make test`): one takes the tests on this machine, each file stays with one worker."""
    if not config.pluginmanager.hasplugin("xdist"):  # as under Wine
        return
    tests = config.rootpath / "tests"
    for item in items:
        place = item.path.relative_to(tests)
        group = "this machine" if place.parts[0] in _ON_THIS_MACHINE else place.as_posix()
        item.add_marker(pytest.mark.xdist_group(group))
