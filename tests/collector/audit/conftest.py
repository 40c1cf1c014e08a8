"""A small log with every kind of record in it."""

from pathlib import Path

import pytest

from tests.support.audit_logs import build_every_kind


@pytest.fixture(scope="session")
def every_kind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a small log with every kind of record; to be copied, not changed."""
    data = tmp_path_factory.mktemp("every-kind")
    build_every_kind(data)
    return data
