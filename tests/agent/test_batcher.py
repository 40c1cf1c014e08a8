"""When batches are due, what they hold, and what is given up."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.batcher import (
    RETRY_DELAY_US,
    URGENT_AT_ONCE,
    URGENT_DELAY_US,
    URGENT_SPACING_US,
    Batcher,
    Checked,
    Limits,
    check,
)
from jiankao_agent.fitting import fit
from jiankao_proto.errors import MalformedError
from jiankao_proto.mapping import MAX_TEXT
from jiankao_proto.messages import Policy
from jiankao_proto.observations import (
    Heartbeat,
    Observation,
    ObservationsDropped,
    Process,
    ProcessEnded,
    ProcessStarted,
)

FLUSH_US, QUIET_US = 1_000_000, 5_000_000


def seen(number: int) -> Checked:
    return check(Observation(1000 + number, number, ProcessEnded(number, 0, "p")))


def pids(observations: list[Observation]) -> list[int]:
    return [o.fact.pid for o in observations if isinstance(o.fact, ProcessEnded)]


def test_when_quiet_a_heartbeat_is_due() -> None:
    batcher = Batcher(0)
    assert batcher.due_at() == QUIET_US
    assert batcher.take(77, QUIET_US, 3) == [Observation(77, QUIET_US, Heartbeat(3))]
    batcher.kept(QUIET_US)
    assert batcher.due_at() == 2 * QUIET_US


def test_ordinary_ones_wait_for_the_flush_and_urgent_ones_for_their_burst() -> None:
    batcher = Batcher(0)
    batcher.add(seen(1), 100, urgent=False)
    batcher.add(seen(2), 200, urgent=False)
    assert batcher.due_at() == 100 + FLUSH_US
    batcher.add(seen(3), 300, urgent=True)
    batcher.add(seen(4), 400, urgent=True)
    assert batcher.due_at() == 300 + URGENT_DELAY_US
    assert pids(batcher.take(0, 500, 0)) == [1, 2, 3, 4]
    batcher.kept(500)
    assert batcher.waiting == 0
    assert batcher.due_at() == 500 + QUIET_US


def take_what_is_due(batcher: Batcher, now_us: int) -> bool:
    if batcher.due_at() > now_us:
        return False
    batcher.take(0, now_us, 0)
    batcher.kept(now_us)
    return True


def test_many_urgent_ones_share_batches_and_none_waits_longer_than_promised() -> None:
    batcher = Batcher(0)
    batches, oldest_us, longest_us = 0, None, 0
    for now_us in range(1_000_000, 3_000_000, 1000):
        batcher.add(seen(now_us), now_us, urgent=True)
        oldest_us = now_us if oldest_us is None else oldest_us
        if take_what_is_due(batcher, now_us):
            batches, longest_us, oldest_us = batches + 1, max(longest_us, now_us - oldest_us), None
    assert batches <= URGENT_AT_ONCE + 2_000_000 // URGENT_SPACING_US
    assert longest_us <= URGENT_SPACING_US
    assert URGENT_SPACING_US + URGENT_DELAY_US < 200_000


def test_after_a_quiet_time_urgent_ones_go_at_once_again() -> None:
    batcher = Batcher(0)
    now_us = 0
    for quiet_us in (0, 0, URGENT_AT_ONCE * URGENT_SPACING_US, 0, 4_000_000):
        now_us += quiet_us
        batcher.add(seen(1), now_us, urgent=True)
        assert batcher.due_at() == now_us + URGENT_DELAY_US
        now_us += URGENT_DELAY_US
        assert take_what_is_due(batcher, now_us)
    batcher.add(seen(1), now_us, urgent=True)
    assert batcher.due_at() == now_us + URGENT_DELAY_US
    assert take_what_is_due(batcher, now_us + URGENT_DELAY_US)
    batcher.add(seen(1), now_us, urgent=True)
    assert now_us + URGENT_DELAY_US < batcher.due_at() <= now_us + 2 * URGENT_SPACING_US


def test_a_batch_of_ordinary_ones_does_not_delay_the_next_urgent_one() -> None:
    batcher = Batcher(0)
    for now_us in range(0, 2_000_000, 100_000):
        batcher.add(seen(1), now_us, urgent=False)
        batcher.take(0, now_us, 0)
        batcher.kept(now_us)
    batcher.add(seen(2), 2_000_000, urgent=True)
    assert batcher.due_at() == 2_000_000 + URGENT_DELAY_US


def test_the_policy_sets_the_intervals_within_limits() -> None:
    batcher = Batcher(0)
    batcher.follow(Policy(flush_interval_ms=200, quiet_interval_ms=1))
    assert batcher.due_at() == 500_000
    batcher.add(seen(1), 0, urgent=False)
    assert batcher.due_at() == 200_000
    batcher.follow(Policy(flush_interval_ms=0, quiet_interval_ms=0))
    assert batcher.due_at() == FLUSH_US


def test_a_full_batch_is_due_at_once_and_the_rest_keeps_its_turn() -> None:
    batcher = Batcher(0, Limits(batch_observations=3))
    for number in range(7):
        batcher.add(seen(number), number, urgent=False)
    assert batcher.due_at() <= 6
    assert pids(batcher.take(0, 10, 0)) == [0, 1, 2]
    batcher.kept(10)
    assert pids(batcher.take(0, 11, 0)) == [3, 4, 5]
    batcher.kept(11)
    assert batcher.due_at() == 6 + FLUSH_US


def test_a_batch_holds_so_many_bytes_but_at_least_one_observation() -> None:
    one = seen(1).size
    batcher = Batcher(0, Limits(batch_bytes=2 * one))
    for number in (1, 2, 3):
        batcher.add(seen(number), 0, urgent=False)
    assert pids(batcher.take(0, 0, 0)) == [1, 2]
    batcher.kept(0)
    tiny = Batcher(0, Limits(batch_bytes=1))
    tiny.add(seen(1), 0, urgent=False)
    assert pids(tiny.take(0, 0, 0)) == [1]


def test_what_could_not_be_kept_is_taken_again_in_order() -> None:
    batcher = Batcher(0)
    for number in range(4):
        batcher.add(seen(number), number, urgent=number % 2 == 0)
    assert pids(batcher.take(0, 10, 0)) == [0, 1, 2, 3]
    batcher.add(seen(4), 11, urgent=True)
    batcher.not_kept(20, "disk full")
    assert batcher.due_at() == 20 + RETRY_DELAY_US
    assert pids(batcher.take(0, 30, 0)) == [0, 1, 2, 3, 4]


def test_when_memory_is_full_the_oldest_ordinary_ones_go_and_are_counted() -> None:
    batcher = Batcher(0, Limits(waiting_observations=4))
    batcher.take(0, 0, 0)
    batcher.not_kept(0, "the disk is full")
    for number in range(8):
        batcher.add(seen(number), number, urgent=number in (1, 2))
    taken = batcher.take(9999, 100, 0)
    assert taken[0] == Observation(
        9999, 100, ObservationsDropped(4, 1000, 1005, "the disk is full")
    )
    assert pids(taken) == [1, 2, 6, 7]
    batcher.kept(100)
    assert not any(isinstance(o.fact, ObservationsDropped) for o in batcher.take(0, 200, 0))


def test_urgent_ones_go_when_there_is_nothing_else_to_give_up() -> None:
    batcher = Batcher(0, Limits(waiting_observations=2))
    for number in range(5):
        batcher.add(seen(number), number, urgent=True)
    taken = batcher.take(0, 0, 0)
    assert isinstance(taken[0].fact, ObservationsDropped)
    assert taken[0].fact.count == 3
    assert pids(taken) == [3, 4]


def test_memory_is_bounded_by_bytes_too() -> None:
    batcher = Batcher(0, Limits(waiting_bytes=3 * seen(1).size))
    for number in range(1, 11):
        batcher.add(seen(number), number, urgent=False)
    assert batcher.waiting == 3


def test_what_waits_while_nothing_can_be_kept_takes_little_memory() -> None:
    batcher = Batcher(0)
    tracemalloc.start()
    try:
        for number in range(40_000):
            batcher.add(seen(number), number, urgent=True)
        assert tracemalloc.get_traced_memory()[0] < 14 << 20
    finally:
        tracemalloc.stop()
    (told, *_) = batcher.take(0, 0, 0)
    assert isinstance(told.fact, ObservationsDropped)
    assert told.fact.count == 40_000 - Limits().waiting_observations


def test_drops_that_could_not_be_told_are_told_later_and_only_once() -> None:
    batcher = Batcher(0)
    batcher.lost(5, "unwritable")
    assert batcher.due_at() == FLUSH_US
    batcher.take(0, 0, 0)
    batcher.lost(9, "unwritable")
    batcher.not_kept(0, "disk full")
    (told,) = batcher.take(0, 0, 0)
    assert told.fact == ObservationsDropped(2, 5, 9, "unwritable")


@given(
    st.lists(
        st.tuples(st.sampled_from(["add", "urgent", "kept", "failed"]), st.integers(0, 50)),
        max_size=120,
    )
)
def test_every_observation_is_kept_once_or_counted(events: list[tuple[str, int]]) -> None:
    batcher = Batcher(0, Limits(batch_observations=5, waiting_observations=8))
    number, at_us = 0, 0
    kept: list[int] = []
    dropped = 0
    for event, pause in [*events, *[("kept", 1)] * 4]:
        at_us += pause
        if event in ("add", "urgent"):
            batcher.add(seen(number), at_us, urgent=event == "urgent")
            number += 1
            continue
        taken = batcher.take(at_us, at_us, 0)
        assert 1 <= len(taken) <= 6
        if event == "failed":
            batcher.not_kept(at_us, "disk full")
            continue
        batcher.kept(at_us)
        kept += pids(taken)
        dropped += sum(o.fact.count for o in taken if isinstance(o.fact, ObservationsDropped))
    assert kept == sorted(set(kept))
    assert len(kept) + dropped == number


def test_what_could_not_be_read_again_is_refused_and_can_be_made_to_fit() -> None:
    long_name = ProcessStarted(
        Process(1, 2, "x" * (MAX_TEXT + 1), command_line_masked="bad \udcff byte")
    )
    with pytest.raises(MalformedError):
        check(Observation(1, 2, long_name))
    fitted = fit(long_name)
    check(Observation(1, 2, fitted))
    assert fitted.process.name == "x" * (MAX_TEXT - 1) + "…"
    assert fitted.process.command_line_masked == "bad ? byte"
