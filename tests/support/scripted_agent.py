"""The real agent process with sensors that follow a script, where a real one cannot be driven.

Run as `python -m tests.support.scripted_agent STATE SPOOL_LIMIT_BYTES SCENE`.
"""

import jiankao_agent.tls  # noqa: F401, I001 - before grpc, as the agent's own command does

import logging
import sys
from itertools import count
from pathlib import Path

from jiankao_agent import service
from jiankao_agent.config import StateFolder
from jiankao_agent.errors import AgentError, SensorError
from jiankao_agent.sensors.base import OK, SensorContext
from jiankao_agent.sensors.base import Condition as SensorCondition
from jiankao_proto.observations import Health, ProcessEnded


class Ticker:
    """Counts, so that a gap or a repetition is seen in the numbers themselves."""

    name = "ticker"

    def probe(self) -> SensorCondition:
        return OK

    def run(self, context: SensorContext) -> None:
        context.report(OK)
        for number in count(1):
            context.baseline_wanted()
            context.emit(ProcessEnded(number, 0, "tick"), urgent=number % 10 == 0)
            if context.stopping.wait(0.01):
                return


class Crasher:
    """Fails, and works when it is started again."""

    name = "crasher"

    def __init__(self) -> None:
        self._starts = 0

    def probe(self) -> SensorCondition:
        return OK

    def run(self, context: SensorContext) -> None:
        self._starts += 1
        if self._starts == 1:
            raise SensorError("the scripted failure")
        context.report(SensorCondition(Health.DEGRADED, "came back", "nothing"))
        context.stopping.wait()


class Quiet:
    """Works and sees nothing."""

    name = "quiet"

    def probe(self) -> SensorCondition:
        return OK

    def run(self, context: SensorContext) -> None:
        context.report(OK)
        while not context.stopping.wait(0.2):
            if context.baseline_wanted():
                context.emit(ProcessEnded(1, 0, "baseline"))


SCENES = {"ticks": (Ticker,), "crash": (Crasher, Quiet), "quiet": (Quiet,)}


def main(state: str, limit: str, scene: str) -> int:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    try:
        service.run(StateFolder(Path(state)), [make() for make in SCENES[scene]], int(limit))
    except AgentError as error:
        sys.stderr.write(f"jiankao-agent: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
