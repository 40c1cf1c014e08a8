"""When injected input counts: which methods, and how much of it in how short a time.

A single injected event is not news: an input method or a shortcut tool may cause one. Three within ten seconds are.
"""

from collections import deque

from jiankao_proto.observations import InjectedInput, InjectionMethod

STRONG = frozenset(
    {
        InjectionMethod.XTEST_DEVICE,
        InjectionMethod.HOOK_FLAG,
        InjectionMethod.LOWER_INTEGRITY,
        InjectionMethod.INJECTION_REQUEST,
    }
)
"""Methods that show a program at work. A warped pointer or a sent event alone is what many honest programs make."""
ENOUGH = 3
WINDOW_US = 10_000_000


def events(fact: InjectedInput) -> int:
    """Return how many single events an observation stands for; one that counts none stands for one."""
    seen = fact.motion_events + fact.button_events + fact.key_events + fact.scroll_events
    return max(1, seen + fact.requests)


class EventCount:
    """Adds up what happened within the last ten seconds of the workstation's monotonic clock.

    That clock is right also for what was spooled while the network was down and arrives all at once. It starts anew
    with a boot, and then so does the count.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque()
        self._total = 0

    def add(self, monotonic_us: int, count: int) -> int:
        """Take in some and return how many there are now."""
        seen = self._seen
        if seen and monotonic_us < seen[-1][0]:
            seen.clear()
            self._total = 0
        seen.append((monotonic_us, count))
        self._total += count
        while seen[0][0] < monotonic_us - WINDOW_US:
            self._total -= seen.popleft()[1]
        return self._total


class InjectionWindow:
    """Counts the strong events of the last ten seconds, for each method apart: one event may be seen by several.

    (What a program injects on X11 arrives through the XTEST device and is recorded as a request.)
    """

    def __init__(self) -> None:
        self._counts: dict[InjectionMethod, EventCount] = {}

    def add(self, monotonic_us: int, fact: InjectedInput) -> int:
        """Take in one observation and return the highest count when that is enough, 0 otherwise."""
        if fact.method not in STRONG:
            return 0
        self._counts.setdefault(fact.method, EventCount()).add(monotonic_us, events(fact))
        most = max(count.add(monotonic_us, 0) for count in self._counts.values())
        return most if most >= ENOUGH else 0
