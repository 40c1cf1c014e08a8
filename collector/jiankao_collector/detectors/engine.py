"""Runs the detectors of one workstation: turns records into what they see, and wakes them when their time has come.

Facts that outlive an exam session (whether it is connected, which boots it named, what its sensors said) are kept here
and handed to the detectors that are made anew when one opens.
"""

from typing import TypeVar

from jiankao_collector.detectors.base import (
    BatchSeen,
    EventSeen,
    Finding,
    RefusalSeen,
    ScopeSeen,
    Seen,
    StandingSeen,
    StreamSeen,
    TimeSeen,
)
from jiankao_collector.detectors.catalogue import Entry
from jiankao_collector.detectors.local_hand import LocalHand
from jiankao_collector.detectors.origin.tracker import Origin
from jiankao_collector.detectors.own_traffic import OwnTraffic
from jiankao_collector.detectors.permitted import Permitted
from jiankao_collector.knowledge.catalogue import Catalogue
from jiankao_collector.roster import Place
from jiankao_collector.sigma.events import Event
from jiankao_proto.batch import Batch, SensorHealth
from jiankao_proto.codec import read_batch, read_envelope
from jiankao_proto.errors import MalformedError
from jiankao_proto.ids import BootId
from jiankao_proto.observations import (
    AgentLifecycle,
    Fact,
    LifecycleStage,
    Process,
    ProcessStarted,
    SensorStateChanged,
)
from jiankao_proto.records import (
    EnvelopeAdmitted,
    EnvelopeRejected,
    RefusalReason,
    StreamClosed,
    StreamOpened,
)

_BOOTS_KEPT = 1024
_SENSORS_KEPT = 64
_OPEN_KEPT = 4096

K = TypeVar("K")
V = TypeVar("V")


class _Running:
    """A detector, those of its findings that are not over, and when it wants to be woken."""

    def __init__(self, entry: Entry, catalogue: Catalogue) -> None:
        self._detector = entry.make(catalogue)
        self.facts = entry.facts
        self.open: dict[tuple[str, str], Finding] = {}
        self.wakes_at = self._detector.wakes_at()

    def see(self, seen: Seen) -> list[Finding]:
        findings = [*self._detector.see(seen)]
        for finding in findings:
            if finding.ended:
                self.open.pop((finding.kind, finding.subject), None)
            elif len(self.open) < _OPEN_KEPT:
                self.open[finding.kind, finding.subject] = finding
        self.wakes_at = self._detector.wakes_at()
        return findings


