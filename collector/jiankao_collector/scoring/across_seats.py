"""What is compared across seats: far ends and onsets, boots, unknown programs, answers against hands.

Where two of them point at the same seats, they agree, and that is found too. Pure; what they remember is bounded.
"""

from collections.abc import Callable, Iterable

from jiankao_collector.detectors.base import Finding
from jiankao_collector.detectors.local_hand import LocalHand
from jiankao_collector.scoring.hands import Hands
from jiankao_collector.scoring.rings import Found, Member, Rings
from jiankao_collector.scoring.shared_programs import SharedPrograms
from jiankao_proto.ids import BootId, WorkstationId
from jiankao_proto.observations import Process
from jiankao_proto.records import AnswerTime


class AcrossSeats:
    """Compares seats with each other. `at_us` and `number` are those of the record that led to the question.

    `knows`: whether it is known what a program is. `hand_of`: the local hand of a workstation.
    """

    def __init__(
        self,
        knows: Callable[[Process], bool],
        hand_of: Callable[[WorkstationId], LocalHand],
    ) -> None:
        self._knows = knows
        self._rings = Rings()
        self._programs = SharedPrograms(knows)
        self._boot: dict[WorkstationId, BootId] = {}
        self._hands = Hands(hand_of)

    def wakes_at(self) -> int | None:
        """Return when time alone will show something."""
        times = (self._hands.wakes_at(), self._programs.wakes_at())
        return min((t for t in times if t is not None), default=None)

    def wake(self, at_us: int, number: int) -> Found:
        """Say what is shared by now."""
        return self._agreed(self._programs.settle(at_us, number), at_us, number)

    def found(self, member: Member, findings: Iterable[Finding], at_us: int, number: int) -> Found:
        """Take in what was found at one seat, and say what it has in common with others."""
        return self._agreed(self._rings.take(member, findings), at_us, number)

    def boot(self, member: Member, boot: BootId | None, at_us: int, number: int) -> Found:
        """Take in which start of the operating system a seat names: within an exam session each has its own."""
        if boot is None or boot == self._boot.get(member.workstation):
            return Found()
        self._boot[member.workstation] = boot
        return self._agreed(self._rings.boot(member, boot, at_us, number), at_us, number)

    def started(
        self, member: Member, programs: Iterable[Process], at_us: int, number: int
    ) -> Found:
        """Take in the programs a seat tells of: those that nobody knows are compared."""
        found = self._programs.take(member, programs, at_us, number)
        return self._agreed(found, at_us, number)

    def permitted(self, member: Member, digests: Iterable[bytes], at_us: int, number: int) -> Found:
        """Take in which programs the policy permits at a seat: everybody may know where they come from."""
        return self._programs.permitted(member.workstation, digests, at_us, number)

    def answered(
        self, workstation: WorkstationId, answer: AnswerTime, at_us: int, number: int
    ) -> list[tuple[WorkstationId, Finding]]:
        """Take in an answer and say whose pace it shows; hands are compared later."""
        return self._hands.answered(workstation, answer, at_us, number)

    def answers_due(self, at_us: int, number: int) -> list[tuple[WorkstationId, Finding]]:
        """Compare the answers whose time has come with the hands at their seats."""
        due = self._hands.wakes_at()
        return [] if due is None or due > at_us else self._hands.compare(at_us, number)

    def begin(self) -> None:
        """Other rules judge from here on. How far the exam server's clock is off stays known."""
        self._rings = Rings()
        self._programs = SharedPrograms(self._knows)

    def forget(self, workstation: WorkstationId) -> None:
        """Its exam session is over, or another one begins: what it shared before counts no more."""
        self._boot.pop(workstation, None)
        self._rings.forget(workstation)
        self._programs.forget(workstation)
        self._hands.forget(workstation)

    def supersede(self, workstation: WorkstationId) -> None:
        """A newer enrolment holds its seat: the same machine may be there once more, with the same programs."""
        self._rings.forget_boot(workstation)
        self._programs.forget(workstation)

    def _agreed(self, found: Found, at_us: int, number: int) -> Found:
        """Add what is borne out by what was found."""
        if found:
            agreed = self._programs.agree(found.at_workstations, at_us, number)
            found.at_workstations += agreed.at_workstations
            found.at_rooms += agreed.at_rooms
        return found
