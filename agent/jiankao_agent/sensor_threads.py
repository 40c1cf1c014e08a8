"""One thread a sensor: starts them, starts a failed one again, notices one that no longer answers.

Python cannot end a thread, so a stuck sensor is not replaced: it is shown as unavailable until it answers.
What counts as an answer is any use of its context, and that it waits by it: such a thread looks up by itself.
"""

import logging
import threading
import time
from collections.abc import Sequence

from jiankao_agent.clock import monotonic_us
from jiankao_agent.conditions import Conditions
from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux.thread_names import name_this_thread
from jiankao_agent.platform.stop_signal import StopSignal
from jiankao_agent.sensors.base import Condition, Emit, Sensor, SensorContext
from jiankao_proto.bilingual import say
from jiankao_proto.observations import Fact, Health

STUCK_AFTER_US = 15_000_000
"""A sensor that used nothing of its context for so long is taken for stuck."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_SOUND_AFTER_S = 60.0
"""A sensor that ran this long and then fails begins again with the shortest pause."""

_log = logging.getLogger(__name__)

_STARTING = Condition(Health.STARTING)
_STUCK = Condition(
    Health.UNAVAILABLE,
    say("采集器没有响应", "the sensor does not answer"),
    say(
        "请重新启动监考程序；若仍如此，请运行 jiankao-agent doctor",
        "restart the agent; run jiankao-agent doctor if this stays",
    ),
)
_RESTARTS = say(
    "它会自动重新启动；若仍如此，请运行 jiankao-agent doctor",
    "it is started again by itself; run jiankao-agent doctor if this stays",
)


class _Watched:
    """One sensor and its thread."""

    def __init__(self, sensor: Sensor, emit: Emit, conditions: Conditions) -> None:
        self._sensor, self._emit, self._conditions = sensor, emit, conditions
        self._stopping = StopSignal()
        self._lock = threading.Lock()
        self._said = _STARTING
        self._stuck = False
        self._answered_us = monotonic_us()
        self._running = False
        self._baselines_wanted = 0
        self.thread = threading.Thread(target=self._live, name=sensor.name, daemon=True)

    def want_baseline(self) -> None:
        """Ask the sensor to send everything again."""
        with self._lock:
            self._baselines_wanted += 1
        self._stopping.wake()

    def stop(self) -> None:
        """Tell the sensor to stop."""
        self._stopping.set()

    def stopped(self, within_s: float) -> bool:
        """Wait for its end; tell whether it has come. One that has not keeps its signal."""
        self.thread.join(within_s)
        if self.thread.is_alive():
            return False
        self._stopping.close()
        return True

    def look(self, now_us: int) -> None:
        """Report the sensor as stuck when it is."""
        if self._stopping.waits:
            self._answer()
            return
        with self._lock:
            if not self._running or self._stuck or now_us - self._answered_us <= STUCK_AFTER_US:
                return
            self._stuck = True
            self._conditions.set(self._sensor.name, _STUCK)

    def _live(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            began = time.monotonic()
            reason = self._run_once()
            if self._stopping.is_set():
                return
            if time.monotonic() - began > _SOUND_AFTER_S:
                pause_s = _FIRST_PAUSE_S
            self._report(Condition(Health.UNAVAILABLE, reason, _RESTARTS))
            self._stopping.wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _run_once(self) -> str:
        """Run the sensor until it ends; return why it did."""
        name_this_thread(self._sensor.name)
        self._answer()
        self._running = True
        try:
            self._sensor.run(self._context())
        except SensorError as error:
            return _one_line(str(error))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it becomes a visible state
            _log.debug("sensor %s failed", self._sensor.name, exc_info=True)
            return _one_line(f"{type(error).__name__}: {error}")
        finally:
            self._running = False
        return say("采集器自行结束", "the sensor ended by itself")

    def _context(self) -> SensorContext:
        """Return a context of its own for each run: its first baseline question is answered yes."""
        given = -1

        def baseline_wanted() -> bool:
            nonlocal given
            self._answer()
            with self._lock:
                wanted = self._baselines_wanted
            if wanted == given:
                return False
            given = wanted
            return True

        def emit(fact: Fact, *, urgent: bool = False) -> None:
            self._answer()
            self._emit(fact, urgent=urgent)

        return SensorContext(emit, self._report, self._stopping, baseline_wanted)

    def _report(self, condition: Condition) -> None:
        with self._lock:
            self._answered_us = monotonic_us()
            self._said, self._stuck = condition, False
            self._conditions.set(self._sensor.name, condition)

    def _answer(self) -> None:
        with self._lock:
            self._answered_us = monotonic_us()
            if self._stuck:
                self._stuck = False
                self._conditions.set(self._sensor.name, self._said)


class SensorThreads:
    """All sensors of this workstation."""

    def __init__(self, sensors: Sequence[Sensor], emit: Emit, conditions: Conditions) -> None:
        conditions.begin((s.name for s in sensors), _STARTING)
        self._watched = [_Watched(s, emit, conditions) for s in sensors]

    def start(self) -> None:
        """Start every sensor."""
        for watched in self._watched:
            watched.thread.start()

    def look(self, now_us: int) -> None:
        """Report sensors that are stuck. To be called every few seconds."""
        for watched in self._watched:
            watched.look(now_us)

    def want_baseline(self) -> None:
        """Ask every sensor to send again what is there now."""
        for watched in self._watched:
            watched.want_baseline()

    def stop(self, within_s: float) -> list[str]:
        """Stop every sensor; return the names of those that did not return in time."""
        for watched in self._watched:
            watched.stop()
        deadline = time.monotonic() + within_s
        return [
            watched.thread.name
            for watched in self._watched
            if not watched.stopped(max(0.0, deadline - time.monotonic()))
        ]


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300] or "it failed without a word"