class Watch:
    """One workstation under watch. Every method takes the record that told of it, and returns what was found.

    `hand`: when somebody clicked or typed. `started`: the programs its latest batch told of, but those that the policy
    permits; `permitted`: the digests of these. `heard`: something came from it since the exam session opened, or it was
    connected then. `gone_us`: when its stream went down last.
    """

    def __init__(self, catalogue: Catalogue, entries: tuple[Entry, ...]) -> None:
        self._catalogue = catalogue
        self._entries = entries
        self._detectors: list[_Running] = []
        self._policy_toml: bytes | None = None
        self._own = OwnTraffic()
        self._origin = Origin()
        self._permitted = Permitted(catalogue)
        self.hand = LocalHand()
        self.started: tuple[Process, ...] = ()
        self.permitted: frozenset[bytes] = frozenset()
        self._boots: dict[BootId, None] = {}
        self._said: dict[str, SensorStateChanged] = {}
        self._awaited = False
        self._superseded = False
        self.connected = False
        self.heard = False
        self.last_seen_us = 0
        self.gone_us = 0
        self.sensors: tuple[SensorHealth, ...] = ()
        self.wakes_at: int | None = None

    @property
    def boot(self) -> BootId | None:
        """Which start of the operating system it named last."""
        return next(reversed(self._boots), None)

    def begin(self, number: int, at_us: int, policy_toml: bytes | None) -> list[Finding]:
        """Make the detectors anew. `policy_toml` is None outside of an exam session."""
        self._detectors = [_Running(entry, self._catalogue) for entry in self._entries]
        self._policy_toml = policy_toml
        self._permitted.begin(policy_toml or b"")
        self.heard = self.connected
        self._origin.begin()
        return [*self._show(self._standing(number, at_us)), *self._show(self._scope(number, at_us))]

    def sits(self, place: Place) -> None:
        """Learn at which seat it stands: a policy may permit something at some seats only."""
        self._permitted.sits(place)

    def policy_changed(self, number: int, at_us: int, policy_toml: bytes) -> list[Finding]:
        """Another policy holds for the exam session that is open; the detectors go on with it."""
        self._policy_toml = policy_toml
        self._permitted.begin(policy_toml, goes_on=True)
        return self._show(self._scope(number, at_us))

    def scope_closed(self, number: int, at_us: int) -> list[Finding]:
        """Its exam session closed; the detectors go on."""
        self._policy_toml = None
        self._permitted.begin(b"")
        return self._show(self._scope(number, at_us))

    def supersede(self, number: int, at_us: int) -> list[Finding]:
        """A newer enrolment holds its seat."""
        self._superseded = True
        return self._show(self._standing(number, at_us))

    def collector_started(self, number: int, at_us: int) -> list[Finding]:
        """No stream outlives the collector; who was heard has to come back.

        A stream that broke just before is given the same time: whether it came back at once, nobody could see.
        """
        if not self.heard:
            return []
        self.connected, self._awaited, self.gone_us = False, True, at_us
        self._origin.stream_closed(replaced=False)
        return self._show(self._standing(number, at_us))

    def stream_opened(self, number: int, at_us: int, body: StreamOpened) -> list[Finding]:
        """Its stream is up."""
        self._own.stream_opened(body.peer)
        self._alive(at_us)
        signs = self._origin.stream_opened(number, at_us, body)
        return self._show(StreamSeen(number, at_us, up=True), *signs)

    def stream_closed(self, number: int, at_us: int, body: StreamClosed) -> list[Finding]:
        """Its stream is down, unless a newer one replaced it."""
        self._origin.stream_closed(replaced=body.replaced)
        if body.replaced:
            return []
        self._awaited = body.collector_stopping and self.connected
        self.connected, self.gone_us = False, at_us
        return self._show(StreamSeen(number, at_us, up=False, orderly=body.collector_stopping))

    def admitted(self, number: int, at_us: int, body: EnvelopeAdmitted) -> list[Finding]:
        """A batch was admitted; its signature was checked then. One that cannot be read is a finding, no error."""
        self._alive(at_us)
        self.started, self.permitted = (), frozenset()
        try:
            batch = read_batch(read_envelope(body.envelope)[1])
        except MalformedError as error:
            return self._show(RefusalSeen(number, at_us, RefusalReason.MALFORMED_BATCH, str(error)))
        self.hand.take(batch, at_us)
        self._remember(batch)
        signs = self._origin.admitted(number, at_us, batch)
        findings = self._start_anew(number, at_us) if _starts_agent(batch) else []
        judged, permitted = self._permitted.take(number, at_us, self._own.without(batch))
        facts = (observation.fact for observation in judged.observations)
        self.started = tuple(f.process for f in facts if isinstance(f, ProcessStarted))
        self.permitted = self._permitted.programs
        findings.extend(permitted)
        findings.extend(self._show_batch(BatchSeen(number, at_us, judged)))
        findings.extend(self._show(*signs))
        return findings

    def refused(self, number: int, at_us: int, body: EnvelopeRejected) -> list[Finding]:
        """Something sent under its certificate was refused."""
        signs = self._origin.refused(number, at_us, body)
        return self._show(RefusalSeen(number, at_us, body.reason, body.detail), *signs)

    def recorded(self, number: int, at_us: int, event: Event, fact: Fact | None) -> list[Finding]:
        """A recording holds an event that Sigma rules may ask about."""
        return self._show(EventSeen(number, at_us, event, fact))

    def wake(self, number: int, at_us: int) -> list[Finding]:
        """Wake the detectors whose time has come."""
        findings: list[Finding] = self._show(*self._origin.wake(number, at_us))
        for running in self._detectors:
            if running.wakes_at is not None and running.wakes_at <= at_us:
                findings.extend(running.see(TimeSeen(number, at_us)))
        self._set_alarm()
        return findings

    def _start_anew(self, number: int, at_us: int) -> list[Finding]:
        """The agent began a new life: what it followed before is over unless it tells of it again."""
        findings: list[Finding] = []
        for place, entry in enumerate(self._entries):
            if entry.starts_anew:
                findings.extend(f.over(at_us, number) for f in self._detectors[place].open.values())
                fresh = self._detectors[place] = _Running(entry, self._catalogue)
                findings.extend(fresh.see(self._standing(number, at_us)))
                findings.extend(fresh.see(self._scope(number, at_us)))
        return findings

    def _alive(self, at_us: int) -> None:
        self.connected = self.heard = True
        self._awaited = False
        self.last_seen_us = at_us

    def _scope(self, number: int, at_us: int) -> ScopeSeen:
        return ScopeSeen(number, at_us, self._policy_toml is not None, self._policy_toml or b"")

    def _standing(self, number: int, at_us: int) -> StandingSeen:
        return StandingSeen(
            number,
            at_us,
            connected=self.connected,
            awaited=self._awaited,
            boots=tuple(self._boots),
            sensors_said=tuple(self._said.values()),
            superseded=self._superseded,
        )

    def _remember(self, batch: Batch) -> None:
        self.sensors = batch.header.sensors
        boot = batch.header.boot_id
        if next(reversed(self._boots), None) != boot:
            self._boots.pop(boot, None)
            self._boots[boot] = None
            _trim(self._boots, _BOOTS_KEPT)
        for observation in batch.observations:
            if isinstance(observation.fact, SensorStateChanged):
                self._said[observation.fact.sensor] = observation.fact
                _trim(self._said, _SENSORS_KEPT)

    def _show(self, *what: Seen) -> list[Finding]:
        findings = [f for seen in what for running in self._detectors for f in running.see(seen)]
        self._set_alarm()
        return findings

    def _show_batch(self, seen: BatchSeen) -> list[Finding]:
        """Show a batch to those detectors that look at what is in it."""
        kinds = {type(observation.fact) for observation in seen.batch.observations}
        findings: list[Finding] = []
        for running in self._detectors:
            if running.facts is None or not running.facts.isdisjoint(kinds):
                findings.extend(running.see(seen))
        return findings

    def _set_alarm(self) -> None:
        times = [r.wakes_at for r in self._detectors if r.wakes_at is not None]
        if self._origin.wakes_at is not None:
            times.append(self._origin.wakes_at)
        self.wakes_at = min(times, default=None)


def _starts_agent(batch: Batch) -> bool:
    return any(
        isinstance(o.fact, AgentLifecycle) and o.fact.stage is LifecycleStage.STARTED
        for o in batch.observations
    )


def _trim(kept: dict[K, V], most: int) -> None:
    while len(kept) > most:
        del kept[next(iter(kept))]
