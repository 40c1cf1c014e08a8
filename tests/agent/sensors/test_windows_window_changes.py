"""Windows and desktops between two looks, from what Windows answered; and answers that make no sense."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.windows.window_seen import DesktopSeen, Rectangle, WindowSeen
from jiankao_agent.sensors.windows.window_changes import REPEAT_US, Noticed, WindowChanges
from jiankao_proto.observations import WindowFindingKind

OVERLAY, EXCLUDED, LOST, SWITCH = (
    WindowFindingKind.OVERLAY,
    WindowFindingKind.CAPTURE_EXCLUDED,
    WindowFindingKind.AFFINITY_LOST,
    WindowFindingKind.DESKTOP_SWITCH,
)
SCREEN = Rectangle(0, 0, 1920, 1080)
PANE_STYLE = 0x0008_0028
EXAM = WindowSeen(1, 10, shown=True, rectangle=SCREEN)
PANE = WindowSeen(
    2, 20, shown=True, extended_style=PANE_STYLE, rectangle=Rectangle(100, 100, 700, 500)
)
HIDING = WindowSeen(3, 30, shown=True, affinity=0x11, rectangle=Rectangle(0, 0, 300, 200))
SECOND_US = 1_000_000


def seen(*windows: WindowSeen, name: str = "Default") -> DesktopSeen:
    return DesktopSeen(name, (*windows, EXAM), EXAM.handle)


def kinds(found: list[Noticed]) -> list[WindowFindingKind]:
    return [noticed.kind for noticed in found]


def test_a_pane_over_the_window_in_front_is_told_once() -> None:
    changes = WindowChanges()
    assert changes.look(seen(PANE), 0) == [Noticed(OVERLAY, PANE)]
    for second in range(1, 200):
        assert changes.look(seen(PANE), second * SECOND_US) == []
    changes.tell_again()
    assert changes.look(seen(PANE), 200 * SECOND_US) == [Noticed(OVERLAY, PANE)]


@pytest.mark.parametrize(
    "window",
    [
        replace(PANE, shown=False),
        replace(PANE, cloaked=True),
        replace(PANE, opaque=0),
        replace(PANE, pid=EXAM.pid),
        replace(PANE, extended_style=PANE_STYLE & ~0x8),
        replace(PANE, extended_style=PANE_STYLE & ~0x20),
        replace(PANE, extended_style=PANE_STYLE & ~0x80000),
        replace(PANE, rectangle=Rectangle(0, 0, 1920, 39)),
        replace(PANE, rectangle=Rectangle(0, 0, 100, 100)),
        replace(PANE, rectangle=Rectangle(1900, 0, 3800, 1080)),
        replace(PANE, rectangle=Rectangle(700, 500, 100, 100)),
    ],
    ids=[
        *("hidden", "cloaked", "nothing-to-see", "the-front's-own", "not-topmost", "clickable"),
        *("not-layered", "a-line", "a-mark", "beside", "inside-out"),
    ],
)
def test_what_is_no_pane(window: WindowSeen) -> None:
    assert WindowChanges().look(seen(window), 0) == []


def test_nothing_in_front_means_nothing_covered() -> None:
    assert WindowChanges().look(DesktopSeen("Default", (PANE, EXAM), 0), 0) == []


def test_a_window_that_hides_from_capture_and_then_no_more() -> None:
    changes = WindowChanges()
    bare = replace(HIDING, affinity=0)
    assert kinds(changes.look(seen(HIDING), 0)) == [EXCLUDED]
    assert changes.look(seen(bare), SECOND_US) == []
    assert kinds(changes.look(seen(bare), 2 * SECOND_US)) == [LOST]
    assert changes.look(seen(bare), 3 * SECOND_US) == []


def test_a_protection_lifted_by_a_window_that_closes_or_hides_is_not_lost() -> None:
    changes = WindowChanges()
    changes.look(seen(HIDING), 0)
    changes.look(seen(replace(HIDING, affinity=0)), SECOND_US)
    assert changes.look(seen(), 2 * SECOND_US) == []
    other = replace(HIDING, affinity=0, pid=31)
    assert changes.look(seen(other), 3 * SECOND_US) == [], "the handle is another program's now"
    changes = WindowChanges()
    changes.look(seen(HIDING), 0)
    for second in range(1, 5):
        assert changes.look(seen(WindowSeen(3, 30)), second * SECOND_US) == []


def test_a_program_that_flickers_does_not_flood() -> None:
    changes, told = WindowChanges(), 0
    for turn in range(240):
        window = replace(HIDING, handle=1000 + turn, affinity=turn % 2)
        told += len(changes.look(seen(window), turn * SECOND_US // 2))
    assert told <= 2 * (120 * SECOND_US // REPEAT_US + 1)


def test_desktops() -> None:
    changes = WindowChanges()
    assert changes.look(seen(PANE), 0) == [Noticed(OVERLAY, PANE)]
    closed = DesktopSeen("", None)
    assert changes.look(closed, 1) == [Noticed(SWITCH, desktop="")]
    assert changes.look(closed, 2) == []
    assert changes.look(seen(PANE), 3) == [Noticed(SWITCH, desktop="Default")], "not the pane again"
    assert changes.look(seen(PANE, name="Exam"), 4) == [Noticed(SWITCH, desktop="Exam")]


numbers = st.integers(-(2**31), 2**32 - 1)
rectangles = st.builds(Rectangle, numbers, numbers, numbers, numbers)
windows = st.builds(
    WindowSeen,
    st.integers(0, 5),
    st.integers(0, 3),
    st.booleans(),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    rectangles,
    st.integers(0, 255),
    st.booleans(),
)
desktops = st.builds(
    DesktopSeen, st.text(), st.none() | st.lists(windows).map(tuple), st.integers(0, 5)
)


@given(st.lists(st.tuples(desktops, st.integers(0, 2**62)), max_size=20))
def test_answers_that_make_no_sense_are_no_crash(looks: list[tuple[DesktopSeen, int]]) -> None:
    changes = WindowChanges()
    for desktop, now_us in looks:
        there = desktop.windows or ()
        assert all(n.window is None or n.window in there for n in changes.look(desktop, now_us))
