"""Plays a scene's script into a judged log, in scene time: no network, no waiting.

What leaves an agent arrives at once here; a real one sends what is not urgent within a second.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import takewhile
from random import Random

from jiankao_collector.demo import address_plan
from jiankao_collector.demo.placing import place
from jiankao_collector.demo.steps import (
    AgentKilled,
    AgentStarts,
    Happens,
    PlugBack,
    PlugPulled,
    Scene,
    SensorTurns,
    Setting,
    Step,
)
from jiankao_proto.batch import SensorHealth
from jiankao_proto.meeting import PING_ANSWER_MS, PING_MS
from jiankao_proto.observations import Fact, SensorStateChanged
from tests.support.judged import OK, JudgedLog, Seat, us

ONSET_S = 30.0
PLAYED_S = 900.0
QUIET_S = 5.0


def on_the_wall(scene_us: int) -> int:
    """Return when on the clock of the log a moment of a scene is."""
    return us(1) + scene_us


class Player:
    """Plays a script at a seat: what cannot leave is kept and arrives when the cable is back."""

    def __init__(self, seat: Seat, seed: int) -> None:
        self.seat = seat
        self.now_s = self.said_s = 1.0
        self.running = self.plugged = True
        self.spooled: list[tuple[float, tuple[Fact, ...]]] = []
        self.stream_ends_s: float | None = None
        """When the collector gives up a stream whose cable is out."""
        self._random = Random(f"pings/{seed}")

    @property
    def next_s(self) -> float:
        """When something comes of this seat by itself: the agent's beat, or the end of a stream that is dead."""
        beat_s = self.said_s + QUIET_S
        return beat_s if self.stream_ends_s is None else min(beat_s, self.stream_ends_s)

    def go_on(self) -> None:
        """Do what is due at `next_s`."""
        self.now_s = self.next_s
        if self.now_s == self.stream_ends_s:
            self.stream_ends_s = None
            self.seat.breaks(self.now_s)
        else:
            self.say(())

    def pass_until(self, second: float) -> None:
        """Let the agent beat and the assessment wake while nothing happens."""
        _pass_together((self,), second)

    def say(self, facts: tuple[Fact, ...]) -> None:
        """Send facts, or keep them while the cable is out."""
        self.said_s = self.now_s
        if self.running and self.plugged:
            self.seat.sends(self.now_s, *facts)
        elif self.running:
            self.spooled.append((self.now_s, facts))

    def _pull(self) -> None:
        self.plugged = False
        if self.running:
            last_ping_ago_ms = self._random.uniform(0, PING_MS)
            self.stream_ends_s = self.now_s + (PING_MS - last_ping_ago_ms + PING_ANSWER_MS) / 1000

    def _put_back(self) -> None:
        """A stream that was not given up goes on; else the agent opens another."""
        self.plugged = True
        if self.stream_ends_s is None:
            self.seat.connects(self.now_s)
        self.stream_ends_s = None
        for made, facts in self.spooled:
            self.seat.sends(self.now_s, *facts, sealed=made)
        self.spooled.clear()

    def act(self, step: Step) -> None:
        """Do what a step says."""
        self.now_s = max(self.now_s, step.at_s + 1)
        match step.action:
            case Happens(facts=facts):
                self.say(tuple(place(fact, on_the_wall) for fact in facts))
            case AgentStarts():
                self.running = True
                self.seat.connects(self.now_s)
            case AgentKilled():
                self.running = False
                self.seat.breaks(self.now_s)
            case PlugPulled():
                self._pull()
            case PlugBack():
                self._put_back()
            case SensorTurns(sensor=sensor, health=health, reason=reason, remedy=remedy):
                others = tuple(s for s in self.seat.sensors if s.sensor != sensor)
                self.seat.sensors = (*others, SensorHealth(sensor, health))
                self.say((SensorStateChanged(sensor, health, reason, remedy),))


def judged(
    scene: Scene,
    seed: int,
    policy: str = "",
    *,
    onset_s: float = ONSET_S,
    played_s: float = PLAYED_S,
) -> Seat:
    """Play a scene at one seat and return the seat; its log holds what was said. Times are seconds of the log."""
    log = JudgedLog()
    seat = log.seat("12")
    seat.sensors = OK
    log.opens(0, policy)
    player = Player(seat, seed)
    setting = Setting(Random(seed), address_plan.seat_address(12), onset_s)
    steps: Iterator[Step] = takewhile(lambda s: s.at_s < played_s, scene.script(setting))
    for step in steps:
        player.pass_until(step.at_s + 1)
        player.act(step)
    player.pass_until(played_s)
    return seat


def judged_room(
    seats: Sequence[tuple[Scene, int, float]],
    policy: str = "",
    *,
    played_s: float = PLAYED_S,
    log: JudgedLog | None = None,
) -> JudgedLog:
    """Play scenes at seats 1, 2, … of one room; each with its seed and its onset. Return the room's log."""
    log = JudgedLog() if log is None else log
    players, scripts = [], []
    for number, (scene, seed, onset_s) in enumerate(seats, 1):
        player = Player(log.seat(str(number)), seed)
        player.seat.sensors = OK
        setting = Setting(Random(seed), address_plan.seat_address(number), onset_s)
        players.append(player)
        scripts.append(_owned(player, takewhile(_before(played_s), scene.script(setting))))
    log.opens(0, policy)
    for player, step in merge(*scripts, key=lambda owned: owned[1].at_s):
        _pass_together(players, step.at_s + 1)
        player.act(step)
    _pass_together(players, played_s)
    return log


def _before(played_s: float) -> Callable[[Step], bool]:
    return lambda step: step.at_s < played_s


def _owned(player: Player, steps: Iterable[Step]) -> Iterator[tuple[Player, Step]]:
    for step in steps:
        yield player, step


def _pass_together(players: Sequence[Player], second: float) -> None:
    """Let every agent beat and the assessment wake while nothing happens in the room."""
    log = players[0].seat.log
    while True:
        first = min(players, key=lambda player: player.next_s)
        wake = log.assessment.wakes_at()
        due_s = second if wake is None else (wake - us(0)) / 1e6
        if min(due_s, first.next_s) >= second:
            return
        if first.next_s <= due_s:
            first.go_on()
        else:
            log.tick(max(due_s, (log.records[-1].recorded_at_us - us(0)) / 1e6))
