"""Who sits where, and which exam session a seat is in. Facts from records, nothing judged."""

from dataclasses import dataclass, replace

from jiankao_proto.ids import ExamSessionId, WorkstationId
from jiankao_proto.records import (
    ExamSessionClosed,
    ExamSessionOpened,
    PolicyChanged,
    RecordBody,
    RosterChanged,
    RosterEntry,
    WorkstationEnrolled,
)

STANDING = (
    WorkstationEnrolled,
    RosterChanged,
    ExamSessionOpened,
    ExamSessionClosed,
    PolicyChanged,
)
"""The records a roster is made of: their effect outlasts a change of rules."""


@dataclass(frozen=True, slots=True)
class Place:
    """A seat in a room, and the candidate the roster puts there (empty when it names none)."""

    room: str
    seat: str
    candidate: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The exam session a workstation is in, and the record that opened it."""

    exam_session_id: ExamSessionId
    opened_by_record: int
    policy_toml: bytes

    def goes_on_from(self, before: "Scope | None") -> bool:
        """Tell whether it is the same exam session, at most with another policy."""
        return before is not None and (self.exam_session_id, self.opened_by_record) == (
            before.exam_session_id,
            before.opened_by_record,
        )


@dataclass(frozen=True, slots=True)
class _OpenSession:
    scope: Scope
    rooms: frozenset[str]


class Roster:
    """Enrolments, the roster and the open exam sessions, as far as they have been recorded.

    A workstation sits where the roster puts it, else where it was enrolled. The newest enrolment of a seat supersedes
    the older ones. An exam session that names no room is open in all of them; of several open in one room, the one
    opened last is in force.
    """

    def __init__(self) -> None:
        self._enrolled: dict[WorkstationId, WorkstationEnrolled] = {}
        self._by_name: dict[str, WorkstationId] = {}
        self._enrolled_at: dict[tuple[str, str], dict[WorkstationId, None]] = {}
        self._superseded: set[WorkstationId] = set()
        self._entries: tuple[RosterEntry, ...] = ()
        self._placed: dict[WorkstationId, Place] = {}
        self._candidates: dict[tuple[str, str], str] = {}
        self._open: dict[ExamSessionId, _OpenSession] = {}
        self._sitting: dict[tuple[str, str], WorkstationId] | None = None

    def see(self, record_number: int, body: RecordBody) -> bool:
        """Take in a record and tell whether it changed who sits where or which exam session is open."""
        if isinstance(body, WorkstationEnrolled | RosterChanged):
            self._sitting = None
        if isinstance(body, WorkstationEnrolled):
            self._enrol(body)
        elif isinstance(body, RosterChanged):
            self._entries = body.entries
            self._placed = {
                e.workstation_id: Place(e.room, e.seat, e.candidate)
                for e in body.entries
                if e.workstation_id
            }
            self._candidates = {(e.room, e.seat): e.candidate for e in body.entries}
        elif isinstance(body, ExamSessionOpened):
            scope = Scope(body.exam_session_id, record_number, body.policy_toml)
            self._open.pop(body.exam_session_id, None)
            self._open[body.exam_session_id] = _OpenSession(scope, frozenset(body.rooms))
        elif isinstance(body, PolicyChanged):
            session = self._open.get(body.exam_session_id)
            if session is None:
                return False
            changed = replace(session.scope, policy_toml=body.policy_toml)
            self._open[body.exam_session_id] = replace(session, scope=changed)
        elif isinstance(body, ExamSessionClosed):
            return self._open.pop(body.exam_session_id, None) is not None
        else:
            return False
        return True

    def _enrol(self, body: WorkstationEnrolled) -> None:
        workstation = body.workstation_id
        before = self._enrolled.get(workstation)
        if before is not None and before.seat:
            del self._enrolled_at[before.room, before.seat][workstation]
        self._superseded.update(self.concerned(body))
        self._superseded.discard(workstation)
        self._enrolled[workstation] = body
        self._by_name[workstation.value] = workstation
        if body.seat:
            self._enrolled_at.setdefault((body.room, body.seat), {})[workstation] = None

    def concerned(self, body: WorkstationEnrolled) -> tuple[WorkstationId, ...]:
        """Return whom an enrolment concerns: who was enrolled at its seat, whom it supersedes, and last itself.

        What it costs does not grow with the number of workstations.
        """
        seat = (body.room, body.seat)
        others = dict.fromkeys(self._enrolled_at.get(seat, ()) if body.seat else ())
        named = (self._by_name.get(name) for name in body.supersedes)
        others.update((workstation, None) for workstation in named if workstation is not None)
        others.pop(body.workstation_id, None)
        return (*others, body.workstation_id)

    def workstations(self) -> tuple[WorkstationId, ...]:
        """Return every workstation ever enrolled, oldest first."""
        return tuple(self._enrolled)

    def enrolment(self, workstation: WorkstationId) -> WorkstationEnrolled | None:
        """Return what was recorded when it was enrolled."""
        return self._enrolled.get(workstation)

    def is_superseded(self, workstation: WorkstationId) -> bool:
        """Tell whether a newer enrolment holds its seat."""
        return workstation in self._superseded

    def place(self, workstation: WorkstationId) -> Place:
        """Return where a workstation sits; an empty place when it is not known."""
        placed = self._placed.get(workstation)
        if placed is not None:
            return placed
        enrolled = self._enrolled.get(workstation)
        if enrolled is None:
            return Place("", "")
        return Place(
            enrolled.room, enrolled.seat, self._candidates.get((enrolled.room, enrolled.seat), "")
        )

    def sitting(self, room: str, seat: str) -> WorkstationId | None:
        """Return the workstation at a seat; who sits where is looked up anew only when it changed."""
        if self._sitting is None:
            self._sitting = {
                (place.room, place.seat): workstation
                for workstation in self._enrolled
                if workstation not in self._superseded
                for place in (self.place(workstation),)
            }
        return self._sitting.get((room, seat))

    def scope(self, workstation: WorkstationId) -> Scope | None:
        """Return the exam session that is open where the workstation sits."""
        return self.room_scope(self.place(workstation).room)

    def room_scope(self, room: str) -> Scope | None:
        """Return the exam session that is open in a room."""
        for session in reversed(self._open.values()):
            if not session.rooms or room in session.rooms:
                return session.scope
        return None

    def empty_seats(self) -> tuple[Place, ...]:
        """Return the seats on the roster that no workstation holds, in the roster's order."""
        taken = {
            (place.room, place.seat)
            for place in (self.place(w) for w in self._enrolled if w not in self._superseded)
        }
        return tuple(
            Place(e.room, e.seat, e.candidate)
            for e in self._entries
            if (e.room, e.seat) not in taken
        )
