"""What a detector is, what it sees, and what it says.

A detector belongs to one workstation: the engine makes one of each kind per workstation, so no detector needs to tell
seats apart. Detectors are pure and deterministic; time comes with what they see.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, Self

from jiankao_collector.knowledge.policy import is_loopback
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import address
from jiankao_collector.sigma.events import Event
from jiankao_proto.batch import Batch
from jiankao_proto.ids import BootId
from jiankao_proto.observations import Fact, SensorStateChanged
from jiankao_proto.records import RefusalReason, Severity


class Family(StrEnum):
    """The families findings belong to; each is capped when the score is added up."""

    SOFTWARE = "software"
    SESSION = "session"
    NETWORK = "network"
    INPUT = "input"
    HANDS = "hands"
    DEVICE = "device"
    TAMPER = "tamper"
    RING = "ring"


class AlertKind(StrEnum):
    """One incident of one kind at one workstation is one alert."""

    REMOTE_CONTROL = "remote_control"
    INJECTED_INPUT = "injected_input"
    POLICY = "policy"
    SILENCE = "silence"
    SENSOR = "sensor"
    CHAIN = "chain"
    DEVICE = "device"
    NETWORK = "network"
    INTEGRITY = "integrity"
    RING = "ring"
    HANDS = "hands"
    RULINGS = "rulings"
    """How people ruled on alerts: of a room, never of a seat."""
    ALLOWED = "allowed"
    """What the policy permits: shown at the seat, never an alert."""


class TraceKind(StrEnum):
    """Something of a finding that another seat's finding can share."""

    FAR_END = "far_end"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Trace:
    """What two seats' findings have in common when both carry it: an address, or a relay's host name."""

    kind: TraceKind
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence a proctor can act on.

    `kind` and `subject` say what it is the same as: a finding with both equal to an earlier one makes that one grow.
    `alone`: enough for an alert by itself; otherwise it only adds to the score.
    `weight`: the name of what it adds to the risk score, once however often it is repeated.
    `ended`: what was found is over (a sensor is back, a session closed); the finding stays on its alert.
    `traces`: by what it can be told to belong together with another seat's finding.
    """

    detector: str
    kind: str
    family: Family
    alert: AlertKind
    severity: Severity
    weight: Weight
    alone: bool
    subject: str
    reason_zh: str
    reason_en: str
    at_us: int
    record_number: int
    ended: bool = False
    traces: tuple[Trace, ...] = ()

    def over(self, at_us: int, record_number: int) -> Self:
        """Return the word that this is over, by the record that shows it."""
        return replace(self, at_us=at_us, record_number=record_number, ended=True)


def far_end(text: str) -> tuple[Trace, ...]:
    """Return the trace of a far end's address or name; none for the workstation itself, or when nobody knows it."""
    return (Trace(TraceKind.FAR_END, address(text)),) if text and not is_loopback(text) else ()


@dataclass(frozen=True, slots=True)
class BatchSeen:
    """An admitted batch of this workstation."""

    record_number: int
    at_us: int
    batch: Batch


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An event of a recording with all its own fields, for the Sigma rules. `fact`: what it told that can end."""

    record_number: int
    at_us: int
    event: Event
    fact: Fact | None


@dataclass(frozen=True, slots=True)
class RefusalSeen:
    """An envelope sent under this workstation's certificate was refused."""

    record_number: int
    at_us: int
    reason: RefusalReason
    detail: str


@dataclass(frozen=True, slots=True)
class StreamSeen:
    """This workstation's stream came up or went down. `orderly`: the collector itself stopped or replaced it."""

    record_number: int
    at_us: int
    up: bool
    orderly: bool = False


@dataclass(frozen=True, slots=True)
class ScopeSeen:
    """An exam session opened or closed for this workstation; `policy_toml` empty when it sets no network policy."""

    record_number: int
    at_us: int
    opened: bool
    policy_toml: bytes = b""


@dataclass(frozen=True, slots=True)
class TimeSeen:
    """The time a detector asked to be woken at has come. `record_number` is the record that carried the time."""

    record_number: int
    at_us: int


@dataclass(frozen=True, slots=True)
class StandingSeen:
    """How things stand when a detector is made anew: facts that outlive an exam session, no judgements.

    `awaited`: it was connected when the collector stopped and has to come back by itself. `boots`: every boot it has
    named, oldest first. `sensors_said`: the latest word of each sensor. `superseded`: a newer enrolment holds its seat.
    Sent again when one of `awaited` and `superseded` changes.
    """

    record_number: int
    at_us: int
    connected: bool
    awaited: bool = False
    boots: tuple[BootId, ...] = ()
    sensors_said: tuple[SensorStateChanged, ...] = ()
    superseded: bool = False


Seen = BatchSeen | EventSeen | RefusalSeen | StreamSeen | ScopeSeen | TimeSeen | StandingSeen


class Detector(Protocol):
    """Turns what is seen at one workstation into findings."""

    def see(self, seen: Seen) -> Iterable[Finding]:
        """Take in one thing seen and say what is found."""

    def wakes_at(self) -> int | None:
        """Return the time (microseconds) at which it wants a TimeSeen even if nothing is recorded."""
