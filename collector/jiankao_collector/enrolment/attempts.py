"""How often one address may be refused at the enrolment desk: guessing tickets must not fill the log."""

from collections import OrderedDict, deque
from collections.abc import Callable

MOST_REFUSED = 10
WITHIN_US = 600 * 1_000_000
_MOST_ADDRESSES = 1024


class Attempts:
    """Counts refusals per address (gRPC peer text without the port)."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._refused: OrderedDict[str, deque[int]] = OrderedDict()

    def allowed(self, peer: str) -> bool:
        """Tell whether the address may try again."""
        times = self._refused.get(_address(peer), deque())
        while times and times[0] < self._now_us() - WITHIN_US:
            times.popleft()
        return len(times) < MOST_REFUSED

    def refused(self, peer: str) -> None:
        """Count one refusal."""
        address = _address(peer)
        self._refused.setdefault(address, deque(maxlen=MOST_REFUSED)).append(self._now_us())
        self._refused.move_to_end(address)
        while len(self._refused) > _MOST_ADDRESSES:
            self._refused.popitem(last=False)


def _address(peer: str) -> str:
    return peer.rpartition(":")[0]
