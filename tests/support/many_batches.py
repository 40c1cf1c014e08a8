"""An agent that seals batch after batch without a pause, and says how much memory it has when it is asked.

python -m tests.support.many_batches STATE FIRST LAST

Runs the agent enrolled in STATE with one sensor that tells of a process, waits for the batch, and tells of the next.
After FIRST batches and after LAST it waits until the agent has tidied its memory, and prints a line: its anonymous
memory (KiB), and how many blocks Python's allocator has given out. Then it ends.
"""

import os
import sys
import threading
from dataclasses import replace
from pathlib import Path

import jiankao_agent.tls  # noqa: F401 - before grpc is imported
from jiankao_agent import batcher, service, supervisor
from jiankao_agent.config import StateFolder
from jiankao_agent.platform.linux import memory
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.spool import DEFAULT_LIMIT
from jiankao_proto.observations import ProcessStarted
from tests.support.samples import sample

tidied = threading.Event()


class Restless:
    """Tells of a process as soon as the batch with the last one is made."""

    name = "restless"

    def __init__(self, first: int, last: int) -> None:
        self._first, self._last = first, last
        self._sealed = threading.Semaphore(0)

    def probe(self) -> Condition:
        return OK

    def sealed(self) -> None:
        self._sealed.release()

    def run(self, context: SensorContext) -> None:
        context.report(OK)
        fact = sample(ProcessStarted)
        for count in range(1, self._last + 1):
            process = replace(fact.process, pid=count, name=f"program-{count}")
            context.emit(ProcessStarted(process), urgent=True)
            self._sealed.acquire(timeout=10.0)
            if count in {self._first, self._last}:
                tidied.clear()
                if not tidied.wait(30.0):
                    os._exit(1)
                sys.stdout.write(f"{anonymous_kib()} {sys.getallocatedblocks()}\n")
                sys.stdout.flush()
        os._exit(0)


def anonymous_kib() -> int:
    """Return the memory of this process that is no file's."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("Anonymous:")).split()[1])


def main() -> None:
    """Run."""
    state, first, last = sys.argv[1:]
    memory.keep_small()
    # What spares a workstation would make the test take minutes.
    batcher.URGENT_DELAY_US = batcher.URGENT_SPACING_US = 0
    supervisor._SETTLED_AFTER_S = supervisor._TIDIED_EVERY_S = 1.0  # noqa: SLF001 - the same
    sensor = Restless(int(first), int(last))
    tidy = memory.tidy

    def tidy_and_tell() -> None:
        tidy()
        tidied.set()

    memory.tidy = tidy_and_tell
    seal_one = supervisor.Supervisor._seal_one  # noqa: SLF001 - to know when a batch is made

    async def told(self: supervisor.Supervisor) -> bool:
        kept = await seal_one(self)
        sensor.sealed()
        return kept

    supervisor.Supervisor._seal_one = told  # type: ignore[method-assign] # noqa: SLF001 - the same
    service.run(StateFolder(Path(state)), [sensor], DEFAULT_LIMIT)


if __name__ == "__main__":
    main()
