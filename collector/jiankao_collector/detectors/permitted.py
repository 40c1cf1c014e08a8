"""What the policy permits at one workstation: taken out of what the detectors judge, and shown as permitted.

The policy's entries are about programs, and only the start of a process tells who signed it and which file it is. So
this stands before all detectors, like own_traffic: it knows the processes, takes out the facts that a permitted program
causes, and says of each which entry permits it, in findings that add nothing and never become an alert. What an entry
does not cover passes on: connections to hosts that no entry names, screen reads of a program that talks to somebody
else, input of senders that no entry permits, everything of a program that only has a permitted one's name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from jiankao_collector.detectors.base import AlertKind, Family, Finding
from jiankao_collector.knowledge.catalogue import Catalogue
from jiankao_collector.knowledge.explained_input import ExplainedInput, flagged, without_kinds
from jiankao_collector.knowledge.known_processes import Known, KnownProcesses, end_of
from jiankao_collector.knowledge.known_services import KnownServices
from jiankao_collector.knowledge.permission import Effect, Permissions, Permit
from jiankao_collector.knowledge.permission_words import permitted
from jiankao_collector.knowledge.policy import Policy, in_force, is_loopback
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import shown
from jiankao_collector.roster import Place
from jiankao_proto.batch import Batch
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Endpoint,
    InjectedInput,
    InjectionMethod,
    ListenerClosed,
    ListenerOpened,
    Observation,
    ProcessEnded,
    ProcessStarted,
    ServiceChanged,
    WindowFinding,
    WindowFindingKind,
)
from jiankao_proto.records import Severity

NAME = "permitted"
AGAIN_US = 60_000_000
"""The same is shown again at most once a minute."""
_CONNECTIONS_KEPT = 4096
_SHOWN_KEPT = 512

_OF_WINDOW = {
    WindowFindingKind.OVERLAY: Effect.WINDOW,
    WindowFindingKind.CAPTURE_EXCLUDED: Effect.WINDOW,
    WindowFindingKind.SCREEN_READ: Effect.READS_SCREEN,
}
_Ends = tuple[Endpoint, Endpoint]


@dataclass(frozen=True, slots=True)
class _Did:
    """What a permitted program did."""

    permit: Permit
    effect: Effect
    name: str


class Permitted:
    """Follows the processes of one workstation and what the policy permits them.

    `programs`: the digests of permitted programs that the latest batch told of.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._policy = Policy()
        self._processes = KnownProcesses()
        self._services = KnownServices(self._processes.permit_of)
        self.programs: frozenset[bytes] = frozenset()
        self._own: dict[_Ends, None] = {}
        self._foreign: dict[_Ends, int] = {}
        self._input = ExplainedInput()
        self._shown: dict[tuple[str, str], int] = {}

    def begin(self, policy_toml: bytes, *, goes_on: bool = False) -> None:
        """Another policy holds from here on, and what was shown is shown anew.

        `goes_on`: the detectors were not made anew, and know what they were told of.
        """
        policy = in_force(policy_toml) or Policy()
        self._policy = policy
        self._shown.clear()
        if policy.programs or policy.classroom or policy.accommodations:
            followed = self._processes.followed
            self._processes.begin(Permissions(policy, self._catalogue), goes_on=goes_on)
            if goes_on and followed:
                self._services.look_again()
            else:
                self._services.begin(unfollowed=goes_on)
            return
        self._processes.begin(None)
        self._services.forget()
        self._own.clear()
        self._foreign.clear()

    def sits(self, place: Place) -> None:
        """The workstation stands at this seat; what an accommodation permits may change with it."""
        self._processes.sits(place)
        self._services.look_again()

    def take(self, number: int, at_us: int, batch: Batch) -> tuple[Batch, list[Finding]]:
        """Return what the detectors are to judge of a batch, and what was permitted. Record `number` holds it."""
        self.programs = frozenset()
        if not self._processes.followed:
            return batch, []
        self._learn(batch)
        now_us = batch.header.monotonic_us
        first = batch.observations[0].monotonic_us if batch.observations else now_us
        told = (*self._processes.changes(), *self._services.changes())
        kept = [Observation(batch.header.wall_clock_us, first, fact) for fact in told]
        kept += (replace(o, monotonic_us=first) for o in self._input.unexplained(now_us))
        findings: list[Finding] = []
        for observation in batch.observations:
            for found in self._judge(observation):
                if isinstance(found, Observation):
                    kept.append(found)
                elif finding := self._show(number, at_us, found):
                    findings.append(finding)
        for observation in batch.observations:
            if isinstance(observation.fact, ProcessEnded):
                self._processes.ended(observation.fact)
        return replace(batch, observations=tuple(kept)), findings

    def _learn(self, batch: Batch) -> None:
        permitted = set()
        for observation in batch.observations:
            if isinstance(observation.fact, ProcessStarted):
                known = self._processes.learn(observation.fact.process)
                self._services.ran(known.process, known.permit)
                if known.permit is not None:
                    permitted.add(known.process.executable_sha256)
        self.programs = frozenset(permitted)

    # ---- what is permitted ----

    def _judge(self, observation: Observation) -> Iterator[Observation | _Did]:
        """Give what is left to be judged of an observation, and what of it is permitted; nothing while it waits."""
        fact = observation.fact
        match fact:
            case ProcessStarted():
                yield from self._started(observation, fact)
            case InjectedInput():
                yield from self._injected(observation, fact)
            case WindowFinding() if fact.kind in _OF_WINDOW:
                effect = _OF_WINDOW[fact.kind]
                foreign = effect is Effect.READS_SCREEN and self._talks(fact.process.pid)
                did = None if foreign else _did(self._processes.of(fact.process), effect)
                yield did or observation
            case ListenerOpened() | ListenerClosed():
                yield _did(self._processes.of(fact.process), Effect.LISTENS) or observation
            case ConnectionOpened():
                yield self._connected(observation, fact)
            case ConnectionClosed():
                ends = (fact.local, fact.remote)
                self._foreign.pop(ends, None)
                if ends not in self._own:
                    yield observation
                self._own.pop(ends, None)
            case ServiceChanged() if fact.image_path:
                yield from self._serves(observation, fact)
            case _:
                yield observation

    def _started(
        self, observation: Observation, fact: ProcessStarted
    ) -> Iterator[Observation | _Did]:
        known = self._processes.by_pid[fact.process.pid]
        did = _did(known, Effect.RUNS)
        if did is None or fact.process.executable != known.process.executable:
            known.told = True
            yield observation
            return
        if known.told:  # what its start had led to, before it was known to be permitted, is over
            known.told = False
            yield replace(observation, fact=end_of(fact.process), unread=b"")
        yield did

    def _serves(
        self, observation: Observation, fact: ServiceChanged
    ) -> Iterator[Observation | _Did]:
        left, known = self._services.changed(fact)
        if left is not None:
            yield observation if left is fact else replace(observation, fact=left, unread=b"")
        if did := _did(known, Effect.RUNS):
            yield did

    def _injected(
        self, observation: Observation, fact: InjectedInput
    ) -> Iterator[Observation | _Did]:
        senders = [k for k in self._processes.by_pid.values() if _did(k, Effect.INPUT)]
        if not senders or fact.method is InjectionMethod.LOWER_INTEGRITY:
            yield observation
            return
        did = _did(self._processes.of(fact.process), Effect.INPUT)
        if did is not None:
            self._input.requested(observation.monotonic_us, fact)
            yield did
        elif fact.process.pid or not flagged(fact):
            if fact.process.pid or not self._input.waits(observation, fact):
                yield observation
        else:
            yield from _put_down(observation, fact, senders)

    def _connected(self, observation: Observation, fact: ConnectionOpened) -> Observation | _Did:
        known = self._processes.of(fact.process)
        did = _did(known, Effect.RUNS)
        if did is None:
            return observation
        ends = (fact.local, fact.remote)
        named = any(host.is_far_end(fact) for host in did.permit.hosts)
        if named and len(self._own) < _CONNECTIONS_KEPT:
            self._own[ends] = None
            return replace(did, effect=Effect.CONNECTED)
        inner = is_loopback(fact.remote.address) and fact.direction is Direction.OUTBOUND
        if not inner and not self._policy.allows(fact) and len(self._foreign) < _CONNECTIONS_KEPT:
            self._foreign[ends] = fact.process.pid
        return observation

    def _talks(self, pid: int) -> bool:
        """Tell whether a process is connected to somebody whom no entry names."""
        return pid in self._foreign.values()

    # ---- saying ----

    def _show(self, number: int, at_us: int, did: _Did) -> Finding | None:
        """Return the finding that shows it; None when the same was shown a moment ago."""
        kind, subject = f"{did.permit.sort}_{did.effect}", f"{shown(did.name)} ({did.permit.line})"
        if at_us - self._shown.get((kind, subject), -AGAIN_US) < AGAIN_US:
            return None
        self._shown.pop((kind, subject), None)
        self._shown[kind, subject] = at_us
        if len(self._shown) > _SHOWN_KEPT:
            del self._shown[next(iter(self._shown))]
        zh, en = permitted(did.permit, did.effect, did.name)
        return Finding(
            detector=NAME,
            kind=kind,
            family=Family.SOFTWARE,
            alert=AlertKind.ALLOWED,
            severity=Severity.NOTICE,
            weight=Weight.PERMITTED,
            alone=False,
            subject=subject,
            reason_zh=zh,
            reason_en=en,
            at_us=at_us,
            record_number=number,
            ended=True,
        )


def _did(known: Known | None, effect: Effect) -> _Did | None:
    """Return what a process did if that is permitted it."""
    permit = known.permit if known is not None else None
    if known is None or permit is None or effect not in permit.effects:
        return None
    return _Did(permit, effect, known.process.name)


def _put_down(
    observation: Observation, fact: InjectedInput, senders: list[Known]
) -> Iterator[Observation | _Did]:
    """Put down to accommodations what they make, where the system names no sender."""
    aids = [k for k in senders if k.permit is not None and k.permit.inputs]
    rest = without_kinds(fact, frozenset(i for k in aids if k.permit for i in k.permit.inputs))
    if rest is not None:
        yield replace(observation, fact=rest, unread=b"")
    if rest != fact and aids:
        did = _did(aids[0], Effect.INPUT)
        if did is not None:
            yield did
