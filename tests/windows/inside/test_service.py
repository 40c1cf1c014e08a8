"""A service of Windows's service manager: made, started, stopped and removed by our own calls."""

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiankao_agent.errors import ConfigurationError
from jiankao_agent.platform.windows import service_control
from jiankao_agent.platform.windows.service_control import State

WITHIN_S = 90
BODY = """
import pathlib, sys, threading
sys.path[:0] = {path!r}
told = pathlib.Path({told!r})
from jiankao_agent.platform.windows import service_dispatch
def body(manager):
    stop = threading.Event()
    told.write_text("runs")
    manager.ready(stop.set)
    stopped = stop.wait({within})
    told.write_text("stopped in order")
    return stopped
service_dispatch.dispatch({name!r}, body)
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Install a service; lend its name and the file it tells its state in."""
    name, program, told = f"jiankao-{uuid.uuid4().hex}", tmp_path / "body.py", tmp_path / "told"
    text = BODY.format(path=sys.path, told=str(told), within=WITHIN_S, name=name)
    program.write_text(text, encoding="utf-8")
    line = f'"{sys.executable}" "{program}"'
    service_control.install(name, "jiankao test", "a test's service", line)
    try:
        # Again is not a fault: it takes the new command line.
        service_control.install(name, "jiankao test", "a test's service", line)
        yield name, told
    finally:
        service_control.stop(name, WITHIN_S)
        service_control.remove(name)
        assert service_control.status(name) is None


def test_a_service_starts_tells_that_it_runs_and_stops_when_asked(
    service: tuple[str, Path],
) -> None:
    name, told = service
    service_control.start(name, WITHIN_S)
    status = service_control.status(name)
    assert status is not None
    assert (status.state, bool(status.pid)) == (State.RUNNING, True)
    assert told.read_text() == "runs"
    service_control.stop(name, WITHIN_S)
    assert told.read_text() == "stopped in order"


def test_a_service_that_is_not_there_is_said() -> None:
    assert service_control.status("jiankao-nobody") is None
    with pytest.raises(
        ConfigurationError, match="not installed; run jiankao-agent service install"
    ):
        service_control.start("jiankao-nobody", 1)
