"""When what a workstation tells had happened, on the collector's clock: what it kept while cut off arrives late. Pure.

A wall clock may be wrong, and may be set. The clock of a start of the system is neither; how it lies to the collector's
is shown by the batch that came fastest.
"""

from jiankao_proto.batch import BatchHeader
from jiankao_proto.ids import BootId

LATE_US = 5_000_000
"""Nothing waits longer than this at a workstation that is connected: an observation for a second, a beat for five."""


class Arrivals:
    """Learns from the batches of one workstation, then tells when their observations were made."""

    def __init__(self) -> None:
        self._ahead_us: dict[BootId, int] = {}

    def take(self, recorded_at_us: int, header: BatchHeader) -> None:
        """Take in a batch. One whose clock says nothing (0) teaches nothing."""
        if header.monotonic_us:
            ahead_us = recorded_at_us - header.monotonic_us
            self._ahead_us[header.boot_id] = min(
                self._ahead_us.get(header.boot_id, ahead_us), ahead_us
            )

    def when(self, recorded_at_us: int, boot: BootId, monotonic_us: int) -> tuple[int, int]:
        """Return when something happened and, if it was recorded late, when that was; 0 if not."""
        happened_us = monotonic_us + self._ahead_us.get(boot, 0)
        if boot in self._ahead_us and monotonic_us and recorded_at_us - happened_us > LATE_US:
            return happened_us, recorded_at_us
        return recorded_at_us, 0
