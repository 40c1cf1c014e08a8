"""Runs the detectors of one workstation: turns records into what they see, and wakes them when their time has come.

Facts that outlive an exam session (whether it is connected, which boots it named, what its sensors said) are kept here
and handed to the detectors that are made anew when one opens.
"""

from collections.abc import Iterator
from typing import TypeVar

from jiankao_collector.detectors.base import (
    BatchSeen,
    Detector,
    Finding,
    RefusalSeen,
    ScopeSeen,
    Seen,
    StandingSeen,
    StreamSeen,
    TimeSeen,
)
from jiankao_collector.detectors.catalogue import DETECTORS
from jiankao_collector.detectors.own_traffic import OwnTraffic
from jiankao_collector.knowledge.catalogue import Catalogue
from jiankao_proto.batch import Batch, SensorHealth
from jiankao_proto.codec import read_batch, read_envelope
from jiankao_proto.errors import MalformedError
from jiankao_proto.ids import BootId
from jiankao_proto.observations import SensorStateChanged
from jiankao_proto.records import (
    EnvelopeAdmitted,
    EnvelopeRejected,
    RefusalReason,
    StreamClosed,
    StreamOpened,
)

_BOOTS_KEPT = 1024
_SENSORS_KEPT = 64

K = TypeVar("K")
V = TypeVar("V")


class Watch:
    """One workstation under watch. Every method takes the record that told of it, and returns what was found.

    `heard`: something came from it since the exam session opened, or it was connected then.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._detectors: tuple[Detector, ...] = ()
        self._own = OwnTraffic()
        self._boots: dict[BootId, None] = {}
        self._said: dict[str, SensorStateChanged] = {}
        self._awaited = False
        self._superseded = False
        self.connected = False
        self.heard = False
        self.last_seen_us = 0
        self.sensors: tuple[SensorHealth, ...] = ()
        self.wakes_at: int | None = None

    def begin(self, number: int, at_us: int, policy_toml: bytes | None) -> list[Finding]:
        """Make the detectors anew. `policy_toml` is None outside of an exam session."""
        self._detectors = tuple(make(self._catalogue) for make in DETECTORS)
        self.heard = self.connected
        return [
            *self._show(self._standing(number, at_us)),
            *self._show(ScopeSeen(number, at_us, policy_toml is not None, policy_toml or b"")),
        ]

    def scope_closed(self, number: int, at_us: int) -> list[Finding]:
        """Its exam session closed; the detectors go on."""
        return self._show(ScopeSeen(number, at_us, opened=False))

    def supersede(self, number: int, at_us: int) -> list[Finding]:
        """A newer enrolment holds its seat."""
        self._superseded = True
        return self._show(self._standing(number, at_us))

    def collector_started(self, number: int, at_us: int) -> list[Finding]:
        """No stream outlives the collector; who was connected has to come back."""
        if not self.connected and not self._awaited:
            return []
        self.connected, self._awaited = False, True
        return self._show(self._standing(number, at_us))

    def stream_opened(self, number: int, at_us: int, body: StreamOpened) -> list[Finding]:
        """Its stream is up."""
        self._own.stream_opened(body.peer)
        self._alive(at_us)
        return self._show(StreamSeen(number, at_us, up=True))

    def stream_closed(self, number: int, at_us: int, body: StreamClosed) -> list[Finding]:
        """Its stream is down, unless a newer one replaced it."""
        if body.replaced:
            return []
        self._awaited = body.collector_stopping and self.connected
        self.connected = False
        return self._show(StreamSeen(number, at_us, up=False, orderly=body.collector_stopping))

    def admitted(self, number: int, at_us: int, body: EnvelopeAdmitted) -> list[Finding]:
        """A batch was admitted; its signature was checked then. One that cannot be read is a finding, no error."""
        self._alive(at_us)
        try:
            batch = read_batch(read_envelope(body.envelope)[1])
        except MalformedError as error:
            return self._show(RefusalSeen(number, at_us, RefusalReason.MALFORMED_BATCH, str(error)))
        self._remember(batch)
        return self._show(BatchSeen(number, at_us, self._own.without(batch)))

    def refused(self, number: int, at_us: int, body: EnvelopeRejected) -> list[Finding]:
        """Something sent under its certificate was refused."""
        return self._show(RefusalSeen(number, at_us, body.reason, body.detail))

    def wake(self, number: int, at_us: int) -> list[Finding]:
        """Wake the detectors whose time has come."""
        findings: list[Finding] = []
        for detector in self._detectors:
            due = detector.wakes_at()
            if due is not None and due <= at_us:
                findings.extend(detector.see(TimeSeen(number, at_us)))
        self._set_alarm()
        return findings

    def _alive(self, at_us: int) -> None:
        self.connected = self.heard = True
        self._awaited = False
        self.last_seen_us = at_us

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

    def _show(self, seen: Seen) -> list[Finding]:
        findings = list(self._findings(seen))
        self._set_alarm()
        return findings

    def _findings(self, seen: Seen) -> Iterator[Finding]:
        for detector in self._detectors:
            yield from detector.see(seen)

    def _set_alarm(self) -> None:
        times = [at for at in (d.wakes_at() for d in self._detectors) if at is not None]
        self.wakes_at = min(times, default=None)


def _trim(kept: dict[K, V], most: int) -> None:
    while len(kept) > most:
        del kept[next(iter(kept))]
