"""Who answers far faster than the room: answers that come ready-made take no time to think. Pure.

Compared are the times between a seat's answers, as logarithms: a candidate's median against the medians of the room,
in robust deviations (median and MAD), so that neither one slow candidate nor a few fast ones move the measure. An easy
part of an exam is easy for all, and makes nobody fast.

Where the exam server says which question an answer was to, each pause is compared with the room's median for that very
question, and a candidate's median of these differences with the room's: who gets the easy part first, or another paper
in random order, is not fast for it. What is asked and what is answered is never known here.

Somebody honest may be far faster than everybody else. So this is a notice: it adds to the score and makes no alert,
neither by itself, nor by lasting, nor together with another family.

Memory, whatever the number of answers: a seat's pauses are one small histogram and its latest QUESTIONS_OF_SEAT; the
questions of a room a histogram each, QUESTIONS_OF_ROOM of them. Of more questions nothing is compared.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import exp, log
from statistics import median

from jiankao_collector.detectors.base import AlertKind, Family, Finding
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_proto.ids import WorkstationId
from jiankao_proto.records import AnswerTime, Severity

NAME = "pace"
ENOUGH_PAUSES = 15
"""Times between answers before a seat's pace is anything."""
ENOUGH_SEATS = 6
"""Seats with that many, so that there is a room to compare with; also seats that answered a question."""
FACTOR = 3.0
"""How many times faster than the room somebody has to be at least."""
DEVIATIONS = 4.0
LEAST_DEVIATION = 0.25
"""Of logarithms: honest candidates differ by a quarter or more, however alike those of one room may be."""
TOGETHER_US = 50_000
"""Answers this close were sent together (a page of them): no pace."""
LONGEST_US = 1_800_000_000
"""After a longer time without an answer there was a break, and no question that took so long."""
QUESTIONS_OF_SEAT = 128
QUESTIONS_OF_ROOM = 512
_STEP = 0.2
_BINS = 64
_MOST = 65_535
_MAD_TO_DEVIATION = 1.4826
_EVERY = 5


class _Pauses:
    """Pauses counted by length: bin n holds those of about TOGETHER_US · e^(n · _STEP)."""

    __slots__ = ("_bins", "count")

    def __init__(self) -> None:
        self._bins = array("H", [0]) * _BINS
        self.count = 0

    def add(self, place: int) -> None:
        if self._bins[place] < _MOST:
            self._bins[place] += 1
            self.count += 1

    def middle(self) -> int:
        """Return the bin of the median."""
        left = (self.count + 1) // 2
        place = 0
        for place, count in enumerate(self._bins):  # noqa: B007 - the place it ends at is what is asked for
            left -= count
            if left <= 0:
                break
        return place


@dataclass(slots=True)
class _Seat:
    """One seat's pauses; of those before named questions the latest, by the question's number in the room."""

    room: "_Room"
    last_us: int
    pauses: _Pauses = field(default_factory=_Pauses)
    named: int = 0
    questions: "array[int]" = field(default_factory=lambda: array("H"))
    places: "array[int]" = field(default_factory=lambda: array("B"))
    told: bool = False

    def add(self, place: int, question: int | None) -> bool:
        """Take in a pause; tell whether it is the first one before its question."""
        self.pauses.add(place)
        if question is None or question in self.questions:
            return False
        if len(self.questions) >= QUESTIONS_OF_SEAT:
            del self.questions[0], self.places[0]
        self.questions.append(question)
        self.places.append(place)
        return True


@dataclass(slots=True)
class _Room:
    """The seats of a room, how fast each is, and how long its questions take. All in steps of logarithms."""

    seats: dict[WorkstationId, _Seat] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    questions: list[_Pauses] = field(default_factory=list)
    by_time: dict[WorkstationId, float] = field(default_factory=dict)
    by_question: dict[WorkstationId, float] = field(default_factory=dict)
    answers: int = 0

    def number(self, question: str) -> int | None:
        """Return a question's number; None without a question, or when there are too many."""
        known = self.numbers.get(question)
        if known is None and question and len(self.questions) < QUESTIONS_OF_ROOM:
            known = self.numbers[question] = len(self.questions)
            self.questions.append(_Pauses())
        return known

    def forget(self, workstation: WorkstationId) -> None:
        for kept in (self.seats, self.by_time, self.by_question):
            kept.pop(workstation, None)

    def differences(self, seat: _Seat) -> Iterator[float]:
        """Yield how much longer a seat took for questions than the room, where enough have answered them."""
        for number, place in zip(seat.questions, seat.places, strict=True):
            room = self.questions[number]
            if room.count >= ENOUGH_SEATS:
                yield place - room.middle()


