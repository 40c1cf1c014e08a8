"""Every real program, by name and renamed: an alert at the seat it runs at, none at the other.

Not part of `make test`, for the packages it needs: `make test-programs` runs it.
"""

from pathlib import Path

import pytest

from tests.real_programs.cast import PROGRAMS, RealProgram
from tests.real_programs.playing import VARIANTS, assert_seen, play
from tests.support.exam_room import ExamRoom

RUNS = [
    pytest.param(program, variant, id=f"{program.name}-{variant}")
    for program in PROGRAMS
    for variant in VARIANTS
    if program.sets_port or variant != VARIANTS[2]
]


@pytest.mark.parametrize(("program", "variant"), RUNS)
def test_the_seat_has_an_alert_and_the_other_none(
    room: ExamRoom, tmp_path: Path, program: RealProgram, variant: str
) -> None:
    outcome = play(room, tmp_path, program, variant)
    assert_seen(outcome)
    if program.injects and not program.name.startswith("xrdp"):
        assert "injected_input" in {f.kind for f in outcome.findings}
