"""Commands as they are given, in this process, and what they print."""

from pathlib import Path

import pytest

from jiankao_collector.__main__ import main
from jiankao_collector.config import DataFolder
from tests.support.collector import founded
from tests.support.commands import Command, Done


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return founded(tmp_path / "data")


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*words: str | Path) -> Done:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as left:  # argparse leaves by itself
            code = left.code if isinstance(left.code, int) else 1
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return run
