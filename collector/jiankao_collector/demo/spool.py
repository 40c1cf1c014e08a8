"""What is sealed and not yet acknowledged, in memory: simulated workstations leave no files."""

from collections import deque
from collections.abc import Iterator

from jiankao_collector.demo.sealing import Link

LIMIT = 20_000
"""Batches the spool holds. Whoever wants to add more has to drop observations and say so."""


class Spool:
    """Links in the order of their sequences, without holes."""

    def __init__(self) -> None:
        self._links: deque[Link] = deque()

    def __len__(self) -> int:
        return len(self._links)

    @property
    def is_full(self) -> bool:
        """Tell whether nothing more may be added."""
        return len(self._links) >= LIMIT

    def add(self, link: Link) -> None:
        """Keep a link, the next after the last one."""
        assert not self._links or self._links[-1].sequence + 1 == link.sequence, (
            "sequences are dense"
        )
        self._links.append(link)

    def acknowledge(self, committed_count: int) -> int:
        """Forget every link below `committed_count`; return how many those were."""
        before = len(self._links)
        while self._links and self._links[0].sequence < committed_count:
            self._links.popleft()
        return before - len(self._links)

    def since(self, sequence: int) -> Iterator[Link]:
        """Yield the links from `sequence` on. Ends at what is there when it is asked for the next."""
        while self._links and sequence <= self._links[-1].sequence:
            offset = max(0, sequence - self._links[0].sequence)
            link = self._links[offset]
            yield link
            sequence = link.sequence + 1
