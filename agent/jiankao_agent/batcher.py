"""Observations in, batches out: when to flush, and what to give up when memory is full. Pure.

Times are microseconds of the monotonic clock and come from the caller. An urgent observation is due after
URGENT_DELAY_US; when many come, their batches keep URGENT_SPACING_US between them (a leaky bucket), because a
batch costs a signature, a write to the disk and a message, however little it holds. Ordinary observations are
due at the flush interval, counted from the first that waits; when nothing waits, a heartbeat is due a quiet
interval after the last batch.

What is taken stays here until `kept` says that it is durable. While it cannot be (`not_kept`), new
observations pile up; beyond the limits the oldest ordinary ones are given up, then the oldest urgent
ones, and the next batch begins with an ObservationsDropped that counts them.
"""

from collections import deque
from dataclasses import dataclass

from jiankao_proto.codec import MAX_OBSERVATIONS, read_observation, write_observation
from jiankao_proto.errors import MalformedError
from jiankao_proto.messages import Policy
from jiankao_proto.observations import Heartbeat, Observation, ObservationsDropped

URGENT_DELAY_US = 10_000
"""How long the first urgent observation waits for others: one click often starts several programs in a row."""
URGENT_SPACING_US = 150_000
"""How far apart batches are that urgent observations ask for, and so the longest that one of many waits."""
URGENT_AT_ONCE = 2
"""How many such batches may go without that distance after a quiet time: what a program does follows its start."""
RETRY_DELAY_US = 1_000_000
"""How long after a failure to keep a batch the next attempt is due."""

LARGEST_OBSERVATION = 512 * 1024
"""Bytes of one observation: one alone in its batch, with all a header can hold, stays below what a collector admits."""

