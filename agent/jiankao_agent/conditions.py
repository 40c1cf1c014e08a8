"""How every sensor is, for the header of each batch and for whoever looks at the console.

Besides the sensors it holds the agent's own parts (spool, delivery): their troubles show in the same place.
"""

import logging
import threading
from collections.abc import Iterable

from jiankao_agent.sensors.base import Condition, Emit
from jiankao_proto.batch import SensorHealth
from jiankao_proto.bilingual import in_language
from jiankao_proto.observations import Health, SensorStateChanged

_log = logging.getLogger(__name__)


class Conditions:
    """The latest condition of each name. Safe from any thread."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._lock = threading.Lock()
        self._of: dict[str, Condition] = {}

    def begin(self, names: Iterable[str], condition: Condition) -> None:
        """Add names as they stand before anything happened; nothing is reported."""
        with self._lock:
            self._of.update(dict.fromkeys(names, condition))

    def set(self, name: str, condition: Condition) -> None:
        """Note a condition, and report it when it is another than before."""
        with self._lock:
            if self._of.get(name) == condition:
                return
            self._of[name] = condition
            self._emit(
                SensorStateChanged(name, condition.health, condition.reason, condition.remedy),
                urgent=True,
            )
        level = logging.INFO if condition.health is Health.OK else logging.WARNING
        both = (condition.reason, condition.remedy)
        said = "; ".join(in_language(part, "en") for part in both if part)
        _log.log(level, "%s: %s%s", name, condition.health.name, f": {said}" if said else "")

    def health(self) -> tuple[SensorHealth, ...]:
        """Return the health of every name, in the order they were added."""
        with self._lock:
            return tuple(SensorHealth(name, c.health) for name, c in self._of.items())
