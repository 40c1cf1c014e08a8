"""What the parts of this package tell: a sign, not yet of which record."""

from dataclasses import dataclass

from jiankao_collector.detectors.base import Sign


@dataclass(frozen=True, slots=True)
class Told:
    """A sign and its two sides; see base.SignSeen."""

    sign: Sign
    before: str = ""
    now: str = ""
    sure: bool = True
    ended: bool = False
