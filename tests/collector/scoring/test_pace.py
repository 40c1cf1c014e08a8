"""Who answers far faster than the room, and who merely is good, or has an easy part."""

from collections.abc import Sequence
from random import Random

import pytest

from jiankao_collector.detectors.base import Finding
from jiankao_collector.scoring.pace import ENOUGH_PAUSES, ENOUGH_SEATS, Pace
from jiankao_proto.ids import WorkstationId
from jiankao_proto.records import Severity
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
            at_us = int(at_s[seat] * 1e6)
            for finding in pace.answered(workstation, room, at_us, at_us, number):
                found.setdefault(seat, []).append(finding)
    return found


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
            assert not pace.answered(WorkstationId("pages"), "101", 40_000_000 * page, 1, 1)


def test_it_is_over_when_the_seat_goes_on_like_the_others() -> None:
    pace = Pace()
    play([*ROOM, 2], answers=30, pace=pace)
    at_us, ends = 10**10, []
    for number in range(60):
        at_us += 35_000_000
        ends += pace.answered(WorkstationId("ws-9"), "101", at_us, at_us, number)
    assert [finding.ended for finding in ends] == [True]


def test_rooms_are_apart_and_a_new_exam_session_starts_anew() -> None:
    pace = Pace()
    play(ROOM, pace=pace)
    assert play([2], room="102", pace=pace) == {}
    play([*ROOM, 2], answers=30, pace=pace)
    pace.forget(WorkstationId("ws-9"))
    assert not pace.answered(WorkstationId("ws-9"), "101", 10**11, 1, 1)


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
