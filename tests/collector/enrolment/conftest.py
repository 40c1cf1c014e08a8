"""A running intake."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.collector import Intake, founded, intake


@pytest.fixture
async def collector(tmp_path: Path) -> AsyncIterator[Intake]:
    async with intake(founded(tmp_path / "data")) as running:
        yield running
