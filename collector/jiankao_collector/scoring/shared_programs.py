"""The same program, unknown to everybody, at several seats of a room but not at most of them: what a helper brought.

What honest seats share is left out. The catalogue knows it, the policy permits it, somebody signed it, it lies where
the system keeps its own programs; or more than half of a room has it. That is looked at SETTLE_US after the second seat
showed it, and as often again, so that a rollout has reached the room by then. Of programs in install folders only those
count that go by different names at different seats: small unsigned tools are installed everywhere and started by few.

By itself this only adds to the score. Where two seats that share a program are in another ring as well, the two signs
agree, and it is told as a warning and for the room.

Memory, at any number of seats: ONCE_KEPT digests seen at one seat, ONCE_OF_SEAT of them of the same one; SHARED_KEPT
digests of several seats, SEATS_KEPT seats each. Of more the oldest are forgotten; what more seats have is everybody's.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

from jiankao_collector.detectors.base import AlertKind, Family, Finding
from jiankao_collector.knowledge.catalogue import base_name
from jiankao_collector.knowledge.folders import parts
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import shown
from jiankao_collector.scoring.ring_words import OF_ROOM, OF_SEAT, SHARED_PROGRAM
from jiankao_collector.scoring.rings import NAME, NAMED, Found, Member, seat_name
from jiankao_proto.ids import WorkstationId
from jiankao_proto.observations import Process
from jiankao_proto.records import Severity

SETTLE_US = 300_000_000
ENOUGH = 2
"""Seats that share a program before it is anything."""
ONCE_KEPT = 65_536
ONCE_OF_SEAT = 64
SHARED_KEPT = 4096
SEATS_KEPT = 128
_SYSTEMS_OWN = frozenset({"%systemroot%"})
_SYSTEMS_OWN_UNIX = frozenset({"usr", "bin", "sbin", "lib", "lib64", "nix"})
_INSTALLED = frozenset({"%programfiles%"})
_INSTALLED_UNIX = frozenset({"opt", "snap"})
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class _Sight:
    """A program at one seat."""

    member: Member
    name: str
    installed: bool


@dataclass(slots=True)
class _Shared:
    """A program at several seats. `told`: where it was and is not over; `due_us`: when it is looked at next."""

    sights: dict[WorkstationId, _Sight]
    told: dict[WorkstationId, Severity] = field(default_factory=dict)
    told_rooms: dict[str, Finding] = field(default_factory=dict)
    due_us: int = 0
    settled: bool = False
    everybodys: bool = False


class SharedPrograms:
    """Follows programs by their digests. `knows`: whether it is known what a program is."""

    def __init__(self, knows: Callable[[Process], bool]) -> None:
        self._knows = knows
        self._rooms: dict[str, set[WorkstationId]] = {}
        self._room_of: dict[WorkstationId, str] = {}
        self._once: OrderedDict[bytes, _Sight] = OrderedDict()
        self._once_of: dict[WorkstationId, deque[bytes]] = {}
        self._shared: OrderedDict[bytes, _Shared] = OrderedDict()
        self._shared_of: dict[WorkstationId, dict[bytes, None]] = {}
        self._in_rings: set[WorkstationId] = set()
        self._due: list[tuple[int, bytes]] = []

    def take(
        self, member: Member, started: Iterable[Process], at_us: int, record_number: int
    ) -> Found:
        """Take in the programs a batch of one workstation tells of, and say which of them it shares."""
        found = Found()
        if not member.room:
            return found
        if self._room_of.get(member.workstation) != member.room:
            self._enter(member)
        for process in started:
            sight = self._look_at(member, process)
            if sight is not None:
                digest = process.executable_sha256
                shared = self._share(digest, sight, at_us)
                if shared is not None and shared.settled:
                    self._tell(found, digest, shared, at_us, record_number)
        return found

    def permitted(
        self, workstation: WorkstationId, digests: Iterable[bytes], at_us: int, record_number: int
    ) -> Found:
        """Take in programs that the policy permits at a workstation: there they count no more."""
        found = Found()
        for digest in digests:
            self._forget_once(digest, workstation)
            shared = self._shared.get(digest)
            sight = shared.sights.pop(workstation, None) if shared is not None else None
            if shared is None or sight is None:
                continue
            del self._shared_of[workstation][digest]
            if shared.told.pop(workstation, None) is not None:
                over = _of_seat(digest, shared, sight, at_us, record_number)
                found.at_workstations.append((workstation, replace(over, ended=True)))
                self._tell(found, digest, shared, at_us, record_number)
            if not shared.sights:
                del self._shared[digest]
        return found

    def wakes_at(self) -> int | None:
        """Return when a program should be looked at again."""
        return self._due[0][0] if self._due else None

    def settle(self, at_us: int, record_number: int) -> Found:
        """Say what is shared now that it had time to reach everybody."""
        found = Found()
        while self._due and self._due[0][0] <= at_us:
            due_us, digest = heappop(self._due)
            shared = self._shared.get(digest)
            if shared is not None and shared.due_us == due_us and not shared.everybodys:
                shared.settled = True
                self._look_again(digest, shared, at_us)
                self._tell(found, digest, shared, at_us, record_number)
        return found

    def agree(
        self, findings: Iterable[tuple[WorkstationId, Finding]], at_us: int, record_number: int
    ) -> Found:
        """Take in what other rings found of seats: where both signs point at the same ones, say so."""
        found = Found()
        new = {w for w, f in findings if f.kind != SHARED_PROGRAM} - self._in_rings
        self._in_rings |= new
        digests = dict.fromkeys(d for w in sorted(new, key=str) for d in self._shared_of.get(w, ()))
        for digest in digests:
            shared = self._shared[digest]
            if shared.told:
                self._tell(found, digest, shared, at_us, record_number)
        return found

    def forget(self, workstation: WorkstationId) -> None:
        """Another exam session begins for a workstation: what it ran before counts no more."""
        self._rooms.get(self._room_of.pop(workstation, ""), set()).discard(workstation)
        for digest in self._once_of.pop(workstation, ()):
            self._forget_once(digest, workstation)
        for digest in self._shared_of.pop(workstation, ()):
            shared = self._shared[digest]
            del shared.sights[workstation]
            shared.told.pop(workstation, None)
            if not shared.sights:
                del self._shared[digest]
        self._in_rings.discard(workstation)

    # ---- what is where ----

    def _enter(self, member: Member) -> None:
        self._rooms.get(self._room_of.get(member.workstation, ""), set()).discard(
            member.workstation
        )
        self._room_of[member.workstation] = member.room
        self._rooms.setdefault(member.room, set()).add(member.workstation)

    def _look_at(self, member: Member, process: Process) -> _Sight | None:
        """Return what is worth following, None for what is known or the system's own."""
        if len(process.executable_sha256) != _DIGEST or process.signer:
            return None
        place = parts(process.executable)[:2]
        first, second = (*place, "", "")[:2]
        if first in _SYSTEMS_OWN or (first == "/" and second in _SYSTEMS_OWN_UNIX):
            return None
        if self._knows(process):
            return None
        installed = first in _INSTALLED or (first == "/" and second in _INSTALLED_UNIX)
        return _Sight(member, base_name(process.executable) or process.name, installed)

    def _share(self, digest: bytes, sight: _Sight, at_us: int) -> _Shared | None:
        """Note where a program is; return it when it was not known to be there and is elsewhere too."""
        workstation = sight.member.workstation
        shared = self._shared.get(digest)
        if shared is None:
            first = self._once.get(digest)
            if first is None:
                self._note_once(digest, sight)
                return None
            if first.member.workstation == workstation:
                return None
            del self._once[digest]
            shared = self._shared[digest] = _Shared({})
            self._add(digest, shared, first)
            self._look_again(digest, shared, at_us)
            if len(self._shared) > SHARED_KEPT:
                self._drop(next(iter(self._shared)))
        if workstation in shared.sights or shared.everybodys:
            return None
        if len(shared.sights) >= SEATS_KEPT:
            shared.everybodys = not shared.told
            return None
        self._add(digest, shared, sight)
        return shared

    def _look_again(self, digest: bytes, shared: _Shared, at_us: int) -> None:
        shared.due_us = at_us + SETTLE_US
        heappush(self._due, (shared.due_us, digest))

    def _add(self, digest: bytes, shared: _Shared, sight: _Sight) -> None:
        shared.sights[sight.member.workstation] = sight
        self._shared_of.setdefault(sight.member.workstation, {})[digest] = None

    def _drop(self, digest: bytes) -> None:
        for workstation in self._shared.pop(digest).sights:
            self._shared_of[workstation].pop(digest, None)

    def _note_once(self, digest: bytes, sight: _Sight) -> None:
        workstation = sight.member.workstation
        own = self._once_of.setdefault(workstation, deque())
        if len(own) >= ONCE_OF_SEAT:
            self._forget_once(own.popleft(), workstation)
        own.append(digest)
        self._once[digest] = sight
        if len(self._once) > ONCE_KEPT:
            self._once.popitem(last=False)

    def _forget_once(self, digest: bytes, workstation: WorkstationId) -> None:
        sight = self._once.get(digest)
        if sight is not None and sight.member.workstation == workstation:
            del self._once[digest]

    # ---- what it means ----

    def _is_odd(self, shared: _Shared) -> bool:
        """Tell whether few enough seats have it, of programs that do not merely lie where they were installed."""
        sights = shared.sights.values()
        names = {s.name.casefold() for s in sights}
        if len(sights) < ENOUGH or (len(names) == 1 and all(s.installed for s in sights)):
            return False
        having = Counter(s.member.room for s in sights)
        seats = {room: len(self._rooms.get(room, ())) for room in having}
        if 2 * len(sights) > sum(seats.values()):
            return False
        return not any(n >= ENOUGH and 2 * n > seats[room] for room, n in having.items())

    def _tell(
        self, found: Found, digest: bytes, shared: _Shared, at_us: int, record_number: int
    ) -> None:
        """Add what is new: seats that have it too, that it is a warning now, or that everybody has it by now."""
        sights = shared.sights
        if not self._is_odd(shared):
            for workstation in shared.told:
                finding = _of_seat(digest, shared, sights[workstation], at_us, record_number)
                found.at_workstations.append((workstation, replace(finding, ended=True)))
            for room, said in shared.told_rooms.items():
                found.at_rooms.append((room, said.over(at_us, record_number)))
            shared.told.clear()
            shared.told_rooms.clear()
            return
        agreed = [w for w in sights if w in self._in_rings]
        if len(agreed) < ENOUGH:
            agreed = []
        grown = False
        for workstation, sight in sights.items():
            severity = Severity.WARNING if workstation in agreed else Severity.NOTICE
            if shared.told.get(workstation) != severity:
                grown = True
                shared.told[workstation] = severity
                finding = _of_seat(digest, shared, sight, at_us, record_number)
                found.at_workstations.append((workstation, replace(finding, severity=severity)))
        if agreed and grown:
            for room in sorted({sights[w].member.room for w in agreed}):
                finding = shared.told_rooms[room] = _of_room(
                    digest, shared, room, at_us, record_number
                )
                found.at_rooms.append((room, finding))


