"""Group commit: many callers, one writer thread, one transaction for all that is waiting.

A caller's record is durable when its `append` returns. Records keep the order of the calls. A crash loses only what
nobody was told is stored.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jiankao_collector.errors import EvidenceLogError
from jiankao_collector.evidence_log.schema import LOCKED_S
from jiankao_collector.evidence_log.writer import Appended, EvidenceLogWriter
from jiankao_proto.errors import JiankaoError, MalformedError
from jiankao_proto.records import RecordBody

_MOST_AT_ONCE = 512


class Journal:
    """Appends to the log at `path` from an event loop.

    `now_us` is the collector's clock; `recorded` is told each recorded time, which is ahead of the clock when somebody
    else's was. `wait_s`: how long to wait for another program that is writing.

    When a group cannot be stored, everything submitted before that was known fails with it. A record that cannot be
    read back (MalformedError) fails alone.
    """

    def __init__(
        self,
        path: Path,
        now_us: Callable[[], int],
        recorded: Callable[[int], None] = lambda _: None,
        *,
        wait_s: float = LOCKED_S,
    ) -> None:
        self._writer = EvidenceLogWriter(path, wait_s=wait_s)
        self._now_us, self._recorded = now_us, recorded
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="evidence-log")
        self._waiting: list[tuple[RecordBody, asyncio.Future[Appended]]] = []
        self._working: asyncio.Task[None] | None = None
        self.committed = asyncio.Event()
        """Set after every commit; whoever follows the log clears it."""

    async def append(self, body: RecordBody) -> Appended:
        """Append one record; returns when it is durable. Raises EvidenceLogError when it was not stored."""
        return await self.submit(body)

    def submit(self, body: RecordBody) -> asyncio.Future[Appended]:
        """Append one record in the order of the calls; the future is done when it is durable."""
        future: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, future))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return future

    async def close(self) -> None:
        """Commit what is waiting and close the file."""
        if self._working is not None:
            await self._working
        await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.close)
        self._thread.shutdown()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                group = self._waiting[:_MOST_AT_ONCE]
                del self._waiting[:_MOST_AT_ONCE]
                bodies = [body for body, _ in group]
                try:
                    outcomes = await loop.run_in_executor(
                        self._thread, self._store, bodies, self._now_us()
                    )
                except Exception as error:  # noqa: BLE001 - it is handed to every caller that waits
                    self._fail(group + self._waiting, error)
                    continue
                for (_, future), outcome in zip(group, outcomes, strict=True):
                    if isinstance(outcome, Appended):
                        self._recorded(outcome.record.recorded_at_us)
                    _settle(future, outcome)
                if isinstance(outcomes[-1], EvidenceLogError):
                    self._fail(self._waiting, outcomes[-1])
                self.committed.set()
        finally:
            self._working = None

    def _store(self, bodies: list[RecordBody], now_us: int) -> list[Appended | JiankaoError]:
        """Store a group as a whole; when one of it can never be stored, the others one by one without it."""
        try:
            return [*self._writer.append(bodies, now_us)]
        except MalformedError:
            outcomes: list[Appended | JiankaoError] = []
        for body in bodies:
            try:
                outcomes += self._writer.append([body], now_us)
            except MalformedError as error:
                outcomes.append(error)
            except EvidenceLogError as error:
                return outcomes + [error] * (len(bodies) - len(outcomes))
        return outcomes

    def _fail(
        self, group: list[tuple[RecordBody, "asyncio.Future[Appended]"]], error: Exception
    ) -> None:
        """Fail a group and everything submitted behind it, which may rest on it: a chain must not get a hole."""
        for _, future in group:
            _settle(future, error)
        self._waiting.clear()


def _settle(future: "asyncio.Future[Appended]", outcome: Appended | Exception) -> None:
    if future.done():  # whoever waited has gone
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
