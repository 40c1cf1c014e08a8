"""Windows that lie over the exam's: which are told, which are honest, and the real thing under a window manager."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from Xlib import X
from Xlib.display import Display

from jiankao_agent.platform.linux import window_stack
from jiankao_agent.platform.linux.window_stack import Survey, Top, WindowStack
from jiankao_agent.platform.linux.x11_randr import Area
from jiankao_agent.platform.linux.x_displays import XDisplay
from jiankao_agent.sensors import overlays
from jiankao_agent.sensors.desktop import DesktopSensor
from jiankao_agent.sensors.overlays import AGAIN_US, SEEN_THROUGH_US, UNMANAGED_US, Overlays, frame
from jiankao_proto.observations import Health, WindowFinding, WindowFindingKind
from tests.support.sensor_harness import SensorHarness, running
from tests.support.xserver import XServer, needs, openbox, stopped_after, xvfb

SCREEN = Area(0, 0, 1920, 1080)
EXAM, OTHER, THIRD = 0x200000, 0x400000, 0x600000


def top(
    width: int, height: int, *, through: bool = False, unmanaged: bool = True, owner: int = OTHER
) -> Top:
    area = Area(100, 100, width, height)
    return Top(owner + 1, owner, unmanaged, (area,), () if through else (area,))


def told_after(one: Top, us: int, below: Area | None = SCREEN) -> bool:
    watch = Overlays()
    watch.see(Survey(below, EXAM, (one,)), 1_000)
    assert watch.due(1_000) == []
    return watch.due(1_000 + us) == [one]


@pytest.mark.parametrize(
    ("one", "after_us"),
    [
        (top(400, 60, through=True), SEEN_THROUGH_US),
        (top(1920, 1080, through=True), SEEN_THROUGH_US),
        (top(400, 60, through=True, unmanaged=False), SEEN_THROUGH_US),
        (top(600, 400), UNMANAGED_US),
    ],
    ids=["a line of answers", "the whole screen", "a managed one", "a window past the manager"],
)
def test_what_is_told_and_when(one: Top, after_us: int) -> None:
    assert told_after(one, after_us)
    assert not told_after(one, after_us - 1)


@pytest.mark.parametrize(
    "one",
    [
        top(500, 60),
        top(180, 40),
        top(320, 120),
        top(1200, 900, unmanaged=False),
        top(600, 400, owner=EXAM),
        top(20, 20, through=True),
    ],
    ids=[
        "the candidates of an input method",
        "its bar",
        "a notification",
        "another program",
        "a menu of the exam program",
        "a ring around the pointer",
    ],
)
def test_what_is_honest_however_long(one: Top) -> None:
    assert not told_after(one, 10 * UNMANAGED_US)


def test_menus_tooltips_and_sound_bars_are_soon_gone() -> None:
    watch = Overlays()
    for second in range(40):
        shown = (top(700, 500),) if second % 14 else ()
        through = (top(300, 300, through=True, owner=THIRD),) if second % 4 else ()
        watch.see(Survey(SCREEN, EXAM, shown + through), second * 1_000_000)
        assert watch.due(second * 1_000_000) == []


def test_over_a_small_window_a_tooltip_is_still_a_tooltip() -> None:
    assert not told_after(top(250, 100), UNMANAGED_US, below=Area(80, 80, 400, 300))


def test_nothing_is_over_an_empty_desktop_or_beside_the_exam() -> None:
    assert not told_after(top(600, 400), UNMANAGED_US, below=None)
    assert not told_after(top(600, 400), UNMANAGED_US, below=Area(1000, 600, 900, 400))


def test_a_hundred_windows_of_one_program_are_one_word_every_half_minute() -> None:
    watch = Overlays()
    area = Area(0, 0, 300, 300)
    many = tuple(Top(OTHER + n, OTHER, True, (area,), ()) for n in range(1, 100))  # noqa: FBT003
    largest = top(900, 900, through=True)
    watch.see(Survey(SCREEN, EXAM, (*many, largest)), 0)
    told = [watch.due(second * 1_000_000) for second in range(70)]
    assert [t for t in told if t] == [[largest]] * 3
    assert told[SEEN_THROUGH_US // 1_000_000] == [largest]
    assert told[(SEEN_THROUGH_US + AGAIN_US) // 1_000_000] == [largest]


def test_the_frame_of_a_region() -> None:
    assert frame((Area(10, 10, 5, 5), Area(20, 30, 10, 10))) == (20, 30)
    assert frame(()) == (0, 0)


@contextlib.contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[XServer, SensorHarness]]:
    """Watch a display with a window manager; what is told after seconds is told after parts of one."""
    needs("Xvfb", "openbox")
    monkeypatch.setattr(overlays, "SEEN_THROUGH_US", 300_000)
    monkeypatch.setattr(overlays, "UNMANAGED_US", 600_000)
    monkeypatch.setattr(window_stack, "SURVEY_S", 0.1)
    with (
        xvfb() as server,
        openbox(server),
        running(DesktopSensor(server.environment())) as harness,
    ):
        harness.wait_for_health(Health.OK)
        yield server, harness


@contextlib.contextmanager
def shown(server: XServer, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Have a program with a window over the others."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.overlay_client", *words],
        env=server.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with stopped_after(process):
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin, process.stdout:
            assert process.stdout.readline() == b"ready\n"
            yield process


@contextlib.contextmanager
def exam(server: XServer) -> Iterator[Display]:
    """Have an exam window that the manager has made the active one."""
    with contextlib.closing(Display(server.display)) as display:
        root = display.screen().root
        name = display.intern_atom("_NET_ACTIVE_WINDOW")
        # The manager takes its name before it takes windows: one that came too early is opened again.
        for _ in range(20):
            window = root.create_window(0, 0, 1000, 700, 0, X.CopyFromParent)
            window.set_wm_name("exam")
            window.map()
            for _ in range(20):
                display.sync()
                active = root.get_full_property(name, X.AnyPropertyType)
                if active is not None and active.value[0] == window.id:
                    yield display
                    return
                time.sleep(0.05)
            window.destroy()
        pytest.fail("the window manager makes no window the active one")


def overlay(harness: SensorHarness) -> WindowFinding:
    return harness.wait_for(WindowFinding, lambda f: f.kind is WindowFindingKind.OVERLAY)


@pytest.mark.parametrize(
    "words", [("unmanaged", "through"), ("unmanaged",)], ids=["seen through", "past the manager"]
)
def test_a_window_over_the_exam_is_told_with_its_owner(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    with (
        watched(monkeypatch) as (server, harness),
        exam(server),
        shown(server, "500", "300", *words) as program,
    ):
        found = overlay(harness)
        assert found in harness.urgent
        assert found.process.pid == program.pid
        assert Path(found.process.executable).name.startswith("python")
        assert (found.width_px, found.height_px) == (500, 300)
    assert found.title_digest == b""


def test_one_that_lies_there_already_and_lets_the_mouse_through_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is a small one: unmanaged, it would be a tooltip; the change of its input region makes it an overlay."""
    with (
        watched(monkeypatch) as (server, harness),
        exam(server) as display,
        shown(server, "150", "100", "unmanaged") as program,
    ):
        _let_through(display, _window_of(display, 150, 100))
        assert overlay(harness).process.pid == program.pid


