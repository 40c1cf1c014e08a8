"""What several seats have in common: the same far end, the same moment, the same machine.

One helper drives many seats, so what two driven seats share says more than either alone. Rings listen to findings that
are enough for an alert by themselves; what honest seats share (the exam server, an installed program) never gets here.
A ring raises every seat in it and makes one alert for each room it reaches into. Pure; bounded at any number of seats.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jiankao_collector.detectors.base import AlertKind, Family, Finding, Trace
from jiankao_collector.knowledge.wording import shown
from jiankao_collector.scoring.ring_words import (
    OF_ROOM,
    OF_ROOM_WEIGHTS,
    OF_SEAT,
    OF_SEAT_WEIGHTS,
    SAME_BOOT,
    SAME_ONSET,
    SHARED,
)
from jiankao_proto.ids import BootId, WorkstationId
from jiankao_proto.records import Severity

NAME = "ring"
TOGETHER_US = 10_000_000
"""Onsets this close to each other happened at the same time."""
ENOUGH_ONSETS = 3
"""Seats that have to begin at the same time: two may do so by chance."""
AGAIN_US = 60_000_000
"""A seat's next onset counts after so long: one incident begins once."""
TRACES_KEPT = 8192
SEATS_KEPT = 128
"""Seats remembered for one trace; more are counted as the ring's findings are, not listed."""
NAMED = 12
"""Seats named in one sentence."""
_BOOTS_KEPT = 20_000

_Key = tuple[str, str, str]
_BEGINNINGS = frozenset({AlertKind.REMOTE_CONTROL, AlertKind.INJECTED_INPUT})


@dataclass(frozen=True, slots=True)
class Member:
    """A seat that may be in a ring."""

    workstation: WorkstationId
    room: str
    seat: str


@dataclass(slots=True)
class Found:
    """What a ring adds: findings of workstations and of whole rooms."""

    at_workstations: list[tuple[WorkstationId, Finding]] = field(default_factory=list)
    at_rooms: list[tuple[str, Finding]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.at_workstations or self.at_rooms)


@dataclass(slots=True)
class _Part:
    """One seat's share in a trace: which of its findings show it and are not over."""

    member: Member
    alert: AlertKind
    open: set[_Key] = field(default_factory=set)


@dataclass(slots=True)
class _Shared:
    parts: OrderedDict[WorkstationId, _Part] = field(default_factory=OrderedDict)
    is_ring: bool = False


