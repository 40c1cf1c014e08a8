"""Another day under today's seal: each sign by itself, and what honest agents do and nothing is made of."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from jiankao_proto.observations import (
    ClockChanged,
    Heartbeat,
    InputSource,
)
from jiankao_proto.records import RefusalReason, Severity
from tests.support.judged import Seat, watched_seat
from tests.support.told_facts import began, kinds, moving, restarts, up_for_days

# ---- another day ----


def test_a_batch_of_long_ago_sent_again_is_a_replay() -> None:
    seat = watched_seat()
    seat.lives(2, 300, 1)
    (alert,) = seat.refused(300, RefusalReason.DUPLICATE, seat.sent[5])
    assert (alert.kind, alert.severity) == ("chain", Severity.CRITICAL)
    assert kinds(seat) == {"refused_duplicate", "old_batch_again"}


def test_a_batch_of_an_earlier_start_sent_again_is_a_replay() -> None:
    seat = watched_seat()
    seat.lives(2, 20)
    restarts(seat, 30)
    seat.connects(50)
    seat.lives(50, 60)
    seat.refused(61, RefusalReason.DUPLICATE, seat.sent[-4])
    assert "old_batch_again" in kinds(seat)


def test_what_was_just_sent_may_come_twice() -> None:
    seat = watched_seat()
    seat.lives(2, 300, 1)
    for envelope in seat.sent[-60:]:
        seat.refused(300, RefusalReason.DUPLICATE, envelope)
    seat.refused(301, RefusalReason.DUPLICATE, b"cut off")
    assert kinds(seat) == {"refused_duplicate"}


def test_observations_of_yesterday_under_todays_seal() -> None:
    seat = up_for_days()
    for n in range(4):
        seat.sends(2 + n, moving(n), observed=-86_400 + n)
    assert kinds(seat) == {"times_contradict"}
    assert seat.log.said_at_s == [4]


@pytest.mark.parametrize(
    "odd",
    [
        lambda seat: [seat.sends(20, moving(1), observed=2)],
        lambda seat: [seat.sends(n, moving(n), observed=n - 0.9) for n in range(20, 40)],
        lambda seat: [seat.sends(900, moving(n), observed=20) for n in range(3)],
        lambda seat: [seat.sends(n, Heartbeat(), observed=-900) for n in range(20, 40)],
    ],
    ids=["one", "a second", "slept", "beats"],
)
def test_a_batch_may_be_odd(odd: Callable[[Seat], object]) -> None:
    seat = up_for_days()
    odd(seat)
    assert kinds(seat) <= {"workstation_silent"}


def test_a_clock_that_is_set_is_no_contradiction() -> None:
    seat = watched_seat()
    seat.ahead_s = -8 * 3600
    seat.sends(3, moving(1))
    seat.ahead_s = 0
    seat.sends(4, ClockChanged(8 * 3600 * 1_000_000))
    for n in range(4):
        seat.sends(5 + n, began(100 + n, n - 8 * 3600))
    assert kinds(seat) == {"clock_jumped"}


@pytest.mark.parametrize(("by_s", "told"), [(-900, True), (900, True), (0, False), (30, False)])
def test_a_machines_own_time_goes_on(by_s: float, told: bool) -> None:
    seat = watched_seat()
    seat.up_s = 5_000
    seat.boot = "boot-2"
    seat.connects(2)
    seat.lives(2, 30)
    seat.up_s += by_s
    seat.lives(31, 60)
    assert ("clock_contradicts" in kinds(seat)) is told


def test_a_machine_that_slept_may_be_behind() -> None:
    """Where its clock stands still in sleep it never runs ahead, and goes on where it stood."""
    seat = watched_seat()
    seat.lives(2, 30)
    seat.up_s -= 3_000
    seat.connects(3_030)
    seat.lives(3_031, 3_060)
    assert "clock_contradicts" not in kinds(seat)


def test_programs_that_began_yesterday_add_up() -> None:
    seat = watched_seat()
    for n in range(6):
        seat.sends(2 + 9 * n, began(100 + n, n - 86_400))
    assert kinds(seat) == {"starts_contradict"}
    assert seat.log.said == []


def test_programs_that_replace_themselves_and_fresh_ones_between_are_nothing() -> None:
    seat = watched_seat()
    for n in range(8):
        seat.sends(2 + 9 * n, began(100 + n, 2 + 9 * n if n % 3 == 2 else n - 86_400))
    assert kinds(seat) == set()


def test_the_same_movements_again_are_a_recording() -> None:
    seat = watched_seat()
    for n in range(60):
        seat.sends(2 + n, moving(n))
    assert kinds(seat) == set()
    for n in range(10):
        seat.sends(100 + n, moving(30 + n))
    assert kinds(seat) >= {"hand_again"}
    assert "chain" in {a.kind for a in seat.log.assessment.alerts()}
    assert min(seat.log.said_at_s) <= 102


def test_one_movement_again_and_again_is_a_machine_not_a_recording() -> None:
    seat = watched_seat()
    for n in range(40):
        seat.sends(2 + n, moving(1), moving(100 + n))
    assert kinds(seat) == set()


def test_small_movements_and_other_peoples_input_come_again() -> None:
    seat = watched_seat()
    for n in range(40):
        small = replace(moving(n % 5), motion_events=3)
        injected = replace(moving(n % 5), source=InputSource.INJECTED)
        seat.sends(2 + n, small, injected)
    assert "hand_again" not in kinds(seat)
