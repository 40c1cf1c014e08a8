"""The input sensor on real X servers, with real injected input."""

import logging
import struct

import pytest
from Xlib import XK
from Xlib.display import Display

from jiankao_agent.platform.linux import x11_wire
from jiankao_agent.platform.linux.x11_connection import X11Connection
from jiankao_agent.platform.linux.x_displays import XDisplay
from jiankao_agent.platform.linux.xinput2 import NoXInputError, RawInput
from jiankao_agent.sensors import input as input_module
from jiankao_agent.sensors.input import InputSensor
from jiankao_proto import codec
from jiankao_proto.observations import (
    Health,
    InjectedInput,
    InjectionMethod,
    InputSource,
    InputWindow,
    Observation,
)
from tests.support.sensor_harness import SensorHarness, running
from tests.support.x11_devices import hand
from tests.support.xserver import XServer, needs, openbox, x11vnc, xvfb

WORD = "quizzical"


def keys_and_buttons(harness: SensorHarness) -> tuple[int, int, int]:
    """Return how many injected key, button and wheel events were told."""
    told = [fact for fact in harness.facts if isinstance(fact, InjectedInput)]
    return (
        sum(fact.key_events for fact in told),
        sum(fact.button_events for fact in told),
        sum(fact.scroll_events for fact in told),
    )


def _until_keys(harness: SensorHarness, count: int) -> None:
    """Wait until so many presses and releases of keys were told as injected."""
    harness.until(
        lambda: keys_and_buttons(harness)[0] >= count or None, "not every key was counted"
    )


def test_xdotool_is_told_at_once_as_injected() -> None:
    with xvfb() as server, running(InputSensor(server.environment())) as harness:
        harness.wait_for_health(Health.OK)
        server.run("xdotool", "mousemove_relative", "5", "6", "click", "1")
        notice = harness.wait_for(InjectedInput)
        assert notice.method is InjectionMethod.XTEST_DEVICE
        assert notice.device == "Virtual core XTEST pointer"
        assert notice in harness.urgent
        window = harness.wait_for(InputWindow, lambda w: w.button_presses > 0)
        assert (window.source, window.device) == (InputSource.INJECTED, notice.device)
        assert window.motion_events == 1


def test_a_vnc_client_is_told_as_injected() -> None:
    with (
        xvfb() as server,
        openbox(server),
        x11vnc(server) as vnc,
        running(InputSensor(server.environment())) as harness,
    ):
        harness.wait_for_health(Health.OK)
        vnc.client("move", "100", "100", "click", "1", "click", "5", "type", "hello")
        harness.until(
            lambda: keys_and_buttons(harness) == (10, 2, 1) or None,
            "not all of the client's input was told",
        )
        assert {f.source for f in harness.facts if isinstance(f, InputWindow)} <= {
            InputSource.INJECTED
        }


def test_a_hand_is_a_local_device_and_no_injection() -> None:
    with xvfb() as server, running(InputSensor(server.environment())) as harness:
        harness.wait_for_health(Health.OK)
        with hand(server.display, pointer=6, keyboard=7) as given:
            given.move(3, 4)
            given.move(30, 40)
            given.click()
            given.key(38)
            moved = harness.wait_for(InputWindow, lambda w: w.motion_events > 0)
            typed = harness.wait_for(InputWindow, lambda w: w.key_presses > 0)
        assert moved.source is typed.source is InputSource.LOCAL_DEVICE
        assert (moved.device, typed.device) == ("Xvfb mouse", "Xvfb keyboard")
        assert (moved.motion_events, moved.path_px, moved.net_px, moved.button_presses) == (
            2,
            55,
            55,
            1,
        )
        assert not [f for f in harness.facts if isinstance(f, InjectedInput)]


