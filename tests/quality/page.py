"""Measures how well jiankao judges and writes docs/detection-quality.md with its picture.

python -m tests.quality.page [--hours H] [--seeds N] [--keep FILE] [--page FILE] [--picture FILE]

With JIANKAO_REFERENCE_DATA naming a folder, the public recordings in its telemetry_dev are judged as well. A thousand
candidate-hours take about a quarter of an hour on one core.
"""

import argparse
import os
from pathlib import Path

from tqdm import tqdm

from tests.quality import by_tool
from tests.quality.attacks import (
    APART_S,
    AT_ONCE_S,
    SKEWS_S,
    aid_elsewhere,
    aided_scenes,
    all_plays,
    at_one_seat,
    at_several_seats,
    ring_scenes,
    with_answers,
)
from tests.quality.honest import HOUR_S, HonestRoom, honest_scenes, play_room, scenes_of
from tests.quality.kept_rooms import KeptRooms
from tests.quality.picture import picture
from tests.quality.recorded import judge_folder
from tests.quality.results import ASKED_HOURS, Results, read_programs
from tests.quality.varied import draw
from tests.quality.words import page
from tests.support.judged import rules

_ROOT = Path(__file__).parents[2]
_DOCS = _ROOT / "docs"
REFERENCE = "JIANKAO_REFERENCE_DATA"
_SEEDS = 20
_RING_SEEDS_SHARE = 2


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--hours", type=float, default=ASKED_HOURS, help="honest candidate-hours")
    parser.add_argument("--seeds", type=int, default=_SEEDS, help="plays of each attack")
    parser.add_argument(
        "--keep", type=Path, help="keep honest rooms here, play only what is missing"
    )
    parser.add_argument("--page", type=Path, default=_DOCS / "detection-quality.md")
    parser.add_argument("--picture", type=Path, default=_DOCS / "images" / "detection-quality.svg")
    asked = parser.parse_args()
    folder = os.environ.get(REFERENCE)
    results = measure(asked.hours, asked.seeds, asked.keep, Path(folder) if folder else None)
    asked.picture.write_text(picture(results.plays), encoding="utf-8")
    shown = Path(os.path.relpath(asked.picture, asked.page.parent)).as_posix()
    asked.page.write_text(page(results, shown), encoding="utf-8")


def measure(hours: float, seeds: int, keep: Path | None, reference: Path | None) -> Results:
    """Play everything. `hours`: of honest candidates, rounded up to whole rooms of an hour."""
    plays = tuple(
        at_one_seat(scene, seed, policy=policy)
        for scene, seed, policy in tqdm(
            list(all_plays(seeds)), "attacks", unit=" plays", disable=None
        )
    )
    varied = tuple(
        at_one_seat(scene, seed, policy=policy, variation=draw(f"{scene.id}/{seed}/{policy}"))
        for scene, seed, policy in tqdm(
            list(all_plays(seeds)), "varied attacks", unit=" plays", disable=None
        )
    )
    aids = tuple(
        aid_elsewhere(scene, seed) for scene in aided_scenes() for seed in range(1, seeds + 1)
    )
    some = range(1, max(1, seeds // _RING_SEEDS_SHARE) + 1)
    several = [(s, seed, d) for s in ring_scenes() for d in (AT_ONCE_S, APART_S) for seed in some]
    beside = honest_scenes()[0]
    rings = tuple(
        at_several_seats(scene, beside, seed, apart_s)
        for scene, seed, apart_s in tqdm(several, "several seats", unit=" plays", disable=None)
    )
    ways = [(seed, skew_s, live) for skew_s in SKEWS_S for live in (True, False) for seed in some]
    answered = tuple(
        with_answers(seed, skew_s, live=live)
        for seed, skew_s, live in tqdm(ways, "answers", unit=" plays", disable=None)
    )
    programs = read_programs((_DOCS / "real-programs.md").read_text(encoding="utf-8"))
    recorded = tuple(judge_folder(reference, rules())) if reference else None
    rooms = _honest_rooms(hours, keep)
    # Facts are not dice: trying them twice shows nothing more, a short run tries a part of them.
    tools = by_tool.measure(reference, every=1 if seeds >= _SEEDS else _SEEDS)
    return Results(
        rules().version, plays, varied, aids, rings, answered, rooms, recorded, programs, tools
    )


def _honest_rooms(hours: float, keep: Path | None) -> tuple[HonestRoom, ...]:
    """Play whole rooms, an hour each, until there are enough hours; less than an hour when fewer are asked for."""
    kept = KeptRooms(keep, rules().digest.hex()) if keep else None
    rooms = []
    share = min(1.0, hours / len(scenes_of(1)))
    numbers = [1]
    while sum(len(scenes_of(number)) for number in numbers) < hours:
        numbers.append(len(numbers) + 1)
    for number in tqdm(numbers, "honest", unit=" rooms", disable=None):
        room = kept.get(number) if kept else None
        if room is None:
            room = play_room(number, share * HOUR_S)
            if kept:
                kept.keep(number, room)
        rooms.append(room)
    return tuple(rooms)


if __name__ == "__main__":
    main()
