"""Rooms in which the exam server tells when seats answered, and the seats what hands did there.

Clocks may differ, answers may be lost; some candidates are honest, some only pretend.
"""

from dataclasses import dataclass, field
from random import Random

from jiankao_proto.batch import SensorHealth
from jiankao_proto.observations import InputSource, InputWindow
from jiankao_proto.records import AnswersRecorded, AnswerTime
from tests.support.judged import EXAM, OK, ROOM, JudgedLog, Seat, us

CLICK = InputWindow(InputSource.LOCAL_DEVICE, "mouse", 1_000_000, 40, 300, 200, button_presses=1)
KEYS = InputWindow(InputSource.LOCAL_DEVICE, "keyboard", 1_000_000, key_presses=4)
MOVE = InputWindow(InputSource.LOCAL_DEVICE, "mouse", 1_000_000, 90, 900, 300)
INJECTED = InputWindow(InputSource.INJECTED, "", 1_000_000, button_presses=1)


@dataclass
class AnsweredRoom:
    """A room for some minutes: `hands[seat]` are its seconds of input, `answers[seat]` its answers."""

    seats: int
    minutes: float = 10
    skew_s: float = 0
    lost: float = 0.0
    random: Random = field(default_factory=lambda: Random(5))
    hands: dict[int, dict[int, list[InputWindow]]] = field(default_factory=dict)
    answers: list[AnswerTime] = field(default_factory=list)

    def answer(self, seat: int, at_s: float) -> None:
        """Note an answer as the exam server tells it, unless it is lost."""
        if self.random.random() >= self.lost:
            late = self.random.uniform(0.02, 0.3)
            self.answers.append(AnswerTime(ROOM, str(seat), us(at_s + late + self.skew_s)))

    def hand(self, seat: int, at_s: float, window: InputWindow) -> None:
        """Note an event: its window ends somewhere within the next second, and holds it."""
        self.hands.setdefault(seat, {}).setdefault(int(at_s) + 1, []).append(window)

    def honest(self, seat: int, pause_s: tuple[float, float] = (6, 25), began_s: float = 0) -> None:
        """Let somebody answer by his own hand, from a second on."""
        at_s = began_s + self.random.uniform(5, 25)
        while at_s < self.minutes * 60:
            self.hand(seat, at_s, CLICK if self.random.random() < 0.8 else KEYS)
            self.answer(seat, at_s)
            for _ in range(self.random.randint(0, 3)):
                self.hand(seat, at_s - self.random.uniform(0.5, 5), MOVE)
            if self.random.random() < 0.7:  # the button for the next question
                self.hand(seat, at_s + self.random.uniform(1, 3), CLICK)
            at_s += self.random.uniform(*pause_s)

    def driven(self, seat: int, *, keeps_moving: bool = True) -> None:
        """Let answers come from elsewhere; `keeps_moving`: the candidate moves the mouse meanwhile."""
        at_s = self.random.uniform(5, 25)
        while at_s < self.minutes * 60:
            self.answer(seat, at_s)
            if keeps_moving:
                for _ in range(8):
                    self.hand(seat, at_s - self.random.uniform(0, 8), MOVE)
                self.hand(seat, at_s, INJECTED)
            at_s += self.random.uniform(6, 20)

    def run(self, *, live: bool = True, sensors: tuple[SensorHealth, ...] = OK) -> JudgedLog:
        """Judge the room; `live`: the answers are told at once, otherwise after the exam."""
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
