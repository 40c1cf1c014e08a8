"""The two kinds of recording: Windows events, and our own observations. Each is packed for sorting, then unpacked."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from jiankao_collector.recordings.errors import UnusableRecordError
from jiankao_collector.recordings.observation_lines import is_observation, parse_line
from jiankao_collector.recordings.ordering import Timed
from jiankao_collector.recordings.shapes import is_windows_event, parse_event
from jiankao_collector.recordings.translation import Translation
from jiankao_collector.recordings.windows_event import SYSMON, WindowsEvent
from jiankao_proto.codec import read_observation, write_observation
from jiankao_proto.observations import Observation

_MOST_KINDS = 500
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


class Reader(Protocol):
    """Reads one kind of recording. `not_understood` and `without_meaning` count events by log and number."""

    not_understood: Counter[str]
    without_meaning: Counter[str]

    def pack(self, value: object, line: int) -> Timed:
        """Return a JSON value as a record that can be sorted. Raises UnusableRecordError."""

    def unpack(self, record: Timed) -> Iterator[Seen]:
        """Yield what a record says; give them in the order of time."""


def reader_of(kind: Format) -> Reader:
    """Return a reader for one recording."""
    if kind is Format.OBSERVATIONS:
        return _Observations()
    return _Events(unnamed=SYSMON if kind is Format.SYSMON else "")


class _Observations:
    def __init__(self) -> None:
        self.not_understood: Counter[str] = Counter()
        self.without_meaning: Counter[str] = Counter()

    def pack(self, value: object, line: int) -> Timed:
        told = parse_line(value)
        head = json.dumps([told.workstation, told.room, told.seat]).encode()
        content = head + b"\n" + write_observation(told.observation)
        return Timed(told.observation.wall_clock_us, line, content)

    def unpack(self, record: Timed) -> Iterator[Seen]:
        head, _, content = record.content.partition(b"\n")
        workstation, room, seat = json.loads(head)
        yield Seen(workstation, room, seat, read_observation(content))


class _Events:
    def __init__(self, unnamed: str) -> None:
        self._unnamed = unnamed
        self._computers: dict[str, Translation] = {}
        self.not_understood: Counter[str] = Counter()
        self.without_meaning: Counter[str] = Counter()

    def pack(self, value: object, line: int) -> Timed:
        event = parse_event(value, unnamed=self._unnamed)
        content = [
            event.computer,
            event.service,
            event.provider,
            event.event_id,
            dict(event.fields),
        ]
        return Timed(event.at_us, line, json.dumps(content).encode())

    def unpack(self, record: Timed) -> Iterator[Seen]:
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


def _count(counter: Counter[str], event: WindowsEvent) -> None:
    kind = f"{event.service or '?'} {event.event_id}"
    counter[kind if kind in counter or len(counter) < _MOST_KINDS else OTHER_KINDS] += 1
