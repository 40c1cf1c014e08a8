"""What a sensor is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from jiankao_agent.platform.stop_signal import StopSignal
from jiankao_proto.observations import Fact, Health


@dataclass(frozen=True, slots=True)
class Condition:
    """How a sensor is; when it is not OK, why (one sentence) and what to do about it."""

    health: Health
    reason: str = ""
    remedy: str = ""


OK = Condition(Health.OK)


class Emit(Protocol):
    """Hands a fact to the batcher, stamped with both clocks now. Safe from any thread.

    `urgent` facts leave at once, when there are many within 200 ms; others with the next flush.
    """

    def __call__(self, fact: Fact, *, urgent: bool = False) -> None:
        """Hand over one fact."""


@dataclass(frozen=True, slots=True)
class SensorContext:
    """What a running sensor may use."""

    emit: Emit
    report: Callable[[Condition], None]
    """Says how the sensor is now; call it at start and whenever that changes."""
    stopping: StopSignal
    """Set when the sensor must return from `run`, at once. It waits by this, and is woken when asked for something."""
    baseline_wanted: Callable[[], bool]
    """True once after each request to send again everything that is there now, marked as baseline.

    The first call always returns True. Ask it whenever a wait has ended, in other work at least every five seconds: a
    sensor that does not wait and uses nothing of its context for fifteen is shown as not answering.
    """


class Sensor(Protocol):
    """One way of looking at the workstation. It runs in a thread of its own."""

    @property
    def name(self) -> str:
        """The sensor's name in headers, on the console and in `doctor`."""

    def probe(self) -> Condition:
        """Tell whether the sensor can work here, changing nothing. Never raises."""

    def run(self, context: SensorContext) -> None:
        """Watch until `context.stopping` is set, which ends its waits.

        Raises SensorError (or anything else) when it cannot go on; the supervisor reports that and starts it again.
        """
