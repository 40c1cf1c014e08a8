"""Plays the scenes of attacks, at one seat, at several, and with answer times, and notes what was told and when.

Times are seconds of the log. A play's sign is the first moment at which something of the attack happens that the agent
reports at once, or that is done to the agent itself. What a scene prepares before its onset is no sign: an alert that
comes before counts as told, with a time of zero.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

from jiankao_collector.demo import address_plan
from jiankao_collector.demo.scenes.catalogue import SCENES
from jiankao_collector.demo.steps import Happens, Scene, Setting
from jiankao_collector.detectors.base import AlertKind
from tests.quality.must_show import MUST_SHOW
from tests.quality.varied import Variation
from tests.support.answered_room import AnsweredRoom
from tests.support.judged import JudgedLog
from tests.support.played import ONSET_S, judged, judged_room

PLAYED_S = 300.0
DRIVEN_TOGETHER = 4
HONEST_BESIDE = 2
AT_ONCE_S, APART_S = 1.0, 40.0
"""Between the onsets of seats in one room: told as one moment, or too far apart for that."""
RING_SCENES = ("zhejiang-2021", "meerut-2024", "jaipur-2025")
SKEWS_S = (-5.0, 0.0, 5.0)
LOST = 0.01
PACES_S = ((1.5, 4.0), (30.0, 90.0), *((6.0, 25.0),) * 4)
"""Between two answers of each honest seat, shortest and longest."""
_SEAT = 12


@dataclass(frozen=True, slots=True)
class Play:
    """One play: which kinds of alert it must lead to, when its sign was, and when each kind was first told.

    `must_show`: families of findings it must show in; `family_s`: when each was first a reason of an alert; `found`:
    those of any finding, which the seat's page shows. `traits`: how it was varied, None when played as scripted.
    """

    scene: str
    policy: bool
    seed: int
    expected: frozenset[str]
    sign_s: float
    told_s: dict[str, float] = field(default_factory=dict)
    families: frozenset[str] = frozenset()
    must_show: frozenset[str] = frozenset()
    family_s: dict[str, float] = field(default_factory=dict)
    found: frozenset[str] = frozenset()
    traits: frozenset[str] | None = None

    @property
    def caught(self) -> bool:
        """Tell whether every kind was told."""
        return self.expected <= self.told_s.keys()

    @property
    def delay_s(self) -> float | None:
        """Return the time from the sign to the first alert of an expected kind; None when none came."""
        told = [self.told_s[kind] for kind in self.expected if kind in self.told_s]
        return max(0.0, min(told) - self.sign_s) if told else None

    @property
    def complete_s(self) -> float | None:
        """Return the time from the sign until every expected kind was told."""
        if not self.caught:
            return None
        return max(0.0, max(self.told_s[kind] for kind in self.expected) - self.sign_s)


def attack_scenes() -> tuple[Scene, ...]:
    """Return the scenes in which something is not honest, whatever the policy says."""
    return tuple(scene for scene in SCENES if scene.alerts and not scene.entry)


def aided_scenes() -> tuple[Scene, ...]:
    """Return the scenes that are honest where an entry of the policy permits what is used there."""
    return tuple(scene for scene in SCENES if scene.entry)


def at_one_seat(
    scene: Scene, seed: int, *, policy: bool, variation: Variation | None = None
) -> Play:
    """Play a scene alone, as scripted or varied. Its sign is the script's: when it happened, not when it was seen."""
    toml = address_plan.POLICY_TOML if policy else ""
    return _played(scene, seed, toml, policy=policy, variation=variation)


def aid_elsewhere(scene: Scene, seed: int) -> Play:
    """Play an aid at a seat for which the policy does not permit it: it does so at another one, or not in this room."""
    entries = (scene.entry.format(seat="99"),) if "{seat}" in scene.entry else ()
    return _played(scene, seed, address_plan.permitting(*entries), policy=True, variation=None)


def _played(
    scene: Scene, seed: int, toml: str, *, policy: bool, variation: Variation | None
) -> Play:
    seat = judged(
        variation.of(scene) if variation else scene, seed, toml, played_s=PLAYED_S + ONSET_S
    )
    log = seat.log
    return Play(
        scene.id,
        policy,
        seed,
        frozenset(k.value for k in scene.alerts if policy or k is not AlertKind.POLICY),
        first_sign_s(scene, seed, _SEAT, ONSET_S),
        first_told(log),
        families(log),
        must_show=frozenset(family.value for family in MUST_SHOW.get(scene.id, ())),
        family_s=first_by_family(log),
        found=frozenset(finding.family for finding in seat.view.findings),
        traits=variation.traits if variation else None,
    )