def _of_seat(
    digest: bytes, shared: _Shared, sight: _Sight, at_us: int, record_number: int
) -> Finding:
    me = sight.member
    others = [s for w, s in shared.sights.items() if w != me.workstation]
    zh, en = OF_SEAT[SHARED_PROGRAM]
    listed_zh, listed_en = _listed(others, me.room)
    name = shown(sight.name)
    return Finding(
        detector=NAME,
        kind=SHARED_PROGRAM,
        family=Family.RING,
        alert=AlertKind.REMOTE_CONTROL,
        severity=Severity.NOTICE,
        weight=Weight.SHARED_PROGRAM_SEAT,
        alone=False,
        subject=_subject(digest),
        reason_zh=zh.format(subject=name, seats=listed_zh),
        reason_en=en.format(subject=name, seats=listed_en),
        at_us=at_us,
        record_number=record_number,
    )


def _of_room(digest: bytes, shared: _Shared, room: str, at_us: int, record_number: int) -> Finding:
    """Return what is added to the alert that another ring made of the room."""
    zh, en = OF_ROOM[SHARED_PROGRAM]
    listed_zh, listed_en = _listed([*shared.sights.values()], room)
    return Finding(
        detector=NAME,
        kind=SHARED_PROGRAM,
        family=Family.RING,
        alert=AlertKind.RING,
        severity=Severity.WARNING,
        weight=Weight.SHARED_PROGRAM_ROOM,
        alone=False,
        subject=_subject(digest),
        reason_zh=zh.format(seats=listed_zh),
        reason_en=en.format(seats=listed_en),
        at_us=at_us,
        record_number=record_number,
    )


def _subject(digest: bytes) -> str:
    return f"sha256:{digest.hex()[:16]}"


def _listed(sights: list[_Sight], room: str) -> tuple[str, str]:
    """Return the seats, each with what the program is called there, in both languages."""
    zh, en = [*_named(sights, room, "（{}）")], [*_named(sights, room, " ({})")]
    more = len(sights) - NAMED
    return (
        "、".join(zh) + (f" 等 {len(sights)} 个" if more > 0 else ""),
        ", ".join(en) + (f" and {more} more" if more > 0 else ""),
    )


def _named(sights: list[_Sight], room: str, brackets: str) -> Iterator[str]:
    for sight in sights[:NAMED]:
        yield seat_name(sight.member, room) + brackets.format(shown(sight.name))
