"""Plays a scene otherwise than its script says: later, with gaps, at a seat that sees less, with renamed programs.

What an agent tells comes late and in another order than it happened, sensors cannot see everything everywhere, and who
means to hide renames what he brings. A play draws which of this holds for it; the same seed draws the same. What is
done to the agent itself (killed, cable pulled, sensor cut off) stays when it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from heapq import heappop, heappush
from itertools import count, takewhile
from random import Random

from jiankao_collector.demo import address_plan
from jiankao_collector.demo.scenes.catalogue import SCENES
from jiankao_collector.demo.steps import Happens, Scene, Setting, Step
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Fact,
    InjectedInput,
    InputWindow,
    ListenerClosed,
    ListenerOpened,
    NameResolved,
    Process,
    ProcessEnded,
    ProcessRef,
    ProcessStarted,
    ServiceChanged,
    WindowFinding,
)

LATEST_S = {True: 0.3, False: 1.2}
"""How late a fact is at most: one the agent sends at once, and one that waits for the next batch."""
STALL_SHARE, STALL_S = 0.02, 2.0
"""How often a sensor is held up for longer, and how long at most."""
LOST_PROCESSES, LOST_CONNECTIONS, LOST_WINDOWS = 0.03, 0.03, 0.02
"""Shares of what is too short for a look, or comes while a sensor is restarted."""
SHARES = {
    "renamed": 0.5,
    "no version details": 0.3,
    "no signers": 0.3,
    "no paths": 0.15,
    "no owners of sockets": 0.25,
}
"""How many plays have what; with `no version details` a renamed program's own name for itself is gone, too."""
_PLAIN_NAMES = ("notes", "printhost", "updater", "kbdsvc", "exam_helper", "svcmon", "runtime64")
_FOLDER = r"C:\Users\exam\AppData\Local\Programs"
_HONEST_S = 300.0


@dataclass(frozen=True, slots=True)
class Variation:
    """What holds for one play. `traits` is what it drew of SHARES; delays and losses hold for every one."""

    seed: str
    traits: frozenset[str]

    def of(self, scene: Scene) -> Scene:
        """Return the scene as it is seen in this play."""
        return replace(scene, script=lambda setting: _varied(self, scene, setting))


def draw(seed: str) -> Variation:
    """Draw what holds for a play."""
    random = Random(f"variation/{seed}")
    return Variation(seed, frozenset(t for t, share in SHARES.items() if random.random() < share))


@cache
def honest_names() -> frozenset[str]:
    """Return the programs of honest seats: nobody renames those."""
    setting = Setting(Random(1), address_plan.seat_address(1), _HONEST_S)
    return frozenset(
        fact.process.name
        for scene in SCENES
        if not scene.alerts
        for step in takewhile(lambda s: s.at_s < _HONEST_S, scene.script(setting))
        if isinstance(step.action, Happens)
        for fact in step.action.facts
        if isinstance(fact, ProcessStarted)
    )


def _varied(variation: Variation, scene: Scene, setting: Setting) -> Iterator[Step]:
    """Yield the steps in the order in which their facts come, those of one sensor in the order they happened."""
    random = Random(f"varied/{variation.seed}")
    eyes = _Eyes(variation.traits, random)
    waiting: list[tuple[float, int, Step]] = []
    free_s: dict[str, float] = {}
    order = count()
    for step in scene.script(setting):
        while waiting and waiting[0][0] <= step.at_s:
            yield heappop(waiting)[2]
        action = step.action
        if not isinstance(action, Happens):
            yield step
            continue
        for fact in eyes.see(action.facts):
            at_s = step.at_s
            if at_s > 0:
                sensor = _sensor(fact)
                late_s = random.uniform(0, LATEST_S[action.urgent])
                late_s += random.uniform(0, STALL_S) * (random.random() < STALL_SHARE)
                at_s = free_s[sensor] = max(at_s + late_s, free_s.get(sensor, 0.0))
            seen = Step(at_s, Happens((fact,), urgent=action.urgent))
            if at_s == step.at_s:
                yield seen
            else:
                heappush(waiting, (at_s, next(order), seen))
    while waiting:
        yield heappop(waiting)[2]


def _sensor(fact: Fact) -> str:
    match fact:
        case ProcessStarted() | ProcessEnded():
            return "processes"
        case ConnectionOpened() | ConnectionClosed() | ListenerOpened() | ListenerClosed():
            return "connections"
        case InputWindow() | InjectedInput():
            return "input"
        case _:
            return type(fact).__name__


@dataclass(slots=True)
class _Eyes:
    """What the sensors of one seat make of what happens. What was missed when it began is missed at its end, too."""

    traits: frozenset[str]
    random: Random
    names: dict[str, str] = field(default_factory=dict)
    missed: set[object] = field(default_factory=set)

    def see(self, facts: tuple[Fact, ...]) -> Iterator[Fact]:
        """Yield facts as they are told, without those that are not."""
        return (self._told(fact) for fact in facts if not self._misses(fact))

    def _told(self, fact: Fact) -> Fact:
        match fact:
            case ProcessStarted(process=process):
                return replace(fact, process=self._process(process))
            case ProcessEnded():
                return replace(fact, name=self._name(fact.name))
            case ConnectionOpened() | ConnectionClosed() | ListenerOpened() | ListenerClosed():
                unknown = "no owners of sockets" in self.traits
                return replace(fact, process=ProcessRef() if unknown else self._ref(fact.process))
            case InjectedInput() | WindowFinding() | ServiceChanged() | NameResolved():
                return replace(fact, process=self._ref(fact.process))
            case _:
                return fact

    def _misses(self, fact: Fact) -> bool:
        match fact:
            case ProcessStarted(process=process, baseline=False) if process.started_at_us > 0:
                return self._lost((process.pid, process.started_at_us), LOST_PROCESSES)
            case ProcessEnded():
                return (fact.pid, fact.started_at_us) in self.missed
            case ConnectionOpened(baseline=False):
                return self._lost((fact.local, fact.remote), LOST_CONNECTIONS)
            case ConnectionClosed():
                return (fact.local, fact.remote) in self.missed
            case InputWindow():
                return self.random.random() < LOST_WINDOWS
            case _:
                return False

    def _lost(self, key: object, share: float) -> bool:
        if self.random.random() < share:
            self.missed.add(key)
            return True
        self.missed.discard(key)
        return False

    def _name(self, name: str) -> str:
        if not name or "renamed" not in self.traits or name in honest_names():
            return name
        if name not in self.names:
            self.names[name] = f"{self.random.choice(_PLAIN_NAMES)}{len(self.names)}.exe"
        return self.names[name]

    def _path(self, name: str, executable: str) -> str:
        if "no paths" in self.traits:
            return ""
        plain = self._name(name)
        return executable if plain == name else rf"{_FOLDER}\{plain}"

    def _process(self, process: Process) -> Process:
        path = self._path(process.name, process.executable)
        details = "no version details" not in self.traits
        return replace(
            process,
            name=self._name(process.name),
            executable=path,
            command_line_masked=process.command_line_masked.replace(process.executable, path)
            if path and process.executable
            else "",
            signer="" if "no signers" in self.traits else process.signer,
            original_name=process.original_name if details else "",
        )

    def _ref(self, ref: ProcessRef) -> ProcessRef:
        return replace(
            ref, name=self._name(ref.name), executable=self._path(ref.name, ref.executable)
        )
