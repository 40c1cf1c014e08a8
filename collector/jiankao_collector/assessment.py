"""From records to alerts: the judging call, the only one.

The live side and the auditor's replay feed it the same records in the same order and get the same alerts. It reads no
clock: time comes with records. Records of alerts are ignored, so what it says never depends on what it said before.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from jiankao_collector.detectors.base import Finding
from jiankao_collector.detectors.catalogue import entries
from jiankao_collector.detectors.engine import Watch
from jiankao_collector.knowledge.catalogue import Catalogue, load
from jiankao_collector.knowledge.judgement import judgement_digest
from jiankao_collector.knowledge.weights import Weights
from jiankao_collector.knowledge.weights import load as load_weights
from jiankao_collector.roster import Place, Roster
from jiankao_collector.scoring.across_seats import AcrossSeats
from jiankao_collector.scoring.alarms import Alarms
from jiankao_collector.scoring.hasty_rulings import HastyRulings
from jiankao_collector.scoring.rings import Found, Member
from jiankao_collector.scoring.seat_state import state_of
from jiankao_collector.scoring.seats import SeatView, empty_seat, seat_order
from jiankao_collector.scoring.series import Series
from jiankao_collector.sigma.events import Event
from jiankao_collector.sigma.rules import RuleSet
from jiankao_proto.ids import AlertId, WorkstationId
from jiankao_proto.observations import Fact
from jiankao_proto.records import (
    AlertChanged,
    AlertRuled,
    AnswersRecorded,
    CollectorStarted,
    EnvelopeAdmitted,
    EnvelopeRejected,
    Record,
    RuleSetInForce,
    StreamClosed,
    StreamOpened,
    WorkstationEnrolled,
)

_RULES_DOMAIN = b"jiankao.rules.v2\n"


@dataclass(frozen=True, slots=True)
class Rules:
    """What judges: the catalogue, the Sigma rules, the weights and the code. Two equal digests judge alike."""

    version: str
    digest: bytes
    catalogue: Catalogue
    sigma: RuleSet = field(default_factory=RuleSet)
    weights: Weights = field(default_factory=load_weights)


def load_rules(sigma: RuleSet | None = None) -> Rules:
    """Read the rules that ship with the collector, and add the room's own Sigma rules.

    Raises ConfigurationError when they cannot be read.
    """
    catalogue = load()
    sigma = sigma or RuleSet()
    weights = load_weights()
    parts = (catalogue.digest, judgement_digest(), sigma.digest, weights.digest)
    digest = sha256(_RULES_DOMAIN + b"".join(parts)).digest()
    version = catalogue.version
    if sigma.rules:
        version += f" + {len(sigma.rules)} sigma"
    return Rules(version, digest, catalogue, sigma, weights)


@dataclass(slots=True)
class _Watched:
    """One workstation: its detectors and its alerts."""

    workstation: WorkstationId
    watch: Watch
    series: Series
    superseded: bool = False


@dataclass(slots=True)
class _Told:
    """What one record led to."""

    record_number: int
    alerts: list[AlertChanged] = field(default_factory=list)
    born: int = 0

    def new_id(self) -> AlertId:
        """Return the id of the next alert this record gives birth to."""
        alert_id = AlertId(f"a{self.record_number}-{self.born}")
        self.born += 1
        return alert_id


class Assessment:
    """Judges a log, record by record. `now_us` is the time of the last record seen."""

    def __init__(self, rules: Rules, *, recorded: bool = False) -> None:
        self._rules = rules
        self._entries = entries(rules.sigma, recorded=recorded)
        self._roster = Roster()
        self._watched: dict[WorkstationId, _Watched] = {}
        self._alarms: Alarms[WorkstationId] = Alarms()
        self._across = AcrossSeats(
            knows=lambda process: rules.catalogue.find(process) is not None,
            hand_of=lambda workstation: self._watched[workstation].watch.hand,
        )
        self._rulings = HastyRulings()
        self._rooms: dict[str, Series] = {}
        self._alerts: dict[AlertId, AlertChanged] = {}
        self._rules_in_force: bytes | None = None
        self.now_us = 0

    def see(self, record: Record) -> tuple[AlertChanged, ...]:
        """Take in the next record and return the alerts that are new or have changed, in a fixed order."""
        body = record.body
        if isinstance(body, AlertChanged):
            return ()
        self.now_us = max(self.now_us, record.recorded_at_us)
        told = _Told(record.number)
        if isinstance(body, CollectorStarted):
            for watched in self._watched.values():
                self._judge(
                    told, watched, watched.watch.collector_started(record.number, self.now_us)
                )
        self._wake(told)
        if self._roster.see(record.number, body):
            self._rearrange(told, body if isinstance(body, WorkstationEnrolled) else None)
        elif isinstance(body, RuleSetInForce):
            self._change_rules(told, body)
        elif isinstance(body, AnswersRecorded):
            self._take_answers(told, body)
        elif isinstance(body, AlertRuled):
            self._raise(told, self._rulings.take(body, self._alerts, self.now_us, record.number))
        else:
            self._hear(told, record)
        self._raise(told, self._across.wake(self.now_us, record.number))
        for workstation, finding in self._across.answers_due(self.now_us, record.number):
            self._judge(told, self._watched[workstation], [finding])
        return tuple(told.alerts)

    def see_event(
        self, number: int, at_us: int, workstation: WorkstationId, event: Event, fact: Fact | None
    ) -> None:
        """Take in an event of a recording, as if a record, for the Sigma rules. `fact`: what of it can end."""
        self.now_us = max(self.now_us, at_us)
        told = _Told(number)
        self._wake(told)
        watched = self._watched[workstation]
        self._judge(told, watched, watched.watch.recorded(number, self.now_us, event, fact))

    def wakes_at(self) -> int | None:
        """Return when time alone will matter: by then a record should carry the time on, a tick if nothing else."""
        times = [self._alarms.next_us()]
        times.extend(series.alerts.wakes_at() for series in self._rooms.values())
        times.append(self._across.wakes_at())
        return min((t for t in times if t is not None), default=None)

    def alerts(self) -> tuple[AlertChanged, ...]:
        """Return the latest revision of every alert, oldest first."""
        return tuple(self._alerts.values())

    def seats(self) -> tuple[SeatView, ...]:
        """Return every seat, by room and seat: those with a workstation, and those that only the roster knows.

        A workstation whose seat was enrolled anew is shown only while it has findings, which it has when it talks.
        """
        views = [
            self._view(watched)
            for watched in self._watched.values()
            if not watched.superseded or any(True for _ in watched.series.alerts.ledger)
        ]
        views.extend(
            empty_seat(place, self._roster.room_scope(place.room))
            for place in self._roster.empty_seats()
        )
        return tuple(sorted(views, key=seat_order))

    # ---- taking in ----

    def _wake(self, told: _Told) -> None:
        for workstation in self._alarms.due(self.now_us):
            watched = self._watched[workstation]
            findings: list[Finding] = []
            if watched.watch.wakes_at is not None and watched.watch.wakes_at <= self.now_us:
                findings = watched.watch.wake(told.record_number, self.now_us)
            self._judge(told, watched, findings, wake=True)
        for room, series in self._rooms.items():
            due = series.alerts.wakes_at()
            if due is not None and due <= self.now_us:
                self._tell_room(told, room, [], wake=True)

    def _hear(self, told: _Told, record: Record) -> None:
        body, number, now = record.body, record.number, self.now_us
        if not isinstance(body, EnvelopeAdmitted | EnvelopeRejected | StreamOpened | StreamClosed):
            return
        watched = self._watched.get(body.workstation_id) if body.workstation_id else None
        if watched is None:
            return
        if isinstance(body, EnvelopeAdmitted):
            findings = watched.watch.admitted(number, now, body)
            self._compare(told, watched)
        elif isinstance(body, EnvelopeRejected):
            findings = watched.watch.refused(number, now, body)
        elif isinstance(body, StreamOpened):
            findings = watched.watch.stream_opened(number, now, body)
        else:
            findings = watched.watch.stream_closed(number, now, body)
        self._judge(told, watched, findings)

    def _rearrange(self, told: _Told, enrolled: WorkstationEnrolled | None) -> None:
        """Enrolments, the roster or the exam sessions changed: start anew where the exam session is another one."""
        if enrolled is not None and enrolled.workstation_id not in self._watched:
            workstation = enrolled.workstation_id
            series = Series(workstation, self._roster.scope(workstation), self._rules.weights)
            watch = Watch(self._rules.catalogue, self._entries)
            watched = _Watched(workstation, watch, series)
            self._watched[workstation] = watched
            watch.sits(self._roster.place(workstation))
            self._begin(told, watched)
        for room, series in self._rooms.items():
            scope = self._roster.room_scope(room)
            if scope != series.scope:
                goes_on = scope is not None and scope.goes_on_from(series.scope)
                series.scope = scope
                if not goes_on:
                    series.end()
        # An enrolment is about a seat or two; the roster and exam sessions may be about all.
        concerned = self._roster.concerned(enrolled) if enrolled is not None else self._watched
        for workstation in concerned:
            watched = self._watched[workstation]
            watched.watch.sits(self._roster.place(workstation))
            scope = self._roster.scope(workstation)
            if scope != watched.series.scope:
                before, watched.series.scope = watched.series.scope, scope
                if scope is not None and scope.goes_on_from(before):
                    toml = scope.policy_toml
                    said = watched.watch.policy_changed(told.record_number, self.now_us, toml)
                    self._judge(told, watched, said)
                elif scope is not None:
                    self._begin(told, watched)
                else:
                    watched.series.end()
                    self._across.forget(workstation)
                    self._judge(
                        told, watched, watched.watch.scope_closed(told.record_number, self.now_us)
                    )
            if not watched.superseded and self._roster.is_superseded(workstation):
                watched.superseded = True
                self._across.supersede(workstation)
                self._judge(told, watched, watched.watch.supersede(told.record_number, self.now_us))

    def _change_rules(self, told: _Told, body: RuleSetInForce) -> None:
        """Other rules judge from here on: what the former ones found is theirs. The same ones again change nothing."""
        if body.digest == self._rules_in_force:
            return
        self._rules_in_force = body.digest
        self._across.begin()
        for series in self._rooms.values():
            series.begin()
        for watched in self._watched.values():
            self._begin(told, watched)

    def _begin(self, told: _Told, watched: _Watched) -> None:
        """Start a new series of alerts with detectors that have found nothing yet."""
        watched.series.begin()
        self._across.forget(watched.workstation)
        scope = watched.series.scope
        policy = scope.policy_toml if scope else None
        self._judge(told, watched, watched.watch.begin(told.record_number, self.now_us, policy))

    def _take_answers(self, told: _Told, body: AnswersRecorded) -> None:
        for answer in body.answers:
            workstation = self._roster.sitting(answer.room, answer.seat)
            if workstation is not None:
                number = told.record_number
                for whose, finding in self._across.answered(
                    workstation, answer, self.now_us, number
                ):
                    self._judge(told, self._watched[whose], [finding])

    # ---- across seats ----

    def _member(self, watched: _Watched) -> Member:
        place = self._roster.place(watched.workstation)
        return Member(watched.workstation, place.room, place.seat)

    def _compare(self, told: _Told, watched: _Watched) -> None:
        """Within an exam session, what a batch told of is compared with other seats."""
        if watched.series.scope is None:
            return
        member, now, number = self._member(watched), self.now_us, told.record_number
        self._raise(told, self._across.boot(member, watched.watch.boot, now, number))
        if not watched.superseded:
            watch = watched.watch
            self._raise(told, self._across.permitted(member, watch.permitted, now, number))
            self._raise(told, self._across.started(member, watch.started, now, number))

    def _raise(self, told: _Told, found: Found) -> None:
        """Hand what was found across seats to the seats and rooms it concerns."""
        for workstation, finding in found.at_workstations:
            self._tell(told, self._watched[workstation], [finding])
        for room, finding in found.at_rooms:
            self._tell_room(told, room, [finding])

    # ---- saying ----

    def _judge(
        self, told: _Told, watched: _Watched, findings: Iterable[Finding], *, wake: bool = False
    ) -> None:
        findings = list(findings)
        self._tell(told, watched, findings, wake=wake)
        if findings:
            member, now = self._member(watched), self.now_us
            self._raise(told, self._across.found(member, findings, now, told.record_number))

    def _tell(
        self, told: _Told, watched: _Watched, findings: list[Finding], *, wake: bool = False
    ) -> None:
        series, place = watched.series, self._roster.place(watched.workstation)
        self._say(told, series.take(findings, self.now_us, told.new_id, place, wake=wake))
        times = [t for t in (watched.watch.wakes_at, series.alerts.wakes_at()) if t is not None]
        self._alarms.set(watched.workstation, min(times, default=None))

    def _tell_room(
        self, told: _Told, room: str, findings: list[Finding], *, wake: bool = False
    ) -> None:
        series = self._rooms.get(room)
        if series is None:
            series = self._rooms[room] = Series(
                None, self._roster.room_scope(room), self._rules.weights
            )
        place = Place(room, "")
        self._say(told, series.take(findings, self.now_us, told.new_id, place, wake=wake))

    def _say(self, told: _Told, alerts: list[AlertChanged]) -> None:
        self._alerts.update((alert.alert_id, alert) for alert in alerts)
        told.alerts.extend(alerts)

    def _view(self, watched: _Watched) -> SeatView:
        series = watched.series
        watch, place = watched.watch, self._roster.place(watched.workstation)
        enrolled = self._roster.enrolment(watched.workstation)
        standing = tuple(series.alerts.ledger)
        added = series.alerts.level.risk(standing, self.now_us)
        return SeatView(
            room=place.room,
            seat=place.seat,
            workstation_id=watched.workstation,
            hostname=enrolled.hostname if enrolled else "",
            candidate=place.candidate,
            state=state_of(
                heard=watch.heard,
                connected=watch.connected,
                gone_for_us=self.now_us - watch.gone_us,
                in_exam_session=series.scope is not None,
                sensors=watch.sensors,
                findings=standing,
                warned=series.alerts.level.warned,
                alerts=[self._alerts[alert_id] for alert_id in series.ids.values()],
            ),
            score=added.score,
            simulated=enrolled.simulated if enrolled else False,
            connected=watch.connected,
            last_seen_us=watch.last_seen_us,
            exam_session_id=series.scope.exam_session_id if series.scope else None,
            sensors=watch.sensors,
            findings=tuple(
                s.cited(centibans)
                for s, centibans in zip(standing, added.contributions, strict=True)
            ),
            alert_ids=tuple(series.ids.values()),
        )
