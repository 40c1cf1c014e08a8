"""The collector's clock: not turned back by the machine's, not stopped by a log from the future."""

import time

from jiankao_collector.clock import CollectorClock

HOUR_US = 3600 * 1_000_000


def wall_us() -> int:
    return time.time_ns() // 1000


def goes_on(clock: CollectorClock) -> bool:
    before = clock.now_us()
    deadline = time.monotonic() + 5
    while clock.now_us() <= before:
        assert time.monotonic() < deadline
    return True


def test_it_begins_at_the_wall_clock() -> None:
    before = wall_us()
    assert before <= CollectorClock().now_us() <= wall_us()


def test_a_log_from_the_future_does_not_stop_time() -> None:
    future = wall_us() + 1000 * HOUR_US
    clock = CollectorClock(future)
    assert clock.now_us() >= future
    assert goes_on(clock)


def test_a_recorded_time_ahead_is_where_it_goes_on_and_one_behind_is_ignored() -> None:
    clock = CollectorClock()
    future = clock.now_us() + 2 * HOUR_US
    clock.recorded(future)
    assert clock.now_us() >= future
    clock.recorded(1)
    assert clock.now_us() >= future
    assert goes_on(clock)


def test_another_process_can_be_told_its_time() -> None:
    clock = CollectorClock(wall_us() + 5 * HOUR_US)
    told = CollectorClock.told(clock.ahead_us)
    before = clock.now_us()
    assert before <= told.now_us() <= clock.now_us()
