"""The desktop sensor on real X servers: who injects, who goes on reading the screen, and who does neither."""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from Xlib import X
from Xlib.display import Display
from Xlib.protocol import event
from Xlib.xobject.drawable import Window

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux import x11_connection
from jiankao_agent.sensors import desktop as desktop_module
from jiankao_agent.sensors.desktop import NO_RECORD, DesktopSensor
from jiankao_proto.observations import (
    Health,
    InjectedInput,
    InjectionMethod,
    WindowFinding,
    WindowFindingKind,
)
from tests.support.sensor_harness import SensorHarness, running
from tests.support.x11_devices import hand
from tests.support.xserver import DEADLINE_S, XServer, needs, openbox, x11vnc, xvfb

REQUEST, WARP, SENT = (
    InjectionMethod.INJECTION_REQUEST,
    InjectionMethod.POINTER_WARP,
    InjectionMethod.SENT_EVENT,
)
XVFB_POINTER, XVFB_KEYBOARD = 6, 7


@contextlib.contextmanager
def watched() -> Iterator[tuple[XServer, SensorHarness]]:
    needs("Xvfb", "xdotool")
    with xvfb() as server, running(DesktopSensor(server.environment())) as harness:
        harness.wait_for_health(Health.OK)
        yield server, harness


@contextlib.contextmanager
def still_there(server: XServer, *words: str) -> Iterator[None]:
    """Have xdotool do something and stay: a program that is gone before it is looked up cannot be named."""
    command = ["xdotool", *words, "sleep", str(2 * DEADLINE_S)]
    with subprocess.Popen(command, env=server.environment()) as process:
        try:
            yield
        finally:
            process.terminate()


def requests(harness: SensorHarness, method: InjectionMethod, program: str) -> int:
    """Return how many requests of a program have been told."""
    return sum(
        f.requests
        for f in list(harness.facts)
        if isinstance(f, InjectedInput) and f.method is method and f.process.name == program
    )


def test_a_program_that_injects_is_named_and_counted() -> None:
    with watched() as (server, harness):
        with still_there(server, "key", "a", "click", "1"):
            told = harness.until(
                lambda: requests(harness, REQUEST, "xdotool") or None, "xdotool was not named"
            )
            assert told
            # A key and a button, each down and up. What xdotool sends before is its own affair.
            harness.until(
                lambda: requests(harness, REQUEST, "xdotool") >= 4 or None, "not all was counted"
            )
        first = harness.wait_for(InjectedInput, lambda f: f.method is REQUEST)
    assert first in harness.urgent
    assert first.process.pid
    assert Path(first.process.executable).name == "xdotool"
    # What was typed, or which kind of event it was, is in no field.
    assert (first.key_events, first.button_events, first.motion_events, first.device) == (
        0,
        0,
        0,
        "",
    )


def test_injection_that_poses_as_a_real_device_is_seen_too() -> None:
    with (
        watched() as (server, harness),
        hand(server.display, XVFB_POINTER, XVFB_KEYBOARD) as disguised,
    ):
        for _ in range(10):
            disguised.move(3, 2)
        disguised.click()
        disguised.key(38)
        harness.until(
            lambda: (
                sum(f.requests for f in harness.facts if isinstance(f, InjectedInput)) >= 14 or None
            ),
            "the disguised requests were not all counted",
        )
    facts = [f for f in harness.facts if isinstance(f, InjectedInput)]
    assert {f.method for f in facts} == {REQUEST}
    assert {f.process.name.startswith("python") for f in facts} == {True}
    assert len(facts) < 5, "notices are bounded"


def test_a_warped_pointer_is_told_as_such() -> None:
    with watched() as (server, harness), still_there(server, "mousemove", "100", "100"):
        harness.until(lambda: requests(harness, WARP, "xdotool") or None, "no warp was told")
    assert not requests(harness, REQUEST, "xdotool")


@pytest.mark.parametrize("name", ["x11vnc", "systemd-helper"])
def test_a_viewer_that_only_looks_is_told_and_named(tmp_path: Path, name: str) -> None:
    needs("x11vnc")
    program = tmp_path / name
    shutil.copy(str(shutil.which("x11vnc")), program)
    with watched() as (server, harness), x11vnc(server, program, "-viewonly") as vnc:
        vnc.client("pause", "6")
        found = harness.wait_for(WindowFinding)
    assert found in harness.urgent
    assert (found.kind, found.process.name) == (WindowFindingKind.SCREEN_READ, name)
    assert found.process.pid == vnc.process.pid
    assert (found.width_px, found.height_px) == (1024, 768)
    assert sum(isinstance(f, WindowFinding) for f in harness.facts) == 1


def test_x11vnc_that_drives_is_named() -> None:
    needs("x11vnc")
    with watched() as (server, harness), x11vnc(server) as vnc:
        vnc.client("move", "100", "100", "click", "1", "type", "abc")
        harness.until(
            lambda: requests(harness, REQUEST, "x11vnc") >= 3 or None, "x11vnc was not named"
        )


