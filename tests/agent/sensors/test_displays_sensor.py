"""The displays sensor against real X servers: sizes, outputs, EDIDs, a mirror, servers that come late, go or hang."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from Xlib import Xatom
from Xlib.display import Display

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux.randr_screens import Screen
from jiankao_agent.sensors.displays import DisplaysSensor
from jiankao_proto.bilingual import in_language
from jiankao_proto.observations import Change, DisplayChanged, Health
from tests.agent.sensors.test_randr_answers import edid
from tests.support.sensor_harness import SensorHarness, running
from tests.support.xorg_dummy import xorg_dummy
from tests.support.xserver import XServer, xvfb


@pytest.fixture
def plugs(tmp_path: Path) -> Iterator[XServer]:
    with xorg_dummy(tmp_path) as server:
        yield server


def wait(harness: SensorHarness, change: Change, output: str = "DUMMY1") -> DisplayChanged:
    return harness.wait_for(DisplayChanged, lambda f: (f.change, f.output) == (change, output))


def connect(server: XServer, *where: str) -> None:
    server.run("xrandr", "--addmode", "DUMMY1", "small")
    server.run("xrandr", "--output", "DUMMY1", "--mode", "small", *where)
    notice(server)


def notice(server: XServer) -> None:
    """Let the server look at its plugs, as a real driver does when the hardware tells it."""
    server.run("xrandr")


def test_the_one_screen_of_xvfb() -> None:
    with xvfb() as server:
        sensor = DisplaysSensor(server.environment())
        assert sensor.probe().health is Health.OK
        with running(sensor) as harness:
            first = harness.wait_for(DisplayChanged)
            assert (first.change, first.output) == (Change.BASELINE, "screen")
            assert (first.width_px, first.height_px) == (1024, 768)
            assert first.virtual
            assert first not in harness.urgent


def test_a_screen_comes_mirrors_and_goes_dark(plugs: XServer) -> None:
    with running(DisplaysSensor(plugs.environment())) as harness:
        first = wait(harness, Change.BASELINE, "DUMMY0")
        assert (first.width_px, first.mirrored) == (1024, False)
        connect(plugs, "--right-of", "DUMMY0")
        new = wait(harness, Change.ADDED)
        assert (new.width_px, new.height_px, new.mirrored) == (640, 480, False)
        assert new in harness.urgent
        plugs.run("xrandr", "--output", "DUMMY1", "--same-as", "DUMMY0")
        assert wait(harness, Change.MODIFIED).mirrored
        assert wait(harness, Change.MODIFIED, "DUMMY0").mirrored
        plugs.run("xrandr", "--output", "DUMMY1", "--off")
        dark = harness.wait_for(DisplayChanged, lambda f: (f.output, f.width_px) == ("DUMMY1", 0))
        assert not dark.mirrored
        harness.until(
            lambda: (
                [f for f in harness.facts if f == replace(first, change=Change.MODIFIED)] or None
            ),
            "the mirror did not end",
        )


def test_a_screen_that_is_unplugged_is_told() -> None:
    """No X server here takes a connected plug away, so what RandR says is given by hand."""
    own, other = Screen("DP-1", None, None), Screen("DP-2", None, None)
    harness, sensor = SensorHarness(), DisplaysSensor({})
    for screens in ((own, other), (own,), (own, other)):
        sensor._compare(harness.context(), screens)  # noqa: SLF001 - what a change leads to
    told = [(f.change, f.output) for f in harness.facts if isinstance(f, DisplayChanged)]
    assert told[2:] == [(Change.REMOVED, "DP-2"), (Change.ADDED, "DP-2")]
    assert harness.urgent == harness.facts[2:]


def test_the_maker_of_a_screen_shows_when_it_is_known(plugs: XServer) -> None:
    with running(DisplaysSensor(plugs.environment())) as harness:
        wait(harness, Change.BASELINE, "DUMMY0")
        with contextlib.closing(Display(plugs.display)) as display:
            resources = display.screen().root.xrandr_get_screen_resources()
            display.xrandr_change_output_property(
                resources.outputs[0],
                display.intern_atom("EDID"),
                Xatom.INTEGER,
                0,
                (8, list(edid())),
            )
            display.sync()
        told = wait(harness, Change.MODIFIED, "DUMMY0")
        assert (told.edid_vendor, told.edid_name) == ("DEL", "DELL P2419H")


def test_a_restart_hides_nothing_and_asking_tells_all_again(plugs: XServer) -> None:
    sensor = DisplaysSensor(plugs.environment())
    with running(sensor) as harness:
        told = wait(harness, Change.BASELINE, "DUMMY0")
        harness.ask_baseline()
        harness.until(lambda: harness.facts.count(told) > 1 or None, "it was not told again")
    connect(plugs)
    with running(sensor) as again:
        wait(again, Change.BASELINE, "DUMMY0")
        wait(again, Change.ADDED)


def test_a_server_without_randr_is_said() -> None:
    with xvfb("-extension", "RANDR") as server:
        condition = DisplaysSensor(server.environment()).probe()
        assert condition.health is Health.UNAVAILABLE
        assert "RandR" in in_language(condition.reason, "en")
        assert "Xorg" in in_language(condition.remedy, "zh")


def test_a_desktop_that_starts_late_is_watched_from_its_start() -> None:
    with xvfb() as server:
        environment = server.environment()
    sensor = DisplaysSensor(environment)
    assert sensor.probe().health is Health.UNAVAILABLE
    with running(sensor) as harness:
        harness.wait_for_health(Health.UNAVAILABLE)
        with xvfb(environment["DISPLAY"]) as late:
            assert late.display == environment["DISPLAY"]
            harness.wait_for_health(Health.OK)
            harness.wait_for(DisplayChanged)


def test_a_server_that_goes_ends_the_sensor_with_a_word() -> None:
    with xvfb() as server, running(DisplaysSensor(server.environment())) as harness:
        harness.wait_for(DisplayChanged)
        server.process.kill()
        error = harness.wait_for_end()
        assert isinstance(error, SensorError)
        assert "is gone" in str(error)
