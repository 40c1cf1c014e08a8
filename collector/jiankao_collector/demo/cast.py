"""Which seat plays which scene, and when it starts. Pure.

The timeline of a whole room: everybody arrives within ARRIVAL_S; the first scene that is not honest
sets in at FIRST_ONSET_S, the last within LAST_ONSET_S; the seats between stay honest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from jiankao_collector.demo.scenes.catalogue import ATTACKS, HONEST, scene
from jiankao_collector.demo.steps import Scene
from jiankao_collector.errors import ConfigurationError

ARRIVAL_S = 15.0
FIRST_ONSET_S = 25.0
LAST_ONSET_S = 170.0

_BETWEEN_ARRIVALS_S = 0.5
_RING_OF = "zhejiang-2021"
_RING_SEATS = 3
_HONEST_PER_ATTACK = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A seat's part: the scene, when the seat arrives, and when what is not honest sets in.

    Both times are seconds from the room's start.
    """

    scene: Scene
    arrives_s: float
    onset_s: float


def cast(seats: int, scene_ids: Sequence[str] = ()) -> tuple[Part, ...]:
    """Return a part for each seat, first seat first.

    `scene_ids`: the scenes to play, spread over the room among honest candidates; all of them when
    empty, the one of zhejiang-2021 at several seats. Raises ConfigurationError for an unknown scene
    or more scenes than seats.
    """
    wanted = _wanted(seats, scene_ids)
    honest = cycle(HONEST)
    places = {(2 * i + 1) * seats // (2 * len(wanted)): s for i, s in enumerate(wanted)}
    shuffled = _spread_in_time(len(wanted))
    onset_of = dict(zip(places, shuffled, strict=True))
    return tuple(
        Part(
            places.get(seat) or next(honest),
            arrives_s=min(_BETWEEN_ARRIVALS_S, ARRIVAL_S / seats) * seat,
            onset_s=onset_of.get(seat, FIRST_ONSET_S),
        )
        for seat in range(seats)
    )


def _wanted(seats: int, scene_ids: Sequence[str]) -> tuple[Scene, ...]:
    if scene_ids:
        wanted = tuple(scene(scene_id) for scene_id in scene_ids)
        if len(wanted) > seats:
            raise ConfigurationError(
                f"{len(wanted)} scenes for {seats} seats; take more seats or fewer scenes"
            )
        return wanted
    ring = [s for s in ATTACKS if s.id == _RING_OF] * (_RING_SEATS - 1)
    room_for = max(1, seats // (1 + _HONEST_PER_ATTACK))
    return tuple(islice((*ATTACKS, *ring), room_for))


def _spread_in_time(count: int) -> list[float]:
    """Return onsets from the first to the last, so that neighbours are not in order of time."""
    span = LAST_ONSET_S - FIRST_ONSET_S
    onsets = [FIRST_ONSET_S + span * i / max(1, count - 1) for i in range(count)]
    return onsets[::2] + onsets[1::2]
