"""What is known to be there, and what to tell when it is another than before. Pure; both systems use it.

Things are named by a key of the sensor's choice; what is told of each is a fact in the form of a baseline.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Generic, TypeVar

from jiankao_proto.observations import (
    Change,
    DisplayChanged,
    NetworkInterfaceChanged,
    NetworkSettingChanged,
    ServiceChanged,
)

K = TypeVar("K")
F = TypeVar("F", DisplayChanged, NetworkInterfaceChanged, NetworkSettingChanged, ServiceChanged)


class Inventory(Generic[K, F]):
    """Kept by a sensor from run to run, so that its restart hides nothing."""

    def __init__(self) -> None:
        """Start without knowing anything: the first look is a baseline."""
        self._known: dict[K, F] | None = None

    def again(self) -> list[F]:
        """Return everything that is known, as baselines."""
        return list((self._known or {}).values())

    def settle(self, now: Mapping[K, F]) -> list[F]:
        """Take in how things are; return what to tell: what went, then what came or changed."""
        before, self._known = self._known, dict(now)
        if before is None:
            return list(now.values())
        told = [
            replace(fact, change=Change.REMOVED) for key, fact in before.items() if key not in now
        ]
        for key, fact in now.items():
            if key not in before:
                told.append(replace(fact, change=Change.ADDED))
            elif fact != before[key]:
                told.append(replace(fact, change=Change.MODIFIED))
        return told
