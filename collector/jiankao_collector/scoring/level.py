"""Whether a seat's score has reached its room's thresholds. Pure; time is an input.

A threshold that was reached stays reached until the score is at or below the lower one: a seat does not flicker. The
score is that of all findings of the seat, because families agree across kinds of alert.
"""

from collections.abc import Iterable, Sequence

from jiankao_collector.detectors.base import Family
from jiankao_collector.knowledge.thresholds import Thresholds
from jiankao_collector.knowledge.weights import Weights
from jiankao_collector.scoring.decay import STEP_US, decay_of
from jiankao_collector.scoring.ledger import Standing
from jiankao_collector.scoring.risk import Risk, risk, score_of


class Level:
    """`raised`: the alert threshold is reached; `warned`: the lower one is."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._decay = decay_of(weights.half_life_s)
        self.thresholds: Thresholds = weights.thresholds
        self.raised = self.warned = False
        self.falls_at: int | None = None
        """When one of the two falls by fading alone; None: never, or not before something else happens."""

    def worth(self, standing: Standing, now_us: int) -> int:
        """Return what a finding weighs now, in centibans."""
        if not standing.over:
            return standing.centibans
        return self._decay.left(standing.centibans, standing.last_us, now_us)

    def risk(self, findings: Iterable[Standing], now_us: int) -> Risk:
        """Add up findings as they weigh now."""
        return risk(((s.family, self.worth(s, now_us)) for s in findings), self._weights)

    def update(self, findings: Sequence[Standing], now_us: int) -> None:
        """Look at all findings of the seat as they stand now."""
        score, limits = self._score(findings, now_us), self.thresholds
        self.raised = score >= limits.alert or (self.raised and score > limits.alert_falls)
        self.warned = score >= limits.warning or (self.warned and score > limits.warning_falls)
        self.falls_at = self._falls_at(findings, now_us)

    def _score(self, findings: Iterable[Standing], now_us: int) -> int:
        by_family: dict[Family, int] = {}
        for standing in findings:
            worth = self.worth(standing, now_us)
            by_family[standing.family] = by_family.get(standing.family, 0) + worth
        caps = self._weights.caps
        total = sum(min(worth, caps[family]) for family, worth in by_family.items())
        return score_of(self._weights.prior_centibans + total)

    def _falls_at(self, findings: Sequence[Standing], now_us: int) -> int | None:
        """Find the first step of time at which a threshold is lost: scores only fade, so halving the span finds it."""
        falls = [self.thresholds.alert_falls] if self.raised else []
        falls += [self.thresholds.warning_falls] if self.warned else []
        if not falls or not any(s.over for s in findings):
            return None
        lost = max(falls)
        first = now_us // STEP_US
        last = (now_us + self._decay.longest_us) // STEP_US
        if self._score(findings, last * STEP_US) > lost:
            return None
        while first + 1 < last:
            middle = (first + last) // 2
            if self._score(findings, middle * STEP_US) <= lost:
                last = middle
            else:
                first = middle
        return last * STEP_US