def test_honest_windows_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        watched(monkeypatch) as (server, harness),
        exam(server),
        shown(server, "300", "40", "unmanaged"),  # the candidates of an input method
        shown(server, "700", "500") as another,  # a second program, managed
    ):
        # Told after them: had they been told, it would have been before.
        with shown(server, "500", "300", "unmanaged", "through") as program:
            assert overlay(harness).process.pid == program.pid
        assert another.poll() is None
    pids = {f.process.pid for f in harness.facts if isinstance(f, WindowFinding)}
    assert pids == {program.pid}


def test_without_a_window_manager_the_largest_window_is_the_exam() -> None:
    with xvfb() as server, contextlib.closing(Display(server.display)) as display:
        window = display.screen().root.create_window(0, 0, 900, 700, 0, X.CopyFromParent)
        window.map()
        display.sync()
        with (
            shown(server, "500", "300", "unmanaged", "through"),
            contextlib.closing(
                WindowStack(XDisplay(int(server.display[1:])), server.environment())
            ) as stack,
        ):
            survey = stack.turn()
            assert survey is not None
            assert survey.below == Area(0, 0, 900, 700)
            (over,) = survey.above
            assert (over.visible, over.touchable) == ((Area(60, 60, 500, 300),), ())


def test_windows_that_are_gone_before_they_are_asked_about() -> None:
    """Programs open and close windows faster than anybody looks: nothing of it ends the watch."""
    with (
        xvfb() as server,
        contextlib.closing(Display(server.display)) as display,
        contextlib.closing(
            WindowStack(XDisplay(int(server.display[1:])), server.environment())
        ) as stack,
    ):
        root = display.screen().root
        for _ in range(30):
            for _ in range(20):
                window = root.create_window(0, 0, 50, 50, 0, X.CopyFromParent)
                window.map()
                window.destroy()
            display.sync()
            stack.turn()
        kept = root.create_window(0, 0, 700, 500, 0, X.CopyFromParent)
        kept.map()
        display.sync()
        deadline = 50
        while (survey := stack.turn()) is None or survey.below is None:
            deadline -= 1
            assert deadline, "the window that stayed was not seen"
            stack._surveyed_s = 0.0  # noqa: SLF001 - a second's rest is not what is tried here
            kept.configure(x=deadline)
            display.sync()
        assert survey.below.width == 700


def _window_of(display: Display, width: int, height: int) -> int:
    for window in display.screen().root.query_tree().children:
        geometry = window.get_geometry()
        if (geometry.width, geometry.height) == (width, height):
            return int(window.id)
    pytest.fail("the window is not there")


def _let_through(display: Display, window: int) -> None:
    found: Any = display.create_resource_object(
        "window", window
    )  # its extensions are added as it runs
    found.shape_rectangles(0, 2, 0, 0, 0, [])
    display.sync()
