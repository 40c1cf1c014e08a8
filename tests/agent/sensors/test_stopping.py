"""Every sensor of Linux stops while it waits, because it is told to and not by time, and leaves nothing open."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jiankao_agent.conditions import Conditions
from jiankao_agent.platform.stop_signal import READABLE, Source, StopSignal
from jiankao_agent.sensor_threads import SensorThreads
from jiankao_agent.sensors.base import Sensor
from jiankao_agent.sensors.catalogue import sensors
from jiankao_agent.sensors.desktop import DesktopSensor
from jiankao_agent.sensors.displays import DisplaysSensor
from jiankao_agent.sensors.files import FilesSensor
from jiankao_agent.sensors.input import InputSensor
from jiankao_agent.sensors.watched_places import AGENT, Place
from jiankao_proto.observations import Fact, SensorStateChanged
from tests.support.sensor_harness import running
from tests.support.xserver import XServer, xvfb

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sensors of Linux")

NAMES = [sensor.name for sensor in sensors()]
ON_A_DISPLAY: dict[str, Callable[[dict[str, str]], Sensor]] = {
    "input": InputSensor,
    "desktop": DesktopSensor,
    "displays": DisplaysSensor,
}


class Endless(StopSignal):
    """Waits for ever where a sensor asks for a time: only being told ends such a wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_for: list[int] = []

    def wait_for(
        self, *sources: Source, timeout_s: float | None = None, news: int = READABLE
    ) -> bool:
        # What is due at once (a connection that has something already, say) is not waited for.
        endless = None if timeout_s is None or timeout_s > 1.5 else timeout_s
        self.waited_for.append(len(sources))
        return super().wait_for(*sources, timeout_s=endless, news=news)


@pytest.fixture(scope="module")
def display() -> Iterator[XServer]:
    with xvfb() as server:
        yield server


def sensor_named(name: str, display: XServer, state: Path) -> Sensor:
    if name == "files":
        return FilesSensor(state, lambda: (Place(state, AGENT),))
    if name in ON_A_DISPLAY:
        return ON_A_DISPLAY[name](display.environment())
    return next(sensor for sensor in sensors(state) if sensor.name == name)


@pytest.mark.parametrize("name", NAMES)
def test_a_sensor_stops_in_the_middle_of_its_wait(
    name: str, display: XServer, tmp_path: Path
) -> None:
    signal = Endless()
    with running(sensor_named(name, display, tmp_path), signal) as harness:
        harness.until(lambda: bool(harness.conditions and signal.waits) or None, "it never waits")
    assert harness.ended
    assert harness.error is None
    assert signal.waited_for


@pytest.mark.parametrize("name", NAMES)
def test_a_sensor_whose_signal_has_no_descriptor_stops_all_the_same(
    name: str, display: XServer, tmp_path: Path
) -> None:
    signal = StopSignal()
    signal.close()
    with running(sensor_named(name, display, tmp_path), signal) as harness:
        harness.until(lambda: bool(harness.conditions and signal.waits) or None, "it never waits")
    assert harness.error is None


@pytest.mark.parametrize(
    ("names", "cycles"),
    [(("network", "devices", "displays", "files"), 50), (tuple(NAMES), 3)],
    ids=["fifty times", "all of them"],
)
def test_starting_and_stopping_leaves_no_descriptor_open(
    names: tuple[str, ...], cycles: int, display: XServer, tmp_path: Path
) -> None:
    def cycle() -> int:
        at_work = threading.Semaphore(0)

        def emit(fact: Fact, *, urgent: bool = False) -> None:  # noqa: ARG001 - as it is asked
            if isinstance(fact, SensorStateChanged):
                at_work.release()

        wanted = [sensor_named(name, display, tmp_path) for name in names]
        threads = SensorThreads(wanted, emit, Conditions(emit))
        threads.start()
        for _ in names:
            assert at_work.acquire(timeout=20)
        assert threads.stop(20) == []
        return len(list(Path("/proc/self/fd").iterdir()))

    before = cycle()  # what is opened once and kept is open by now
    after = [cycle() for _ in range(cycles)]
    assert after[-1] <= before, after


def test_a_baseline_is_told_in_the_middle_of_a_wait(display: XServer) -> None:
    signal = Endless()
    with running(DisplaysSensor(display.environment()), signal) as harness:
        harness.until(lambda: bool(harness.facts and signal.waits) or None, "it never waits")
        told = len(harness.facts)
        harness.ask_baseline()
        harness.until(lambda: len(harness.facts) == 2 * told or None, "it tells nothing again")
