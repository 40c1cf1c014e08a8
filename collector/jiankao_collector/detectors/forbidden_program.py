"""A program that the exam session's policy forbids.

A person wrote the entry and signed it: that it runs is enough, whether it started now or before watching began.
"""

from collections.abc import Iterator

from jiankao_collector.detectors.base import AlertKind, BatchSeen, Family, Finding, ScopeSeen, Seen
from jiankao_collector.detectors.open_findings import OpenFindings
from jiankao_collector.knowledge import policy
from jiankao_collector.knowledge.policy_entries import ForbiddenProgram
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import shown
from jiankao_proto.observations import Process, ProcessEnded, ProcessStarted
from jiankao_proto.records import Severity

NAME = "forbidden_program"
FOLLOWED = 1024
"""Processes that are followed at once; a seat that makes up more is told of already."""
_LONGEST = 120


class ForbiddenProgramSeen:
    """Looks for forbidden programs among the processes of one workstation."""

    def __init__(self) -> None:
        self._forbidden: tuple[ForbiddenProgram, ...] = ()
        self._running: OpenFindings[int] = OpenFindings(FOLLOWED)

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Learn the policy; look at the processes of a batch."""
        if isinstance(seen, ScopeSeen):
            in_force = policy.in_force(seen.policy_toml) if seen.opened else None
            self._forbidden = in_force.forbidden if in_force else ()
        elif isinstance(seen, BatchSeen):
            for observation in seen.batch.observations:
                if isinstance(observation.fact, ProcessStarted) and self._forbidden:
                    yield from self._started(seen, observation.fact.process)
                elif isinstance(observation.fact, ProcessEnded):
                    yield from self._running.release(observation.fact.pid, seen)

    def wakes_at(self) -> None:
        """Never: programs are told of."""
        return

    def _started(self, seen: BatchSeen, process: Process) -> Iterator[Finding]:
        entry = next((e for e in self._forbidden if e.is_of(process)), None)
        if entry is None:
            yield from self._running.release(
                process.pid, seen
            )  # the number is another program's now
        elif process.pid not in self._running and not self._running.full:
            finding = _finding(seen, process, entry)
            yield from self._running.hold(process.pid, finding)
            yield finding


def _finding(seen: BatchSeen, process: Process, entry: ForbiddenProgram) -> Finding:
    who, why = shown(process.name), shown(entry.reason, _LONGEST)
    return Finding(
        detector=NAME,
        kind="forbidden_program",
        family=Family.SOFTWARE,
        alert=AlertKind.POLICY,
        severity=Severity.WARNING,
        weight=Weight.FORBIDDEN_PROGRAM,
        alone=True,
        subject=who,
        reason_zh=f"程序 {who} 正在运行，本场次策略第 {entry.line} 行禁止它（{why}）：请到座位查看",
        reason_en=f"Program {who} is running, which the exam session's policy forbids in line {entry.line} ({why}): "
        "go and look",
        at_us=seen.at_us,
        record_number=seen.record_number,
    )
