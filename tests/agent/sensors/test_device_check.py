"""Input that X reports from a device which sent nothing: the comparison, the kernel's devices, and both together."""

import os
import struct
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.linux.event_devices import EventDevices, by_hand
from jiankao_agent.sensors.device_check import APART_US, DeviceCheck
from jiankao_agent.sensors.input import InputSensor
from jiankao_agent.sensors.input_window import InputKind
from jiankao_proto.observations import Health, InjectedInput, InjectionMethod, InputWindow
from tests.support.sensor_harness import SensorHarness, running
from tests.support.x11_devices import hand
from tests.support.xserver import needs, xvfb

_NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)  # Windows, where none of this runs, has no such flag
KEY, MOTION, LAMP = 1, 2, 17
XVFB_POINTER, XVFB_KEYBOARD = 6, 7


def event(kind: int, code: int = 30) -> bytes:
    return struct.pack("@llHHi", 1, 2, kind, code, 1)


def test_an_event_with_the_devices_own_is_nothing_before_or_after() -> None:
    check = DeviceCheck()
    check.sent("mouse", 0)
    check.reported("mouse", InputKind.MOTION, APART_US, 7)
    check.reported("mouse", InputKind.MOTION, 5 * APART_US, 8)
    check.sent("mouse", 5 * APART_US + 250_000)
    assert check.due(9 * APART_US) == []


def test_an_event_of_a_silent_device_is_told_after_a_second() -> None:
    check = DeviceCheck()
    check.sent("mouse", 0)
    check.sent("keyboard", 0)
    at = APART_US + 1
    check.reported("keyboard", InputKind.KEY_DOWN, at, 77)
    check.sent("mouse", at)
    assert check.due(at + APART_US - 1) == []
    assert check.due(at + APART_US) == [("keyboard", InputKind.KEY_DOWN, 77)]
    assert check.due(at + 2 * APART_US) == []


def test_a_device_that_was_never_heard_is_not_compared() -> None:
    check = DeviceCheck()
    check.reported("xrdpMouse", InputKind.MOTION, 0, 7)
    assert check.due(9 * APART_US) == []
    check.sent("mouse", 0)
    check.forget()
    check.reported("mouse", InputKind.MOTION, 3 * APART_US, 7)
    assert check.due(9 * APART_US) == []


def test_what_a_hand_makes_and_what_a_program_sends_to_a_device() -> None:
    assert by_hand(event(0) + event(KEY))
    assert not by_hand(event(0) + event(LAMP))
    assert not by_hand(event(KEY)[:-1])


@given(st.binary(max_size=200))
def test_garbage(data: bytes) -> None:
    assert by_hand(data) in {True, False}


class Kernel:
    """A folder of devices that a test feeds through pipes: this kernel may have none of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pipes: dict[str, int] = {}

    def add(self, node: str, name: str) -> None:
        (self._folder / "dev").mkdir(exist_ok=True)
        subprocess.run(["mkfifo", self._folder / "dev" / node], check=True)
        described = self._folder / "classes" / node / "device"
        described.mkdir(parents=True)
        (described / "name").write_text(name + "\n")
        self._pipes[name] = os.open(self._folder / "dev" / node, os.O_RDWR | _NO_WAIT)

    def sends(self, name: str, data: bytes) -> None:
        os.write(self._pipes[name], data)

    def devices(self) -> EventDevices:
        return EventDevices(self._folder / "dev", self._folder / "classes")

    def close(self) -> None:
        for pipe in self._pipes.values():
            os.close(pipe)


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    made = Kernel(tmp_path)
    yield made
    made.close()


def test_devices_are_known_by_the_kernels_names(kernel: Kernel) -> None:
    kernel.add("event0", "A keyboard")
    devices = kernel.devices()
    kernel.add("event1", "A mouse")
    kernel.add("mouse0", "Not such a device")
    devices.look_again()
    assert devices.active() == set()
    kernel.sends("A mouse", event(MOTION) * 1000)
    kernel.sends("A keyboard", event(LAMP))
    kernel.sends("Not such a device", event(KEY))
    assert devices.active() == {"A mouse"}
    assert devices.active() == set()
    devices.close()


def test_a_machine_without_devices_has_none(tmp_path: Path) -> None:
    devices = EventDevices(tmp_path / "missing", tmp_path)
    assert devices.active() == set()
    devices.close()


def test_a_real_device_is_read_here() -> None:
    if not any(Path("/dev/input").glob("event*")):
        pytest.skip(
            "this machine has no /dev/input/event* (a container, or a kernel without input devices)"
        )
    devices = EventDevices()
    devices.active()
    devices.close()


def windows(harness: SensorHarness) -> int:
    return sum(isinstance(f, InputWindow) for f in harness.facts)


def more_windows(harness: SensorHarness, before: int) -> bool | None:
    return windows(harness) > before or None


def test_a_program_that_poses_as_the_keyboard_is_told(kernel: Kernel) -> None:
    needs("Xvfb")
    kernel.add("event0", "Xvfb keyboard")
    kernel.add("event1", "Xvfb mouse")
    with (
        xvfb() as server,
        running(InputSensor(server.environment(), kernel.devices)) as harness,
        hand(server.display, XVFB_POINTER, XVFB_KEYBOARD) as posing,
    ):
        harness.wait_for_health(Health.OK)
        # Both are heard first, as a candidate's are; the mouse goes on, the keyboard is silent from then on.
        kernel.sends("Xvfb keyboard", event(KEY))
        kernel.sends("Xvfb mouse", event(MOTION))
        posing.move(1, 1)
        harness.wait_for(InputWindow)
        while not any(isinstance(f, InjectedInput) for f in harness.facts):
            kernel.sends("Xvfb mouse", event(MOTION))
            posing.move(1, 1)
            posing.key(38)
            before = windows(harness)
            harness.until(partial(more_windows, harness, before), "no window of input came")
        told = harness.wait_for(InjectedInput)
    facts = [f for f in harness.facts if isinstance(f, InjectedInput)]
    assert {(f.method, f.device) for f in facts} == {
        (InjectionMethod.WITHOUT_DEVICE, "Xvfb keyboard")
    }
    assert told.key_events > 0
    assert told.motion_events == 0


def test_where_no_device_can_be_read_nothing_is_said_of_it(tmp_path: Path) -> None:
    needs("Xvfb")
    with (
        xvfb() as server,
        running(
            InputSensor(server.environment(), lambda: EventDevices(tmp_path / "none", tmp_path))
        ) as harness,
        hand(server.display, XVFB_POINTER, XVFB_KEYBOARD) as a_hand,
    ):
        harness.wait_for_health(Health.OK)
        a_hand.move(3, 3)
        harness.wait_for(InputWindow)
        assert [c.health for c in harness.conditions] == [Health.OK]
    assert not [f for f in harness.facts if isinstance(f, InjectedInput)]
