"""Runs a sensor in a thread as the supervisor does, and lets a test wait for what it tells."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from jiankao_agent.platform.stop_signal import StopSignal
from jiankao_agent.sensors.base import Condition, Sensor, SensorContext
from jiankao_proto.observations import Fact, Health

F = TypeVar("F")
DEADLINE_S = 20.0


class SensorHarness:
    """What a running sensor has told so far."""

    def __init__(self, stopping: StopSignal | None = None) -> None:
        self.facts: list[Fact] = []
        self.urgent: list[Fact] = []
        self.conditions: list[Condition] = []
        self.error: BaseException | None = None
        self.ended = False
        self._changed = threading.Condition()
        self._baselines_asked = 1
        self.stopping = stopping or StopSignal()

    def ask_baseline(self) -> None:
        """Ask the sensor to tell everything again."""
        with self._changed:
            self._baselines_asked += 1
        self.stopping.wake()

    def stop(self) -> None:
        """Ask the sensor to return."""
        self.stopping.set()

    def wait_for(self, kind: type[F], matches: Callable[[F], bool] = lambda _: True) -> F:
        """Return the first fact of a kind that matches; fail when none comes."""

        def found() -> F | None:
            return next((f for f in self.facts if isinstance(f, kind) and matches(f)), None)

        return self.until(found, f"no matching {kind.__name__} came")

    def wait_for_health(self, health: Health) -> Condition:
        """Return the first condition of a health that was reported, now or later."""
        return self.until(
            lambda: next((c for c in self.conditions if c.health is health), None),
            f"the sensor never was {health.name}",
        )

    def wait_for_end(self) -> BaseException | None:
        """Return what the sensor ended with."""
        self.until(lambda: self.ended or None, "the sensor did not end", ends=True)
        return self.error

    def until(self, found: Callable[[], F | None], otherwise: str, *, ends: bool = False) -> F:
        """Wait until `found` returns something; it is asked again whenever the sensor told something."""
        deadline = time.monotonic() + DEADLINE_S
        with self._changed:
            while (value := found()) is None:
                left = deadline - time.monotonic()
                if left <= 0 or (self.ended and not ends):
                    told = "\n".join(repr(f) for f in self.facts[-20:])
                    raise AssertionError(
                        f"{otherwise}; conditions {self.conditions}, error {self.error!r}, last facts:\n{told}"
                    )
                self._changed.wait(min(left, 0.5))
            return value

    def context(self) -> SensorContext:
        """Return the context to run a sensor with."""
        given = 0

        def emit(fact: Fact, *, urgent: bool = False) -> None:
            with self._changed:
                self.facts.append(fact)
                if urgent:
                    self.urgent.append(fact)
                self._changed.notify_all()

        def report(condition: Condition) -> None:
            with self._changed:
                self.conditions.append(condition)
                self._changed.notify_all()

        def baseline_wanted() -> bool:
            nonlocal given
            with self._changed:
                wanted, given = self._baselines_asked > given, self._baselines_asked
            return wanted

        return SensorContext(emit, report, self.stopping, baseline_wanted)

    def run(self, sensor: Sensor) -> None:
        """Run a sensor to its end and note how it ended."""
        try:
            sensor.run(self.context())
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.error = error
        with self._changed:
            self.ended = True
            self._changed.notify_all()


@contextlib.contextmanager
def running(sensor: Sensor, stopping: StopSignal | None = None) -> Iterator[SensorHarness]:
    """Run a sensor for the length of the block; at its end it must return within seconds."""
    harness = SensorHarness(stopping)
    thread = threading.Thread(target=harness.run, args=(sensor,), name=f"sensor-{sensor.name}")
    thread.start()
    try:
        yield harness
    finally:
        harness.stop()
        thread.join(DEADLINE_S)
        assert not thread.is_alive(), f"the sensor {sensor.name} did not return when asked to"
        harness.stopping.close()
