"""The agent as a whole: sensors into batches, batches into the spool, the spool to the collector.

One event loop; a thread for each sensor; one thread for the spool, whose fsync must not hold up the
stream. The head of the chain moves only in `_seal_one`, after the spool has the batch.
"""

import asyncio
import contextlib
import logging
import platform
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from jiankao_agent import policy_check, uplink
from jiankao_agent.binaries import binaries_digest
from jiankao_agent.boot import boot_id
from jiankao_agent.clock import ClockWatch, now
from jiankao_agent.conditions import Conditions
from jiankao_agent.config import VERSION
from jiankao_agent.delivery import Trouble
from jiankao_agent.errors import SpoolError
from jiankao_agent.identity import Identity
from jiankao_agent.intake import Intake
from jiankao_agent.platform.linux import memory
from jiankao_agent.sealer import Sealer, Standing
from jiankao_agent.sensor_threads import SensorThreads
from jiankao_agent.sensors.base import OK, Condition, Sensor
from jiankao_agent.spool import Spool
from jiankao_proto.bilingual import say
from jiankao_proto.envelope import Sealed, key_id
from jiankao_proto.errors import MalformedError
from jiankao_proto.ids import ExamSessionId
from jiankao_proto.messages import Policy
from jiankao_proto.observations import AgentLifecycle, ClockChanged, Health, LifecycleStage

SPOOL, DELIVERY = "spool", "delivery"
"""Parts of the agent whose troubles are shown like those of sensors."""
SENSORS_STOP_WITHIN_S = 2.0
ACKNOWLEDGED_WITHIN_S = 3.0
"""How long an orderly end waits for the collector's last acknowledgement."""
FINISHED_WITHIN_S = 1.0
_LOOK_EVERY_S = 3.0
_SHORT_DIGEST = 12
"""Hexadecimal digits by which people compare policies."""
_SETTLED_AFTER_S = 10.0
"""By then every sensor has told its baseline, and the stream is open."""
_TIDIED_EVERY_S = 300.0

_log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

PinKeys = Callable[[tuple[bytes, ...]], None]
"""Keeps whose policies hold here. May raise OSError."""


