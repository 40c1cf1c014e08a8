"""The programs of the matrix that need nothing but what `make test` installs and that no other test drives."""

from pathlib import Path

import pytest

from tests.real_programs.cast import PROGRAMS
from tests.real_programs.playing import VARIANTS, assert_seen, play
from tests.support.exam_room import ExamRoom

FEW = {"x11vnc -viewonly": VARIANTS[1], "pynput script": VARIANTS[0], "xdotool script": VARIANTS[1]}


@pytest.mark.parametrize("name", FEW)
def test_the_seat_has_an_alert_and_the_other_none(
    room: ExamRoom, tmp_path: Path, name: str
) -> None:
    (program,) = (p for p in PROGRAMS if p.name == name)
    assert not program.missing()
    assert_seen(play(room, tmp_path, program, FEW[name]))
