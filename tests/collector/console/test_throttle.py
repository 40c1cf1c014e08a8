"""Failed log-ins cost time; a stranger cannot cheaply lock a proctor out."""

from jiankao_collector.console.throttle import (
    FIRST_WAIT_US,
    FORGOTTEN_AFTER_US,
    LONGEST_WAIT_US,
    MOST_COUNTERS,
    NAME_TRIES,
    PAIR_TRIES,
    PEER_TRIES,
    Throttle,
)

HERE, THERE = "10.0.0.8", "10.0.0.9"


def fail(
    throttle: Throttle, times: int, name: str = "li.na", peer: str = HERE, at_us: int = 0
) -> None:
    for _ in range(times):
        assert throttle.begin(name, peer, at_us) is None


def test_the_tries_that_are_free_are_free_and_the_next_one_waits() -> None:
    throttle = Throttle()
    fail(throttle, PAIR_TRIES)
    refused = throttle.begin("li.na", HERE, 1)
    assert refused is not None
    assert refused.wait_us == FIRST_WAIT_US - 1
    assert throttle.begin("li.na", HERE, FIRST_WAIT_US) is None


def test_waiting_gets_longer_up_to_a_limit() -> None:
    throttle = Throttle()
    fail(throttle, PAIR_TRIES)
    now, waits = 0, []
    for _ in range(12):
        refused = throttle.begin("li.na", HERE, now)
        assert refused is not None
        waits.append(refused.wait_us)
        now += refused.wait_us
        assert throttle.begin("li.na", HERE, now) is None
    assert waits[:3] == [FIRST_WAIT_US, 2 * FIRST_WAIT_US, 4 * FIRST_WAIT_US]
    assert max(waits) == waits[-1] == LONGEST_WAIT_US


def test_only_the_first_refusal_is_worth_a_record() -> None:
    throttle = Throttle()
    fail(throttle, PAIR_TRIES)
    told = [throttle.begin("li.na", HERE, at) for at in (1, 2, 3)]
    assert [r.first for r in told if r] == [True, False, False]


def test_failing_at_one_desk_does_not_lock_the_name_at_another() -> None:
    throttle = Throttle()
    fail(throttle, PAIR_TRIES)
    assert throttle.begin("li.na", HERE, 1) is not None
    assert throttle.begin("li.na", THERE, 1) is None


def test_an_address_that_tries_many_names_is_stopped() -> None:
    throttle = Throttle()
    for i in range(PEER_TRIES):
        fail(throttle, 1, name=f"user{i}")
    assert throttle.begin("another", HERE, 1) is not None


def test_a_name_tried_from_everywhere_is_stopped_at_last() -> None:
    throttle = Throttle()
    for i in range(NAME_TRIES):
        fail(throttle, 1, peer=f"10.0.1.{i}")
    assert throttle.begin("li.na", "10.0.2.1", 1) is not None


def test_success_and_time_wipe_the_slate() -> None:
    throttle = Throttle()
    fail(throttle, PAIR_TRIES - 1)
    throttle.succeeded("li.na", HERE)
    fail(throttle, PAIR_TRIES - 1)
    fail(throttle, PAIR_TRIES - 1, at_us=FORGOTTEN_AFTER_US + 1)


def test_invented_names_do_not_fill_the_memory() -> None:
    throttle = Throttle()
    for i in range(MOST_COUNTERS):
        throttle.begin(f"user{i}", f"10.{i // 65536}.{i // 256 % 256}.{i % 256}", i)
    assert len(throttle._counters) <= MOST_COUNTERS  # noqa: SLF001 - the bound is the point
