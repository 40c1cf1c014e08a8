"""Hands against answers: an answer that arrives while nobody at the seat clicks or types was given elsewhere. Pure.

The exam server's clock may be wrong by seconds. How far is estimated from all seats together: for every answer, each
local press nearby votes for the difference; the one most presses agree on is the clock's (votes of chance spread out).
While there is no such agreement, only answers without any press in a wide stretch around them count.

An honest seat has a few answers without a press all the same (a touch screen's, one lost). So single ones are nothing:
told is what an honest seat would show less than once in a million looks if one answer in ten had no press (binomial).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import comb

from jiankao_collector.detectors.base import AlertKind, Family, Finding
from jiankao_collector.detectors.local_hand import WINDOW_US, LocalHand
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.scoring.pace import Pace
from jiankao_proto.ids import WorkstationId
from jiankao_proto.records import AnswerTime, Severity

NAME = "hands"
WIDEST_SKEW_US = 8_000_000
"""How far the exam server's clock may be off."""
BEFORE_US = 1_500_000
AFTER_US = 750_000
"""Where a press may lie around its answer once the clock's error is known: networks delay the answer, not the press."""
SETTLE_US = 3_000_000
"""What a seat has seen arrives within so long."""
LATEST = 20
"""Answers of one seat that are looked at together."""
HONEST_SHARE = 0.1
UNLIKELY = 1e-6
HONEST_AGAIN = round(LATEST * HONEST_SHARE)
"""It is over when of the latest LATEST answers no more came without a press than an honest seat's."""
BIN_US = 250_000
_SPREAD = 4
"""Bins on either side that a press's second is smeared over, with the network's delays."""
_LEAST_VOTES = 12
_CLEAR = 1.6
"""How far the best difference has to stand out of the usual one."""
_WAITING_KEPT = 200_000


def needed(looked_at: int) -> int:
    """Return how many of so many answers without a press are too unlikely for an honest seat."""
    tail = 0.0
    for count in range(looked_at, 0, -1):
        tail += (
            comb(looked_at, count) * HONEST_SHARE**count * (1 - HONEST_SHARE) ** (looked_at - count)
        )
        if tail >= UNLIKELY:
            return count + 1
    return 1


_NEEDED = tuple(needed(n) for n in range(LATEST + 1))


@dataclass(slots=True)
class _SeatsAnswers:
    """The latest answers of one seat: whether a hand was at work when each arrived."""

    with_hand: deque[bool] = field(default_factory=lambda: deque(maxlen=LATEST))
    told: Finding | None = None