class Rings:
    """Follows what findings of different workstations share."""

    def __init__(self) -> None:
        self._shared: OrderedDict[Trace, _Shared] = OrderedDict()
        self._traces: dict[WorkstationId, dict[Trace, None]] = {}
        self._onsets: dict[str, deque[tuple[int, _Part]]] = {}
        self._began: dict[WorkstationId, tuple[int, str]] = {}
        self._going_on: dict[WorkstationId, set[_Key]] = {}
        self._at_once: dict[WorkstationId, Finding] = {}
        self._rooms_at_once: dict[str, Finding] = {}
        self._boots: OrderedDict[BootId, Member] = OrderedDict()
        self._boot_of: dict[WorkstationId, BootId] = {}

    def take(self, member: Member, findings: Iterable[Finding]) -> Found:
        """Take in findings of one workstation and say what they have in common with others' ones."""
        found = Found()
        for finding in findings:
            if not finding.alone:
                continue
            for trace in finding.traces:
                self._trace(found, member, finding, trace)
            if finding.alert in _BEGINNINGS:
                going_on = self._going_on.setdefault(member.workstation, set())
                if not finding.ended:
                    going_on.add(_key(finding))
                    self._onset(found, member, finding)
                elif _key(finding) in going_on:
                    going_on.discard(_key(finding))
                    if not going_on:
                        self._onset_over(found, member, finding)
        return found

    def boot(self, member: Member, boot: BootId, at_us: int, record_number: int) -> Found:
        """Take in which start of the operating system a workstation names."""
        found = Found()
        other = self._boots.get(boot)
        if other is None:
            self._boots[boot] = member
            self._boot_of[member.workstation] = boot
            if len(self._boots) > _BOOTS_KEPT:
                self._boot_of.pop(self._boots.popitem(last=False)[1].workstation, None)
        elif other.workstation != member.workstation:
            said = _Saying(SAME_BOOT, boot.value, at_us, record_number, Severity.WARNING)
            both = [_Part(m, AlertKind.INTEGRITY) for m in (other, member)]
            _tell(found, both, both, said)
        return found

    def forget(self, workstation: WorkstationId) -> None:
        """Another exam session begins for a workstation: what it shared before counts no more."""
        for trace in self._traces.pop(workstation, ()):
            shared = self._shared.get(trace)
            if shared is not None:
                shared.parts.pop(workstation, None)
                if not shared.parts:
                    del self._shared[trace]
        self._going_on.pop(workstation, None)
        self._at_once.pop(workstation, None)
        _, room = self._began.pop(workstation, (0, ""))
        if onsets := self._onsets.get(room):
            kept = [o for o in onsets if o[1].member.workstation != workstation]
            onsets.clear()
            onsets.extend(kept)
        self.forget_boot(workstation)

    def forget_boot(self, workstation: WorkstationId) -> None:
        """It gave its seat up, or begins anew: the same machine may name the same boot as another workstation."""
        boot = self._boot_of.pop(workstation, None)
        if boot is not None and self._boots[boot].workstation == workstation:
            del self._boots[boot]

    # ---- the same far end ----

    def _trace(self, found: Found, member: Member, finding: Finding, trace: Trace) -> None:
        shared = self._shared.get(trace)
        key = _key(finding)
        said = _Saying(SHARED[trace.kind], trace.value, finding.at_us, finding.record_number)
        if finding.ended:
            part = shared.parts.get(member.workstation) if shared else None
            if shared is None or part is None or key not in part.open:
                return
            part.open.discard(key)
            if shared.is_ring and not part.open:
                _tell_over(found, [*shared.parts.values()], part, said)
            return
        if shared is None:
            shared = self._shared[trace] = _Shared()
            if len(self._shared) > TRACES_KEPT:
                self._shared.popitem(last=False)
        part = shared.parts.get(member.workstation)
        if part is None:
            if len(shared.parts) >= SEATS_KEPT:
                return
            part = shared.parts[member.workstation] = _Part(member, finding.alert)
            self._traces.setdefault(member.workstation, {})[trace] = None
        elif part.open:
            part.open.add(key)
            return
        part.open.add(key)
        parts = [*shared.parts.values()]
        if len(parts) < 2:  # noqa: PLR2004 - one seat alone is no ring
            return
        raised = [part] if shared.is_ring else parts
        shared.is_ring = True
        _tell(found, parts, raised, said)

    # ---- the same moment ----

    def _onset(self, found: Found, member: Member, finding: Finding) -> None:
        if not member.room:
            return  # recorded computers that nobody says stand in one room
        at = finding.at_us
        before, _ = self._began.get(member.workstation, (None, ""))
        self._began[member.workstation] = (at, member.room)
        if before is not None and at - before < AGAIN_US:
            return
        onsets = self._onsets.setdefault(member.room, deque(maxlen=SEATS_KEPT))
        while onsets and not 0 <= at - onsets[0][0] <= TOGETHER_US:
            onsets.popleft()
        onsets.append((at, _Part(member, finding.alert)))
        parts = [part for _, part in onsets]
        if len(parts) >= ENOUGH_ONSETS:
            raised = parts if len(parts) == ENOUGH_ONSETS else parts[-1:]
            said, told = (
                _Saying(SAME_ONSET, "", at, finding.record_number, Severity.WARNING),
                Found(),
            )
            _tell(told, parts, raised, said)
            self._at_once.update(told.at_workstations)
            self._rooms_at_once.update(told.at_rooms)
            found.at_workstations += told.at_workstations
            found.at_rooms += told.at_rooms

    def _onset_over(self, found: Found, member: Member, finding: Finding) -> None:
        """What began at the same time is over at a seat; with the last one it is over for the room."""
        said = self._at_once.pop(member.workstation, None)
        if said is None:
            return
        at, number = finding.at_us, finding.record_number
        found.at_workstations.append((member.workstation, said.over(at, number)))
        _, room = self._began[member.workstation]
        if not any(self._began[w][1] == room for w in self._at_once):
            whole = self._rooms_at_once.pop(room, None)
            if whole is not None:
                found.at_rooms.append((room, whole.over(at, number)))