def test_nothing_of_a_typed_word_leaves_the_sensor(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with xvfb() as server, running(InputSensor(server.environment())) as harness:
        harness.wait_for_health(Health.OK)
        server.run("xdotool", "type", "--delay", "5", WORD)
        harness.until(
            lambda: keys_and_buttons(harness)[0] >= 2 * len(WORD) or None,
            "not every key was counted",
        )
        harness.wait_for(InputWindow, lambda w: w.key_presses > 0)
        codes = _keycodes(server, WORD)
    told = repr(harness.facts) + repr(harness.conditions) + caplog.text
    wire = b"".join(codec.write_observation(Observation(0, 0, fact)) for fact in harness.facts)
    symbols = [XK.string_to_keysym(letter) for letter in WORD]
    assert WORD not in told
    assert WORD.encode() not in wire
    for sequence in (codes, symbols):
        for text in (", ", " ", ",", ""):
            assert text.join(map(str, sequence[:4])) not in told
        for layout in ("B", "<H", "<I", ">H", ">I"):
            assert b"".join(struct.pack(layout, number) for number in sequence[:3]) not in wire


def test_other_keys_leave_the_same_facts() -> None:
    told: list[list[tuple[int, int]]] = []
    for word in ("aaaa", "zqxj"):
        with xvfb() as server, running(InputSensor(server.environment())) as harness:
            harness.wait_for_health(Health.OK)
            server.run("xdotool", "type", "--delay", "5", word)
            _until_keys(harness, 8)
        windows = [f for f in harness.facts if isinstance(f, InputWindow)]
        told.append([(sum(w.key_presses for w in windows), sum(w.motion_events for w in windows))])
    assert told[0] == told[1] == [(4, 0)]


def _keycodes(server: XServer, word: str) -> list[int]:
    display = Display(server.display)
    try:
        return [display.keysym_to_keycode(XK.string_to_keysym(letter)) for letter in word]
    finally:
        display.close()


def test_a_change_of_devices_is_read_again() -> None:
    with xvfb() as server:
        raw = RawInput(XDisplay(int(server.display[1:])), server.environment())
        try:
            before = raw.devices
            _reattach_slave(server, 6)
            for _ in range(50):
                raw.read(0.2)
                if raw.devices is not before:
                    break
            assert raw.devices is not before
            assert raw.devices.keys() == before.keys()
        finally:
            raw.close()


def _reattach_slave(server: XServer, slave: int) -> None:
    connection = X11Connection(XDisplay(int(server.display[1:])), server.environment())
    try:
        opcode = x11_wire.read_extension(
            connection.ask(x11_wire.query_extension(x11_wire.XINPUT_EXTENSION))
        )
        connection.ask(x11_wire.xi_query_version(opcode, 2, 1))
        # XIChangeHierarchy (43): detach the slave (4), then attach it (3) to the first pointer (2).
        connection.send(struct.pack("=BBHB3xHHHxx", opcode, 43, 4, 1, 4, 2, slave))
        connection.send(struct.pack("=BBHB3xHHHH", opcode, 43, 4, 1, 3, 2, slave, 2))
        connection.ask(x11_wire.ask_focus())
    finally:
        connection.close()


def test_wayland_is_said_to_be_seen_in_part_only() -> None:
    with xvfb() as server:
        of = {**server.environment(), "WAYLAND_DISPLAY": "wayland-0"}
        assert InputSensor(of).probe() == input_module.WAYLAND_PARTLY
        with running(InputSensor(of)) as harness:
            harness.wait_for_health(Health.DEGRADED)
            server.run("xdotool", "click", "1")
            harness.wait_for(InjectedInput)


def test_the_fallback_sees_input_and_says_that_it_cannot_tell_whose(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_xinput(*_: object) -> RawInput:
        raise NoXInputError("this server has none")

    # Every X server of today has XInput 2.1; the listeners of the fallback are the real ones.
    monkeypatch.setattr(input_module, "RawInput", no_xinput)
    caplog.set_level(logging.DEBUG)
    with xvfb() as server, openbox(server), running(InputSensor(server.environment())) as harness:
        assert harness.wait_for_health(Health.DEGRADED) == input_module.NO_SOURCES
        harness.until(lambda: _poke(server, harness), "the fallback saw no input")
        told = [f for f in harness.facts if isinstance(f, InputWindow)]
        assert {w.source for w in told} == {InputSource.UNATTRIBUTED}
        assert not [f for f in harness.facts if isinstance(f, InjectedInput)]
    assert WORD not in repr(harness.facts) + caplog.text
    assert harness.error is None


def _poke(server: XServer, harness: SensorHarness) -> bool | None:
    """Type until it is seen: the listeners do not say when they are ready."""
    server.run("xdotool", "mousemove_relative", "3", "4", "type", WORD)
    return any(isinstance(f, InputWindow) and f.key_presses for f in harness.facts) or None


@pytest.fixture(autouse=True)
def _programs() -> None:
    needs("Xvfb", "xdotool", "openbox", "x11vnc")
