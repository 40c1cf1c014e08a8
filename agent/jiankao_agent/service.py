"""One run of the agent, from an enrolled state folder to a signal."""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from jiankao_agent import identity
from jiankao_agent.config import Address, StateFolder, pin_policy_keys
from jiankao_agent.sensors.base import Sensor
from jiankao_agent.spool import Spool
from jiankao_agent.state_lock import StateLock
from jiankao_agent.supervisor import PinKeys, Supervisor
from jiankao_proto.chain import genesis

NOTICE = (
    "本机处于考试监控之下：程序、网络连接、登录会话与输入的节奏会被记录；"
    "不记录按了什么键、文字与屏幕内容。 | "
    "This computer is monitored for an exam: programs, network connections, logons and the timing "
    "of input are recorded; never which keys, what text, or the screen."
)
_SECOND_SIGNAL_AFTER_S = 1.0
"""A terminal's Ctrl-C and the parent's SIGTERM arrive together and are one wish, not two."""

_ENDING: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGINT)
if sys.platform == "win32":
    # Nobody can send SIGTERM there. SIGBREAK comes of Ctrl-Break, and when the console closes or Windows shuts down.
    _ENDING += (signal.SIGBREAK,)

Ending = Callable[[Callable[[], object]], None]
"""Is given, once the agent is at work, how to end it: a call that is safe from any thread."""

_log = logging.getLogger(__name__)


def run(
    state: StateFolder,
    sensors: Sequence[Sensor],
    spool_limit: int,
    moved_to: Address | None = None,
    ending: Ending | None = None,
) -> None:
    """Watch and report until SIGTERM or SIGINT, or until `ending` calls what it is given.

    `moved_to`: where the collector is now, when that is not where it was at the enrolment. It is recognised by its
    certificate authority wherever it is.
    Raises ConfigurationError (not enrolled, open to others, in use by another agent) and SpoolError.
    """
    who = identity.load(state)
    if moved_to is not None:
        who = replace(who, enrolment=replace(who.enrolment, telemetry=moved_to))
    with StateLock(state.lock):
        spool = Spool(state.spool, genesis(who.enrolment.chain_genesis), spool_limit)
        try:
            print(NOTICE, file=sys.stderr, flush=True)  # noqa: T201 - the notice is a duty, not a log line
            if spool.torn_bytes:
                _log.info("removed %d bytes of a batch that was never finished", spool.torn_bytes)
            pin = partial(pin_policy_keys, state)
            asyncio.run(_supervise(who, spool, sensors, pin, ending or _end_on_signals))
        finally:
            spool.close()


async def _supervise(
    who: identity.Identity, spool: Spool, sensors: Sequence[Sensor], pin: PinKeys, ending: Ending
) -> None:
    supervisor = Supervisor(who, spool, sensors, pin)
    loop = asyncio.get_running_loop()
    ending(lambda: loop.call_soon_threadsafe(supervisor.stop))
    await supervisor.run()


def _end_on_signals(end: Callable[[], object]) -> None:
    first_at: float | None = None

    def stop(number: int, _frame: object) -> None:
        nonlocal first_at
        if first_at is None:
            first_at = time.monotonic()
            end()
        elif time.monotonic() - first_at > _SECOND_SIGNAL_AFTER_S:
            # Safe at any moment: what the spool took is durable, and nothing else counts.
            os._exit(128 + number)

    for number in _ENDING:
        signal.signal(number, stop)
