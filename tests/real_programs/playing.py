"""Plays one program of the matrix in a room and says what was seen."""

from pathlib import Path

import pytest

from tests.real_programs.cast import RealProgram
from tests.real_programs.outcome import Outcome, watch
from tests.real_programs.scene import scene
from tests.support.exam_room import ExamRoom

VARIANTS = ("by name", "renamed", "renamed, unknown port")


def play(room: ExamRoom, folder: Path, program: RealProgram, variant: str) -> Outcome:
    """Play it; the outcome is kept for the report. Skips when a package is missing."""
    if missing := program.missing():
        pytest.skip(f"not installed: {', '.join(missing)}")
    elsewhere = variant == VARIANTS[2]
    with scene(
        room, folder / "scene", renamed=variant != VARIANTS[0], elsewhere=elsewhere
    ) as played:
        program.play(played)
        outcome = watch(played, program.name, variant, program.known_miss if elsewhere else "")
    outcome.keep()
    return outcome


def assert_seen(outcome: Outcome) -> None:
    """The driven seat has an alert, the other one has none. A known miss is told as such."""
    assert outcome.elsewhere == ()
    if outcome.known_miss and outcome.alert_ms is None:
        pytest.xfail(outcome.known_miss)
    assert outcome.alert_ms is not None, "nothing was seen"
