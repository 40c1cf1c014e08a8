"""A recording from its file to its alerts: read, put into the order of time, judged."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jiankao_collector.assessment import Rules
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.recordings.errors import UnusableRecordError
from jiankao_collector.recordings.formats import Format, Reader, SeenEvent, guess, reader_of
from jiankao_collector.recordings.judging import RecordingJudge
from jiankao_collector.recordings.ordering import Timed, TimeOrder
from jiankao_collector.recordings.source import Bad, Value, read_values
from jiankao_proto.errors import MalformedError
from jiankao_proto.records import AlertChanged

BAD_LISTED = 20
_LOOKED_AT = 64
"""Values that are looked at to guess what a recording is of."""


@dataclass(slots=True)
class BadLines:
    """How many records were unusable, and the first of them."""

    count: int = 0
    first: list[Bad] = field(default_factory=list)

    def add(self, bad: Bad) -> None:
        """Count one."""
        self.count += 1
        if len(self.first) < BAD_LISTED:
            self.first.append(bad)


@dataclass(frozen=True, slots=True)
class Assessed:
    """What came of a recording. `records`: those that were used; `judge` knows its computers and lines."""

    file: str
    format: Format
    guessed: bool
    rules: Rules
    records: int
    bad: BadLines
    reader: Reader
    judge: RecordingJudge
    alerts: tuple[AlertChanged, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """Who is told how far it is: of bytes read, and of records judged out of so many."""

    read: Callable[[int], object]
    judging: Callable[[Iterable[Timed], int], Iterable[Timed]]


def assess(
    path: Path, asked: Format | None, rules: Rules, policy_toml: bytes, progress: Progress
) -> Assessed:
    """Judge a recording. Raises ConfigurationError when nothing in the file can be used."""
    try:
        with TimeOrder() as order:
            bad = BadLines()
            kind, values = _opened(path, asked, bad, progress)
            reader = reader_of(kind, events=bool(rules.sigma.rules))
            records = 0
            for value in values:
                try:
                    order.add(reader.pack(value.value, value.line))
                except UnusableRecordError as error:
                    bad.add(Bad(value.line, str(error)))
                else:
                    records += 1
            if not records:
                raise _unusable(path, bad)
            judge = RecordingJudge(rules, policy_toml)
            for record in progress.judging(order.sorted(), records):
                _judge(judge, reader, record, bad)
            alerts = judge.close()
    except OSError as error:
        raise ConfigurationError(
            f"{path}: {error.strerror or error}: the recording cannot be read"
        ) from None
    return Assessed(str(path), kind, asked is None, rules, records, bad, reader, judge, alerts)


def _opened(
    path: Path, asked: Format | None, bad: BadLines, progress: Progress
) -> tuple[Format, Iterator[Value]]:
    values = _usable(read_values(path, progress.read), bad)
    if asked is not None:
        return asked, values
    first = list(itertools.islice(values, _LOOKED_AT))
    found = guess([value.value for value in first])
    if found is None:
        for value in first:
            bad.add(Bad(value.line, "neither an observation nor a Windows event"))
        raise _unusable(path, bad)
    return found, itertools.chain(first, values)


def _usable(values: Iterable[Value | Bad], bad: BadLines) -> Iterator[Value]:
    for value in values:
        if isinstance(value, Bad):
            bad.add(value)
        else:
            yield value


def _judge(judge: RecordingJudge, reader: Reader, record: Timed, bad: BadLines) -> None:
    for seen in reader.unpack(record):
        try:
            if isinstance(seen, SeenEvent):
                judge.hear_event(seen, record.line)
            else:
                computer = judge.computer(seen.computer, seen.room, seen.seat)
                judge.hear(computer, seen.observation, record.line)
        except (UnusableRecordError, MalformedError) as error:
            bad.add(Bad(record.line, str(error)))


def _unusable(path: Path, bad: BadLines) -> ConfigurationError:
    if not bad.first:
        return ConfigurationError(f"{path}: the file holds no records")
    worst = bad.first[0]
    return ConfigurationError(
        f"{path}: no usable record among {bad.count}; line {worst.line}: {worst.reason}"
    )
