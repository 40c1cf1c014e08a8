"""Real windows of another process, as Windows tells of them; and what Wine has none of, from the test."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from jiankao_agent.platform.windows import window_list
from jiankao_agent.platform.windows.window_seen import DesktopSeen, Rectangle, WindowSeen
from jiankao_agent.sensors.windows.desktop import IN_SERVICES_SESSION, DesktopSensor, Windows
from jiankao_proto.observations import Health, ProcessRef, WindowFinding, WindowFindingKind
from tests.support.sensor_harness import running

TITLE = "the answers"
# A window of its own, above all, that lets the mouse through, until standard input ends.
WINDOW = """
import ctypes, sys, threading
from ctypes import wintypes
user32 = ctypes.WinDLL("user32", use_last_error=True)
user32.CreateWindowExW.restype = wintypes.HWND
user32.CreateWindowExW.argtypes = [wintypes.DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD,
    ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int, wintypes.HWND, wintypes.HMENU, wintypes.HINSTANCE,
    ctypes.c_void_p]
user32.SetLayeredWindowAttributes.argtypes = [wintypes.HWND, wintypes.DWORD, wintypes.BYTE, wintypes.DWORD]
window = user32.CreateWindowExW(0x80028, "STATIC", sys.argv[1], 0x90000000, 10, 20, 600, 400, None, None, None, None)
assert window, ctypes.get_last_error()
user32.SetLayeredWindowAttributes(window, 0, 200, 2)
print(window, flush=True)
def obey():
    sys.stdin.read()
    user32.PostThreadMessageW(main, 0x12, 0, 0)
main = ctypes.WinDLL("kernel32").GetCurrentThreadId()
threading.Thread(target=obey).start()
message = wintypes.MSG()
while user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
    user32.DispatchMessageW(ctypes.byref(message))
"""


@contextmanager
def a_window() -> Iterator[tuple["subprocess.Popen[str]", int]]:
    command = [sys.executable, "-c", WINDOW, TITLE]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
        process.communicate(timeout=20)


def test_windows_lists_its_windows() -> None:
    with a_window() as (process, handle):
        seen = window_list.look()
        assert seen.name
        (window,) = (w for w in seen.windows or () if w.handle == handle)
        assert window_list.title_of(handle) == TITLE
    assert window.pid == process.pid
    assert window.is_pane
    assert window.opaque == 200
    assert (window.rectangle.left, window.rectangle.width_px, window.rectangle.height_px) == (
        10,
        600,
        400,
    )


def test_a_window_that_hides_from_capture_is_told_and_when_it_no_longer_does() -> None:
    affinity = [0]
    with a_window() as (process, handle):

        def look() -> DesktopSeen:
            # Wine keeps no affinity: everything else about the window is real.
            seen = window_list.look()
            windows = (
                replace(w, affinity=affinity[0]) if w.handle == handle else w
                for w in seen.windows or ()
            )
            return replace(seen, windows=tuple(windows))

        with running(DesktopSensor(Windows(look=look))) as sensor:
            sensor.wait_for_health(Health.OK)
            affinity[0] = 0x11
            hidden = sensor.wait_for(
                WindowFinding, lambda f: f.kind is WindowFindingKind.CAPTURE_EXCLUDED
            )
            affinity[0] = 0
            lost = sensor.wait_for(
                WindowFinding, lambda f: f.kind is WindowFindingKind.AFFINITY_LOST
            )
    assert hidden.process.pid == lost.process.pid == process.pid
    assert hidden.process.name.lower() == "python.exe"
    assert (hidden.width_px, hidden.height_px) == (600, 400)
    assert len(hidden.title_digest) == 16
    assert hidden.title_digest == lost.title_digest
    assert TITLE not in repr(sensor.facts)
    assert hidden in sensor.urgent


def test_a_pane_and_another_desktop_are_told() -> None:
    exam = WindowSeen(1, 10, shown=True, rectangle=Rectangle(0, 0, 800, 600))
    pane = WindowSeen(
        2, 20, shown=True, extended_style=0x80028, rectangle=Rectangle(0, 0, 500, 400)
    )
    now = [DesktopSeen("Default", (exam,), 1)]
    windows = Windows(
        session=lambda: 1,
        look=lambda: now[0],
        title_of=lambda _: "",
        refer=lambda pid: ProcessRef(pid, f"{pid}.exe"),
    )
    with running(DesktopSensor(windows)) as sensor:
        sensor.wait_for_health(Health.OK)
        now[0] = DesktopSeen("Default", (pane, exam), 1)
        told = sensor.wait_for(WindowFinding)
        now[0] = DesktopSeen("", None)
        switched = sensor.wait_for(
            WindowFinding, lambda f: f.kind is WindowFindingKind.DESKTOP_SWITCH
        )
    assert told == WindowFinding(WindowFindingKind.OVERLAY, ProcessRef(20, "20.exe"), b"", 500, 400)
    assert switched == WindowFinding(WindowFindingKind.DESKTOP_SWITCH)


def test_in_the_session_of_services_it_says_that_it_is_blind() -> None:
    with running(DesktopSensor(Windows(session=lambda: 0))) as sensor:
        assert sensor.wait_for_health(Health.UNAVAILABLE) == IN_SERVICES_SESSION


def test_windows_that_cannot_be_listed_are_said() -> None:
    def refuse() -> DesktopSeen:
        raise OSError(5, "no window station")

    condition = DesktopSensor(Windows(session=lambda: 1, look=refuse)).probe()
    assert condition.health is Health.UNAVAILABLE
    assert "no window station" in condition.reason
