"""Input that a program makes, seen by real hooks; and what the sensor says where it sees none."""

import time
from itertools import count

from jiankao_agent.platform.windows.hook_event import HookEvent, RawEvent
from jiankao_agent.platform.windows.hooks import Hooks
from jiankao_agent.sensors.windows.input import BLIND, IN_SERVICES_SESSION, Desktop, InputSensor
from jiankao_proto.observations import (
    Health,
    InjectedInput,
    InjectionMethod,
    InputSource,
    InputWindow,
)
from tests.support.remote_tool import CHARACTERS_AND_KEY, StartTool
from tests.support.sensor_harness import running


def test_what_a_program_makes_is_told_as_injected(start_tool: StartTool, free_port: int) -> None:
    tool = start_tool("tool.exe", free_port)
    with running(InputSensor()) as sensor:
        sensor.wait_for_health(Health.OK)
        tool.drive()
        keys = sensor.wait_for(InjectedInput, lambda f: f.device == "keyboard")
        mouse = sensor.wait_for(InjectedInput, lambda f: f.device == "mouse")
        typed = sensor.wait_for(InputWindow, lambda f: f.device == "keyboard")
        moved = sensor.wait_for(InputWindow, lambda f: f.device == "mouse")

    assert keys.method is mouse.method is InjectionMethod.HOOK_FLAG
    assert keys in sensor.urgent
    assert sum(f.key_events for f in sensor.facts if isinstance(f, InjectedInput)) == (
        2 * CHARACTERS_AND_KEY
    )
    assert typed.source is moved.source is InputSource.INJECTED
    assert typed.key_presses == CHARACTERS_AND_KEY
    assert moved.button_presses == 1
    assert moved.motion_events
    assert moved.path_px > 0


def test_no_key_passes_the_hook(start_tool: StartTool, free_port: int) -> None:
    """The word is typed as characters, which Windows hands over where a scan code stands otherwise."""
    tool = start_tool("tool.exe", free_port)
    hooks = Hooks()
    try:
        tool.drive()
        seen: list[HookEvent] = []
        while sum(e.keyboard for e in seen) < 2 * CHARACTERS_AND_KEY:
            arrived = hooks.read(10)
            assert arrived, f"nothing came after {seen}"
            seen += [e for e in arrived if isinstance(e, HookEvent)]
    finally:
        hooks.close()
    downs = {
        (e.message, e.flags, e.x, e.y, e.repeated)
        for e in seen
        if e.keyboard and e.message == 0x100
    }
    assert len(downs) == 1, "two keys can be told apart"


class BlindedHooks:
    """Hooks that were kept from seeing keys, which raw input sees all the same."""

    def __init__(self, *events: HookEvent | RawEvent) -> None:
        self._events = list(events)

    def read(self, _timeout_s: float) -> list[HookEvent | RawEvent]:
        events, self._events = self._events, []
        time.sleep(0.01)
        return events

    def close(self) -> None:
        """There is nothing to take away."""


def test_keys_of_no_device_that_the_hooks_do_not_tell_of_are_told() -> None:
    """Wine names no device for any key, so what real Windows says comes from the test."""
    keys = [RawEvent(from_device=False)] * 40 + [RawEvent(from_device=True)] * 7
    desktop = Desktop(open_hooks=lambda: BlindedHooks(*keys))
    with running(InputSensor(desktop)) as sensor:
        told = sensor.wait_for(InjectedInput)
    assert (told.method, told.device, told.key_events) == (
        InjectionMethod.WITHOUT_DEVICE,
        "keyboard",
        40,
    )


def test_the_session_of_services_is_no_desktop() -> None:
    sensor = InputSensor(Desktop(session=lambda: 0))
    assert sensor.probe() == IN_SERVICES_SESSION
    with running(sensor) as harness:
        harness.wait_for_health(Health.UNAVAILABLE)


def test_hooks_that_see_nothing_of_the_input_are_set_again_and_then_said_to_be_blind() -> None:
    opened: list[Hooks] = []

    def open_hooks() -> Hooks:
        opened.append(Hooks())
        return opened[-1]

    ticks = count()
    desktop = Desktop(open_hooks=open_hooks, last_input_ms=lambda: next(ticks))
    with running(InputSensor(desktop)) as sensor:
        assert sensor.wait_for_health(Health.DEGRADED) == BLIND
    assert len(opened) >= 2
