"""Who speaks with a seat's keys beside it, in a judged log: another computer, or a program on the same one.

What the collector does with two streams of one key is what tests/collector/demo/test_stolen_keys.py sees of the real
one: the newer replaces the older, again and again, and of two batches with one number the second is refused.
"""

from jiankao_collector.demo.placing import place
from jiankao_collector.demo.steps import Action, CopyRepeats, CopySays, CopyStarts, ImpostorStarts
from jiankao_proto.observations import AgentLifecycle, LifecycleStage
from jiankao_proto.records import RefusalReason
from tests.support.judged import Seat, us

LIFE = AgentLifecycle(LifecycleStage.STARTED)


class Copy:
    """Another holder of a seat's keys, from `now_s` on. `replaces`: the seat's own stream was open."""

    def __init__(
        self,
        seat: Seat,
        how: CopyStarts | ImpostorStarts,
        now_s: float,
        address: str,
        *,
        replaces: bool,
    ) -> None:
        self.seat = seat
        self._own = (seat.boot, seat.up_s, f"ipv4:{address}:50999")
        self._its = self._own
        if isinstance(how, CopyStarts):
            self._its = (f"{seat.boot}-copy", seat.up_s + how.up_s, f"ipv4:{how.address}:51000")
        if replaces:
            seat.breaks(now_s, replaced=True)
        self._as(self._its)
        seat.connects(now_s, self._its[2])
        if isinstance(how, CopyStarts):
            seat.sends(now_s + 0.1, LIFE)
        self._as(self._own)

    def act(self, now_s: float, action: Action) -> None:
        """Do what a step says."""
        if isinstance(action, CopySays):
            facts = (place(fact, lambda scene_us: us(1) + scene_us) for fact in action.facts)
            self._as(self._its)
            self.seat.sends(now_s, *facts, observed=max(now_s - action.ago_s, -self.seat.up_s))
            self._as(self._own)
        elif isinstance(action, CopyRepeats):
            for envelope in self.seat.sent[action.first : action.first + action.count]:
                self.seat.refused(now_s, RefusalReason.DUPLICATE, envelope)

    def stands_in_the_way(self, now_s: float) -> None:
        """Let the seat's own agent come back for a moment: what it would send is refused."""
        self.seat.breaks(now_s, replaced=True)
        self.seat.connects(now_s, self._own[2])
        self.seat.refused(now_s, RefusalReason.FORK)
        self.seat.breaks(now_s, replaced=True)
        self._as(self._its)
        self.seat.connects(now_s, self._its[2])
        self._as(self._own)

    def _as(self, who: tuple[str, float, str]) -> None:
        self.seat.boot, self.seat.up_s, _ = who
