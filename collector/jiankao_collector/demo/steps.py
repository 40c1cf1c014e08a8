"""What a scene is made of: steps in time, and the setting it plays in. Pure.

A scene's time starts at 0 when its seat takes part. Times inside facts (a process's start, say) are
microseconds on the same scale; `placing` puts them on the wall clock when they are played.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import Fact, Health

SECOND_US = 1_000_000
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Happens:
    """Facts that come to be at the seat. `urgent`: the agent sends them at once."""

    facts: tuple[Fact, ...]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class AgentStarts:
    """The agent starts, with the key, boot id and chain it has."""


@dataclass(frozen=True, slots=True)
class AgentKilled:
    """The agent is killed: its connection breaks and it says nothing. Its spool stays."""


@dataclass(frozen=True, slots=True)
class PlugPulled:
    """The network cable comes out: nothing arrives any more, and nobody is told."""


@dataclass(frozen=True, slots=True)
class PlugBack:
    """The network cable is back in."""


@dataclass(frozen=True, slots=True)
class PlugElsewhere:
    """The seat is on another network, from which the collector can be reached; it is `address` there."""

    address: str


@dataclass(frozen=True, slots=True)
class DayBefore:
    """What the agent sealed the day before, a batch a second, and delivers when it first starts.

    Somebody has kept the envelopes.
    """

    batches: tuple[tuple[Fact, ...], ...]


@dataclass(frozen=True, slots=True)
class CopyStarts:
    """Another computer starts an agent from a copy of this seat's folder: its keys, its chain as it stands now.

    `address` is its own, `up_s` how much longer than the seat it has run.
    """

    address: str
    up_s: float


@dataclass(frozen=True, slots=True)
class ImpostorStarts:
    """A program on this very computer speaks with the agent's keys; it goes on where the agent's chain stands."""


@dataclass(frozen=True, slots=True)
class CopySays:
    """The copy, or the impostor, signs facts as observed `ago_s` before."""

    facts: tuple[Fact, ...]
    ago_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CopyRepeats:
    """It sends envelopes of the day before once more as they are: `count` of them from `first` on."""

    first: int
    count: int


@dataclass(frozen=True, slots=True)
class CopyStops:
    """It is gone, without a word."""


@dataclass(frozen=True, slots=True)
class SensorTurns:
    """A sensor's health changes."""

    sensor: str
    health: Health
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class RulesUnfounded:
    """Somebody at the collector rules one more alert of the room unfounded, if there is one he has not ruled on."""

    user: str
    reason: str


Action = (
    Happens
    | AgentStarts
    | AgentKilled
    | PlugPulled
    | PlugBack
    | PlugElsewhere
    | SensorTurns
    | DayBefore
    | CopyStarts
    | ImpostorStarts
    | CopySays
    | CopyRepeats
    | CopyStops
    | RulesUnfounded
)


@dataclass(frozen=True, slots=True)
class Step:
    """What happens `at_s` seconds after the seat took part."""

    at_s: float
    action: Action


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a scene plays.

    `random` is the scene's only source of chance: the same seed plays the same scene. `address` is
    the seat's own on the exam network. `onset_s`: when what is not honest begins.
    """

    random: Random
    address: str
    onset_s: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A script for one seat.

    `script` yields steps in the order of their times; it may never end. `alerts`: the kinds of
    alert a proctor must get from it; none of any kind may come from a scene without. `entry`: the entry of a policy
    (TOML, `{seat}` is the seat's name) under which it is honest, and none may come from it either. `at_collector`: what
    is not honest is done at the collector, not at the seat, and the alert is the room's.
    """

    id: str
    title_zh: str
    title_en: str
    script: Callable[[Setting], Iterator[Step]]
    alerts: frozenset[AlertKind] = frozenset()
    entry: str = ""
    at_collector: bool = False
