"""A room for each run: what one program leaves behind must not be taken for another's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.exam_room import ExamRoom, exam_room
from tests.support.hosts import why_not


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ExamRoom]:
    if reason := why_not():
        pytest.skip(reason)
    with exam_room(tmp_path) as made:
        yield made