class Pace:
    """Follows how fast every seat answers."""

    def __init__(self) -> None:
        self._rooms: dict[str, _Room] = {}
        self._seats: dict[WorkstationId, tuple[str, _Seat]] = {}

    def answered(
        self, workstation: WorkstationId, answer: AnswerTime, at_us: int, number: int
    ) -> list[tuple[WorkstationId, Finding]]:
        """Take in an answer; `at_us` and `number` are those of the record that told it.

        Another seat may turn out to be fast by it: who is fastest is the first to answer a question.
        """
        name, answered_at_us = answer.room, answer.answered_at_us
        known_room, seat = self._seats.get(workstation, ("", None))
        if seat is None or known_room != name:
            self.forget(workstation)
            room = self._rooms.setdefault(name, _Room())
            seat = room.seats[workstation] = _Seat(room, answered_at_us)
            self._seats[workstation] = (name, seat)
            return []
        room, pause_us = seat.room, answered_at_us - seat.last_us
        if pause_us <= TOGETHER_US:
            return []
        seat.last_us = answered_at_us
        if pause_us > LONGEST_US:
            return []
        place = min(int(log(pause_us / TOGETHER_US) / _STEP), _BINS - 1)
        question = room.number(answer.question)
        seat.named += bool(answer.question)
        if seat.add(place, question) and question is not None:
            room.questions[question].add(place)
        return [*self._look_around(workstation, seat, at_us, number)]

    def forget(self, workstation: WorkstationId) -> None:
        """Another exam session begins for a workstation."""
        name, seat = self._seats.pop(workstation, ("", None))
        if seat is not None:
            seat.room.forget(workstation)
            if not seat.room.seats:
                del self._rooms[name]

    def _look_around(
        self, workstation: WorkstationId, seat: _Seat, at_us: int, number: int
    ) -> Iterator[tuple[WorkstationId, Finding]]:
        """Look at the seat now and then, and at all others of the room in turn."""
        room = seat.room
        looked_at = {workstation: seat} if seat.pauses.count % _EVERY == 0 else {}
        room.answers += 1
        if room.answers % _EVERY == 0:
            names = [*room.seats]
            turn = names[room.answers // _EVERY % len(names)]
            looked_at[turn] = room.seats[turn]
        for other, its in looked_at.items():
            if its.pauses.count >= ENOUGH_PAUSES and (found := _look(other, its, at_us, number)):
                yield other, found


def _look(workstation: WorkstationId, seat: _Seat, at_us: int, number: int) -> Finding | None:
    """Compare a seat with its room: by its questions where they are named, else by its times alone."""
    room = seat.room
    if seat.named:
        differences = [*room.differences(seat)]
        if len(differences) < ENOUGH_PAUSES:
            return None
        own, all_of_them = median(differences), room.by_question
    else:
        own, all_of_them = seat.pauses.middle(), room.by_time
    all_of_them[workstation] = own
    if len(all_of_them) < ENOUGH_SEATS:
        return None
    usual = median(all_of_them.values())
    spread = _MAD_TO_DEVIATION * median(abs(value - usual) for value in all_of_them.values())
    least = max(log(FACTOR), DEVIATIONS * max(spread * _STEP, LEAST_DEVIATION))
    ahead = (usual - own) * _STEP
    fast = ahead >= least
    if fast == seat.told:
        return None
    seat.told = fast
    said = (
        _of_questions(exp(max(ahead, 0)))
        if seat.named
        else _of_times(_seconds(own), _seconds(usual))
    )
    finding = _finding(*said, at_us, number)
    return finding if fast else finding.over(at_us, number)


def _seconds(place: float) -> float:
    """Return the pause in the middle of a bin."""
    return TOGETHER_US * exp((place + 0.5) * _STEP) / 1e6


def _of_times(own_s: float, usual_s: float) -> tuple[str, str]:
    zh = f"作答远快于同场考生：通常每 {own_s:.1f} 秒一题，考场一般为 {usual_s:.0f} 秒"
    en = (
        f"Answers far faster than the room: one every {own_s:.1f} s, where {usual_s:.0f} s is usual"
    )
    return zh, en


def _of_questions(times: float) -> tuple[str, str]:
    zh = f"作答远快于同场考生：同样的题目，用时约为一般考生的 1/{times:.0f}"
    en = f"Answers far faster than the room: the same questions in about 1/{times:.0f} of the usual time"
    return zh, en


def _finding(zh: str, en: str, at_us: int, record_number: int) -> Finding:
    return Finding(
        detector=NAME,
        kind="answers_far_faster",
        family=Family.HANDS,
        alert=AlertKind.HANDS,
        severity=Severity.NOTICE,
        weight=Weight.ANSWERS_FAR_FASTER,
        alone=False,
        subject="",
        reason_zh=f"{zh}；基础好的考生也会这样，仅计入风险分",
        reason_en=f"{en}; a very good candidate does this too, so it only adds to the score",
        at_us=at_us,
        record_number=record_number,
    )
