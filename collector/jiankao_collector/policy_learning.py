"""What honest seats did in a rehearsal, as a policy proposed to a person. Pure; nothing is allowed by it until signed.

Connections become network entries: with a name where the workstations asked by name, else by address. Programs become
entries only where they did something that is judged (a window over the exam's, reading the screen, sending input, or a
tool of the catalogue); all others need none. What cannot be put exactly stands as a comment.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from jiankao_collector.detectors.own_traffic import OwnTraffic
from jiankao_collector.knowledge.policy import is_loopback
from jiankao_collector.knowledge.wording import address
from jiankao_collector.roster import Roster
from jiankao_proto.batch import Batch
from jiankao_proto.codec import read_batch, read_envelope
from jiankao_proto.errors import MalformedError
from jiankao_proto.ids import WorkstationId
from jiankao_proto.observations import (
    ConnectionOpened,
    Direction,
    InjectedInput,
    Process,
    ProcessRef,
    ProcessStarted,
    WindowFinding,
    WindowFindingKind,
)
from jiankao_proto.records import AlertChanged, EnvelopeAdmitted, Record, StreamOpened

_WINDOWS = {WindowFindingKind.OVERLAY, WindowFindingKind.CAPTURE_EXCLUDED}
MOST = 2000
"""Different connections, and programs, that one proposal is made of."""

Way = tuple[Direction, int, str]
"""A direction, the listening side's port, and a program's name."""


@dataclass(slots=True)
class Far:
    """With whom programs of one name were connected on one port: names and addresses, and at which seats."""

    names: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    seats: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Did:
    """A program, and what it did that is judged."""

    process: Process
    seats: set[str] = field(default_factory=set)
    windows: bool = False
    reads_screen: bool = False
    sends_input: bool = False
    far: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Learned:
    """What one exam session showed. `alerts`: those recorded for it, latest revision of each, by id."""

    seats: set[str] = field(default_factory=set)
    batches: int = 0
    connections: dict[Way, Far] = field(default_factory=dict)
    programs: dict[tuple[str, str, bytes, str], Did] = field(default_factory=dict)
    alerts: dict[str, AlertChanged] = field(default_factory=dict)
    unreadable: int = 0


@dataclass(slots=True)
class _Seat:
    own: OwnTraffic = field(default_factory=OwnTraffic)
    running: dict[int, Did] = field(default_factory=dict)


def learn(records: Iterable[Record], exam_session: str) -> Learned:
    """Read a log from its beginning and return what was seen in one exam session."""
    learned, roster = Learned(), Roster()
    seats: dict[WorkstationId, _Seat] = {}
    for record in records:
        body = record.body
        roster.see(record.number, body)
        if isinstance(body, AlertChanged):
            if body.exam_session_id and body.exam_session_id.value == exam_session:
                learned.alerts[body.alert_id.value] = body
        elif isinstance(body, StreamOpened):
            seats.setdefault(body.workstation_id, _Seat()).own.stream_opened(body.peer)
        elif isinstance(body, EnvelopeAdmitted):
            scope = roster.scope(body.workstation_id)
            if scope is None or scope.exam_session_id.value != exam_session:
                continue
            place = roster.place(body.workstation_id)
            try:
                batch = read_batch(read_envelope(body.envelope)[1])
            except MalformedError:
                learned.unreadable += 1
                continue
            seat = seats.setdefault(body.workstation_id, _Seat())
            _take(learned, seat, f"{place.room}/{place.seat}", seat.own.without(batch))
    return learned


def _take(learned: Learned, seat: _Seat, name: str, batch: Batch) -> None:
    learned.seats.add(name)
    learned.batches += 1
    for observation in batch.observations:
        fact = observation.fact
        if isinstance(fact, ProcessStarted):
            did = _program(learned, fact.process)
            if did is not None:
                did.seats.add(name)
                seat.running[fact.process.pid] = did
    for observation in batch.observations:
        fact = observation.fact
        if isinstance(fact, ConnectionOpened):
            _connected(learned, seat, name, fact)
        elif isinstance(fact, WindowFinding):
            did = _of(seat, fact.process)
            if did is not None:
                did.windows |= fact.kind in _WINDOWS
                did.reads_screen |= fact.kind is WindowFindingKind.SCREEN_READ
        elif isinstance(fact, InjectedInput):
            did = _of(seat, fact.process)
            if did is not None:
                did.sends_input = True


def _program(learned: Learned, process: Process) -> Did | None:
    key = (process.name, process.signer, process.executable_sha256, process.executable)
    if key not in learned.programs and len(learned.programs) >= MOST:
        return None
    return learned.programs.setdefault(key, Did(process))


def _of(seat: _Seat, owner: ProcessRef) -> Did | None:
    did = seat.running.get(owner.pid) if owner.pid else None
    return did if did is not None and did.process.name == owner.name else None


def _connected(learned: Learned, seat: _Seat, name: str, fact: ConnectionOpened) -> None:
    if is_loopback(fact.remote.address):
        return
    inbound = fact.direction is Direction.INBOUND
    port = fact.local.port if inbound else fact.remote.port
    way = (fact.direction, port, fact.process.name)
    if way not in learned.connections and len(learned.connections) >= MOST:
        return
    far = learned.connections.setdefault(way, Far())
    far.seats.add(name)
    if fact.remote_name and not inbound:
        far.names.add(fact.remote_name)
    else:
        far.addresses.add(address(fact.remote.address).partition("%")[0])
    did = _of(seat, fact.process)
    if did is not None:
        did.far.add(address(fact.remote.address).partition("%")[0])
