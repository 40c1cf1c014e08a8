"""What helper and service say to each other: one message of the pipe each. Pure.

The helper runs as the candidate, who may put another program in its place. So the service believes nothing but what a
helper has business telling: facts of the desktop, within limits of size and rate. What would speak for the agent
itself (its life, its clock, what it lost) is refused, and so is a condition of any sensor but the helper's own.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from jiankao_proto.codec import read_observation, write_observation
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import (
    DisplayChanged,
    Fact,
    InjectedInput,
    InputWindow,
    Observation,
    SensorStateChanged,
    WindowFinding,
)

LARGEST_MESSAGE = 64 * 1024
"""Bytes."""
LIFE_EVERY_S = 2.0

MAY_TELL = (InputWindow, InjectedInput, WindowFinding, DisplayChanged, SensorStateChanged)
"""The kinds of fact that a helper may tell."""

MESSAGES_PER_S, MESSAGES_AT_ONCE = 200, 2000
BYTES_PER_S, BYTES_AT_ONCE = 100_000, 1_000_000


class Kind(IntEnum):
    """The first byte of a message of the helper's."""

    LIFE = 1
    FACT = 2
    URGENT_FACT = 3
    GOODBYE = 4
    """Windows ends the session."""


class Wish(IntEnum):
    """The one byte of a message of the service's."""

    BASELINE = 1
    STOP = 2


@dataclass(frozen=True, slots=True)
class Message:
    """What a helper said; `fact` is there for facts only."""

    kind: Kind
    fact: Fact | None = None


def write_fact(observation: Observation, *, urgent: bool) -> bytes:
    """Make a message of an observation. Raises MalformedError."""
    kind = Kind.URGENT_FACT if urgent else Kind.FACT
    return bytes((kind,)) + write_observation(observation)


def read_message(data: bytes, sensors: Collection[str]) -> Message:
    """Parse a helper's message. `sensors` are those it runs. Raises MalformedError."""
    if not 0 < len(data) <= LARGEST_MESSAGE:
        raise MalformedError(f"helper: a message of {len(data)} bytes")
    try:
        kind = Kind(data[0])
    except ValueError:
        raise MalformedError(f"helper: a message of the unknown kind {data[0]}") from None
    if kind not in (Kind.FACT, Kind.URGENT_FACT):
        if len(data) > 1:
            raise MalformedError(f"helper: {kind.name} with {len(data) - 1} bytes too many")
        return Message(kind)
    observation = read_observation(data[1:])
    fact = observation.fact
    if observation.unread or not isinstance(fact, MAY_TELL):
        raise MalformedError(f"helper: it may not tell a {type(fact).__name__}")
    if isinstance(fact, SensorStateChanged) and fact.sensor not in sensors:
        raise MalformedError("helper: it may not speak for a sensor that is not its own")
    return Message(kind, fact)


class Allowance:
    """How much a helper may send: so much a second, and more at once after a quiet time."""

    def __init__(self, now_us: int) -> None:
        self._at_us = now_us
        self._messages: float = MESSAGES_AT_ONCE
        self._bytes: float = BYTES_AT_ONCE

    def take(self, size: int, now_us: int) -> bool:
        """Take one message of `size` bytes; return False when it is too much."""
        passed_s = max(0, now_us - self._at_us) / 1e6
        self._at_us = now_us
        self._messages = min(MESSAGES_AT_ONCE, self._messages + passed_s * MESSAGES_PER_S) - 1
        self._bytes = min(BYTES_AT_ONCE, self._bytes + passed_s * BYTES_PER_S) - size
        return self._messages >= 0 and self._bytes >= 0
