"""Findings that stand while what shows them is there: a device, a socket, a process. Pure.

Several things may show the same finding (equal kind and subject): it is over with the last of them.
"""

from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

from jiankao_collector.detectors.base import BatchSeen, Finding

K = TypeVar("K", bound=Hashable)


class OpenFindings(Generic[K]):
    """What is there, by its key, and the finding it shows; no more than `most` are followed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: dict[K, Finding] = {}
        self._shown: Counter[tuple[str, str]] = Counter()

    def __contains__(self, key: K) -> bool:
        """Tell whether something is followed."""
        return key in self._of

    @property
    def full(self) -> bool:
        """Whether nothing new can be followed."""
        return len(self._of) >= self._most

    def get(self, key: K) -> Finding | None:
        """Return what something shows."""
        return self._of.get(key)

    def shows(self, finding: Finding) -> bool:
        """Tell whether something there shows this finding."""
        return self._shown[finding.kind, finding.subject] > 0

    def hold(self, key: K, finding: Finding) -> list[Finding]:
        """Follow something that shows a finding; return the word that what it showed before is over, if it is.

        The finding itself is the caller's to give. When there are too many it is given and never over.
        """
        before = self._of.get(key)
        if before is None and self.full:
            return []
        self._of[key] = finding
        self._shown[finding.kind, finding.subject] += 1
        return self._no_longer(before, finding.at_us, finding.record_number)

    def release(self, key: K, seen: BatchSeen) -> list[Finding]:
        """Something is gone; return the word that its finding is over, if nothing else shows it."""
        return self._no_longer(self._of.pop(key, None), seen.at_us, seen.record_number)

    def _no_longer(self, finding: Finding | None, at_us: int, record_number: int) -> list[Finding]:
        if finding is None:
            return []
        self._shown[finding.kind, finding.subject] -= 1
        if self.shows(finding):
            return []
        del self._shown[finding.kind, finding.subject]
        return [finding.over(at_us, record_number)]