class Supervisor:
    """Runs the agent. Made inside the event loop; one a process."""

    def __init__(
        self, identity: Identity, spool: Spool, sensors: Sequence[Sensor], pin_keys: PinKeys
    ) -> None:
        enrolment, boot = identity.enrolment, boot_id()
        self._spool = spool
        self._spool_thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._intake = Intake(asyncio.get_running_loop())
        self._conditions = Conditions(self._intake.emit)
        self._sensors = SensorThreads(sensors, self._intake.emit, self._conditions)
        self._conditions.begin((SPOOL, DELIVERY), OK)
        self._sealer = Sealer(identity.keys.identity, enrolment.workstation_id, boot, VERSION)
        self._uplink = uplink.Uplink(
            enrolment.telemetry,
            uplink.credentials(
                identity.authority_pem, identity.keys.tls_pem, identity.certificate_pem
            ),
            uplink.Greeting(VERSION, str(boot)),
            spool.head.next_sequence,
            uplink.Outlet(
                self._read, self._forget, lambda: spool.first_kept, self._follow, self._show
            ),
        )
        self._policy_keys, self._pin_keys = enrolment.policy_public_keys, pin_keys
        self._policy: Policy | None = None
        self._policy_digest = b""
        """Of the policy that holds here: the last good one."""
        self._exam_session: ExamSessionId | None = None
        self._binaries_digest = b""
        self._committed = spool.acknowledged
        """How many batches the collector has; the spool hears of it with the next batch."""
        self._fresh = -1, b""
        """The last batch the spool has taken, and its sequence."""
        self._sealing = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._acknowledged = asyncio.Event()

    def stop(self) -> None:
        """Ask for an orderly end. Call it on the event loop."""
        self._stopping.set()

    async def run(self) -> None:
        """Watch and report until `stop`. Raises what no part of the agent expected."""
        self._intake.emit(
            AgentLifecycle(LifecycleStage.STARTED, f"{platform.system()} {platform.release()}"),
            urgent=True,
        )
        sealing = asyncio.create_task(self._seal_whenever_due())
        sending = asyncio.create_task(self._uplink.run())
        looking = asyncio.create_task(self._look())
        tidying = asyncio.create_task(_keep_tidy())
        measuring = asyncio.create_task(self._measure_binaries())
        stopping = asyncio.create_task(self._stopping.wait())
        tasks = (sealing, sending, looking, tidying, measuring, stopping)
        try:
            self._sensors.start()
            endless = (sealing, sending, looking, tidying, stopping)
            done, _ = await asyncio.wait(endless, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            await self._end(sealing, sending)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._spool_thread.shutdown()

    async def _end(self, sealing: asyncio.Task[None], sending: asyncio.Task[None]) -> None:
        """Say goodbye, and give the collector a moment to confirm it."""
        late = await asyncio.to_thread(self._sensors.stop, SENSORS_STOP_WITHIN_S)
        if late:
            _log.warning("did not stop in time: %s", ", ".join(late))
        sealing.cancel()
        await asyncio.gather(sealing, return_exceptions=True)
        self._intake.emit(AgentLifecycle(LifecycleStage.STOPPING), urgent=True)
        while self._intake.waiting and await self._seal_one():
            pass
        try:
            async with asyncio.timeout(ACKNOWLEDGED_WITHIN_S):
                while self._waiting():
                    self._acknowledged.clear()
                    await self._acknowledged.wait()
        except TimeoutError:
            _log.warning(
                "%d batches wait for the collector; they are sent at the next start",
                self._waiting(),
            )
        with contextlib.suppress(SpoolError):  # it only holds more than it needs to
            await self._in_spool_thread(self._spool.acknowledge, self._committed)
        self._uplink.finish()
        await asyncio.wait((sending,), timeout=FINISHED_WITHIN_S)

    # ---- observations into the spool ----

    async def _seal_whenever_due(self) -> None:
        while True:
            await self._intake.due()
            # Shielded: an end in the middle must not leave a batch between taken and kept.
            await asyncio.shield(self._seal_one())

    async def _seal_one(self) -> bool:
        """Seal one batch; tell whether the spool took it."""
        async with self._sealing:
            return await self._seal_next()

    async def _seal_next(self) -> bool:
        at = now()
        observations = self._intake.take(at.wall_us, at.monotonic_us, self._waiting())
        standing = Standing(
            self._exam_session,
            self._policy_digest,
            self._binaries_digest,
            self._conditions.health(),
        )
        sequence = self._spool.head.next_sequence
        sealed = self._sealer.seal(
            self._spool.head, observations, standing, at.wall_us, at.monotonic_us
        )
        try:
            trouble = await self._in_spool_thread(self._keep, sealed)
        except SpoolError as error:
            self._intake.not_kept(str(error))
            self._spool_trouble(error)
            return False
        self._intake.kept()
        self._fresh = sequence, sealed.data
        if trouble is None:
            self._conditions.set(SPOOL, OK)
        else:
            self._spool_trouble(trouble)
        self._uplink.spooled(self._spool.head.next_sequence)
        return True

    # ---- the spool, in its thread ----

    async def _in_spool_thread(self, call: Callable[[T], R], argument: T) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._spool_thread, call, argument)

    async def _read(self, sequence: int) -> bytes:
        if sequence == self._fresh[0]:  # the usual case: it was made durable a moment ago
            return self._fresh[1]
        return await self._in_spool_thread(self._spool.read, sequence)

    def _keep(self, sealed: Sealed) -> SpoolError | None:
        """Make a batch durable; what the collector has is forgotten first, which may make room for it.

        Returns why that could not be: the spool only holds more than it needs to. Raises SpoolError.
        """
        trouble: SpoolError | None = None
        try:
            self._spool.acknowledge(self._committed)
        except SpoolError as error:
            trouble = error
        self._spool.append(sealed)
        return trouble

    async def _forget(self, committed_count: int) -> None:
        # Not a turn of the spool's thread of its own for each acknowledgement: the next batch takes it along.
        self._committed = max(self._committed, committed_count)
        self._acknowledged.set()

    def _waiting(self) -> int:
        return self._spool.head.next_sequence - self._committed

    def _spool_trouble(self, error: SpoolError) -> None:
        reason, _, remedy = str(error).rpartition("; ")
        condition = Condition(
            Health.UNAVAILABLE,
            say("待发数据存不进本机磁盘（磁盘已满、队列已满或磁盘故障）", reason),
            say("请释放磁盘空间、检查磁盘，或恢复与采集服务器的连接", remedy),
        )
        self._conditions.set(SPOOL, condition)

    # ---- what the collector asks ----

    def _follow(self, policy: Policy) -> None:
        before = self._policy
        if policy == before:
            return
        try:
            self._exam_session = ExamSessionId.parse_optional(policy.exam_session_id)
        except MalformedError as error:
            _log.warning("the collector's policy is not followed: %s", error)
            return
        self._policy = policy
        self._intake.follow(policy)
        self._pin(policy_check.keys_to_pin(policy, self._policy_keys))
        objection = policy_check.objection(policy, self._policy_keys)
        said = AgentLifecycle(LifecycleStage.POLICY_REFUSED, objection)
        if not objection:
            self._policy_digest = policy.policy_digest
            session = f"exam session {self._exam_session or 'none'}"
            digest = self._policy_digest.hex()[:_SHORT_DIGEST]
            told = f"{session}, policy {digest}" if digest else session
            said = AgentLifecycle(LifecycleStage.POLICY_APPLIED, told)
        self._intake.emit(said, urgent=True)
        # The first policy asks for nothing new: sensors begin with their baseline anyway.
        if before is not None and policy.baseline_request != before.baseline_request:
            self._sensors.want_baseline()

    def _pin(self, keys: tuple[bytes, ...]) -> None:
        if not keys:
            return
        self._policy_keys = keys
        try:
            self._pin_keys(keys)
        except OSError as error:
            # They hold until the agent ends; it will be told of them again, and says so again.
            _log.warning("the keys that sign policies cannot be kept: %s", error)
        told = AgentLifecycle(LifecycleStage.POLICY_KEYS_PINNED, ", ".join(map(key_id, keys)))
        self._intake.emit(told, urgent=True)

    def _show(self, trouble: Trouble | None) -> None:
        condition = OK
        if trouble is not None:
            condition = Condition(
                Health.UNAVAILABLE,
                say("采集服务器不接收本机的数据", trouble.reason),
                say("请由管理员查看；必要时用新票据重新注册本机", trouble.remedy),
            )
        self._conditions.set(DELIVERY, condition)

    # ---- the agent's own watch ----

    async def _look(self) -> None:
        """Every few seconds: has the clock been set, does every sensor answer?"""
        clock = ClockWatch(now())
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            at = now()
            self._sensors.look(at.monotonic_us)
            jump_us = clock.look(at)
            if jump_us is not None:
                self._intake.emit(ClockChanged(jump_us), urgent=True)

    async def _measure_binaries(self) -> None:
        try:
            self._binaries_digest = await asyncio.to_thread(binaries_digest)
        except OSError as error:
            _log.warning("the agent's own files cannot be read: %s", error)


async def _keep_tidy() -> None:
    """Keep the agent's memory small for as long as it runs."""
    await asyncio.sleep(_SETTLED_AFTER_S)
    memory.settle()
    while True:
        await asyncio.sleep(_TIDIED_EVERY_S)
        memory.tidy()
