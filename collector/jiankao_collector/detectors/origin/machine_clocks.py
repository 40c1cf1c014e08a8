"""What the clocks in one workstation's batches say about the machine that sealed them. Pure.

The monotonic clock counts from the start of a system and cannot be set. So a start is known to within the time a batch
is under way, and two starts on one machine follow each other: one that was running while another still talked is
another machine. How long something was under way is unknown for what was spooled; only what was sealed after the Hello
of the very stream it came on counts as live. An agent stamps an observation when it is made, and seals it a second
later.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jiankao_collector.detectors.base import Sign
from jiankao_collector.detectors.origin.signs import Told
from jiankao_proto.batch import Batch, BatchHeader
from jiankao_proto.ids import BootId
from jiankao_proto.observations import (
    ClockChanged,
    Health,
    Heartbeat,
    Observation,
    ObservationsDropped,
    ProcessStarted,
)

OVERLAP_US = 15_000_000
"""Two starts overlap by more than a stalled network explains."""
SAME_START_US = 5_000_000
"""Starts this close are one that was given another name: such names may come from a clock that was set."""
RAN_BACK_US = 1_000_000
RAN_AHEAD_US = 300_000_000
"""More than draining a long spool takes."""
LATER_US = 2_000_000
EARLIER_US = 60_000_000
ENOUGH_BATCHES, ENOUGH_US = 3, 1_500_000
"""One batch may be odd: the machine slept, or its clock was set, between an observation and the seal."""
OLD_START_US = 3_600_000_000
ENOUGH_STARTS = 3
_BOOTS_KEPT = 8
_SPOOL = "spool"
_TIMES, _STARTS = "times", "starts"


@dataclass(slots=True)
class _Boot:
    """One start of a system, on the collector's clock.

    `start_us`: not later than this it began. `alive_us`: it lived then. `ahead_us`: the collector's clock minus its
    own, by what came live.
    """

    start_us: int
    alive_us: int | None = None
    ahead_us: int | None = None
    last_us: int = 0
    last_sequence: int = -1


class MachineClocks:
    """Follows the clocks of one workstation."""

    def __init__(self) -> None:
        self._boots: dict[BootId, _Boot] = {}
        self._stream: tuple[str, int] | None = None
        self._odd: list[int] = []
        self._odd_starts: set[tuple[int, int]] = set()
        self._clock_set = False
        self._told: set[tuple[object, ...]] = set()
        """What goes on and was told: it is not told with every batch."""

    def begin(self) -> None:
        """Tell anew what still holds."""
        self._told.clear()

    def opened(self, boot: str, next_sequence: int) -> None:
        """Take in a stream's Hello."""
        self._stream = (boot, next_sequence)

    def is_live(self, header: BatchHeader) -> bool:
        """Tell whether a batch was sealed while the stream it came on was open."""
        stream = self._stream
        return (
            stream is not None
            and header.boot_id.value == stream[0]
            and header.sequence >= stream[1]
        )

    def admitted(self, at_us: int, batch: Batch) -> Iterator[Told]:
        """Take in an admitted batch, recorded at `at_us`."""
        header = batch.header
        boot = self._boots.get(header.boot_id)
        start_us = at_us - header.monotonic_us
        if boot is None:
            boot = self._boots[header.boot_id] = _Boot(start_us)
            self._odd, self._odd_starts, self._clock_set = [], set(), False
            while len(self._boots) > _BOOTS_KEPT:
                del self._boots[next(iter(self._boots))]
                self._told.clear()
        boot.start_us = min(boot.start_us, start_us)
        yield from _clock(boot, header, start_us, live=self.is_live(header))
        if self.is_live(header):
            ahead_us = start_us if boot.ahead_us is None else min(boot.ahead_us, start_us)
            boot.ahead_us = ahead_us
            boot.alive_us = max(boot.alive_us or 0, header.monotonic_us + ahead_us)
            yield from self._overlap(header.boot_id, boot)
        yield from self._times(batch)
        yield from self._starts(batch)

    def _overlap(self, name: BootId, boot: _Boot) -> Iterator[Told]:
        for other_name, other in self._boots.items():
            if other_name == name or other.alive_us is None:
                continue
            renamed = abs(boot.start_us - other.start_us) < SAME_START_US
            overlap_us = other.alive_us - boot.start_us
            if not renamed and overlap_us > OVERLAP_US and self._is_news(name, other_name):
                yield Told(Sign.BOOTS_OVERLAP, _seconds(overlap_us))

    def _times(self, batch: Batch) -> Iterator[Told]:
        """Compare when observations were made with when they were sealed, over several batches."""
        made = [o for o in batch.observations if _has_own_time(o)]
        if any(isinstance(o.fact, ClockChanged) for o in made) or _spool_ails(batch.header):
            self._odd = []
        elif made:
            if not any(_is_odd(o, batch.header) for o in made):
                self._odd = []
                self._told.discard((_TIMES,))
                return
            self._odd.append(batch.header.monotonic_us)
            if len(self._odd) > ENOUGH_BATCHES:
                del self._odd[1]
            enough = (
                len(self._odd) >= ENOUGH_BATCHES and abs(self._odd[-1] - self._odd[0]) >= ENOUGH_US
            )
            if enough and self._is_news(_TIMES):
                apart_us = max(_apart_us(o, batch.header) for o in made)
                yield Told(Sign.TIMES_CONTRADICT, _seconds(apart_us))

    def _starts(self, batch: Batch) -> Iterator[Told]:
        """Compare when new programs began with when they were seen; a fresh one shows that somebody looks now.

        A program that replaced itself keeps its start, so one batch says nothing, and several only add.
        """
        off_us: dict[tuple[int, int], int] = {}
        for observation in batch.observations:
            fact = observation.fact
            if isinstance(fact, ClockChanged):
                self._clock_set = (
                    True  # what a system says of its programs' starts may be off from here on
                )
            if isinstance(fact, ProcessStarted) and not fact.baseline:
                process = fact.process
                which = (process.pid, process.started_at_us)
                off_us[which] = abs(observation.wall_clock_us - process.started_at_us)
        if not off_us or self._clock_set:
            return
        if min(off_us.values()) <= OLD_START_US:
            self._odd_starts.clear()
            self._told.discard((_STARTS,))
            return
        self._odd_starts.add(next(iter(off_us)))
        if len(self._odd_starts) < ENOUGH_STARTS:
            return
        self._odd_starts.clear()
        if self._is_news(_STARTS):
            yield Told(Sign.STARTS_CONTRADICT, _seconds(min(off_us.values())), sure=False)

    def _is_news(self, *what: object) -> bool:
        if what in self._told:
            return False
        self._told.add(what)
        return True


