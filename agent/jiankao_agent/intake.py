"""From any thread into the batcher, and out of it on the event loop."""

import asyncio
import logging
import threading
from dataclasses import replace

from jiankao_agent.batcher import Batcher, Checked, check
from jiankao_agent.clock import monotonic_us, now
from jiankao_agent.fitting import fit
from jiankao_proto.errors import MalformedError
from jiankao_proto.messages import Policy
from jiankao_proto.observations import Fact, Observation

_log = logging.getLogger(__name__)


class Intake:
    """The batcher behind a lock, and a clock that wakes the loop when a batch is due."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._batcher = Batcher(monotonic_us())
        self._wake = asyncio.Event()
        self._planned_us = 0
        """When the loop looks next by itself."""

    def emit(self, fact: Fact, *, urgent: bool = False) -> None:
        """Hand over a fact, stamped now. Safe from any thread; never raises for what a fact holds."""
        at = now()
        checked = _checked(Observation(at.wall_us, at.monotonic_us, fact))
        with self._lock:
            if isinstance(checked, Checked):
                self._batcher.add(checked, at.monotonic_us, urgent=urgent)
            else:
                self._batcher.lost(at.wall_us, checked)
            sooner = self._batcher.due_at() < self._planned_us
        if sooner and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def follow(self, policy: Policy) -> None:
        """Use a policy's intervals."""
        with self._lock:
            self._batcher.follow(policy)
        self._wake.set()

    async def due(self) -> None:
        """Wait until a batch is due."""
        while True:
            self._wake.clear()
            with self._lock:
                self._planned_us = self._batcher.due_at()
                left_us = self._planned_us - monotonic_us()
            if left_us <= 0:
                return
            try:
                async with asyncio.timeout(left_us / 1e6):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def take(self, wall_clock_us: int, now_us: int, spooled_batches: int) -> list[Observation]:
        """Take a batch; `kept` or `not_kept` must follow."""
        with self._lock:
            return self._batcher.take(wall_clock_us, now_us, spooled_batches)

    def kept(self) -> None:
        """What was taken is durable."""
        with self._lock:
            self._batcher.kept(monotonic_us())

    def not_kept(self, reason: str) -> None:
        """What was taken could not be made durable."""
        with self._lock:
            self._batcher.not_kept(monotonic_us(), reason)

    @property
    def waiting(self) -> int:
        """How many observations wait."""
        with self._lock:
            return self._batcher.waiting


def _checked(observation: Observation) -> Checked | str:
    """Return the observation as it may travel, made to fit if need be, or why it cannot."""
    try:
        return check(observation)
    except MalformedError:
        try:
            return check(replace(observation, fact=fit(observation.fact)))
        except MalformedError as error:
            reason = f"a {type(observation.fact).__name__} that cannot be written: {error}"
            _log.warning("an observation is lost: %s", reason)
            return reason
