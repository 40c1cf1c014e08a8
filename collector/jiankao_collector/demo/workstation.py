"""A simulated workstation: a machine things happen to, and an agent that watches and reports them.

To the collector it is a workstation like any other: its own keys, sealed batches with dense
sequences, a spool until acknowledged, the policy obeyed. Only what it observes is made up.
"""

import asyncio
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from random import Random

from jiankao_collector.demo.cable import Cable
from jiankao_collector.demo.delivery import Delivery
from jiankao_collector.demo.enrolling import Identity
from jiankao_collector.demo.racing import until_one_ends
from jiankao_collector.demo.sealing import Circumstances, Moment, Sealer
from jiankao_collector.demo.standing import Standing
from jiankao_collector.demo.steps import DAY_S, SECOND_US
from jiankao_collector.demo.transport import StreamLostError
from jiankao_proto.batch import SensorHealth
from jiankao_proto.ids import BootId, ExamSessionId
from jiankao_proto.messages import Policy
from jiankao_proto.observations import (
    AgentLifecycle,
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Endpoint,
    Fact,
    Health,
    Heartbeat,
    LifecycleStage,
    Observation,
    ObservationsDropped,
    ProcessRef,
    SensorStateChanged,
    Transport,
)

SENSORS = ("processes", "connections", "input", "sessions")
_GOODBYE_WITHIN_S = 3.0
_SHORTEST_FLUSH_S = 0.02
_STREAM_WITHIN_S = 5.0
_UP_S = 4 * 3600
_COLLECTOR = Endpoint("127.0.0.1", 7443)
_AGENT = ProcessRef(1188, "jiankao-agent.exe", r"C:\Program Files\jiankao\jiankao-agent.exe")


