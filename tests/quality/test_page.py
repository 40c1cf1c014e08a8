"""The page of detection quality: its figures from made-up results, and a short run that makes it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.quality import tables
from tests.quality.attacks import Play
from tests.quality.honest import FalseAlert, HonestRoom, scenes_of
from tests.quality.intervals import of_rate, of_share
from tests.quality.kept_rooms import KeptRooms
from tests.quality.picture import picture
from tests.quality.results import Programs, Results, read_programs
from tests.quality.words import page
from tests.support.source_tree import ROOT

SEEN = Play(
    "a",
    policy=False,
    seed=1,
    expected=frozenset({"x", "y"}),
    sign_s=10.0,
    told_s={"x": 12.0, "y": 18.0},
    families=frozenset({"f"}),
)
LATE = Play("a", policy=False, seed=2, expected=frozenset({"x"}), sign_s=10.0, told_s={"x": 17.5})
MISSED = Play("a", policy=False, seed=3, expected=frozenset({"x"}), sign_s=10.0, told_s={"z": 10.0})
BEFORE = Play("b", policy=True, seed=1, expected=frozenset({"x"}), sign_s=10.0, told_s={"x": 1.0})
VARIED = replace(
    SEEN, must_show=frozenset({"input", "tamper"}), family_s={"input": 11.5}, traits=frozenset()
)
UNSEEN = replace(MISSED, must_show=frozenset({"input"}), traits=frozenset({"renamed"}))
AID = replace(SEEN, scene="honest")
FALSE = FalseAlert("policy", "honest", 1001, True, ("d/k",), ("network",))  # noqa: FBT003 - a policy


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [
        (0, 0, 0, 1),
        (0, 10, 0, 0.2775),
        (10, 10, 0.7225, 1),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson(hits: int, tries: int, low: float, high: float) -> None:
    assert of_share(hits, tries) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(
    ("events", "low", "high"),
    [(0, 0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390)],
)
def test_poisson(events: int, low: float, high: float) -> None:
    """Known bounds of a count (Garwood 1936), here over ten hours."""
    assert of_rate(events, 10) == pytest.approx((low / 10, high / 10), abs=6e-5)
    assert of_rate(events, 0).high == float("inf")


def test_times_are_from_the_sign_to_what_was_expected() -> None:
    assert (SEEN.caught, SEEN.delay_s, SEEN.complete_s) == (True, 2.0, 8.0)
    assert (MISSED.caught, MISSED.delay_s, MISSED.complete_s) == (False, None, None)
    assert (BEFORE.delay_s, BEFORE.complete_s) == (0.0, 0.0)
    assert [tables.is_in_time(p) for p in (SEEN, LATE, MISSED)] == [True, False, False]


def results(rooms: tuple[HonestRoom, ...]) -> Results:
    programs = Programs({"by name": 1}, {"by name": 2})
    return Results(
        "r1", (SEEN, LATE, MISSED, BEFORE), (VARIED, UNSEEN), (AID,), (), (), rooms, None, programs
    )


def test_a_miss_is_shown_as_a_miss() -> None:
    made = page(results((HonestRoom({"honest": 100.0}, (FALSE,)),)), "images/p.svg")
    assert "missed at least once: a**" in made
    assert "**2 of 3 (20.8–93.9 %)**" in made
    assert "**1 of 3 (6.1–79.2 %)** | 4.8, 7.5 | 7.8, 8.0 | f" in made
    assert "| 1 of 1 (20.7–100.0 %) | 1 of 1 (20.7–100.0 %) | 0.0, 0.0 |" in made
    assert "| `y` | 1 of 1 (20.7–100.0 %) | 8.0, 8.0 |" in made
    assert "1 in 100 h, at most 0.0557 (asked for: 0.02; **these hours do not show it**)" in made
    assert "- `policy` in honest, seed 1001, a policy: d/k" in made
    assert "| by name | **1 of 2 " in made
    assert "Not judged in this run" in made


def test_hours_without_an_alert_say_how_many_there_may_be() -> None:
    made = page(results((HonestRoom({"honest": 600.0, "honest-fast": 400.0}, ()),)), "p.svg")
    assert "0 in 1000 h, at most 0.0037 (asked for: 0.02)." in made
    assert "| **All** | **1000** | **0** | **0.0000 (0.0000–0.0037)** |" in made
    assert "None in this run." in made


def test_the_picture_has_a_dot_a_play_and_counts_what_was_missed() -> None:
    drawn = picture((SEEN, LATE, MISSED, BEFORE))
    assert drawn.count("<circle") == 3
    assert drawn.count('fill="#dc2626"/>') == 1
    assert ">1 of 3</text>" in drawn


def test_real_programs_are_counted_from_their_page() -> None:
    made = "| Program | of | by name | renamed |\n|---|---|---|---|\n"
    made += "| a | d | 5 ms, 1 ms: x | **missed** |\n| b | d | 7 ms, 2 ms: y | – |\n"
    assert read_programs(made) == Programs(
        {"by name": 2, "renamed": 0}, {"by name": 2, "renamed": 1}
    )
    with pytest.raises(ValueError, match="make test-programs"):
        read_programs("nothing")


def test_rooms_are_kept_for_the_same_rules_only(tmp_path: Path) -> None:
    file = tmp_path / "rooms.jsonl"
    room = HonestRoom({scene.id: 1.0 for scene in scenes_of(3)}, (FALSE,))
    KeptRooms(file, "aa").keep(3, room)
    with file.open("a", encoding="utf-8") as broken:
        broken.write('{"number": 4, "ru')
    assert KeptRooms(file, "aa").get(3) == room
    assert KeptRooms(file, "aa").get(4) is None
    assert KeptRooms(file, "bb").get(3) is None


def test_a_short_run_makes_the_page(tmp_path: Path) -> None:
    made, drawn = tmp_path / "page.md", tmp_path / "page.svg"
    command = [sys.executable, "-m", "tests.quality.page", "--hours", "0.5", "--seeds", "1"]
    done = subprocess.run(
        [*command, "--page", made, "--picture", drawn],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = made.read_text(encoding="utf-8")
    assert "`zhejiang-2021`" in text
    assert "(page.svg)" in text
    assert str(tmp_path) not in text
    assert drawn.read_text(encoding="utf-8").startswith("<svg")