def _key(finding: Finding) -> _Key:
    return finding.detector, finding.kind, finding.subject


@dataclass(frozen=True, slots=True)
class _Saying:
    """What a ring's finding is about."""

    kind: str
    subject: str
    at_us: int
    record_number: int
    severity: Severity = Severity.CRITICAL


def _tell(found: Found, parts: list[_Part], raised: list[_Part], said: _Saying) -> None:
    """Add the finding of every room the ring reaches into, and that of each seat it raises."""
    members = [p.member for p in parts]
    for room in sorted({m.room for m in members}):
        found.at_rooms.append((room, _of_room(said, members, room)))
    for part in raised:
        found.at_workstations.append((part.member.workstation, _of_seat(said, members, part)))


def _tell_over(found: Found, parts: list[_Part], part: _Part, said: _Saying) -> None:
    """Say that it is over at one seat; with the last one it is over for the rooms."""
    members = [p.member for p in parts]
    finding = _of_seat(said, members, part).over(said.at_us, said.record_number)
    found.at_workstations.append((part.member.workstation, finding))
    if not any(p.open for p in parts):
        for room in sorted({m.room for m in members}):
            finding = _of_room(said, members, room).over(said.at_us, said.record_number)
            found.at_rooms.append((room, finding))


def _of_room(said: _Saying, members: list[Member], room: str) -> Finding:
    zh, en = _said(OF_ROOM, said, members, room)
    return Finding(
        detector=NAME,
        kind=said.kind,
        family=Family.RING,
        alert=AlertKind.RING,
        severity=said.severity,
        weight=OF_ROOM_WEIGHTS[said.kind],
        alone=True,
        subject=shown(said.subject),
        reason_zh=zh,
        reason_en=en,
        at_us=said.at_us,
        record_number=said.record_number,
    )


def _of_seat(said: _Saying, members: list[Member], part: _Part) -> Finding:
    """Return what is added to the seat's own alert, the one whose finding put it into the ring."""
    me = part.member
    others = [m for m in members if m.workstation != me.workstation]
    zh, en = _said(OF_SEAT, said, others, me.room)
    return Finding(
        detector=NAME,
        kind=said.kind,
        family=Family.RING,
        alert=part.alert,
        severity=Severity.WARNING,
        weight=OF_SEAT_WEIGHTS[said.kind],
        alone=False,
        subject=shown(said.subject),
        reason_zh=zh,
        reason_en=en,
        at_us=said.at_us,
        record_number=said.record_number,
    )


def _said(
    texts: dict[str, tuple[str, str]], said: _Saying, members: list[Member], room: str
) -> tuple[str, str]:
    """Return what is said of these members, in both languages."""
    names = [*_names(members, room)]
    more = len(members) - NAMED
    zh = "、".join(names[:NAMED]) + (f" 等 {len(members)} 个" if more > 0 else "")
    en = ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
    text_zh, text_en = texts[said.kind]
    subject = shown(said.subject)
    return text_zh.format(subject=subject, seats=zh), text_en.format(subject=subject, seats=en)


def _names(members: list[Member], room: str) -> Iterator[str]:
    """Yield the seats' names; with the room where it is another one."""
    for member in members:
        yield seat_name(member, room)


def seat_name(member: Member, room: str) -> str:
    """Return a seat's name as it is said in a room."""
    seat = shown(member.seat) or member.workstation.value
    return seat if member.room == room else f"{shown(member.room)}/{seat}"