_FLUSH_LIMITS_MS = (100, 10_000)
_QUIET_LIMITS_MS = (500, 60_000)
_NO_MEMORY = "too much was observed at once"
_MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one batch, and how much memory, may hold.

    What waits takes some 700 bytes each, and is many only while nothing can be kept on the disk: with this much the
    agent stays below 64 MiB then, too.
    """

    batch_observations: int = MAX_OBSERVATIONS - 1  # one place for what was dropped
    batch_bytes: int = 256 * 1024
    waiting_observations: int = 15_000
    waiting_bytes: int = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Checked:
    """An observation that is known to survive the wire, and its size in bytes."""

    observation: Observation
    size: int


def check(observation: Observation) -> Checked:
    """Prove that an observation can be written and read again.

    One that could not be read, or is too large for any batch, would stop the whole chain at the collector, for good.
    Raises MalformedError.
    """
    data = write_observation(observation)
    if len(data) > LARGEST_OBSERVATION:
        raise MalformedError(
            f"an observation of {len(data)} bytes; at most {LARGEST_OBSERVATION} are sent"
        )
    read_observation(data)
    return Checked(observation, len(data))


@dataclass(frozen=True, slots=True)
class _Waiting:
    checked: Checked
    since_us: int
    order: int


class Batcher:
    """Holds what waits to be sealed. Not safe for several threads at once."""

    def __init__(self, now_us: int, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._urgent: deque[_Waiting] = deque()
        self._ordinary: deque[_Waiting] = deque()
        self._bytes = 0
        self._order = 0
        self._dropped: ObservationsDropped | None = None
        # Taken and not yet known to be durable: (urgent, ordinary), and the drops told with them.
        self._in_hand: tuple[list[_Waiting], list[_Waiting]] = ([], [])
        self._dropped_in_hand: ObservationsDropped | None = None
        self._last_batch_us = now_us
        self._urgent_from_us = now_us - (URGENT_AT_ONCE - 1) * URGENT_SPACING_US
        """Before this moment, urgent observations ask for no batch of their own."""
        self._retry_at_us: int | None = None
        self._trouble = _NO_MEMORY
        self.follow(Policy())

    def follow(self, policy: Policy) -> None:
        """Use a policy's intervals, within what is sane; 0 stands for the default."""
        usual = Policy()
        flush_ms = policy.flush_interval_ms or usual.flush_interval_ms
        quiet_ms = policy.quiet_interval_ms or usual.quiet_interval_ms
        self._flush_us = 1000 * _within(flush_ms, _FLUSH_LIMITS_MS)
        self._quiet_us = 1000 * _within(quiet_ms, _QUIET_LIMITS_MS)

    @property
    def waiting(self) -> int:
        """How many observations wait."""
        return len(self._urgent) + len(self._ordinary)

    def add(self, checked: Checked, now_us: int, *, urgent: bool) -> None:
        """Take in one observation."""
        self._order += 1
        lane = self._urgent if urgent else self._ordinary
        lane.append(_Waiting(checked, now_us, self._order))
        self._bytes += checked.size
        self._give_up_what_is_too_much()

    def lost(self, wall_clock_us: int, reason: str) -> None:
        """Count an observation that cannot become one."""
        self._count(ObservationsDropped(1, wall_clock_us, wall_clock_us, reason[:_MAX_REASON]))

    def due_at(self) -> int:
        """Return when the next batch is to be taken."""
        if self._retry_at_us is not None:
            return self._retry_at_us
        due_us = self._last_batch_us + self._quiet_us
        if self._dropped is not None:
            due_us = min(due_us, self._last_batch_us + self._flush_us)
        if self._ordinary:
            due_us = min(due_us, self._ordinary[0].since_us + self._flush_us)
        if self._urgent:
            urgent_us = max(self._urgent[0].since_us + URGENT_DELAY_US, self._urgent_from_us)
            due_us = min(due_us, urgent_us)
        limits = self._limits
        if self.waiting >= limits.batch_observations or self._bytes >= limits.batch_bytes:
            due_us = min(due_us, self._last_batch_us)
        return due_us

    def take(self, wall_clock_us: int, now_us: int, spooled_batches: int) -> list[Observation]:
        """Return the next batch's observations: at least a heartbeat, whether it is due or not.

        `kept` or `not_kept` must follow before the next call.
        """
        taken: list[Observation] = []
        if self._dropped is not None:
            self._dropped_in_hand, self._dropped = self._dropped, None
            taken.append(Observation(wall_clock_us, now_us, self._dropped_in_hand))
        size = count = 0
        while lane := self._lane_of_the_oldest():
            size += lane[0].checked.size
            if count and (
                count == self._limits.batch_observations or size > self._limits.batch_bytes
            ):
                break
            waiting = lane.popleft()
            self._in_hand[lane is self._ordinary].append(waiting)
            taken.append(waiting.checked.observation)
            count += 1
        return taken or [Observation(wall_clock_us, now_us, Heartbeat(spooled_batches))]

    def kept(self, now_us: int) -> None:
        """What was taken last is durable."""
        self._bytes -= sum(w.checked.size for lane in self._in_hand for w in lane)
        if self._in_hand[0]:
            full_us = now_us - (URGENT_AT_ONCE - 1) * URGENT_SPACING_US
            self._urgent_from_us = max(self._urgent_from_us, full_us) + URGENT_SPACING_US
        self._in_hand, self._dropped_in_hand = ([], []), None
        self._last_batch_us, self._retry_at_us = now_us, None
        self._trouble = _NO_MEMORY

    def not_kept(self, now_us: int, reason: str) -> None:
        """What was taken last could not be made durable; it will be taken again."""
        urgent, ordinary = self._in_hand
        self._urgent.extendleft(reversed(urgent))
        self._ordinary.extendleft(reversed(ordinary))
        told = self._dropped_in_hand
        self._in_hand, self._dropped_in_hand = ([], []), None
        if told is not None:
            self._count(told)
        self._retry_at_us, self._trouble = now_us + RETRY_DELAY_US, reason[:_MAX_REASON]
        self._give_up_what_is_too_much()

    def _lane_of_the_oldest(self) -> deque[_Waiting] | None:
        lanes = [lane for lane in (self._urgent, self._ordinary) if lane]
        return min(lanes, key=lambda lane: lane[0].order) if lanes else None

    def _give_up_what_is_too_much(self) -> None:
        limits = self._limits
        while self.waiting > limits.waiting_observations or (
            self._bytes > limits.waiting_bytes and self.waiting > 1
        ):
            given_up = (self._ordinary or self._urgent).popleft()
            self._bytes -= given_up.checked.size
            self.lost(given_up.checked.observation.wall_clock_us, self._trouble)

    def _count(self, more: ObservationsDropped) -> None:
        before = self._dropped
        self._dropped = (
            more
            if before is None
            else ObservationsDropped(
                before.count + more.count,
                min(before.first_wall_clock_us, more.first_wall_clock_us),
                max(before.last_wall_clock_us, more.last_wall_clock_us),
                more.reason,
            )
        )


def _within(value: int, limits: tuple[int, int]) -> int:
    return min(max(value, limits[0]), limits[1])