def test_one_screenshot_is_not_told_even_in_strips() -> None:
    with watched() as (server, harness), contextlib.closing(Display(server.display)) as display:
        root = display.screen().root
        for strip in range(24):
            root.get_image(0, strip * 32, 1024, 32, X.ZPixmap, 0xFFFFFFFF)
        # A warp comes after them on the same wire: once it is told, the strips have been looked at.
        root.warp_pointer(5, 5)
        display.sync()
        harness.wait_for(InjectedInput, lambda f: f.method is WARP)
    assert not [f for f in harness.facts if isinstance(f, WindowFinding)]


def test_a_program_that_reads_its_own_window_is_not_told() -> None:
    with watched() as (server, harness), contextlib.closing(Display(server.display)) as display:
        root = display.screen().root
        window = root.create_window(0, 0, 64, 64, 0, X.CopyFromParent)
        window.map()
        for _ in range(8):
            window.get_image(0, 0, 64, 64, X.ZPixmap, 0xFFFFFFFF)
            time.sleep(0.11)  # the pace of a reader that would be told of
        root.warp_pointer(5, 5)
        display.sync()
        harness.wait_for(InjectedInput, lambda f: f.method is WARP)
    assert not [f for f in harness.facts if isinstance(f, WindowFinding)]


def test_an_honest_session_of_a_window_manager_tells_nothing() -> None:
    """A window manager sends events all day long: it is known by its sign, and left out."""
    with (
        watched() as (server, harness),
        openbox(server),
        contextlib.closing(Display(server.display)) as display,
    ):
        root = display.screen().root
        window = _managed_window(display)
        for step in range(40):
            window.configure(x=20 + step, y=30 + step)
            display.sync()
        assert _wait(display, X.ConfigureNotify, DEADLINE_S)
        root.warp_pointer(5, 5)
        display.sync()
        harness.wait_for(InjectedInput, lambda f: f.method is WARP)
    # It sends a few events before it puts its sign up; of the 40 moves none is told.
    assert requests(harness, SENT, "openbox") < 5
    assert not requests(harness, REQUEST, "openbox")


def _managed_window(display: Display) -> Window:
    """Return a window that the manager has mapped; it takes its name before it takes windows."""
    root = display.screen().root
    for _ in range(40):
        window: Window = root.create_window(
            10, 10, 300, 200, 0, X.CopyFromParent, event_mask=X.StructureNotifyMask
        )
        window.map()
        if _wait(display, X.MapNotify, DEADLINE_S / 40):
            return window
        window.destroy()
    pytest.fail("the window manager maps no window")


def _wait(display: Display, kind: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    display.sync()
    while time.monotonic() < deadline:
        while display.pending_events():
            if display.next_event().type == kind:
                return True
        time.sleep(0.005)
    return False


def test_events_sent_by_another_program_are_told_without_hurry() -> None:
    with watched() as (server, harness), contextlib.closing(Display(server.display)) as display:
        root = display.screen().root
        window = root.create_window(0, 0, 64, 64, 0, X.CopyFromParent)
        press = event.KeyPress(
            time=0,
            root=root,
            window=window,
            same_screen=1,
            child=X.NONE,
            root_x=0,
            root_y=0,
            event_x=0,
            event_y=0,
            state=0,
            detail=38,
        )
        for _ in range(12):
            window.send_event(press)
        display.sync()
        told = harness.wait_for(InjectedInput, lambda f: f.method is SENT)
    assert told not in harness.urgent
    assert told.process.name.startswith("python")


def test_a_server_without_record_is_said_and_waited_for() -> None:
    needs("Xvfb")
    with xvfb("-extension", "RECORD") as server:
        assert DesktopSensor(server.environment()).probe() == NO_RECORD
        with running(DesktopSensor(server.environment())) as harness:
            assert harness.wait_for_health(Health.DEGRADED) == NO_RECORD


def test_a_server_without_names_still_counts() -> None:
    needs("Xvfb", "xdotool")
    with (
        xvfb("-extension", "X-Resource") as server,
        running(DesktopSensor(server.environment())) as harness,
    ):
        harness.wait_for_health(Health.OK)
        server.run("xdotool", "key", "a")
        told = harness.wait_for(InjectedInput, lambda f: f.method is REQUEST)
    assert told.process.pid == 0


def test_a_server_that_dies_ends_it_and_one_that_hangs_too(monkeypatch: pytest.MonkeyPatch) -> None:
    needs("Xvfb")
    with xvfb() as server, running(DesktopSensor(server.environment())) as harness:
        harness.wait_for_health(Health.OK)
        server.process.kill()
        error = harness.wait_for_end()
    assert isinstance(error, SensorError)
    assert "is gone" in str(error)
    monkeypatch.setattr(desktop_module, "_SIGN_OF_LIFE_US", 100_000)
    monkeypatch.setattr(x11_connection, "ANSWER_S", 0.5)
    with xvfb() as server, running(DesktopSensor(server.environment())) as harness:
        harness.wait_for_health(Health.OK)
        subprocess.run(["kill", "-STOP", str(server.process.pid)], check=True)
        try:
            assert "does not answer" in str(harness.wait_for_end())
        finally:
            subprocess.run(["kill", "-CONT", str(server.process.pid)], check=True)


def test_without_a_desktop_it_says_what_to_do() -> None:
    condition = DesktopSensor({"DISPLAY": ":9876"}).probe()
    assert condition.health is Health.UNAVAILABLE
    assert condition.remedy