class SimulatedWorkstation:
    """One enrolled workstation on the end of a cable.

    `pace`: how many times faster than life its scene is played, and how much oftener it speaks.
    `clock_offset_us`: how far its wall clock stands off.
    """

    def __init__(
        self,
        identity: Identity,
        cable: Cable,
        random: Random,
        *,
        pace: float = 1.0,
        clock_offset_us: int = 0,
    ) -> None:
        self.identity, self.cable = identity, cable
        self.delivery = Delivery(identity, cable.address, self._obey, random)
        self.delivery.on_stream = self._see_own_stream
        self.sealer = Sealer(
            identity.workstation_id, identity.key, identity.boot_id, identity.chain_genesis
        )
        self.clock_offset_us = clock_offset_us
        self.up_us = 0
        """How much longer than this process's machine it has run."""
        self.day_before: list[bytes] = []
        """The envelopes of the day before, which somebody kept."""
        self._own_stream: ConnectionOpened | None = None
        self._random = random
        self._pace = pace
        self._standing = Standing()
        self._pending: list[Observation] = []
        self._urgent = asyncio.Event()
        self._sealed_at_s = 0.0
        self._sensors = dict.fromkeys(SENSORS, Health.OK)
        self._policy = Policy()
        self._dropped = 0
        self._dropped_between_us = (0, 0)
        self.agent: asyncio.Task[None] | None = None
        """The running agent; it ends by itself only by failing."""

    def now(self) -> Moment:
        """Return the time on this workstation's clocks."""
        return Moment(
            time.time_ns() // 1000 + self.clock_offset_us, time.monotonic_ns() // 1000 + self.up_us
        )

    def happen(self, *facts: Fact, urgent: bool = False) -> None:
        """Let things happen at the machine. The agent reports them if it runs."""
        for fact in facts:
            self._standing.see(fact)
        if self.agent is not None:
            self._note(*facts, urgent=urgent)

    def turn_sensor(self, changed: SensorStateChanged) -> None:
        """Change a sensor's health."""
        self._sensors[changed.sensor] = changed.health
        self.happen(changed, urgent=True)

    def start_agent(self) -> None:
        """Start the agent: it reports its start and everything that is there, and delivers."""
        assert self.agent is None, "the agent runs already"
        self._policy = Policy()
        self._note(AgentLifecycle(LifecycleStage.STARTED), *self._standing.baseline(), urgent=True)
        self.agent = asyncio.create_task(until_one_ends(self._flush(), self.delivery.run()))

    def seal_day_before(self, batches: Sequence[tuple[Fact, ...]]) -> None:
        """Seal what was observed the day before, under an earlier start of the system; it is delivered later."""
        now, sealer = self.now(), self._sealer(BootId(str(uuid.uuid4())))
        for second, facts in enumerate(batches):
            at = Moment(
                now.wall_clock_us - (DAY_S - second) * SECOND_US, (_UP_S + second) * SECOND_US
            )
            observed = tuple(Observation(at.wall_clock_us, at.monotonic_us, f) for f in facts)
            link = sealer.seal(observed, Circumstances(), at)
            self.day_before.append(link.envelope)
            self.delivery.put(link)
        self.sealer.head = sealer.head

    def copied(self, cable: Cable, *, up_us: int = 0) -> "SimulatedWorkstation":
        """Return what a copy of the agent's folder makes: on another computer, or (no `up_us`) on this one."""
        boot = BootId(str(uuid.uuid4())) if up_us else self.identity.boot_id
        copy = SimulatedWorkstation(
            replace(self.identity, boot_id=boot), cable, self._random, pace=self._pace
        )
        copy.up_us = self.up_us + up_us
        copy.day_before = self.day_before
        copy.sealer.head = self.sealer.head
        copy.delivery.carries(self.delivery)
        return copy

    def start_impostor(self) -> None:
        """Start a program that speaks as the agent does, and tells nothing by itself."""
        assert self.agent is None, "it runs already"
        self.delivery.on_stream = lambda: None
        self.agent = asyncio.create_task(self.delivery.run())

    def forge(self, facts: Sequence[Fact], ago_us: int) -> None:
        """Sign facts as if observed `ago_us` before."""
        now = self.now()
        at = Moment(now.wall_clock_us - ago_us, now.monotonic_us - ago_us)
        self._pending += [Observation(at.wall_clock_us, max(1, at.monotonic_us), f) for f in facts]
        self.seal()

    async def send_again(self, envelopes: Sequence[bytes]) -> None:
        """Send envelopes past the spool, when there is a stream within some seconds."""
        with suppress(TimeoutError, StreamLostError):
            async with asyncio.timeout(_STREAM_WITHIN_S):
                await self.delivery.connected.wait()
                for envelope in envelopes:
                    if self.delivery.stream is not None:
                        await self.delivery.stream.send(envelope)

    async def stop_agent(self) -> None:
        """Stop the agent in an orderly way; what cannot be delivered in time stays in the spool."""
        if self.agent is None:
            return
        self._note(AgentLifecycle(LifecycleStage.STOPPING))
        self.seal()
        self.delivery.finish()
        await asyncio.wait({self.agent}, timeout=_GOODBYE_WITHIN_S)
        await self._end()

    async def kill_agent(self) -> None:
        """Kill the agent: its connections break, what was not sealed is lost, the spool stays."""
        await self.cable.cut()
        await self._end()
        self._pending.clear()

    def seal(self) -> None:
        """Seal what is pending, if anything is."""
        if not self._pending:
            return
        if self.delivery.spool.is_full:
            self._drop_pending()
            return
        now = self.now()
        observations, self._pending = tuple(self._pending), []
        if self._dropped:
            hole = ObservationsDropped(self._dropped, *self._dropped_between_us, "spool full")
            observations = (Observation(now.wall_clock_us, now.monotonic_us, hole), *observations)
            self._dropped = 0
        self.delivery.put(self.sealer.seal(observations, self.circumstances(), now))
        self._sealed_at_s = time.monotonic()

    def circumstances(self) -> Circumstances:
        """Return what the next header says besides its place in the chain."""
        return Circumstances(
            ExamSessionId.parse_optional(self._policy.exam_session_id),
            self._policy.policy_digest,
            tuple(SensorHealth(name, health) for name, health in self._sensors.items()),
        )

    def _note(self, *facts: Fact, urgent: bool = False) -> None:
        now = self.now()
        self._pending += [Observation(now.wall_clock_us, now.monotonic_us, f) for f in facts]
        if urgent:
            self._urgent.set()

    def _sealer(self, boot: BootId) -> Sealer:
        one = self.identity
        sealer = Sealer(one.workstation_id, one.key, boot, one.chain_genesis)
        sealer.head = self.sealer.head
        return sealer

    def _see_own_stream(self) -> None:
        """The agent's own connection is one of the machine's, with the port that the collector sees."""
        near = self.cable.near_end
        if near is None:
            return
        if (before := self._own_stream) is not None:
            self.happen(
                ConnectionClosed(
                    before.transport, before.local, before.remote, before.direction, before.process
                )
            )
        self._own_stream = ConnectionOpened(
            Transport.TCP, Endpoint(*near), _COLLECTOR, Direction.OUTBOUND, _AGENT
        )
        self.happen(self._own_stream)

    def _drop_pending(self) -> None:
        first_us, last_us = (self._pending[i].wall_clock_us for i in (0, -1))
        if self._dropped:
            first_us = self._dropped_between_us[0]
        self._dropped += len(self._pending)
        self._dropped_between_us = (first_us, last_us)
        self._pending.clear()

    def _obey(self, policy: Policy) -> None:
        before, self._policy = self._policy, policy
        if policy.baseline_request != before.baseline_request:
            self._note(*self._standing.baseline())
        if policy.exam_session_id != before.exam_session_id:
            said = AgentLifecycle(LifecycleStage.POLICY_APPLIED, policy.exam_session_id)
            self._note(said, urgent=True)

    async def _flush(self) -> None:
        while True:
            flush_s = max(_SHORTEST_FLUSH_S, self._policy.flush_interval_ms / 1000 / self._pace)
            quiet_s = self._policy.quiet_interval_ms / 1000 / self._pace
            try:
                async with asyncio.timeout(flush_s):
                    await self._urgent.wait()
            except TimeoutError:
                since_s = time.monotonic() - self._sealed_at_s
                if not self._pending and since_s > quiet_s - flush_s:
                    self._note(Heartbeat(len(self.delivery.spool)))
            self._urgent.clear()
            self.seal()

    async def _end(self) -> None:
        agent, self.agent = self.agent, None
        if agent is None:
            return
        agent.cancel()
        await asyncio.wait({agent})
        if not agent.cancelled() and (error := agent.exception()) is not None:
            raise error