class ClockDifference:
    """How far the exam server's clock is ahead of the collector's, by the votes of presses near answers."""

    def __init__(self) -> None:
        self._bins = [0] * (2 * WIDEST_SKEW_US // BIN_US + 1)
        self.answers = 0

    def vote(self, answered_at_us: int, presses: list[int]) -> None:
        """Take in an answer and the seconds with a press around it (their ends, on the collector's clock)."""
        self.answers += 1
        reached = set[int]()
        for ended_us in presses:
            middle = (answered_at_us - ended_us + WINDOW_US // 2 + WIDEST_SKEW_US) // BIN_US
            reached.update(range(middle - _SPREAD // 2, middle + _SPREAD // 2 + 1))
        for place in reached:
            if 0 <= place < len(self._bins):
                self._bins[place] += 1

    def estimate_us(self) -> int | None:
        """Return the difference, None while presses do not agree on one."""
        most = max(self._bins)
        usual = sorted(self._bins)[len(self._bins) // 2]
        if most < _LEAST_VOTES or most < _CLEAR * usual:
            return None
        best = [place for place, votes in enumerate(self._bins) if votes >= 0.9 * most]
        return (best[0] + best[-1]) * BIN_US // 2 - WIDEST_SKEW_US


class Hands:
    """Compares answers with the hands at their seats. `hand_of`: the local hand of a workstation."""

    def __init__(self, hand_of: Callable[[WorkstationId], LocalHand]) -> None:
        self._hand_of = hand_of
        self._waiting: list[tuple[int, int, WorkstationId, int]] = []
        self._taken = 0
        self._seats: dict[WorkstationId, _SeatsAnswers] = {}
        self._clock = ClockDifference()
        self._pace = Pace()

    def answered(
        self, workstation: WorkstationId, answer: AnswerTime, now_us: int, record_number: int
    ) -> list[tuple[WorkstationId, Finding]]:
        """Take in an answer, by the exam server's clock, and say whose pace it shows; hands are compared later."""
        answered_at_us = answer.answered_at_us
        if len(self._waiting) < _WAITING_KEPT:
            due_us = answered_at_us + WIDEST_SKEW_US + SETTLE_US
            self._taken += 1
            heappush(self._waiting, (due_us, self._taken, workstation, answered_at_us))
        return self._pace.answered(workstation, answer, now_us, record_number)

    def wakes_at(self) -> int | None:
        """Return when the next answer can be compared."""
        return self._waiting[0][0] if self._waiting else None

    def compare(self, now_us: int, record_number: int) -> list[tuple[WorkstationId, Finding]]:
        """Compare every answer whose time has come: first all of them vote on the clock, then each is looked at."""
        due = []
        while self._waiting and self._waiting[0][0] <= now_us:
            due.append(heappop(self._waiting)[2:])
        for workstation, at_us in due:
            near = self._hand_of(workstation).presses(
                at_us - WIDEST_SKEW_US, at_us + WIDEST_SKEW_US + WINDOW_US
            )
            if near:
                self._clock.vote(at_us, near)
        difference_us = self._clock.estimate_us()
        findings = []
        for workstation, at_us in due:
            finding = self._look(workstation, at_us, difference_us, now_us, record_number)
            if finding is not None:
                findings.append((workstation, finding))
        return findings

    def forget(self, workstation: WorkstationId) -> None:
        """Another exam session begins for a workstation."""
        self._seats.pop(workstation, None)
        self._pace.forget(workstation)

    def _look(
        self,
        workstation: WorkstationId,
        at_us: int,
        difference_us: int | None,
        now_us: int,
        record_number: int,
    ) -> Finding | None:
        hand = self._hand_of(workstation)
        if difference_us is None:
            first, last = at_us - WIDEST_SKEW_US, at_us + WIDEST_SKEW_US
        else:
            at_us -= difference_us
            first, last = at_us - BEFORE_US, at_us + AFTER_US
        if not hand.could_be_seen(first, last):
            return None
        seat = self._seats.setdefault(workstation, _SeatsAnswers())
        seat.with_hand.append(hand.was_at_work(first, last))
        without, of = seat.with_hand.count(False), len(seat.with_hand)
        if not seat.with_hand[-1] and without >= _NEEDED[of]:
            seat.told = _finding(without, of, now_us, record_number)
            return seat.told
        told = seat.told
        if told is None or of < LATEST or without > HONEST_AGAIN:
            return None
        seat.told = None
        return told.over(now_us, record_number)


def _finding(without: int, of: int, at_us: int, record_number: int) -> Finding:
    return Finding(
        detector=NAME,
        kind="answers_without_hand",
        family=Family.HANDS,
        alert=AlertKind.HANDS,
        severity=Severity.CRITICAL,
        weight=Weight.ANSWERS_WITHOUT_HAND,
        alone=True,
        subject="",
        reason_zh=f"最近 {of} 次作答中有 {without} 次到达时，座位上没有任何点击或按键：答案不是在这里作出的；"
        "触摸屏或采集器看不到的输入设备也会这样",
        reason_en=f"{without} of the last {of} answers arrived while nobody at the seat clicked or typed: they were "
        "not given here; a touch screen or an input device that the sensor does not see looks like this too",
        at_us=at_us,
        record_number=record_number,
    )