def at_several_seats(scene: Scene, honest: Scene, seed: int, apart_s: float) -> Play:
    """Play a scene at several seats of a room, honest ones beside; the room's alert is what is asked for.

    Its sign is that of the second seat: before, nothing is shared.
    """
    seats = [(scene, 100 * seed + n, ONSET_S + n * apart_s) for n in range(DRIVEN_TOGETHER)]
    seats += [(honest, 100 * seed + 50 + n, ONSET_S) for n in range(HONEST_BESIDE)]
    log = judged_room(
        seats, address_plan.POLICY_TOML, played_s=PLAYED_S + DRIVEN_TOGETHER * apart_s
    )
    sign_s = first_sign_s(scene, seats[1][1], 2, seats[1][2])
    kinds = frozenset({AlertKind.RING.value})
    name = f"{scene.id}, {apart_s:g} s apart"
    return Play(name, policy=True, seed=seed, expected=kinds, sign_s=sign_s, told_s=first_told(log))


def first_sign_s(scene: Scene, seed: int, seat: int, onset_s: float) -> float:
    """Return when, on the clock of the log, the first thing of the attack happens."""
    setting = Setting(Random(seed), address_plan.seat_address(seat), onset_s)
    for step in scene.script(setting):
        if step.at_s >= onset_s and (not isinstance(step.action, Happens) or step.action.urgent):
            return step.at_s + 1
    raise AssertionError(f"scene {scene.id} ends without a sign")


def first_told(log: JudgedLog, seat: str | None = None) -> dict[str, float]:
    """Return when each kind of alert was told first, of one seat or of all."""
    told: dict[str, float] = {}
    for alert, at_s in zip(log.said, log.said_at_s, strict=True):
        if seat is None or alert.seat == seat:
            told.setdefault(alert.kind, at_s)
    return told


def first_by_family(log: JudgedLog) -> dict[str, float]:
    """Return when each family was first a reason of an alert."""
    first: dict[str, float] = {}
    for alert, at_s in zip(log.said, log.said_at_s, strict=True):
        for finding in alert.findings:
            first.setdefault(finding.family, at_s)
    return first


def families(log: JudgedLog) -> frozenset[str]:
    """Return the families of the findings under alerts."""
    return frozenset(f.family for a in log.assessment.alerts() for f in a.findings)


@dataclass(frozen=True, slots=True)
class AnsweredPlay:
    """A room of answer times: of the seats answered for from elsewhere, when each was told; honest ones accused.

    An honest seat with an alert is accused, but for silence: the play ends, and with it every seat's beats.
    `fast_accused`: the one that answers very fast.
    """

    skew_s: float
    live: bool
    driven: int
    honest_hours: float
    told_after_s: tuple[float, ...]
    accused: int
    fast_accused: bool = False


def with_answers(seed: int, skew_s: float, *, live: bool) -> AnsweredPlay:
    """Play ten minutes of honest seats, one driven whose candidate keeps moving, one whose candidate sits still.

    Of the honest ones the first answers very fast, the second very slowly.
    """
    honest, driven, minutes = range(len(PACES_S)), ("6", "7"), 10
    room = AnsweredRoom(8, minutes=minutes, skew_s=skew_s, lost=LOST, random=Random(seed))
    for seat in honest:
        room.honest(seat, PACES_S[seat])
    room.driven(6)
    room.driven(7, keeps_moving=False)
    first = {seat: min(a.answered_at_us for a in room.answers if a.seat == seat) for seat in driven}
    log = room.run(live=live)
    begun_us = log.records[0].recorded_at_us
    found = [(seat, first_told(log, seat).get(AlertKind.HANDS.value)) for seat in driven]
    return AnsweredPlay(
        skew_s,
        live,
        len(driven),
        len(honest) * minutes / 60,
        tuple(
            at_s - (first[seat] - begun_us) / 1e6 + skew_s
            for seat, at_s in found
            if at_s is not None
        ),
        sum(_accused(log, str(seat)) for seat in honest),
        _accused(log, "0"),
    )


def _accused(log: JudgedLog, seat: str) -> bool:
    return bool(first_told(log, seat).keys() - {AlertKind.SILENCE.value})


def ring_scenes() -> tuple[Scene, ...]:
    """Return the scenes in which one helper drives several seats."""
    return tuple(scene for scene in SCENES if scene.id in RING_SCENES)


def all_plays(seeds: int) -> Iterator[tuple[Scene, int, bool]]:
    """Yield every play at one seat: each scene with every seed, with and without a policy."""
    for scene in attack_scenes():
        for seed in range(1, seeds + 1):
            yield scene, seed, False
            yield scene, seed, True


def by_scene(plays: Iterable[Play]) -> dict[str, list[Play]]:
    """Return the plays of each scene, in the order of their first."""
    found: dict[str, list[Play]] = {}
    for play in plays:
        found.setdefault(play.scene, []).append(play)
    return found
