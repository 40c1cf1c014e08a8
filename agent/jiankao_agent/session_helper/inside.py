"""The helper itself: runs the sensors of the desktop and sends what they tell to the service. It holds no key.

It ends when the service is gone, or when it is told to. What it cannot send it does not keep: the service that starts
the next helper asks for a baseline.
"""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from jiankao_agent.clock import monotonic_us, now
from jiankao_agent.conditions import Conditions
from jiankao_agent.fitting import fit
from jiankao_agent.sensor_threads import SensorThreads
from jiankao_agent.sensors.base import Sensor
from jiankao_agent.session_helper.messages import (
    LARGEST_MESSAGE,
    LIFE_EVERY_S,
    Kind,
    Wish,
    write_fact,
)
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import Fact, Observation

_WRITTEN_WITHIN_S = 5.0
_STOP_WITHIN_S = 1.0

_log = logging.getLogger(__name__)


class Channel(Protocol):
    """The helper's end of the pipe."""

    def read(self, timeout_s: float) -> bytes | None:
        """Return the next message, None when the time is up. Raises OSError when the service is gone."""

    def write(self, message: bytes, timeout_s: float) -> None:
        """Send a message. Raises OSError."""


class Helper:
    """One run of the helper."""

    def __init__(self, channel: Channel, sensors: Sequence[Sensor]) -> None:
        """Send to `channel` what `sensors` tell."""
        self._channel = channel
        self._lock = threading.Lock()
        self._cut_off = threading.Event()
        self._threads = SensorThreads(sensors, self.emit, Conditions(self.emit))

    def run(self) -> None:
        """Watch until told to stop or the service is gone."""
        self._send(bytes((Kind.LIFE,)))
        self._threads.start()
        life_at = time.monotonic() + LIFE_EVERY_S
        try:
            while not self._cut_off.is_set():
                left_s = life_at - time.monotonic()
                if left_s <= 0:
                    self._threads.look(monotonic_us())
                    self._send(bytes((Kind.LIFE,)))
                    life_at = time.monotonic() + LIFE_EVERY_S
                    continue
                match self._channel.read(left_s):
                    case b"":
                        continue
                    case bytes(wish) if wish[0] == Wish.BASELINE:
                        self._threads.want_baseline()
                    case bytes(wish) if wish[0] == Wish.STOP:
                        return
        except OSError as error:
            _log.warning("the service is gone: %s", error)
        finally:
            self._threads.stop(_STOP_WITHIN_S)

    def emit(self, fact: Fact, *, urgent: bool = False) -> None:
        """Send a fact, from any thread."""
        at = now()
        observation = Observation(at.wall_us, at.monotonic_us, fact)
        try:
            message = write_fact(observation, urgent=urgent)
        except MalformedError:
            fitting = Observation(at.wall_us, at.monotonic_us, fit(fact))
            message = write_fact(fitting, urgent=urgent)
        if len(message) <= LARGEST_MESSAGE:
            self._send(message)

    def say_goodbye(self) -> None:
        """Say that Windows ends the session, from any thread."""
        with suppress(OSError):
            self._send(bytes((Kind.GOODBYE,)))

    def _send(self, message: bytes) -> None:
        with self._lock:
            try:
                self._channel.write(message, _WRITTEN_WITHIN_S)
            except OSError:
                self._cut_off.set()
                raise
