"""Every finding of one workstation since its exam session opened, each as it stands."""

from collections import deque
from collections.abc import Iterator

from jiankao_collector.detectors.base import AlertKind, Family, Finding
from jiankao_collector.knowledge.weights import Weights
from jiankao_collector.scoring.risk import points
from jiankao_proto.records import FindingCited, Severity

FIRST_KEPT = 32
LATEST_KEPT = 32
SUBJECTS_KEPT = 20
"""Different subjects of one kind of finding that are told apart; more are folded into one, so that nobody can flood
the log by doing one thing to ten thousand others."""
_FOLDED_KEPT = 1000
FOLDED = "*"

Key = tuple[str, str, str]


class Standing:
    """One finding and how it grew. `since_us`: when it last came up; `over`: it is not going on now."""

    def __init__(self, finding: Finding, centibans: int) -> None:
        self._last = finding
        self.severity: Severity = finding.severity
        self.centibans = centibans
        self.first_us = self.last_us = self.since_us = finding.at_us
        self.count = 1
        self.over = finding.ended
        self._first_numbers = [finding.record_number]
        self._latest_numbers: deque[int] = deque(maxlen=LATEST_KEPT)

    @property
    def family(self) -> Family:
        """The family it is capped in."""
        return self._last.family

    @property
    def alert(self) -> AlertKind:
        """The kind of alert it belongs to."""
        return self._last.alert

    @property
    def alone(self) -> bool:
        """Whether it is an alert by itself."""
        return self._last.alone

    @property
    def detector(self) -> str:
        """Which detector found it."""
        return self._last.detector

    def grow(self, finding: Finding, centibans: int) -> None:
        """Take in the same finding again, or the word that it is over."""
        if finding.ended and not self.over:
            self.over = True
        else:
            self.count += 1
            if self.over and not finding.ended:
                self.over, self.since_us = False, finding.at_us
        self.severity = max(self.severity, finding.severity)
        self.centibans = max(self.centibans, centibans)
        self.last_us = max(self.last_us, finding.at_us)
        self._last = finding
        latest = self._latest_numbers[-1] if self._latest_numbers else self._first_numbers[-1]
        if finding.record_number != latest:
            if len(self._first_numbers) < FIRST_KEPT:
                self._first_numbers.append(finding.record_number)
            else:
                self._latest_numbers.append(finding.record_number)

    def cited(self, contribution: int) -> FindingCited:
        """Return it as an alert cites it; `contribution`: what it adds there, in centibans."""
        return FindingCited(
            detector=self._last.detector,
            kind=self._last.kind,
            family=self._last.family.value,
            subject=self._last.subject,
            points=points(contribution),
            reason_zh=self._last.reason_zh,
            reason_en=self._last.reason_en,
            first_us=self.first_us,
            last_us=self.last_us,
            count=self.count,
            record_numbers=(*self._first_numbers, *self._latest_numbers),
            centibans=contribution,
        )


class Ledger:
    """The findings of one workstation, in the order in which they first came up."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._standing: dict[Key, Standing] = {}
        self._subjects: dict[tuple[str, str], int] = {}
        self._folded: dict[tuple[str, str], dict[str, None]] = {}
        self._settled: set[Key] = set()

    def __iter__(self) -> Iterator[Standing]:
        return iter(self._standing.values())

    def of(self, alert: AlertKind) -> dict[Key, Standing]:
        """Return the findings that belong to one kind of alert."""
        return {
            key: standing for key, standing in self._standing.items() if standing.alert is alert
        }

    def take(self, finding: Finding) -> AlertKind | None:
        """Take in a finding and return the kind of alert it belongs to; None when it changes nothing here."""
        key = (finding.detector, finding.kind, finding.subject)
        standing = self._standing.get(key)
        if standing is None and key in self._settled:
            self._settled.discard(key)
            if finding.ended:
                return None
        kind = key[:2]
        centibans = self._weights.of[finding.weight].centibans
        if standing is None and self._subjects.get(kind, 0) >= SUBJECTS_KEPT:
            return self._fold(kind, finding, centibans)
        if standing is None:
            self._standing[key] = Standing(finding, centibans)
            self._subjects[kind] = self._subjects.get(kind, 0) + 1
        else:
            standing.grow(finding, centibans)
        return finding.alert

    def settle(self) -> None:
        """Forget every finding; the word that one of them is over will not bring it back."""
        self._settled = {key for key, standing in self._standing.items() if not standing.over}
        self._standing.clear()
        self._subjects.clear()
        self._folded.clear()

    def _fold(self, kind: tuple[str, str], finding: Finding, centibans: int) -> AlertKind | None:
        """Take in a finding with one subject too many: all of those share one line and are over together."""
        open_subjects = self._folded.setdefault(kind, {})
        if not finding.ended:
            if len(open_subjects) < _FOLDED_KEPT:
                open_subjects[finding.subject] = None
        else:
            open_subjects.pop(finding.subject, None)
            if open_subjects:
                return None
        folded = _more(finding)
        standing = self._standing.get((*kind, FOLDED))
        if standing is None:
            self._standing[*kind, FOLDED] = Standing(folded, centibans)
        else:
            standing.grow(folded, centibans)
        return finding.alert


def _more(finding: Finding) -> Finding:
    return Finding(
        detector=finding.detector,
        kind=finding.kind,
        family=finding.family,
        alert=finding.alert,
        severity=finding.severity,
        weight=finding.weight,
        alone=finding.alone,
        subject=FOLDED,
        reason_zh=f"另有更多同类情况，最近一条：{finding.reason_zh}",
        reason_en=f"More of the same kind; the latest: {finding.reason_en}",
        at_us=finding.at_us,
        record_number=finding.record_number,
        ended=finding.ended,
    )
