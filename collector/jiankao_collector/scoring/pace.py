"""Who answers far faster than the room: answers that come ready-made take no time to think. Pure.

Compared are the times between a seat's answers, as logarithms: a candidate's median against the medians of the room,
in robust deviations (median and MAD), so that neither one slow candidate nor a few fast ones move the measure. An easy
part of an exam is easy for all, and makes nobody fast. What is answered is never known here, nor which question: the
feed tells times only.

Somebody honest may be far faster than everybody else. So this is a notice: it adds to the score and makes no alert,
neither by itself, nor by lasting, nor together with another family.

Memory: one small histogram a seat, whatever the number of answers.
"""

from array import array
from dataclasses import dataclass, field
from math import exp, log
from statistics import median

from jiankao_collector.detectors.base import AlertKind, Family, Finding
from jiankao_proto.ids import WorkstationId
from jiankao_proto.records import Severity

NAME = "pace"
ENOUGH_PAUSES = 15
"""Times between answers before a seat's pace is anything."""
ENOUGH_SEATS = 6
"""Seats with that many, so that there is a room to compare with."""
FACTOR = 3.0
"""How many times faster than the room somebody has to be at least."""
DEVIATIONS = 4.0
LEAST_DEVIATION = 0.25
"""Of logarithms: honest candidates differ by a quarter or more, however alike those of one room may be."""
TOGETHER_US = 50_000
"""Answers this close were sent together (a page of them): no pace."""
LONGEST_US = 1_800_000_000
"""After a longer time without an answer there was a break, and no question that took so long."""
_STEP = 0.2
_BINS = 64
_MAD_TO_DEVIATION = 1.4826
_EVERY = 5


@dataclass(slots=True)
class _Seat:
    """One seat's pauses, counted by length: bin n holds those of about TOGETHER_US · e^(n · _STEP)."""

    room: str
    last_us: int
    bins: "array[int]" = field(default_factory=lambda: array("L", [0]) * _BINS)
    pauses: int = 0
    told: bool = False

    def add(self, pause_us: int) -> None:
        self.bins[min(int(log(pause_us / TOGETHER_US) / _STEP), _BINS - 1)] += 1
        self.pauses += 1

    def typical(self) -> float:
        """Return the logarithm of its median pause in microseconds, to half a step."""
        left = (self.pauses + 1) // 2
        place = 0
        for place, count in enumerate(self.bins):  # noqa: B007 - the place it ends at is what is asked for
            left -= count
            if left <= 0:
                break
        return log(TOGETHER_US) + (place + 0.5) * _STEP


class Pace:
    """Follows how fast every seat answers."""

    def __init__(self) -> None:
        self._seats: dict[WorkstationId, _Seat] = {}
        self._rooms: dict[str, dict[WorkstationId, float]] = {}

    def answered(
        self, workstation: WorkstationId, room: str, answered_at_us: int, at_us: int, number: int
    ) -> list[Finding]:
        """Take in an answer, by the exam server's clock; `at_us` and `number` are those of the record that told it."""
        seat = self._seats.get(workstation)
        if seat is None or seat.room != room:
            self.forget(workstation)
            self._seats[workstation] = _Seat(room, answered_at_us)
            return []
        pause_us = answered_at_us - seat.last_us
        if pause_us <= TOGETHER_US:
            return []
        seat.last_us = answered_at_us
        if pause_us > LONGEST_US:
            return []
        seat.add(pause_us)
        if seat.pauses < ENOUGH_PAUSES or seat.pauses % _EVERY:
            return []
        typical = self._rooms.setdefault(room, {})
        typical[workstation] = seat.typical()
        return self._compare(seat, typical, typical[workstation], at_us, number)

    def forget(self, workstation: WorkstationId) -> None:
        """Another exam session begins for a workstation."""
        seat = self._seats.pop(workstation, None)
        if seat is not None:
            self._rooms.get(seat.room, {}).pop(workstation, None)

    def _compare(
        self, seat: _Seat, typical: dict[WorkstationId, float], own: float, at_us: int, number: int
    ) -> list[Finding]:
        if len(typical) < ENOUGH_SEATS:
            return []
        usual = median(typical.values())
        spread = _MAD_TO_DEVIATION * median(abs(value - usual) for value in typical.values())
        least = max(log(FACTOR), DEVIATIONS * max(spread, LEAST_DEVIATION))
        fast = usual - own >= least
        if fast == seat.told:
            return []
        seat.told = fast
        finding = _finding(exp(own) / 1e6, exp(usual) / 1e6, at_us, number)
        return [finding if fast else finding.over(at_us, number)]


def _finding(own_s: float, usual_s: float, at_us: int, record_number: int) -> Finding:
    return Finding(
        detector=NAME,
        kind="answers_far_faster",
        family=Family.HANDS,
        alert=AlertKind.HANDS,
        severity=Severity.NOTICE,
        points=10,
        alone=False,
        subject="",
        reason_zh=f"作答远快于同场考生：通常每 {own_s:.1f} 秒一题，考场一般为 {usual_s:.0f} 秒；"
        "基础好的考生也会这样，仅计入风险分",
        reason_en=f"Answers far faster than the room: one every {own_s:.1f} s, where {usual_s:.0f} s is usual; a very "
        "good candidate does this too, so it only adds to the score",
        at_us=at_us,
        record_number=record_number,
    )