def _clock(boot: _Boot, header: BatchHeader, start_us: int, *, live: bool) -> Iterator[Told]:
    at_us = header.monotonic_us
    if header.sequence > boot.last_sequence:
        if at_us < boot.last_us - RAN_BACK_US:
            yield Told(Sign.CLOCK_CONTRADICTS, "back", _seconds(boot.last_us - at_us))
        boot.last_us, boot.last_sequence = at_us, header.sequence
    if live and boot.ahead_us is not None and start_us < boot.ahead_us - RAN_AHEAD_US:
        yield Told(Sign.CLOCK_CONTRADICTS, "ahead", _seconds(boot.ahead_us - start_us))


def _has_own_time(observation: Observation) -> bool:
    """Beats and counts of what was lost are made when a batch is."""
    return not isinstance(observation.fact, Heartbeat | ObservationsDropped)


def _spool_ails(header: BatchHeader) -> bool:
    """While nothing can be kept, observations wait for as long as that lasts."""
    return any(s.sensor == _SPOOL and s.health is not Health.OK for s in header.sensors)


def _is_odd(observation: Observation, header: BatchHeader) -> bool:
    waited_us = header.monotonic_us - observation.monotonic_us
    return not -LATER_US <= waited_us <= EARLIER_US or _drift_us(observation, header) > EARLIER_US


def _drift_us(observation: Observation, header: BatchHeader) -> int:
    """Return by how much the two clocks lie otherwise to each other than when the batch was sealed."""
    sealed_us = header.wall_clock_us - header.monotonic_us
    return abs(observation.wall_clock_us - observation.monotonic_us - sealed_us)


def _apart_us(observation: Observation, header: BatchHeader) -> int:
    waited_us = abs(header.monotonic_us - observation.monotonic_us)
    return max(waited_us, _drift_us(observation, header))


def _seconds(us: int) -> str:
    return str(us // 1_000_000)
