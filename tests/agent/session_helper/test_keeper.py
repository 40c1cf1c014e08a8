"""Keeper and helper together, over a pair of sockets; tests/windows has them over a real pipe, as real processes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.session_helper.inside import Helper
from jiankao_agent.session_helper.keeper import NOBODY, HelperSensor
from jiankao_agent.session_helper.messages import MESSAGES_AT_ONCE, Kind, write_fact
from jiankao_proto.observations import (
    AgentLifecycle,
    Health,
    Heartbeat,
    InputSource,
    InputWindow,
    LifecycleStage,
    Observation,
)
from tests.support.helper_desk import FakeDesk, ServeChannel, SocketChannel
from tests.support.sensor_harness import SensorHarness, running

TOLD = InputWindow(InputSource.LOCAL_DEVICE, "mouse", motion_events=7)
WELL = Condition(Health.DEGRADED, "half of it is seen", "look")


class DesktopSensor:
    """A sensor that tells one fact at each baseline."""

    name = "input"

    def probe(self) -> Condition:
        return OK

    def run(self, context: SensorContext) -> None:
        context.report(WELL)
        while not context.stopping.wait(0.02):
            if context.baseline_wanted():
                context.emit(TOLD, urgent=True)


def well_behaved(channel: SocketChannel) -> None:
    Helper(channel, [DesktopSensor()]).run()


@contextmanager
def kept(desk: FakeDesk) -> Iterator[tuple[SensorHarness, SensorHarness]]:
    """Run a keeper and its one stand-in; lend what each told."""
    keeper = HelperSensor(desk, [DesktopSensor()])
    with running(keeper.stand_ins[0]) as stand_in, running(keeper) as harness:
        yield harness, stand_in


def deaths(harness: SensorHarness) -> list[str]:
    return [
        f.detail
        for f in harness.facts
        if isinstance(f, AgentLifecycle) and f.stage is LifecycleStage.HELPER_DIED
    ]


def test_what_the_helper_sees_is_told_and_its_sensors_keep_their_names() -> None:
    with kept(FakeDesk(well_behaved)) as (keeper, stand_in):
        assert keeper.wait_for(InputWindow) == TOLD
        assert keeper.urgent == [TOLD]
        assert keeper.wait_for_health(Health.OK)
        assert stand_in.wait_for_health(Health.DEGRADED) == WELL
        stand_in.ask_baseline()
        keeper.until(lambda: keeper.facts.count(TOLD) > 1 or None, "no second baseline came")
    assert not deaths(keeper)


def test_a_helper_that_is_ended_is_told_of_and_replaced() -> None:
    desk = FakeDesk(well_behaved)
    with kept(desk) as (keeper, stand_in):
        keeper.wait_for(InputWindow)
        desk.started[0][1].end()
        died = keeper.wait_for(AgentLifecycle)
        assert died in keeper.urgent
        keeper.until(lambda: len(desk.started) > 1 or None, "no second helper was started")
        keeper.until(lambda: keeper.facts.count(TOLD) > 1 or None, "the second one told nothing")
        assert keeper.wait_for_health(Health.UNAVAILABLE).remedy
        assert stand_in.wait_for_health(Health.STARTING)
    assert len(deaths(keeper)) == 1


def test_another_session_gets_another_helper_and_nobody_none_without_a_death() -> None:
    desk = FakeDesk(well_behaved)
    with kept(desk) as (keeper, stand_in):
        keeper.wait_for(InputWindow)
        desk.at_screen = 5
        keeper.until(lambda: len(desk.started) > 1 or None, "no second helper was started")
        keeper.until(lambda: keeper.facts.count(TOLD) > 1 or None, "the second one told nothing")
        desk.at_screen = None
        stand_in.until(lambda: NOBODY in stand_in.conditions or None, "nobody was not said")
    assert [session for session, _ in desk.started] == [1, 5]
    assert not deaths(keeper)


def lies(message: bytes, times: int = 1) -> ServeChannel:
    def serve(channel: SocketChannel) -> None:
        with suppress(OSError):
            for _ in range(times):
                channel.write(message)
            channel.socket.settimeout(20)
            channel.socket.recv(1)

    return serve


@pytest.mark.parametrize(
    ("serve", "why"),
    [
        (lies(b"\xff"), "unknown kind"),
        (lies(write_fact(Observation(1, 1, Heartbeat()), urgent=False)), "may not tell"),
        (lies(bytes((Kind.LIFE,)), 2 * MESSAGES_AT_ONCE), "too much"),
    ],
    ids=["no-message", "not-its-business", "too-much"],
)
def test_a_helper_that_misbehaves_is_cut_off_and_told_of(serve: ServeChannel, why: str) -> None:
    with kept(FakeDesk(serve)) as (keeper, _):
        assert why in keeper.wait_for(AgentLifecycle).detail
    assert {type(f) for f in keeper.facts} == {AgentLifecycle}


def test_what_windows_refuses_is_said_with_its_reason() -> None:
    desk = FakeDesk(well_behaved)
    desk.refuses = "A required privilege is not held by the client"
    with kept(desk) as (keeper, stand_in):
        for harness in (keeper, stand_in):
            said = harness.wait_for_health(Health.UNAVAILABLE)
            assert "privilege is not held" in said.reason
            assert "service install" in said.remedy
        desk.refuses = ""
        keeper.wait_for(InputWindow)
    assert not deaths(keeper)


def test_a_helper_without_its_service_ends() -> None:
    ended = threading.Event()

    def serve(channel: SocketChannel) -> None:
        well_behaved(channel)
        ended.set()

    desk = FakeDesk(serve)
    with kept(desk) as (keeper, _):
        keeper.wait_for(InputWindow)
    assert ended.wait(20)
