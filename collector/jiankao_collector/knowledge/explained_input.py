"""Which injected input is explained by programs that the policy permits to send input. Pure.

Where the system names the sender, that decides. Where it tells of the device and of requests apart (XTEST), events of
the device are explained by the requests of permitted programs, one by one: more events than requests are somebody
else's. They wait for a moment, since the request may be told of later. Where no sender is ever named (the injection
flag of Windows), the kinds of events that an accommodation makes are put down to it as long as its program runs.
"""

from collections import deque
from dataclasses import dataclass, replace

from jiankao_collector.knowledge.injection import events
from jiankao_collector.knowledge.permission import Input
from jiankao_proto.observations import InjectedInput, InjectionMethod, Observation

WAIT_US = 2_000_000
"""How long device events wait for the requests that made them; requests are told once a second."""
NEAR_US = 3_000_000
_HELD = 512

_FLAGGED = frozenset({InjectionMethod.HOOK_FLAG, InjectionMethod.WITHOUT_DEVICE})


@dataclass(slots=True)
class _Credit:
    at_us: int
    left: int


class ExplainedInput:
    """Follows the requests of permitted programs, and holds device events back until they can be compared."""

    def __init__(self) -> None:
        self._credit: deque[_Credit] = deque(maxlen=_HELD)
        self._held: deque[Observation] = deque()

    def requested(self, at_us: int, fact: InjectedInput) -> None:
        """A permitted program sent input; `at_us` is the workstation's monotonic clock."""
        self._credit.append(_Credit(at_us, events(fact)))

    def waits(self, observation: Observation, fact: InjectedInput) -> bool:
        """Take in device events, and tell whether they wait; they do not when too many do."""
        if fact.method is not InjectionMethod.XTEST_DEVICE or len(self._held) >= _HELD:
            return False
        self._held.append(observation)
        return True

    def unexplained(self, now_us: int) -> list[Observation]:
        """Return what waited long enough and is not explained, as of now, with the counts that are left."""
        found = []
        while self._held and not (0 <= now_us - self._held[0].monotonic_us < WAIT_US):
            observation = self._held.popleft()
            fact = observation.fact
            if isinstance(fact, InjectedInput):
                rest = _less(fact, self._take(observation.monotonic_us, events(fact)))
                if rest is not None:
                    found.append(replace(observation, monotonic_us=now_us, fact=rest, unread=b""))
        while self._credit and not (0 <= now_us - self._credit[0].at_us <= NEAR_US + WAIT_US):
            self._credit.popleft()
        return found

    def _take(self, at_us: int, wanted: int) -> int:
        taken = 0
        for credit in self._credit:
            if abs(credit.at_us - at_us) <= NEAR_US:
                used = min(credit.left, wanted - taken)
                credit.left -= used
                taken += used
        return taken


def flagged(fact: InjectedInput) -> bool:
    """Tell whether this is how a system reports that names no sender."""
    return fact.method in _FLAGGED and not fact.process.pid


def without_kinds(fact: InjectedInput, inputs: frozenset[Input]) -> InjectedInput | None:
    """Return what is left when the events of some kinds are put down to somebody; None when nothing is."""
    left = replace(
        fact,
        key_events=0 if Input.KEYS in inputs else fact.key_events,
        button_events=0 if Input.BUTTONS in inputs else fact.button_events,
        scroll_events=0 if Input.SCROLLS in inputs else fact.scroll_events,
        motion_events=0 if Input.MOTION in inputs else fact.motion_events,
    )
    return None if left != fact and not _counted(left) else left


def _counted(fact: InjectedInput) -> int:
    return fact.key_events + fact.button_events + fact.scroll_events + fact.motion_events


def _less(fact: InjectedInput, explained: int) -> InjectedInput | None:
    """Return what is left of `fact` when so many of its events are explained; None when nothing is."""
    if explained >= events(fact):
        return None
    left: list[int] = []
    for count in (fact.key_events, fact.button_events, fact.scroll_events, fact.motion_events):
        left.append(count - min(count, explained))
        explained -= count - left[-1]
    keys, buttons, scrolls, motion = left
    return replace(
        fact, key_events=keys, button_events=buttons, scroll_events=scrolls, motion_events=motion
    )
