"""Answers against the hands at their seats: with wrong clocks, lost answers, and people who only pretend."""

from random import Random

import pytest

from jiankao_collector.scoring.hands import BIN_US, HONEST_AGAIN, LATEST, ClockDifference, needed
from jiankao_proto.batch import SensorHealth
from jiankao_proto.observations import Health
from jiankao_proto.records import AlertChanged, AnswerTime, Severity
from tests.support.answered_room import CLICK, AnsweredRoom
from tests.support.judged import JudgedLog, us


def accused(log: JudgedLog) -> dict[str, AlertChanged]:
    return {a.seat: a for a in log.assessment.alerts() if a.kind == "hands"}


@pytest.mark.parametrize("live", [True, False], ids=["live", "imported afterwards"])
@pytest.mark.parametrize("skew_s", [-5, -1.3, 0, 0.4, 5])
def test_answers_from_elsewhere_are_told_and_honest_seats_are_not(
    skew_s: float, *, live: bool
) -> None:
    """Five seconds of skew, one answer in a hundred lost; one who keeps moving, one who sits still."""
    play = AnsweredRoom(8, skew_s=skew_s, lost=0.01)
    for seat in range(6):
        play.honest(seat)
    play.driven(6)
    play.driven(7, keeps_moving=False)
    log = play.run(live=live)
    found = accused(log)
    assert set(found) == {"6", "7"}
    for alert in found.values():
        assert alert.severity == Severity.CRITICAL
        (finding,) = alert.findings
        assert finding.kind == "answers_without_hand"
        assert "不是在这里作出的" in finding.reason_zh


def test_one_who_answers_very_fast_and_one_who_thinks_for_minutes_are_honest() -> None:
    play = AnsweredRoom(4, minutes=12, lost=0.01, skew_s=2)
    play.honest(0, pause_s=(1.5, 4))
    play.honest(1, pause_s=(40, 120))
    play.honest(2)
    play.honest(3)
    assert accused(play.run()) == {}


def test_a_room_in_which_everybody_is_driven_has_no_clock_to_agree_on_and_is_told_all_the_same() -> (
    None
):
    play = AnsweredRoom(5, skew_s=5)
    for seat in range(5):
        play.driven(seat)
    assert set(accused(play.run())) == {"0", "1", "2", "3", "4"}


def test_what_the_sensor_could_not_see_is_not_held_against_the_seat() -> None:
    play = AnsweredRoom(2)
    play.driven(0)
    play.driven(1)
    blind = (SensorHealth("input", Health.UNAVAILABLE),)
    assert accused(play.run(sensors=blind)) == {}


def test_answers_of_a_seat_nobody_watches_are_left_alone() -> None:
    play = AnsweredRoom(1)
    play.honest(0)
    play.answers = [AnswerTime("999", "9", a.answered_at_us) for a in play.answers]
    assert accused(play.run()) == {}


def test_honest_seats_over_many_hours_are_never_accused() -> None:
    play = AnsweredRoom(10, minutes=60, skew_s=-3, lost=0.01, random=Random(11))
    for seat in range(10):
        play.honest(seat)
    assert accused(play.run(live=False)) == {}


def test_how_many_are_too_many() -> None:
    assert [needed(n) for n in (1, 6, 7, 10, 20)] == [2, 7, 7, 8, 11]


def test_the_clocks_difference() -> None:
    random = Random(3)
    clock = ClockDifference()
    assert clock.estimate_us() is None
    for _ in range(40):
        press = random.randrange(10**9, 2 * 10**9)
        end = press + random.randrange(1_000_000)
        clock.vote(press + 3_100_000, [end])
    estimate = clock.estimate_us()
    assert estimate is not None
    assert abs(estimate - 3_100_000) <= 2 * BIN_US


def test_presses_of_chance_agree_on_nothing() -> None:
    random = Random(4)
    clock = ClockDifference()
    for _ in range(300):
        clock.vote(0, [random.randrange(-9_000_000, 9_000_000) for _ in range(2)])
    assert clock.estimate_us() is None


def test_it_is_over_when_the_seat_answers_by_its_own_hand_again() -> None:
    play = AnsweredRoom(5, minutes=20)
    for seat in range(4):
        play.honest(seat)
    play.driven(4)
    half_us = us(play.minutes * 30)
    play.answers = [a for a in play.answers if a.seat != "4" or a.answered_at_us < half_us]
    play.honest(4, began_s=play.minutes * 30)
    (alert,) = accused(play.run()).values()
    assert alert.over
    by_then = [a for a in play.answers if a.seat == "4" and a.answered_at_us <= alert.last_us]
    assert len([a for a in by_then if a.answered_at_us > half_us]) >= LATEST - HONEST_AGAIN


def test_a_few_answers_by_ones_own_hand_do_not_end_it() -> None:
    """Every third answer by hand is no honest seat."""
    play = AnsweredRoom(5, minutes=15)
    for seat in range(4):
        play.honest(seat)
    play.driven(4)
    for number, answer in enumerate(a for a in play.answers if a.seat == "4"):
        if number % 3 == 0:
            play.hand(4, (answer.answered_at_us - us(0)) / 1e6 - 0.1, CLICK)
    (alert,) = accused(play.run()).values()
    assert not alert.over
