"""Who answers far faster than the room, and who merely is good, or has an easy part."""

from collections.abc import Sequence
from random import Random

import pytest

from jiankao_collector.detectors.base import Finding
from jiankao_collector.scoring.pace import (
    ENOUGH_PAUSES,
    ENOUGH_SEATS,
    QUESTIONS_OF_ROOM,
    QUESTIONS_OF_SEAT,
    Pace,
)
from jiankao_proto.ids import WorkstationId
from jiankao_proto.records import AnswerTime, Severity
from tests.support.answered_room import AnsweredRoom


def play(
    medians_s: Sequence[float], answers: int = 60, room: str = "101", pace: Pace | None = None
) -> dict[int, list[Finding]]:
    """Let seats answer, each in its own pace with a human's spread, and return what was found of them."""
    pace, random = pace or Pace(), Random(3)
    found: dict[int, list[Finding]] = {}
    at_s = [random.uniform(0, 30) for _ in medians_s]
    for number in range(answers):
        for seat, median_s in enumerate(medians_s):
            at_s[seat] += median_s * random.lognormvariate(0, 0.6)
            workstation = WorkstationId(f"ws-{seat}")
            answer = AnswerTime(room, str(seat), int(at_s[seat] * 1e6))
            for whose, finding in pace.answered(workstation, answer, answer.answered_at_us, number):
                found.setdefault(int(whose.value.removeprefix("ws-")), []).append(finding)
    return found


def answer_at(at_us: int, question: str = "") -> AnswerTime:
    return AnswerTime("101", "", at_us, question)


ROOM = [28, 30, 32, 35, 40, 45, 50, 38, 33]


def test_one_who_is_ten_times_as_fast_is_noticed_and_nobody_else() -> None:
    found = play([*ROOM, 3])
    assert set(found) == {9}
    (finding,) = found[9]
    assert (finding.family, finding.severity, finding.alone) == ("hands", Severity.NOTICE, False)
    assert "每 3." in finding.reason_zh or "每 2." in finding.reason_zh
    assert "a very good candidate does this too" in finding.reason_en


@pytest.mark.parametrize(
    "medians_s",
    [
        [*ROOM, 18],  # twice as fast as the room
        [4] * 10,  # an easy part is easy for all
        [*ROOM, 200, 300, 400],  # slow ones do not make the others fast
        [5, 10, 20, 40, 80, 160, 20, 15, 30, 7],  # a room of all kinds
        [30] * (ENOUGH_SEATS - 2) + [2],  # too few to compare with
    ],
)
def test_what_honest_rooms_look_like_is_nothing(medians_s: list[float]) -> None:
    assert play(medians_s) == {}


def test_a_few_answers_are_no_pace_and_answers_of_one_page_neither() -> None:
    assert play([*ROOM, 1], answers=ENOUGH_PAUSES - 1) == {}
    pace = Pace()
    play(ROOM, pace=pace)
    for page in range(20):
        for _ in range(30):
            assert not pace.answered(WorkstationId("pages"), answer_at(40_000_000 * page), 1, 1)


def test_it_is_over_when_the_seat_goes_on_like_the_others() -> None:
    pace = Pace()
    play([*ROOM, 2], answers=30, pace=pace)
    at_us, ends = 10**10, []
    for number in range(60):
        at_us += 35_000_000
        ends += pace.answered(WorkstationId("ws-9"), answer_at(at_us), at_us, number)
    assert [(whose.value, finding.ended) for whose, finding in ends] == [("ws-9", True)]


def test_rooms_are_apart_and_a_new_exam_session_starts_anew() -> None:
    pace = Pace()
    play(ROOM, pace=pace)
    assert play([2], room="102", pace=pace) == {}
    play([*ROOM, 2], answers=30, pace=pace)
    pace.forget(WorkstationId("ws-9"))
    assert not pace.answered(WorkstationId("ws-9"), answer_at(10**11), 1, 1)


def test_in_a_room_it_adds_to_the_score_and_makes_no_alert() -> None:
    """The fast one answers by his own hand."""
    room = AnsweredRoom(8, minutes=12, skew_s=2)
    for seat in range(7):
        room.honest(seat, pause_s=(20, 30))
    room.honest(7, pause_s=(1.5, 3))
    log = room.run()
    noticed = {
        view.seat
        for view in log.assessment.seats()
        if "answers_far_faster" in {f.kind for f in view.findings}
    }
    assert noticed == {"7"}
    assert {alert.kind for alert in log.assessment.alerts()} <= {"silence"}  # the log just stops


EASY_S, HARD_S = 6, 60


