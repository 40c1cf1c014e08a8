"""From a workstation's records to lines a person can read. Pure.

Every line names the records it rests on. Records that say nothing but "still here" are gathered into one line, so the
lines that matter are found among thousands. What an agent kept while its cable was out stands where it happened, and
says when it arrived.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from jiankao_collector.console.arrivals import Arrivals
from jiankao_collector.console.wording import Words
from jiankao_proto import observations as seen
from jiankao_proto.batch import Batch
from jiankao_proto.codec import read_batch, read_envelope
from jiankao_proto.errors import MalformedError
from jiankao_proto.records import (
    AlertChanged,
    EnvelopeAdmitted,
    EnvelopeRejected,
    Record,
    StreamClosed,
    StreamOpened,
    WorkstationEnrolled,
)

MOST_LINES = 150
"""Lines on a page; the oldest go."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, at `at_us`, according to records `first` to `last`; `times` when it came again.

    `arrived_us`: when the collector was told, where that was much later; 0 otherwise.
    """

    at_us: int
    first: int
    last: int
    text: str
    routine: bool = False
    times: int = 1
    arrived_us: int = 0


def lines(records: Iterable[Record], words: Words) -> list[Line]:
    """Return the newest lines, newest first, of records given oldest first."""
    kept: list[Line] = []
    # Sorting keeps the order of records where times are equal.
    for line in sorted(_all_lines(records, words), key=lambda line: line.at_us):
        if kept and _continues(kept[-1], line):
            kept[-1] = replace(
                kept[-1],
                at_us=line.at_us,
                last=line.last,
                times=kept[-1].times + 1,
                arrived_us=line.arrived_us,
            )
        else:
            kept.append(line)
    return [
        replace(line, text=words("line.routine", n=line.times), times=1) if line.routine else line
        for line in reversed(kept[-MOST_LINES:])
    ]


def sensor_reasons(records: Iterable[Record]) -> dict[str, tuple[str, str]]:
    """Return the last (reason, remedy) each sensor gave for its health, as far as these records say."""
    reasons: dict[str, tuple[str, str]] = {}
    for record in records:
        for fact in _facts(record):
            if isinstance(fact, seen.SensorStateChanged):
                reasons[fact.sensor] = (fact.reason, fact.remedy)
    return reasons


def _continues(line: Line, following: Line) -> bool:
    return (
        line.text == following.text
        and line.routine == following.routine
        and bool(line.arrived_us) == bool(following.arrived_us)
        and line.last <= following.first
    )


def _all_lines(records: Iterable[Record], words: Words) -> Iterator[Line]:
    read = [(record, _batch(record)) for record in records]
    arrivals = Arrivals()
    for record, batch in read:
        if batch is not None:
            arrivals.take(record.recorded_at_us, batch.header)
    for record, batch in read:
        told = [(record.recorded_at_us, 0, text) for text in _texts(record, batch, words)]
        if batch is not None:
            boot, arrived_us = batch.header.boot_id, record.recorded_at_us
            told = [
                (*arrivals.when(arrived_us, boot, observation.monotonic_us), text)
                for observation in batch.observations
                for text in _fact_texts(observation.fact, words)
            ] or [(*arrivals.when(arrived_us, boot, batch.header.monotonic_us), "")]
        for at_us, late_us, text in told:
            yield Line(
                at_us, record.number, record.number, text, routine=not text, arrived_us=late_us
            )


def _facts(record: Record) -> list[seen.Fact]:
    """Return the facts of an admitted envelope that can be read, none for another record."""
    batch = _batch(record)
    return [] if batch is None else [o.fact for o in batch.observations]


def _batch(record: Record) -> Batch | None:
    """Return what an admitted envelope holds; None for another record, and for one that cannot be read.

    What was admitted was readable; a log that was altered since may not be, and the page still has to open.
    """
    if not isinstance(record.body, EnvelopeAdmitted):
        return None
    try:
        _, payload, _ = read_envelope(record.body.envelope)
        return read_batch(payload)
    except MalformedError:
        return None


def _texts(record: Record, batch: Batch | None, words: Words) -> Iterator[str]:
    match record.body:
        case EnvelopeAdmitted() if batch is None:
            yield words("line.unreadable")
        case StreamClosed() as body:
            yield _stream_closed(body, words)
        case AlertChanged() as body:
            yield from _alert(body, words)
        case EnvelopeRejected() as body:
            reason = words.name("refusal", body.reason.name)
            yield words("line.rejected", reason=reason, detail=body.detail).strip()
        case WorkstationEnrolled() as body:
            yield words("line.enrolled", host=body.hostname)
        case StreamOpened() as body:
            yield words("line.stream_opened", peer=body.peer, version=body.agent_version)


def _stream_closed(body: StreamClosed, words: Words) -> str:
    if body.collector_stopping:
        return words("line.collector_stopping")
    return (
        words("line.stream_replaced")
        if body.replaced
        else words("line.stream_closed", why=body.why)
    )


def _alert(body: AlertChanged, words: Words) -> Iterator[str]:
    """Yield a line where an alert begins and where it is over; the alert itself tells how it grew."""
    if body.revision == 1 or body.over:
        yield words(
            "line.alert_over" if body.over else "line.alert",
            kind=words.name("kind", body.kind),
            severity=words(f"severity.{int(body.severity)}"),
        )


def _fact_texts(fact: seen.Fact, words: Words) -> Iterator[str]:
    """Yield the sentence of a fact; nothing for what was there before watching began and for mere counts."""
    sentence: Callable[[seen.Fact, Words], str] | None = _SENTENCES.get(type(fact))
    there_before = getattr(fact, "baseline", False) or (
        isinstance(fact, seen.WatchedFileChanged | seen.ServiceChanged | seen.NetworkSettingChanged)
        and fact.change is seen.Change.BASELINE
    )
    if sentence is not None and not there_before:
        yield sentence(fact, words).strip()


def _program(process: seen.ProcessRef, words: Words) -> str:
    return process.name or words("unknown.program")


def _endpoint(endpoint: seen.Endpoint) -> str:
    address = f"[{endpoint.address}]" if ":" in endpoint.address else endpoint.address
    return f"{address}:{endpoint.port}"


def _connection(fact: seen.ConnectionOpened, words: Words) -> str:
    key = {seen.Direction.INBOUND: "fact.inbound", seen.Direction.OUTBOUND: "fact.outbound"}
    return words(
        key.get(fact.direction, "fact.connected"),
        name=_program(fact.process, words),
        remote=_endpoint(fact.remote),
        port=fact.local.port,
    )


def _session(fact: seen.SessionStarted | seen.SessionEnded, words: Words) -> str:
    return words(
        "fact.session_started" if isinstance(fact, seen.SessionStarted) else "fact.session_ended",
        kind=words.name("logon", fact.kind.name),
        user=fact.user,
        host=fact.remote_host,
    )


def _injected(fact: seen.InjectedInput, words: Words) -> str:
    if fact.requests:
        return words(
            "fact.injection_requested",
            name=_program(fact.process, words),
            method=words.name("method", fact.method.name),
            n=fact.requests,
        )
    return words(
        "fact.injected",
        method=words.name("method", fact.method.name),
        motion=fact.motion_events,
        buttons=fact.button_events,
        keys=fact.key_events,
        scrolls=fact.scroll_events,
    )


def _service(fact: seen.ServiceChanged, words: Words) -> str:
    change = _change(fact.change, words)
    if fact.kind is seen.ServiceKind.VIRTUAL_INPUT:
        return words("fact.virtual_input", name=_program(fact.process, words), change=change)
    state = "running" if fact.running else "enabled" if fact.enabled else "idle"
    return words("fact.service", name=fact.name, change=change, state=words.name("service", state))


def _network_setting(fact: seen.NetworkSettingChanged, words: Words) -> str:
    return words(
        "fact.network_setting",
        kind=words.name("setting", fact.kind),
        name=fact.name,
        change=_change(fact.change, words),
        value=fact.value,
    )


def _change(change: seen.Change, words: Words) -> str:
    return words.name("change", change.name)


_SENTENCES: dict[type, Callable[..., str]] = {
    seen.ProcessStarted: lambda f, w: w("fact.process_started", name=f.process.name),
    seen.ProcessEnded: lambda f, w: w("fact.process_ended", name=f.name),
    seen.ConnectionOpened: _connection,
    seen.ListenerOpened: lambda f, w: w(
        "fact.listener", name=_program(f.process, w), port=f.local.port
    ),
    seen.InjectedInput: _injected,
    seen.SessionStarted: _session,
    seen.SessionEnded: _session,
    seen.DisplayChanged: lambda f, w: w(
        "fact.display", output=f.output, change=_change(f.change, w)
    ),
    seen.DeviceAttached: lambda f, w: w(
        "fact.device_attached", name=f.device.name or f.device.path
    ),
    seen.DeviceRemoved: lambda f, w: w("fact.device_removed", name=f.device.name or f.device.path),
    seen.NetworkInterfaceChanged: lambda f, w: w(
        "fact.network", name=f.interface, change=_change(f.change, w)
    ),
    seen.WindowFinding: lambda f, w: w(
        "fact.window",
        kind=w.name("window", f.kind.name),
        name=f.desktop or _program(f.process, w),
    ),
    seen.WatchedFileChanged: lambda f, w: w("fact.file", path=f.path, change=_change(f.change, w)),
    seen.ServiceChanged: _service,
    seen.EnvironmentSeen: lambda f, w: (
        w("fact.debugged", name=_program(f.debugger, w))
        if f.debugger != seen.ProcessRef()
        else w("fact.environment")
    ),
    seen.NetworkSettingChanged: _network_setting,
    seen.NameResolved: lambda f, w: w("fact.name_resolved", name=f.name),
    seen.ClockChanged: lambda f, w: w("fact.clock", seconds=f"{f.jump_us / 1_000_000:+.1f}"),
    seen.SensorStateChanged: lambda f, w: w(
        "fact.sensor",
        sensor=w.name("sensor", f.sensor),
        health=w.name("health", f.health.name),
        reason=w.said(f.reason),
    ),
    seen.AgentLifecycle: lambda f, w: w(
        "fact.agent", stage=w.name("stage", f.stage.name), detail=f.detail
    ),
    seen.ObservationsDropped: lambda f, w: w("fact.dropped", n=f.count, reason=w.said(f.reason)),
}
"""Fact to sentence. Input windows, heartbeats and what closes again have none: they are routine."""
