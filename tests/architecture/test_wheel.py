"""The wheel: everything a running jiankao reads is in it, and nothing else is."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source_tree import PACKAGES, ROOT, files


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder: Path = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (made,) = folder.glob("*.whl")
    with zipfile.ZipFile(made) as opened:
        yield opened


def test_every_file_of_the_packages_is_in_it(wheel: zipfile.ZipFile) -> None:
    """Templates, styles, catalogues and type markers too: an installed copy needs them."""
    ours = {
        path.relative_to(package.parent).as_posix()
        for package in PACKAGES
        for path in files()
        if path.is_relative_to(package)
    }
    assert ours - set(wheel.namelist()) == set()


def test_nothing_but_the_packages_is_in_it(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    info = {top for top in tops if top.endswith(".dist-info")}
    assert tops - info == {"jiankao_agent", "jiankao_collector", "jiankao_proto"}


def test_the_licence_and_the_commands_are_in_it(wheel: zipfile.ZipFile) -> None:
    (info,) = {n.split("/")[0] for n in wheel.namelist() if ".dist-info/" in n}
    assert f"{info}/licenses/LICENSE" in wheel.namelist()
    commands = wheel.read(f"{info}/entry_points.txt").decode()
    for command in ("jiankao-agent", "jiankao-collector", "jiankao-audit"):
        assert command in commands
