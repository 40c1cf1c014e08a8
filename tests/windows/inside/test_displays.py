"""The screens of this session, and what is told when they change; Wine has one without a plug, or none."""

import sys

from jiankao_agent.platform.windows import screens
from jiankao_agent.platform.windows.screen_seen import ScreenSeen
from jiankao_agent.sensors.windows.displays import (
    IN_SERVICES_SESSION,
    NOT_AT_THE_SCREEN,
    DisplaySources,
    DisplaysSensor,
)
from jiankao_proto.observations import Change, DisplayChanged, Health
from tests.support.sensor_harness import running

assert sys.platform == "win32"


def test_both_ways_of_asking_agree_on_the_sizes() -> None:
    by_paths = screens.screens_of_paths(*screens.query_paths())
    by_adapters = screens.screens_of_adapters()
    assert sorted((s.width, s.height) for s in by_paths) == sorted(
        (s.width, s.height) for s in by_adapters
    )
    assert all(s.width and s.output and s.picture for s in by_paths)
    assert screens.mirror_drivers() == []
    assert screens.glance() == screens.glance()


def test_this_sessions_screens_are_the_baseline() -> None:
    there = screens.screens_of_paths(*screens.query_paths())
    sensor = DisplaysSensor()
    assert sensor.probe().health is Health.OK
    with running(sensor) as harness:
        harness.wait_for_health(Health.OK)
        harness.until(lambda: len(harness.facts) >= len(there) or None, "screens are missing")
        told = [f for f in harness.facts if isinstance(f, DisplayChanged)]
    assert [(f.output, f.width_px) for f in told] == [(s.output, s.width) for s in there]
    assert all(f.change is Change.BASELINE for f in told)


class Screens:
    """Screens that a test plugs in."""

    def __init__(self) -> None:
        self.there = [ScreenSeen("DP-1", "a-0", 1920, 1080, adapter=r"PCI\X")]
        self.refused = False

    def paths(self) -> tuple[bytes, bytes]:
        if self.refused:
            raise OSError(5, "QueryDisplayConfig refuses")
        return b"", b""

    def sources(self, session: int = 1) -> DisplaySources:
        return DisplaySources(
            glance=lambda: (tuple(self.there), self.refused),
            paths=self.paths,
            of_paths=lambda _, __: list(self.there),
            of_adapters=lambda: list(self.there),
            mirrors=list,
            session=lambda: session,
        )


def test_a_clone_a_virtual_screen_and_their_end() -> None:
    made = Screens()
    with running(DisplaysSensor(made.sources())) as harness:
        harness.wait_for(DisplayChanged, lambda f: f.change is Change.BASELINE)
        made.there = [*made.there, ScreenSeen("HDMI-2", "a-0", 1920, 1080, adapter=r"ROOT\DISPLAY")]
        added = harness.wait_for(DisplayChanged, lambda f: f.change is Change.ADDED)
        now_cloned = harness.wait_for(DisplayChanged, lambda f: f.change is Change.MODIFIED)
        made.there = made.there[:1]
        removed = harness.wait_for(DisplayChanged, lambda f: f.change is Change.REMOVED)
    assert added.virtual
    assert added.mirrored
    assert (now_cloned.output, now_cloned.mirrored) == ("DP-1", True)
    assert removed.output == "HDMI-2"
    assert added in harness.urgent


def test_a_session_that_may_not_know_how_screens_are_connected() -> None:
    made = Screens()
    made.refused = True
    sensor = DisplaysSensor(made.sources())
    assert sensor.probe() == NOT_AT_THE_SCREEN
    with running(sensor) as harness:
        harness.wait_for_health(Health.DEGRADED)
        assert not harness.wait_for(DisplayChanged).mirrored
        made.refused = False
        harness.wait_for_health(Health.OK)


def test_the_session_of_services_has_no_screens() -> None:
    sensor = DisplaysSensor(Screens().sources(session=0))
    assert sensor.probe() == IN_SERVICES_SESSION
    with running(sensor) as harness:
        harness.wait_for_health(Health.UNAVAILABLE)