def paper(
    factors: Sequence[float],
    *,
    named: bool = True,
    orders: Sequence[Sequence[int]] = (),
    by_seat: bool = False,
    pace: Pace | None = None,
) -> dict[int, list[Finding]]:
    """Let seats answer forty questions, half of them easy, each in its own order; `factors`: how slow each seat is.

    `by_seat`: told seat by seat after the exam, the fastest first.
    """
    pace, random = pace or Pace(), Random(7)
    answers = []
    for seat, factor in enumerate(factors):
        at_s = random.uniform(0, 30)
        order = orders[seat] if orders else range(40)
        for question in order:
            typical_s = EASY_S if question < 20 else HARD_S
            at_s += factor * typical_s * random.lognormvariate(0, 0.5)
            answers.append((at_s, seat, f"Q{question}" if named else ""))
    answers.sort(key=(lambda a: (factors[a[1]], a[1], a[0])) if by_seat else (lambda a: a[0]))
    found: dict[int, list[Finding]] = {}
    for number, (at_s, seat, name) in enumerate(answers):
        workstation, answer = WorkstationId(f"ws-{seat}"), answer_at(int(at_s * 1e6), name)
        for whose, finding in pace.answered(workstation, answer, answer.answered_at_us, number):
            found.setdefault(int(whose.value.removeprefix("ws-")), []).append(finding)
    return found


FACTORS = [0.8, 0.9, 1, 1.1, 1.2, 0.7, 1.3, 1.4, 1.6]


@pytest.mark.parametrize("by_seat", [False, True])
def test_who_is_ten_times_as_fast_at_the_same_questions_is_noticed(*, by_seat: bool) -> None:
    """Also who has left long before the others come to his questions."""
    found = paper([*FACTORS, 0.1], by_seat=by_seat)
    assert set(found) == {9}
    (finding,) = found[9]
    assert (finding.severity, finding.alone) == (Severity.NOTICE, False)
    assert "同样的题目" in finding.reason_zh
    assert "the same questions in about 1/" in finding.reason_en
    assert "a very good candidate does this too" in finding.reason_en


@pytest.mark.parametrize(
    "factors",
    [[*FACTORS, 0.5], [*FACTORS, 0.4], [0.1] * 10, [*FACTORS, 6, 7, 8], [1, 1, 1, 1, 0.1]],
    ids=["twice as fast", "a very fast honest one", "all alike", "slow ones", "too few"],
)
def test_honest_rooms_by_their_questions_are_nothing(factors: list[float]) -> None:
    assert paper(factors) == {}


EASY_FIRST = [*range(40)]
HARD_FIRST = [*range(20, 40), *range(20)]


def test_who_has_the_easy_part_first_is_not_fast_once_questions_are_named() -> None:
    orders = [HARD_FIRST] * 9 + [EASY_FIRST]
    assert 9 in paper([1] * 10, named=False, orders=orders)
    assert paper([1] * 10, orders=orders) == {}


def test_papers_in_random_order_do_not_hide_the_fast_one() -> None:
    random = Random(11)
    orders = [random.sample(range(40), 40) for _ in range(10)]
    assert set(paper([*FACTORS, 0.1], orders=orders)) == {9}


def test_questions_that_nobody_else_had_say_nothing() -> None:
    pace = Pace()
    paper(FACTORS, pace=pace)
    at_us = 10**11
    for number in range(60):
        at_us += 1_000_000
        answer = answer_at(at_us, f"own-{number}")
        assert not pace.answered(WorkstationId("ws-20"), answer, at_us, number)


def test_a_question_counts_once_however_often_it_is_answered() -> None:
    pace = Pace()
    paper(FACTORS, pace=pace)
    at_us = 10**11
    for number in range(200):
        at_us += 100_000
        answer = answer_at(at_us, f"Q{number % 10}")
        assert not pace.answered(WorkstationId("ws-20"), answer, at_us, number)


def test_what_is_remembered_of_questions_is_bounded() -> None:
    pace = Pace()
    for number in range(2 * QUESTIONS_OF_ROOM):
        at_us = 1_000_000 * number
        pace.answered(WorkstationId("ws-1"), answer_at(at_us, f"q{number}"), at_us, number)
    (room,) = pace._rooms.values()  # noqa: SLF001 - the bound is what is tested
    assert len(room.questions) == len(room.numbers) == QUESTIONS_OF_ROOM
    assert len(room.seats[WorkstationId("ws-1")].questions) == QUESTIONS_OF_SEAT
    pace.forget(WorkstationId("ws-1"))
    assert not pace._rooms  # noqa: SLF001 - as above
