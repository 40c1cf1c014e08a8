"""How far a collector that was started again has come with judging what it had recorded. Pure."""

from dataclasses import dataclass

_KNOWN_AFTER_S = 0.5
"""Sooner, what is left cannot be told from what was done."""


@dataclass(frozen=True, slots=True)
class JudgingAgain:
    """Judging goes on behind the end of the log. `share`: 0..1 of it is done; `left_s`: None while nobody can tell."""

    share: float
    left_s: float | None

    @property
    def percent(self) -> int:
        """What is done, never rounded up to all of it."""
        return min(99, int(self.share * 100))


@dataclass(slots=True)
class Progress:
    """From where judging again began (a record's number, seconds of any clock), and how far it came."""

    first: int
    began_s: float
    position: int = 0
    now_s: float = 0.0

    def reached(self, position: int, now_s: float) -> None:
        """Everything before `position` is judged."""
        self.position, self.now_s = position, now_s

    @property
    def done(self) -> int:
        """Records that were judged."""
        return max(0, self.position - self.first)

    @property
    def took_s(self) -> float:
        """How long that took."""
        return max(0.0, self.now_s - self.began_s)

    def at(self, end: int) -> JudgingAgain:
        """Return how it stands while `end` is the number of the next record; the end goes on meanwhile."""
        done, left, took_s = self.done, max(0, end - self.position), self.took_s
        left_s = left * took_s / done if done and took_s >= _KNOWN_AFTER_S else None
        return JudgingAgain(done / (done + left) if done + left > 0 else 0.0, left_s)
