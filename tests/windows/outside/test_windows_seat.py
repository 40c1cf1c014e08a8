"""A Windows seat, from its ticket to the proof: the agent runs under Wine, the collector on this system."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from jiankao_proto.observations import (
    AgentLifecycle,
    Health,
    InjectedInput,
    InjectionMethod,
    LifecycleStage,
    ProcessStarted,
    SensorStateChanged,
)
from tests.support.exam_room import until
from tests.support.windows_seat import WITHIN_S, Room, command, windows_room

SECRET_WORD = b"zhouyiliu"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with windows_room(tmp_path) as found:
        yield found


def test_a_windows_seat_that_is_driven_by_a_program_alerts(room: Room) -> None:
    seat, data = room.seat, room.data.root
    room.enrol()
    agent = seat.start_agent()
    room.open_exam_session()
    for sensor in ("processes", "connections", "input", "sessions"):
        well = SensorStateChanged(sensor, Health.OK)
        until(f"{sensor} at work", partial(room.has, well), WITHIN_S)

    tool = seat.start_tool()
    named = until("the software alert", lambda: room.alert("remote_control"), WITHIN_S)
    assert tool.stdin is not None
    for _ in range(3):
        tool.stdin.write("drive\n")
        tool.stdin.flush()
    injected = until("the input alert", lambda: room.alert("injected_input"), WITHIN_S)
    until("the listener", room.listener, WITHIN_S)

    assert "ToDesk" in json.dumps(named["reasons"], ensure_ascii=False)
    assert injected["severity"] == "critical"
    started = next(
        f.process
        for f in room.facts()
        if isinstance(f, ProcessStarted) and f.process.name == "ToDesk.exe"
    )
    assert started.original_name == "ToDesk.exe"
    told = [f for f in room.facts() if isinstance(f, InjectedInput)]
    assert {f.method for f in told} == {InjectionMethod.HOOK_FLAG}
    owner = room.listener()
    assert owner is not None
    assert owner.process.name == "ToDesk.exe"

    seat.stop_file.touch()
    assert agent.wait(WITHIN_S) == 0, seat.log.read_text(errors="replace")
    assert room.facts()[-1] == AgentLifecycle(LifecycleStage.STOPPING)
    command("jiankao-audit", "verify", data)
    command("jiankao-audit", "replay", data)
    for path in [*data.rglob("*"), *seat.state.rglob("*"), seat.log]:
        if path.is_file():
            assert SECRET_WORD not in path.read_bytes(), f"{path} holds what was typed"
    assert b"PRIVATE KEY" not in (seat.state / "identity.key").read_bytes()


def test_a_service_whose_helper_is_killed_alerts_and_goes_on(room: Room) -> None:
    """The service in a command line and its helper, two processes: what the helper sees, and what its death does."""
    seat = room.seat
    room.enrol()
    agent = seat.start_agent("service", "run")
    room.open_exam_session()
    for sensor in ("processes", "input", "helper"):
        well = SensorStateChanged(sensor, Health.OK)
        until(f"{sensor} at work", partial(room.has, well), WITHIN_S)
    assert not _deaths(room)

    tool = seat.start_tool()
    assert tool.stdin is not None
    tool.stdin.write("drive\n")
    tool.stdin.flush()
    injected = until("the input alert", lambda: room.alert("injected_input"), WITHIN_S)
    assert injected["severity"] == "critical"

    seat.kill_helper()
    until("its death", lambda: _deaths(room), WITHIN_S)
    died = until(
        "the alert", lambda: room.alert_with("sensor", "A part of the agent died"), WITHIN_S
    )
    assert died["severity"] == "warning"

    seen = _injected(room)
    until("another helper", lambda: room.said_well_again("helper"), WITHIN_S)
    until("its hooks", lambda: room.said_well_again("input"), WITHIN_S)
    tool.stdin.write("drive\n")
    tool.stdin.flush()
    until("what it sees", lambda: _injected(room) > seen or None, WITHIN_S)

    seat.stop_file.touch()
    assert agent.wait(WITHIN_S) == 0, seat.log.read_text(errors="replace")
    assert len(_deaths(room)) == 1, "an orderly end is no death"
    assert seat.helpers() == [], "the helper outlived its service"


def _deaths(room: Room) -> list[AgentLifecycle]:
    return [
        f
        for f in room.facts()
        if isinstance(f, AgentLifecycle) and f.stage is LifecycleStage.HELPER_DIED
    ]


def _injected(room: Room) -> int:
    return sum(isinstance(f, InjectedInput) for f in room.facts())
