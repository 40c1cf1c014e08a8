"""The two kinds of recording: Windows events, and our own observations. Each is packed for sorting, then unpacked."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from jiankao_collector.recordings.errors import UnusableRecordError
from jiankao_collector.recordings.observation_lines import is_observation, parse_line
from jiankao_collector.recordings.ordering import Timed
from jiankao_collector.recordings.shapes import is_windows_event, parse_event
from jiankao_collector.recordings.sigma_view import sigma_view
from jiankao_collector.recordings.translation import Translation
from jiankao_collector.recordings.windows_event import SECURITY, SYSMON, WindowsEvent
from jiankao_collector.sigma.events import Event
from jiankao_collector.sigma.from_observation import event_of
from jiankao_proto.codec import read_observation, write_observation
from jiankao_proto.observations import Fact, Observation, ProcessStarted

_MOST_KINDS = 500
_ENDS = {(SYSMON, 5), (SECURITY, 4689)}
OTHER_KINDS = "*"


class Format(StrEnum):
    """What a recording is of; the names are those of `--from`."""

    OBSERVATIONS = "observations"
    SYSMON = "sysmon"
    EVTX_JSON = "evtx-json"


def guess(values: Sequence[object]) -> Format | None:
    """Return what the first values of a recording look like, None when like nothing that is known.

    Sysmon's and other Windows events are read alike: `sysmon` is said where every one of them is of Sysmon.
    """
    if any(is_observation(value) for value in values):
        return Format.OBSERVATIONS
    services = set()
    for value in values:
        if is_windows_event(value):
            try:
                services.add(parse_event(value).service)
            except UnusableRecordError:
                services.add("")
    if not services:
        return None
    return Format.SYSMON if services == {SYSMON} else Format.EVTX_JSON


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation, and the computer it was made at."""

    computer: str
    room: str
    seat: str
    observation: Observation


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event as Sigma rules see it. `fact`: what of it will end; `kind`: its log and number, or our own name."""

    computer: str
    room: str
    seat: str
    at_us: int
    event: Event
    fact: Fact | None
    kind: str


class Reader(Protocol):
    """Reads one kind of recording. `not_understood` and `without_meaning` count events by log and number."""

    not_understood: Counter[str]
    without_meaning: Counter[str]

    def pack(self, value: object, line: int) -> Timed:
        """Return a JSON value as a record that can be sorted. Raises UnusableRecordError."""

    def unpack(self, record: Timed) -> Iterator[Seen | SeenEvent]:
        """Yield what a record says, and the event it is where Sigma rules may ask; give them in the order of time."""


def reader_of(kind: Format, *, events: bool = False) -> Reader:
    """Return a reader for one recording. `events`: it yields them as Sigma rules see them, too."""
    if kind is Format.OBSERVATIONS:
        return _Observations(events)
    return _Events(SYSMON if kind is Format.SYSMON else "", events)


class _Observations:
    def __init__(self, events: bool) -> None:
        self._with_events = events
        self.not_understood: Counter[str] = Counter()
        self.without_meaning: Counter[str] = Counter()

    def pack(self, value: object, line: int) -> Timed:
        told = parse_line(value)
        head = json.dumps([told.workstation, told.room, told.seat]).encode()
        content = head + b"\n" + write_observation(told.observation)
        return Timed(told.observation.wall_clock_us, line, content)

    def unpack(self, record: Timed) -> Iterator[Seen | SeenEvent]:
        head, _, content = record.content.partition(b"\n")
        workstation, room, seat = json.loads(head)
        observation = read_observation(content)
        yield Seen(workstation, room, seat, observation)
        fact = observation.fact
        event = event_of(fact) if self._with_events else None
        if event is not None:
            kind = type(fact).__name__
            yield SeenEvent(workstation, room, seat, record.at_us, event, fact, kind)


class _Events:
    def __init__(self, unnamed: str, events: bool) -> None:
        self._unnamed = unnamed
        self._with_events = events
        self._computers: dict[str, Translation] = {}
        # Connections never end in these logs, programs only where somebody had their ends logged: what would last for
        # ever otherwise is taken to be over at once.
        self._tell_ends: set[str] = set()
        self.not_understood: Counter[str] = Counter()
        self.without_meaning: Counter[str] = Counter()

    def pack(self, value: object, line: int) -> Timed:
        event = parse_event(value, unnamed=self._unnamed)
        if (event.service, event.event_id) in _ENDS:
            self._tell_ends.add(event.computer)
        content = [
            event.computer,
            event.service,
            event.provider,
            event.event_id,
            dict(event.fields),
        ]
        return Timed(event.at_us, line, json.dumps(content).encode())

    def unpack(self, record: Timed) -> Iterator[Seen | SeenEvent]:
        computer, service, provider, event_id, fields = json.loads(record.content)
        event = WindowsEvent(computer, record.at_us, service, provider, event_id, fields)
        translation = self._computers.setdefault(computer, Translation())
        facts = translation.facts(event)
        if facts is None:
            _count(self.not_understood, event)
        elif not facts:
            _count(self.without_meaning, event)
        for fact in facts or ():
            yield Seen(computer, "", "", Observation(record.at_us, record.at_us, fact))
        if self._with_events:
            started = _started(facts or ()) if computer in self._tell_ends else None
            view = sigma_view(event)
            yield SeenEvent(computer, "", "", record.at_us, view, started, _kind(event))


def _started(facts: Iterable[Fact]) -> Fact | None:
    """Return the process an event says has started: what it merely shows to be running was no event of its own."""
    return next((f for f in facts if isinstance(f, ProcessStarted) and not f.baseline), None)


def _kind(event: WindowsEvent) -> str:
    return f"{event.service or '?'} {event.event_id}"


def _count(counter: Counter[str], event: WindowsEvent) -> None:
    kind = _kind(event)
    counter[kind if kind in counter or len(counter) < _MOST_KINDS else OTHER_KINDS] += 1
