"""A running intake and an enrolled workstation."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.collector import Intake, founded, intake
from tests.support.stream_client import Client, enrolled


@pytest.fixture
async def collector(tmp_path: Path) -> AsyncIterator[Intake]:
    async with intake(founded(tmp_path / "data")) as running:
        yield running


@pytest.fixture
async def client(collector: Intake) -> Client:
    return await enrolled(collector)
