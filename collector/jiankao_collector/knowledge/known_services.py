"""The services of one workstation, and whether a policy permits the programs they run. Pure.

A service is told of by its name and its command line, a process by its file; which of the two is told first is chance.
So a service is kept with the latest process that ran its program, and is judged again when another one does.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from jiankao_collector.knowledge.catalogue import base_name, program_of
from jiankao_collector.knowledge.known_processes import Known
from jiankao_collector.knowledge.permission import Permit
from jiankao_collector.knowledge.scripts import script_name
from jiankao_proto.observations import Change, Process, ServiceChanged, ServiceKind

KEPT = 1024
"""Services, and programs of theirs, that are followed, the oldest given up first."""
_Program = tuple[str, str]
"""A file's path, case-folded, and the script an interpreter there runs."""


@dataclass(slots=True)
class _Service:
    """A service as it was told of last; `told`: to the detectors, since nothing permitted its program."""

    fact: ServiceChanged
    program: _Program
    told: bool


class KnownServices:
    """Follows services while a policy permits some programs anything. `permit_of`: what it permits a process now."""

    def __init__(self, permit_of: Callable[[Process], Permit | None]) -> None:
        self._permit_of = permit_of
        self._services: dict[tuple[ServiceKind, str], _Service] = {}
        self._ran: dict[_Program, Known] = {}
        self._changes: list[ServiceChanged] = []
        self._unfollowed = False

    def forget(self) -> None:
        """Nobody is permitted anything: what runs is not followed."""
        self._ran.clear()
        self.begin()

    def begin(self, *, unfollowed: bool = False) -> None:
        """The detectors begin anew, with nothing told; or go on, and may know of services `unfollowed` here."""
        self._services.clear()
        self._changes.clear()
        self._unfollowed = unfollowed
        for known in self._ran.values():
            known.permit = self._permit_of(known.process)

    def ran(self, process: Process, permit: Permit | None) -> None:
        """A process started, or is told of again."""
        program = _of_process(process)
        before = self._ran.pop(program, None)
        self._ran[program] = Known(process, permit)
        if len(self._ran) > KEPT:
            del self._ran[next(iter(self._ran))]
        if permit is not None or (before is not None and before.permit is not None):
            self._compare(program)

    def look_again(self) -> None:
        """Another policy holds, or the workstation stands at another seat."""
        for program, known in self._ran.items():
            before, known.permit = known.permit, self._permit_of(known.process)
            if (before is None) != (known.permit is None):
                self._compare(program)

    def changed(self, fact: ServiceChanged) -> tuple[ServiceChanged | None, Known | None]:
        """Take in what is told of a service; return what is left of it to judge, and the permitted process it is of."""
        key, program = (fact.kind, fact.name), _of_service(fact)
        before, known = self._services.pop(key, None), self._ran.get(program)
        permitted = known is not None and known.permit is not None
        if fact.change is not Change.REMOVED:
            self._services[key] = _Service(fact, program, told=not permitted)
            if len(self._services) > KEPT:
                del self._services[next(iter(self._services))]
        if not permitted:
            return fact, None
        told = before.told if before is not None else self._unfollowed
        return (replace(fact, change=Change.REMOVED) if told else None), known

    def changes(self) -> list[ServiceChanged]:
        """Return what the detectors have to hear since they were told last."""
        told, self._changes = self._changes, []
        return told

    def _compare(self, program: _Program) -> None:
        """Take back what was told of services of a program that is permitted by now, or tell of them after all."""
        permitted = self._ran[program].permit is not None
        for service in self._services.values():
            if service.program == program and service.told == permitted:
                change = Change.REMOVED if permitted else Change.BASELINE
                self._changes.append(replace(service.fact, change=change))
                service.told = not permitted


def _of_process(process: Process) -> _Program:
    path = process.executable
    return path.casefold(), script_name(base_name(path), process.command_line_masked)


def _of_service(fact: ServiceChanged) -> _Program:
    path = program_of(fact.image_path)
    return path.casefold(), script_name(base_name(path), fact.image_path)
