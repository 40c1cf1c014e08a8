"""The live side: follows the log, judges what it reads, and appends the alerts.

It judges nothing but records, in their order, with the same assessment a replay uses. Started again after a crash, it
reads on from where the rules in force began, finds the alerts that are in the log already, and appends those that were
still owed. When the assessment asks to be woken and nothing was recorded meanwhile, a clock tick is recorded.

Until judging has caught up with the log, everything is served from what is recorded (docs/adr/0023): alerts, who sits
where, what holds there. Nothing that workstations are told waits for judging.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from jiankao_collector.assessment import Assessment, Rules
from jiankao_collector.errors import AlteredEvidenceError, EvidenceLogError
from jiankao_collector.evidence_log.journal import Journal
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.judging_again import JudgingAgain, Progress
from jiankao_collector.looking_ahead import LookingAhead
from jiankao_collector.roster import STANDING
from jiankao_collector.rulings import Rulings
from jiankao_collector.scoring.seats import SeatView
from jiankao_proto.codec import kind_name
from jiankao_proto.ids import AlertId, WorkstationId
from jiankao_proto.messages import Policy
from jiankao_proto.records import (
    AlertAcknowledged,
    AlertChanged,
    ClockTick,
    ExamSessionClosed,
    ExamSessionOpened,
    PolicyChanged,
    PolicyRefused,
    Record,
    RosterChanged,
    RuleSetInForce,
    WorkstationEnrolled,
)

_LOOK_S = 0.2
"""How often the log is looked at for what other processes appended."""
_SCREEN_S = 0.2
"""How often watchers are told, at most."""
_TURN_S = 0.005
"""How long is judged before other tasks get their turn."""

_log = logging.getLogger(__name__)


class Live:
    """The room as it is now. `start` reads what is recorded; `follow` begins to judge."""

    def __init__(
        self, path: Path, journal: Journal, rules: Rules, now_us: Callable[[], int]
    ) -> None:
        self._reader = EvidenceLogReader(path)
        self._journal, self._rules, self._now_us = journal, rules, now_us
        self._assessment = Assessment(rules)
        self._position = 0
        self._ahead = LookingAhead(self._reader, self._note)
        self.progress = Progress(0, 0.0)
        """How far judging what was recorded before has come, and at last what it took."""
        self._looked_s = 0.0
        self.caught_up = asyncio.Event()
        """Set once everything is judged that was recorded before that moment. Not unset when judging falls behind."""
        self._began_us = 0
        self._recorded: deque[AlertChanged] = deque()
        self._owed: deque[AlertChanged] = deque()
        self._open: dict[str, tuple[int, ExamSessionOpened]] = {}
        self._policy_since_us: dict[str, int] = {}
        self._refusals: dict[str, str] = {}
        self._acknowledged: dict[AlertId, tuple[AlertAcknowledged, int]] = {}
        self._rulings = Rulings()
        self._watchers: set[asyncio.Event] = set()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._complaint = ""
        self.on_record: Callable[[Record], None] = lambda _: None
        """Called with every record once the live side runs, alert records included."""
        self.on_scope: Callable[[], None] = lambda: None
        """Called when an exam session opened or closed, or the roster changed."""
        self.policy_keys: Callable[[str], tuple[bytes, ...]] = lambda _room: ()
        """Asked for the public keys whose policies hold in a room."""

    # ---- what the console and the telemetry service ask ----

    def seats(self) -> tuple[SeatView, ...]:
        """Return every seat; as recorded, and saying so, until judging has caught up."""
        if not self.caught_up.is_set():
            return self._ahead.last_known.seats(self._now_us())
        return self._assessment.seats()

    def alerts(self) -> tuple[AlertChanged, ...]:
        """Return the latest revision of every alert, oldest first; the recorded ones until judging has caught up."""
        if not self.caught_up.is_set():
            return self._ahead.last_known.alerts()
        return self._assessment.alerts()

    def judging_again(self) -> JudgingAgain | None:
        """Return how far judging what was recorded has come; None when it has caught up."""
        return None if self.caught_up.is_set() else self.progress.at(self._ahead.end)

    def acknowledgements(self) -> dict[AlertId, tuple[AlertAcknowledged, int]]:
        """Return the latest acknowledgement of each alert and when it was made (microseconds)."""
        return dict(self._acknowledged)

    def rulings(self) -> Rulings:
        """Return what people ruled on alerts; to be read only."""
        return self._rulings

    def exam_sessions(self) -> tuple[tuple[ExamSessionOpened, int], ...]:
        """Return the open exam sessions and when each was opened (microseconds)."""
        return tuple((body, at_us) for at_us, body in self._open.values())

    def policy_refusals(self) -> dict[str, str]:
        """Return why the policy last offered for an open exam session was not taken, by exam session."""
        return dict(self._refusals)

    def policy_of(self, workstation: WorkstationId) -> Policy:
        """Return what is asked of a workstation now."""
        roster = self._ahead.last_known.roster
        scope = roster.scope(workstation)
        session = scope.exam_session_id.value if scope else ""
        opened = self._open.get(session)
        body = opened[1] if opened else None
        # Whatever makes the assessment begin anew makes the workstation say anew what is there.
        since_us = self._policy_since_us.get(session, opened[0] if opened else 0)
        return Policy(
            exam_session_id=session,
            policy_digest=sha256(body.policy_toml).digest() if body and body.policy_toml else b"",
            baseline_request=max(since_us, self._began_us),
            policy_envelope=body.policy_envelope if body else b"",
            policy_toml=body.policy_toml if body and not body.policy_envelope else b"",
            policy_public_keys=self.policy_keys(roster.place(workstation).room),
        )

    async def changes(self) -> AsyncIterator[None]:
        """Yield whenever something changed, at most five times a second, first at once."""
        changed = asyncio.Event()
        changed.set()
        self._watchers.add(changed)
        try:
            while True:
                await changed.wait()
                changed.clear()
                yield
                await asyncio.sleep(_SCREEN_S)
        finally:
            self._watchers.discard(changed)

    # ---- following ----

    async def start(self) -> None:
        """Read what is recorded, and begin a new part of the log where the rules in force are others."""
        in_force = None
        for record in self._reader.of_kinds(("rule_set_in_force",)):
            in_force = record
        sessions_open = self._exam_session_open()
        fits = (
            in_force is not None
            and isinstance(in_force.body, RuleSetInForce)
            and in_force.body.digest == self._rules.digest
        )
        if in_force is None or not fits or not sessions_open:
            # Nothing goes on that a new beginning could cut in two, or the rules are others: begin anew from here.
            appended = await self._journal.append(
                RuleSetInForce(self._rules.version, self._rules.digest)
            )
            in_force = appended.record
        for record in self._reader.of_kinds(tuple(kind_name(body) for body in STANDING)):
            if record.number < in_force.number:
                self._ahead.note(record)
                self._assessment.see(record)
        self._position = self._ahead.noted = in_force.number
        self._began_us = in_force.recorded_at_us
        self._recorded = deque(
            r.body
            for r in self._reader.of_kinds(("alert_changed",))
            if r.number > in_force.number and isinstance(r.body, AlertChanged)
        )
        self._ahead.look()
        self._ahead.hear(self._position)

    def follow(self) -> None:
        """Begin to judge: first what is recorded, with what is owed appended, then whatever comes."""
        self.progress = Progress(self._position, time.monotonic())
        self._task = asyncio.create_task(self._follow())

    @property
    def following(self) -> "asyncio.Task[None]":
        """What judges; it goes on until `stop`."""
        assert self._task is not None, "it was not started"
        return self._task

    async def stop(self) -> None:
        """Stop following. What is in the log by now is judged first, and its alerts are recorded.

        But nobody waits for what was still to be judged again: its alerts are owed, as after a crash.
        """
        self._stopping = True
        self._journal.committed.set()
        if self._task is not None:
            await asyncio.wait({self._task})
        self._reader.close()

    def _exam_session_open(self) -> bool:
        """Tell whether an exam session is open at the end of the log."""
        opened: set[str] = set()
        for record in self._reader.of_kinds(("exam_session_opened", "exam_session_closed")):
            if isinstance(record.body, ExamSessionOpened):
                opened.add(record.body.exam_session_id.value)
            elif isinstance(record.body, ExamSessionClosed):
                opened.discard(record.body.exam_session_id.value)
        return bool(opened)

    async def _follow(self) -> None:
        while not self._stopping:
            await self._look()
            wait_s = _LOOK_S
            wake = self._assessment.wakes_at()
            if wake is not None:
                wait_s = min(wait_s, max(0.005, (wake - self._now_us()) / 1e6))
            try:
                await asyncio.wait_for(self._journal.committed.wait(), wait_s)
            except TimeoutError:
                continue
            self._journal.committed.clear()
        if self.caught_up.is_set():
            await self._look()

    async def _look(self) -> None:
        """Judge what is new; a log that takes no records is complained about once, not at every look."""
        complaint = ""
        try:
            await self._catch_up()
            if self.caught_up.is_set():
                await self._tick_when_due()
        except EvidenceLogError as error:
            if isinstance(error, AlteredEvidenceError) and not self.caught_up.is_set():
                raise  # such a log is not served
            # Disk full, most likely: nothing new is judged until the log takes records again.
            complaint = str(error)
        if complaint != self._complaint:
            self._complaint = complaint
            _log.error("%s", complaint or "the evidence log takes records again")

    async def _tick_when_due(self) -> None:
        wake = self._assessment.wakes_at()
        if wake is not None and self._now_us() >= wake:
            await self._journal.append(ClockTick())
            await self._catch_up()

    async def _catch_up(self) -> None:
        """Judge every record up to the end of the log and append the alerts that are not there yet."""
        await self._pay()
        done, turn_s = 0, time.monotonic()
        for record in self._reader.records(self._position):
            self._position = record.number + 1
            self._ahead.note(record)
            alerts = self._assessment.see(record)
            self._owed += (a for a in alerts if not self._is_recorded(a))
            await self._pay()
            self.on_record(record)
            done += 1
            now_s = time.monotonic()
            if now_s - turn_s >= _TURN_S:
                await asyncio.sleep(0)
                if not self.caught_up.is_set():
                    if self._stopping:
                        return
                    self._go_on()
                turn_s = time.monotonic()
        if not self.caught_up.is_set():
            self._catches_up()
        if done:
            self._tell()

    def _go_on(self) -> None:
        """While judging again: keep up with what is recorded meanwhile, and tell how far it is."""
        now_s = time.monotonic()
        if now_s - self._looked_s >= _LOOK_S:
            self._looked_s = now_s
            self.progress.reached(self._position, now_s)
            self._ahead.look()
            self._tell()

    def _catches_up(self) -> None:
        self.progress.reached(self._position, time.monotonic())
        self.caught_up.set()
        if self._recorded:
            _log.error(
                "%d recorded alerts do not follow from the log: run jiankao-audit replay",
                len(self._recorded),
            )
            self._recorded.clear()
        self._tell()

    def _tell(self) -> None:
        for changed in self._watchers:
            changed.set()

    async def _pay(self) -> None:
        """Append the alerts that are owed; what cannot be stored stays owed."""
        while self._owed:
            await self._journal.append(self._owed[0])
            self._owed.popleft()

    def _is_recorded(self, alert: AlertChanged) -> bool:
        """Tell whether an alert is in the log already, from before a restart."""
        if not self._recorded:
            return False
        if self._recorded.popleft() == alert:
            return True
        _log.error("a recorded alert differs from what the log says: run jiankao-audit replay")
        self._recorded.clear()
        return False

    def _note(self, record: Record) -> None:
        body = record.body
        self._rulings.see(record)
        if isinstance(body, AlertAcknowledged):
            self._acknowledged[body.alert_id] = (body, record.recorded_at_us)
        elif isinstance(body, ExamSessionOpened):
            self._open[body.exam_session_id.value] = (record.recorded_at_us, body)
            self.on_scope()
        elif isinstance(body, PolicyRefused):
            self._refusals[body.exam_session_id.value] = body.reason
        elif isinstance(body, PolicyChanged):
            self._change_policy(record.recorded_at_us, body)
        elif isinstance(body, ExamSessionClosed):
            self._open.pop(body.exam_session_id.value, None)
            self._policy_since_us.pop(body.exam_session_id.value, None)
            self._refusals.pop(body.exam_session_id.value, None)
            self.on_scope()
        elif isinstance(body, RosterChanged | WorkstationEnrolled):
            # A workstation may have connected before its enrolment was read here, and been told of no exam session.
            self.on_scope()

    def _change_policy(self, at_us: int, body: PolicyChanged) -> None:
        session = body.exam_session_id.value
        if session not in self._open:
            return
        opened_us, opened = self._open[session]
        changed = replace(
            opened,
            policy_toml=body.policy_toml,
            policy_envelope=body.policy_envelope,
            policy_public_key=body.policy_public_key,
            policy_version=body.policy_version,
        )
        self._open[session] = opened_us, changed
        self._policy_since_us[session] = at_us
        self._refusals.pop(session, None)
        self.on_scope()
