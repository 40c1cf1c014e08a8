"""Sums of input, and when injected input is told."""

from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.linux.x11_raw_events import RawEvent, RawKind
from jiankao_agent.platform.linux.x11_wire import Axis, XDevice
from jiankao_agent.sensors.injection_notice import InjectionNotices
from jiankao_agent.sensors.input_window import (
    WINDOW_US,
    InputEvent,
    InputKind,
    InputWindows,
    Origin,
)
from jiankao_agent.sensors.raw_input_reading import RawInputReading, origin_of
from jiankao_proto.observations import InjectedInput, InjectionMethod, InputSource, InputWindow

MOUSE = Origin(InputSource.LOCAL_DEVICE, "Mouse")
XTEST = InjectionMethod.XTEST_DEVICE


def one_window(*events: InputEvent) -> InputWindow:
    windows = InputWindows()
    for event in events:
        windows.feed(MOUSE, event, 0)
    (window,) = windows.due(WINDOW_US)
    return window


def motion(time_ms: float, dx: float, dy: float = 0.0) -> InputEvent:
    return InputEvent(InputKind.MOTION, int(time_ms * 1000), dx, dy)


def test_the_way_of_the_hand() -> None:
    window = one_window(motion(0, 3, 4), motion(10, 30, 40), motion(10.5, -6, -8), motion(30, 0, 0))
    assert window.motion_events == 4
    assert window.path_px == 65
    assert window.net_px == 45
    assert window.direction_changes == 1
    assert window.motion_intervals_within_1ms == 1
    assert window.motion_interval_median_us == 10_000
    assert window.peak_speed_px_per_s == 20_000


def test_events_of_one_instant_are_one_movement() -> None:
    window = one_window(motion(0, 1), motion(10, 10), motion(10, 10))
    assert window.peak_speed_px_per_s == 2000


def test_holds_and_intervals() -> None:
    window = one_window(
        InputEvent(InputKind.KEY_DOWN, 0),
        InputEvent(InputKind.KEY_UP, 80_000),
        InputEvent(InputKind.KEY_DOWN, 200_000),
        InputEvent(InputKind.KEY_UP, 320_000),
        InputEvent(InputKind.BUTTON_DOWN, 400_000),
        InputEvent(InputKind.BUTTON_UP, 590_000),
        InputEvent(InputKind.SCROLL, 600_000),
    )
    assert (window.key_presses, window.key_hold_median_us, window.key_hold_min_us) == (
        2,
        100_000,
        80_000,
    )
    assert window.key_interval_median_us == 200_000
    assert (window.button_presses, window.button_hold_median_us, window.button_hold_min_us) == (
        1,
        190_000,
        190_000,
    )
    assert window.scroll_steps == 1


def test_overlapping_keys_keep_the_sum_of_their_holds() -> None:
    window = one_window(
        InputEvent(InputKind.KEY_DOWN, 0),
        InputEvent(InputKind.KEY_DOWN, 100_000),
        InputEvent(InputKind.KEY_UP, 180_000),
        InputEvent(InputKind.KEY_UP, 300_000),
    )
    assert window.key_hold_median_us == 190_000


def test_a_lost_release_does_not_spoil_later_holds() -> None:
    window = one_window(
        InputEvent(InputKind.KEY_DOWN, 0),
        InputEvent(InputKind.KEY_DOWN, 60_000_000),
        InputEvent(InputKind.KEY_UP, 60_080_000),
    )
    assert window.key_hold_median_us == 80_000


def test_a_hold_may_end_in_a_later_window() -> None:
    windows = InputWindows()
    windows.feed(MOUSE, InputEvent(InputKind.BUTTON_DOWN, 0), 0)
    (first,) = windows.due(WINDOW_US)
    windows.feed(MOUSE, InputEvent(InputKind.BUTTON_UP, 1_500_000), 1_500_000)
    (second,) = windows.due(2_500_000)
    assert (first.button_presses, first.button_hold_median_us) == (1, 0)
    assert (second.button_presses, second.button_hold_median_us) == (0, 1_500_000)


def test_each_source_has_its_own_window() -> None:
    windows = InputWindows()
    other = Origin(InputSource.INJECTED, "Virtual core XTEST pointer")
    assert windows.next_due_us() is None
    windows.feed(MOUSE, motion(0, 1), 0)
    windows.feed(other, motion(0, 0), 400_000)
    assert windows.next_due_us() == WINDOW_US
    assert windows.due(WINDOW_US - 1) == []
    assert [w.device for w in windows.due(WINDOW_US)] == ["Mouse"]
    assert [w.source for w in windows.due(1_400_000)] == [InputSource.INJECTED]
    assert windows.next_due_us() is None


EVENTS = st.builds(
    InputEvent,
    st.sampled_from(InputKind),
    st.integers(-(10**12), 10**12),
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
)


@given(st.lists(EVENTS, min_size=1, max_size=60))
def test_any_events_make_a_window_that_fits_the_wire(events: list[InputEvent]) -> None:
    window = one_window(*events)
    counts = [
        v for v in (getattr(window, name) for name in InputWindow.__slots__) if isinstance(v, int)
    ]
    assert all(0 <= count < 2**32 for count in counts)
    assert window.net_px <= window.path_px + 1
    assert window.key_hold_min_us <= window.key_hold_median_us


