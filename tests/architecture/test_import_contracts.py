"""The doors of the house: pyproject's import contracts hold, and would notice a breach."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.source_tree import PACKAGES, ROOT

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the packages of a checkout, or of a copy of one."""
    path = os.pathsep.join(str(folder / name) for name in ("agent", "collector", "proto"))
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--config", str(folder / "pyproject.toml")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contracts_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the packages that may be broken."""
    for package in PACKAGES:
        shutil.copytree(package, tmp_path / package.relative_to(ROOT))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("place", "line", "contract"),
    [
        (
            "agent/jiankao_agent/sensors/base.py",
            "import jiankao_collector.errors",
            "agent and collector stand on proto",
        ),
        ("collector/jiankao_collector/detectors/base.py", "import time", "pure parts"),
        ("collector/jiankao_collector/scoring/seats.py", "import sqlite3", "pure parts"),
        ("proto/jiankao_proto/chain.py", "import socket", "pure parts"),
        (
            "collector/jiankao_collector/detectors/base.py",
            "import jiankao_collector.evidence_log",
            "the collector's layers",
        ),
        (
            "collector/jiankao_collector/evidence_log/reader.py",
            "import jiankao_proto.v1.evidence_pb2",
            "generated code",
        ),
        (
            "agent/jiankao_agent/platform/linux/__init__.py",
            "import jiankao_agent.sensors",
            "the agent's layers",
        ),
    ],
)
def test_a_breach_is_named(house: Path, place: str, line: str, contract: str) -> None:
    """Each wall is there: a forbidden import breaks the contract that forbids it."""
    module = house / place
    module.write_text(module.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    done = lint_imports(house)
    broken = [row for row in done.stdout.splitlines() if " BROKEN" in row]
    assert done.returncode == 1
    assert any(row.startswith(contract) for row in broken), done.stdout + done.stderr
