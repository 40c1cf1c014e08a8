"""When a hand was at work at one workstation, and when it could have been seen: on the collector's clock. Pure.

Windows of local input that hold a press are kept as the moments they ended. Workstations' wall clocks may be wrong and
may be set; the monotonic clock of a boot is neither. What arrives fastest shows how it lies to the collector's clock.
"""

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

from jiankao_proto.batch import Batch
from jiankao_proto.ids import BootId
from jiankao_proto.observations import (
    AgentLifecycle,
    Health,
    InputSource,
    InputWindow,
    LifecycleStage,
    ObservationsDropped,
)

SENSOR = "input"
WINDOW_US = 1_000_000
"""The longest stretch one window of input covers."""
PRESSES_KEPT = 20_000
"""Seconds with a press that are remembered for one boot: more than five hours of clicking every second."""
_BOOTS_KEPT = 8
_STRETCHES_KEPT = 256


@dataclass(slots=True)
class _Boot:
    """One start of the system, in its monotonic microseconds."""

    ahead_us: int
    """The collector's clock minus this one, at least: as the fastest batch had it."""
    presses: "array[int]" = field(default_factory=lambda: array("q"))
    seen: list[tuple[int, int]] = field(default_factory=list)
    last_us: int | None = None


class LocalHand:
    """Follows the local presses of one workstation."""

    def __init__(self) -> None:
        self._boots: dict[BootId, _Boot] = {}

    def take(self, batch: Batch, recorded_at_us: int) -> None:
        """Take in an admitted batch."""
        header = batch.header
        boot = self._boots.get(header.boot_id)
        ahead_us = recorded_at_us - header.monotonic_us
        if boot is None:
            boot = self._boots[header.boot_id] = _Boot(ahead_us)
            if len(self._boots) > _BOOTS_KEPT:
                del self._boots[next(iter(self._boots))]
        boot.ahead_us = min(boot.ahead_us, ahead_us)
        whole = True
        for observation in batch.observations:
            fact = observation.fact
            if isinstance(fact, InputWindow):
                if _is_press(fact):
                    _keep(boot.presses, observation.monotonic_us)
            elif isinstance(fact, ObservationsDropped) or (
                isinstance(fact, AgentLifecycle) and fact.stage is LifecycleStage.STARTED
            ):
                whole = False
        works = any(s.sensor == SENSOR and s.health is Health.OK for s in header.sensors)
        if works and whole and boot.last_us is not None:
            _extend(boot.seen, boot.last_us, header.monotonic_us)
        boot.last_us = header.monotonic_us if works else None

    def could_be_seen(self, from_us: int, to_us: int) -> bool:
        """Tell whether the input sensor watched all of a stretch of the collector's time."""
        return any(
            first + boot.ahead_us <= from_us and to_us <= last + boot.ahead_us
            for boot in self._boots.values()
            for first, last in boot.seen
        )

    def was_at_work(self, from_us: int, to_us: int) -> bool:
        """Tell whether a second with a local press touches a stretch of the collector's time."""
        for boot in self._boots.values():
            at = bisect_left(boot.presses, from_us - boot.ahead_us)
            if at < len(boot.presses) and boot.presses[at] + boot.ahead_us - WINDOW_US <= to_us:
                return True
        return False

    def presses(self, from_us: int, to_us: int) -> list[int]:
        """Return when seconds with a local press ended, within a stretch of the collector's time."""
        return [
            boot.presses[at] + boot.ahead_us
            for boot in self._boots.values()
            for at in range(
                bisect_left(boot.presses, from_us - boot.ahead_us),
                bisect_left(boot.presses, to_us - boot.ahead_us),
            )
        ]


def _is_press(window: InputWindow) -> bool:
    return window.source is InputSource.LOCAL_DEVICE and (
        window.button_presses > 0 or window.key_presses > 0
    )


def _keep(presses: "array[int]", at_us: int) -> None:
    """Keep the moments in order: a mouse's and a keyboard's window may come in either."""
    if len(presses) >= PRESSES_KEPT:
        del presses[: PRESSES_KEPT // 2]
    if not presses or presses[-1] < at_us:
        presses.append(at_us)
    else:
        presses.insert(bisect_left(presses, at_us), at_us)


def _extend(seen: list[tuple[int, int]], from_us: int, to_us: int) -> None:
    if seen and seen[-1][1] >= from_us:
        seen[-1] = (seen[-1][0], max(seen[-1][1], to_us))
    else:
        seen.append((from_us, to_us))
        if len(seen) > _STRETCHES_KEPT:
            del seen[0]
