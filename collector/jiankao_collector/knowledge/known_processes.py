"""The processes of one workstation, and what the policy permits each. Pure.

Facts name a process by its number; who signed it and which file it is, only its start tells.
"""

from dataclasses import dataclass

from jiankao_collector.knowledge.permission import Permissions, Permit
from jiankao_collector.roster import Place
from jiankao_proto.observations import Process, ProcessEnded, ProcessRef, ProcessStarted

KEPT = 8192
"""Processes that are followed, the oldest given up first."""


@dataclass(slots=True)
class Known:
    """A process, what it is permitted, and whether the detectors were told of its start."""

    process: Process
    permit: Permit | None
    told: bool = False


class KnownProcesses:
    """Follows processes while a policy permits some of them anything."""

    def __init__(self) -> None:
        self.by_pid: dict[int, Known] = {}
        self._permissions: Permissions | None = None
        self._place = Place("", "")
        self._changes: list[ProcessStarted | ProcessEnded] = []
        self._unfollowed = False

    @property
    def followed(self) -> bool:
        """Whether a policy permits any program anything."""
        return self._permissions is not None

    def begin(self, permissions: Permissions | None, *, goes_on: bool = False) -> None:
        """Other permissions hold; None: nobody is permitted anything.

        The detectors begin anew, or go on: then they hear, by `changes`, what differs for them, and may know of
        processes that were not followed here.
        """
        self._unfollowed = goes_on and not self.followed
        self._permissions = permissions
        self._changes.clear()
        if permissions is None:
            self.by_pid.clear()
        elif goes_on:
            self._look_again(permissions)
        else:
            for known in self.by_pid.values():
                known.permit, known.told = permissions.of(known.process, self._place), False

    def sits(self, place: Place) -> None:
        """The workstation stands at this seat; the detectors go on and hear, by `changes`, what differs for them."""
        if place != self._place:
            self._place = place
            if self._permissions is not None:
                self._look_again(self._permissions)

    def _look_again(self, permissions: Permissions) -> None:
        for known in self.by_pid.values():
            before, known.permit = known.permit, permissions.of(known.process, self._place)
            if before is not None and known.permit is None:
                self._changes.append(ProcessStarted(known.process, baseline=True))
                known.told = True
            elif before is None and known.permit is not None and known.told:
                self._changes.append(end_of(known.process))
                known.told = False

    def changes(self) -> list[ProcessStarted | ProcessEnded]:
        """Return what the detectors have to hear since they were told last."""
        told, self._changes = self._changes, []
        return told

    def learn(self, process: Process) -> Known:
        """A process started, or is told of again; return what is known of it now."""
        before = self.by_pid.pop(process.pid, None)
        permit = self.permit_of(process)
        told = self._unfollowed
        if before is not None and _same(before.process, process):
            told = before.told
            unasked = not process.signer and not process.executable_sha256
            if permit is None and before.permit is not None and unasked:
                # Told again without having asked who signed it; it is the same file in the same process.
                process, permit = before.process, before.permit
        known = self.by_pid[process.pid] = Known(process, permit, told)
        if len(self.by_pid) > KEPT:
            del self.by_pid[next(iter(self.by_pid))]
        return known

    def ended(self, fact: ProcessEnded) -> None:
        """A process is gone."""
        known = self.by_pid.get(fact.pid)
        if known is not None and known.process.started_at_us == fact.started_at_us:
            del self.by_pid[fact.pid]

    def of(self, owner: ProcessRef) -> Known | None:
        """Return the process that owns something, if it is the very one whose start was told of."""
        known = self.by_pid.get(owner.pid) if owner.pid else None
        if known is None:
            return None
        # Windows spells one path in several ways; the number tells the process, this only that it is not a later one.
        its, whose = known.process.executable.casefold(), owner.executable.casefold()
        same = (
            whose == its
            if whose and its
            else owner.name.casefold() == known.process.name.casefold()
        )
        return known if same else None

    def permit_of(self, process: Process) -> Permit | None:
        """Return what a process is permitted where the workstation stands."""
        return None if self._permissions is None else self._permissions.of(process, self._place)


def end_of(process: Process) -> ProcessEnded:
    """Return the word that a process ended."""
    return ProcessEnded(process.pid, process.started_at_us, process.name)


def _same(one: Process, other: Process) -> bool:
    return (one.pid, one.started_at_us, one.executable) == (
        other.pid,
        other.started_at_us,
        other.executable,
    )