def test_injection_is_told_at_once_and_then_once_a_second() -> None:
    notices = InjectionNotices()
    told: list[tuple[int, InjectedInput]] = []
    for now_us in range(0, 3_000_000, 50_000):
        if now_us < 1_500_000:
            notices.feed(XTEST, "p", InputKind.MOTION, 7_000_000 + now_us)
        told += [(now_us, notice) for notice in notices.due(now_us)]
    assert [now_us for now_us, _ in told] == [0, 100_000, 1_100_000, 2_100_000]
    assert [notice.motion_events for _, notice in told] == [1, 2, 20, 7]
    assert (told[2][1].first_wall_clock_us, told[2][1].last_wall_clock_us) == (7_150_000, 8_100_000)
    assert notices.next_due_us() == 3_100_000
    assert notices.due(3_100_000) == []
    assert notices.next_due_us() is None
    notices.feed(XTEST, "p", InputKind.KEY_DOWN, 10_000_000)
    assert [notice.key_events for notice in notices.due(3_100_001)] == [1]


def test_the_third_injected_event_does_not_wait_for_the_second_to_be_over() -> None:
    notices = InjectionNotices()
    notices.feed(XTEST, "p", InputKind.MOTION, 1)
    assert [notice.motion_events for notice in notices.due(0)] == [1]
    notices.feed(XTEST, "p", InputKind.BUTTON_DOWN, 2)
    assert notices.due(90_000) == []
    notices.feed(XTEST, "p", InputKind.BUTTON_UP, 3)
    assert notices.next_due_us() == 0
    assert [notice.button_events for notice in notices.due(100_000)] == [2]
    notices.feed(XTEST, "p", InputKind.MOTION, 4)
    assert notices.due(200_000) == []
    assert notices.next_due_us() == 1_100_000


def test_a_beginning_of_three_events_is_one_notice() -> None:
    notices = InjectionNotices()
    for wall_us in range(3):
        notices.feed(XTEST, "p", InputKind.MOTION, wall_us)
    assert [notice.motion_events for notice in notices.due(0)] == [3]
    notices.feed(XTEST, "p", InputKind.MOTION, 4)
    assert notices.due(500_000) == []


@given(st.lists(st.integers(0, 400_000), max_size=80))
def test_notices_are_never_more_than_two_in_a_second(steps: list[int]) -> None:
    notices = InjectionNotices()
    now_us = 0
    told: list[int] = []
    for step_us in steps:
        now_us += step_us
        notices.feed(XTEST, "p", InputKind.MOTION, now_us)
        told += [now_us for _ in notices.due(now_us)]
    assert all(later - earlier >= 1_000_000 for earlier, later in zip(told, told[2:], strict=False))


@given(st.lists(st.tuples(st.integers(0, 300_000), st.sampled_from(InputKind)), max_size=60))
def test_every_injected_event_is_told_once(steps: list[tuple[int, InputKind]]) -> None:
    notices = InjectionNotices()
    now_us = 0
    told: list[InjectedInput] = []
    for step_us, kind in steps:
        now_us += step_us
        notices.feed(XTEST, "p", kind, now_us)
        told += notices.due(now_us)
    told += notices.due(now_us + 1_000_000)
    counted = sum(t.motion_events + t.button_events + t.key_events + t.scroll_events for t in told)
    assert counted == len(steps)


def test_the_source_is_told_by_the_device() -> None:
    injected = XDevice(4, "Virtual core XTEST pointer")
    assert origin_of(injected, 4).source is InputSource.INJECTED
    assert origin_of(XDevice(12, "second XTEST keyboard"), 12).source is InputSource.INJECTED
    assert origin_of(XDevice(6, "Logitech USB Mouse"), 6).source is InputSource.LOCAL_DEVICE
    assert origin_of(None, 9) == Origin(InputSource.LOCAL_DEVICE, "#9")


def test_a_tablet_moves_by_the_difference_of_its_positions() -> None:
    tablet = XDevice(9, "Tablet", ((0, Axis(0, 1000)), (1, Axis(0, 1000))))
    origin = origin_of(tablet, 9)
    reading = RawInputReading(2000, 1000)
    first = reading.read(RawEvent(RawKind.MOTION, 9, 5, x=500.0, y=500.0), tablet, origin)
    second = reading.read(RawEvent(RawKind.MOTION, 9, 6, x=510.0), tablet, origin)
    assert first == InputEvent(InputKind.MOTION, 5000, 0.0, 0.0)
    assert second == InputEvent(InputKind.MOTION, 6000, 20.0, 0.0)


def test_the_servers_clock_may_start_again() -> None:
    mouse = XDevice(6, "Mouse")
    reading = RawInputReading(100, 100)
    times = [
        event.time_us
        for time_ms in (2**32 - 5, 10, 8)
        if (event := reading.read(RawEvent(RawKind.KEY_DOWN, 6, time_ms), mouse, MOUSE))
    ]
    assert [t - times[0] for t in times] == [0, 15_000, 13_000]


def test_a_wheel_step_is_counted_once() -> None:
    mouse = XDevice(6, "Mouse")
    reading = RawInputReading(100, 100)
    down = reading.read(RawEvent(RawKind.BUTTON_DOWN, 6, 0, button=5), mouse, MOUSE)
    assert down == InputEvent(InputKind.SCROLL, 0)
    assert reading.read(RawEvent(RawKind.BUTTON_UP, 6, 0, button=5), mouse, MOUSE) is None
    assert reading.read(RawEvent(RawKind.MOTION, 6, 0), mouse, MOUSE) is None
