"""Plays hours of honest rooms; every alert in them is a false one.

A room holds a seat for each honest scene, so that what seats have in common is judged as well. Every second room has a
network policy, every second pair of rooms is varied as attacks are: told late, with gaps, seen with less.
"""

from dataclasses import dataclass

from jiankao_collector.demo import address_plan
from jiankao_collector.demo.scenes.catalogue import SCENES
from jiankao_collector.demo.steps import Scene
from tests.quality.attacks import aided_scenes
from tests.quality.varied import Variation, draw
from tests.support.played import ONSET_S, judged_room

HOUR_S = 3600.0
_SEEDS_OF_A_ROOM = 1000


@dataclass(frozen=True, slots=True)
class FalseAlert:
    """An alert at an honest seat, or of a room of honest seats (no scene then)."""

    kind: str
    scene: str
    seed: int
    policy: bool
    findings: tuple[str, ...]
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HonestRoom:
    """Hours of one room, by scene, and the alerts there should not be."""

    hours: dict[str, float]
    alerts: tuple[FalseAlert, ...]


def honest_scenes() -> tuple[Scene, ...]:
    """Return the scenes in which everything is honest, whatever the policy says."""
    return tuple(scene for scene in SCENES if not scene.alerts)


def scenes_of(number: int) -> tuple[Scene, ...]:
    """Return the scenes of a room. Aids are there where a policy can permit them."""
    return (*honest_scenes(), *aided_scenes()) if _has_policy(number) else honest_scenes()


def _has_policy(number: int) -> bool:
    return bool(number % 2)


def play_room(number: int, played_s: float = HOUR_S) -> HonestRoom:
    """Play one room; the number gives its seeds."""
    scenes, policy = scenes_of(number), ""
    seats = [(scene, number * _SEEDS_OF_A_ROOM + n, ONSET_S) for n, scene in enumerate(scenes, 1)]
    if _has_policy(number):
        entries = (scene.entry.format(seat=n) for n, scene in enumerate(scenes, 1) if scene.entry)
        policy = address_plan.permitting(*entries)
    if number // 2 % 2:
        seats = [(_variation(scene, seed).of(scene), seed, at_s) for scene, seed, at_s in seats]
    log = judged_room(seats, policy, played_s=played_s)
    alerts = []
    for alert in log.assessment.alerts():
        played = seats[int(alert.seat) - 1] if alert.seat else None
        alerts.append(
            FalseAlert(
                alert.kind,
                played[0].id if played else "",
                played[1] if played else number,
                bool(policy),
                tuple(f"{f.detector}/{f.kind}" for f in alert.findings),
                tuple(sorted({f.family for f in alert.findings})),
            )
        )
    return HonestRoom({scene.id: played_s / HOUR_S for scene in scenes}, tuple(alerts))


def _variation(scene: Scene, seed: int) -> Variation:
    """Draw for an honest seat. An aid's signer and path can be read: without them no entry permits it."""
    return Variation(str(seed), frozenset()) if scene.entry else draw(str(seed))
