"""The systemd units: systemd accepts them, and finds them as closed as we say."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT

UNITS = ROOT / "deploy" / "systemd"
INSTALLED = "/opt/jiankao/.venv/bin/"

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here"
)


def analyse(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture(params=["jiankao-agent.service", "jiankao-collector.service"])
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A unit whose command is looked for where the programs are here."""
    here = tmp_path / str(request.param)
    text = (UNITS / here.name).read_text(encoding="utf-8")
    assert text.count(INSTALLED) == 1
    here.write_text(text.replace(INSTALLED, f"{Path(sys.executable).parent}/"), encoding="utf-8")
    return here


def test_systemd_accepts_it(unit: Path) -> None:
    done = analyse("verify", "--man=no", "--recursive-errors=no", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_wrong_setting_would_be_seen(unit: Path) -> None:
    unit.write_text(unit.read_text("utf-8").replace("ProtectSystem=strict", "ProtectSystem=stict"))
    done = analyse("verify", "--man=no", "--recursive-errors=no", str(unit))
    assert "Failed to parse protect system value" in done.stderr


@pytest.mark.parametrize(
    ("name", "tenths"),
    [
        ("jiankao-collector.service", 15),
        # Root, every process, every home and the shared /tmp: it must see the whole workstation.
        ("jiankao-agent.service", 30),
    ],
)
def test_it_is_no_more_exposed_than_it_must_be(name: str, tenths: int) -> None:
    """`systemd-analyze security` rates 0 (closed) to 10 (open)."""
    done = analyse("security", "--offline=true", f"--threshold={tenths}", str(UNITS / name))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "writable"),
    [
        ("jiankao-collector.service", "StateDirectory=jiankao\n"),
        ("jiankao-agent.service", "StateDirectory=jiankao-agent\n"),
    ],
)
def test_it_may_write_its_own_folder_and_no_other(name: str, writable: str) -> None:
    text = (UNITS / name).read_text(encoding="utf-8")
    assert "ProtectSystem=strict\n" in text
    assert writable in text
    assert "StateDirectoryMode=0700\n" in text
    assert "ReadWritePaths" not in text
