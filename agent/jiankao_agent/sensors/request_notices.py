"""When to tell of injection requests: at once when a client begins, then once a second. Pure; time is an input."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from jiankao_proto.observations import InjectedInput, InjectionMethod, ProcessRef

INTERVAL_US = 1_000_000
MOST_CLIENTS = 256
"""Clients counted apart within a second; a program that connects anew for every event does not get past this."""

C = TypeVar("C")


@dataclass(slots=True)
class _Running:
    requests: int = 0
    first_wall_us: int = 0
    last_wall_us: int = 0
    told_us: int | None = None

    @property
    def due_us(self) -> int:
        return 0 if self.told_us is None else self.told_us + INTERVAL_US


class RequestNotices(Generic[C]):
    """Counts requests by method and client, and says when a notice is due. `C` stands for one life of a client."""

    def __init__(self) -> None:
        """Start with none counted."""
        self._running: dict[tuple[InjectionMethod, C | None], _Running] = {}

    def feed(self, method: InjectionMethod, client: C, wall_clock_us: int) -> None:
        """Count one request seen at `wall_clock_us`."""
        key: tuple[InjectionMethod, C | None] = (method, client)
        if key not in self._running and len(self._running) >= MOST_CLIENTS:
            key = (method, None)
        running = self._running.setdefault(key, _Running())
        if not running.requests:
            running.first_wall_us = wall_clock_us
        running.requests += 1
        running.last_wall_us = wall_clock_us

    def due(self, now_us: int) -> list[tuple[C | None, InjectedInput]]:
        """Return the notices to send now, without the process; `now_us` is monotonic. None: of clients too many."""
        notices: list[tuple[C | None, InjectedInput]] = []
        for (method, client), running in list(self._running.items()):
            if running.told_us is not None and now_us < running.due_us:
                continue
            if not running.requests:
                # Quiet for an interval: the next request is a new beginning, and told at once.
                del self._running[method, client]
                continue
            notices.append((client, _notice(method, running)))
            self._running[method, client] = _Running(told_us=now_us)
        return notices

    def next_due_us(self) -> int | None:
        """Return when `due` has something to give or to forget next, None when nothing is counted."""
        return min((running.due_us for running in self._running.values()), default=None)


def _notice(method: InjectionMethod, running: _Running) -> InjectedInput:
    return InjectedInput(
        method=method,
        first_wall_clock_us=running.first_wall_us,
        last_wall_clock_us=running.last_wall_us,
        process=ProcessRef(),
        requests=running.requests,
    )
