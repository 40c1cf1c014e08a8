"""Answers against the hands at their seats: with wrong clocks, lost answers, and people who only pretend."""

from dataclasses import dataclass, field
from random import Random

import pytest

from jiankao_collector.scoring.hands import BIN_US, ClockDifference, needed
from jiankao_proto.batch import SensorHealth
from jiankao_proto.observations import Health, InputSource, InputWindow
from jiankao_proto.records import AlertChanged, AnswersRecorded, AnswerTime, Severity
from tests.support.judged import EXAM, OK, ROOM, JudgedLog, Seat, us

CLICK = InputWindow(InputSource.LOCAL_DEVICE, "mouse", 1_000_000, 40, 300, 200, button_presses=1)
KEYS = InputWindow(InputSource.LOCAL_DEVICE, "keyboard", 1_000_000, key_presses=4)
MOVE = InputWindow(InputSource.LOCAL_DEVICE, "mouse", 1_000_000, 90, 900, 300)
INJECTED = InputWindow(InputSource.INJECTED, "", 1_000_000, button_presses=1)


@dataclass
class Play:
    """A room for some minutes: `hands[seat]` are its seconds of input, `answers[seat]` its answers."""

    seats: int
    minutes: float = 10
    skew_s: float = 0
    lost: float = 0.0
    random: Random = field(default_factory=lambda: Random(5))
    hands: dict[int, dict[int, list[InputWindow]]] = field(default_factory=dict)
    answers: list[AnswerTime] = field(default_factory=list)

    def answer(self, seat: int, at_s: float) -> None:
        if self.random.random() >= self.lost:
            late = self.random.uniform(0.02, 0.3)
            self.answers.append(AnswerTime(ROOM, str(seat), us(at_s + late + self.skew_s)))

    def hand(self, seat: int, at_s: float, window: InputWindow) -> None:
        """Note an event: its window ends somewhere within the next second, and holds it."""
        self.hands.setdefault(seat, {}).setdefault(int(at_s) + 1, []).append(window)

    def honest(self, seat: int, pause_s: tuple[float, float] = (6, 25)) -> None:
        at_s = self.random.uniform(5, 25)
        while at_s < self.minutes * 60:
            self.hand(seat, at_s, CLICK if self.random.random() < 0.8 else KEYS)
            self.answer(seat, at_s)
            for _ in range(self.random.randint(0, 3)):
                self.hand(seat, at_s - self.random.uniform(0.5, 5), MOVE)
            if self.random.random() < 0.7:  # the button for the next question
                self.hand(seat, at_s + self.random.uniform(1, 3), CLICK)
            at_s += self.random.uniform(*pause_s)

    def driven(self, seat: int, keeps_moving: bool = True) -> None:
        at_s = self.random.uniform(5, 25)
        while at_s < self.minutes * 60:
            self.answer(seat, at_s)
            if keeps_moving:
                for _ in range(8):
                    self.hand(seat, at_s - self.random.uniform(0, 8), MOVE)
                self.hand(seat, at_s, INJECTED)
            at_s += self.random.uniform(6, 20)

    def run(self, *, live: bool = True, sensors: tuple[SensorHealth, ...] = OK) -> JudgedLog:
        log = JudgedLog()
        seats: list[Seat] = [log.seat(str(n)) for n in range(self.seats)]
        log.opens(0)
        for seat in seats:
            seat.sensors = sensors
            seat.connects(1)
        told = sorted(self.answers, key=lambda a: a.answered_at_us)
        for second in range(2, int(self.minutes * 60) + 15):
            for number, seat in enumerate(seats):
                windows = self.hands.get(number, {}).get(second, [])
                if windows or second % 5 == 0:
                    seat.sends(second, *windows)
            if live:
                while told and told[0].answered_at_us <= us(second):
                    log.add(second, AnswersRecorded(EXAM, "exam server", (told.pop(0),)))
        end = self.minutes * 60 + 20
        for part in range(0, len(told), 500):
            log.add(end, AnswersRecorded(EXAM, "answers.csv", tuple(told[part : part + 500])))
        log.tick(end + 12)
        return log


def accused(log: JudgedLog) -> dict[str, AlertChanged]:
    return {a.seat: a for a in log.assessment.alerts() if a.kind == "hands"}


@pytest.mark.parametrize("live", [True, False], ids=["live", "imported afterwards"])
@pytest.mark.parametrize("skew_s", [-5, -1.3, 0, 0.4, 5])
def test_answers_from_elsewhere_are_told_and_honest_seats_are_not(
    skew_s: float, *, live: bool
) -> None:
    """Five seconds of skew, one answer in a hundred lost; one who keeps moving, one who sits still."""
    play = Play(8, skew_s=skew_s, lost=0.01)
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
    play = Play(4, minutes=12, lost=0.01, skew_s=2)
    play.honest(0, pause_s=(1.5, 4))
    play.honest(1, pause_s=(40, 120))
    play.honest(2)
    play.honest(3)
    assert accused(play.run()) == {}


def test_a_room_in_which_everybody_is_driven_has_no_clock_to_agree_on_and_is_told_all_the_same() -> (
    None
):
    play = Play(5, skew_s=5)
    for seat in range(5):
        play.driven(seat)
    assert set(accused(play.run())) == {"0", "1", "2", "3", "4"}


def test_what_the_sensor_could_not_see_is_not_held_against_the_seat() -> None:
    play = Play(2)
    play.driven(0)
    play.driven(1)
    blind = (SensorHealth("input", Health.UNAVAILABLE),)
    assert accused(play.run(sensors=blind)) == {}


def test_answers_of_a_seat_nobody_watches_are_left_alone() -> None:
    play = Play(1)
    play.honest(0)
    play.answers = [AnswerTime("999", "9", a.answered_at_us) for a in play.answers]
    assert accused(play.run()) == {}


def test_honest_seats_over_many_hours_are_never_accused() -> None:
    play = Play(10, minutes=60, skew_s=-3, lost=0.01, random=Random(11))
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
