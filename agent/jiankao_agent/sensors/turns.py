"""The loop of a sensor that looks again and again, because the system tells of nothing by itself."""

from collections.abc import Callable
from typing import Protocol

from jiankao_agent.errors import SensorError
from jiankao_agent.sensors.base import Condition, SensorContext
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import Health


class Watch(Protocol):
    """What is known between two turns."""

    def turn(self) -> None:
        """Look once."""


def take_turns(
    context: SensorContext,
    condition: Condition,
    begin: Callable[[SensorContext], Watch],
    every_s: float,
    *,
    lost: str,
    ask: str,
) -> None:
    """Report how the sensor is, begin to watch, and take turns until told to stop, `every_s` seconds apart.

    `condition`: what the sensor's own probe says; it raises SensorError when that is UNAVAILABLE. So does a watch
    that fails with OSError or MalformedError: `lost` says of which sensor what is gone, `ask` what to look at.
    """
    if condition.health is Health.UNAVAILABLE:
        raise SensorError(condition.reason)
    context.report(condition)
    try:
        watch = begin(context)
        while True:
            watch.turn()
            if context.stopping.wait(every_s):
                return
    except (OSError, MalformedError) as error:
        raise SensorError(f"{lost} ({error}); {ask}") from error
