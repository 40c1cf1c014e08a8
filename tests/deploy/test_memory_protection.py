"""Both programs live with MemoryDenyWriteExecute, set here the way the kernel offers it without systemd."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT
from tests.support.xserver import needs, xvfb

# prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN), since Linux 6.3: prctl(2).
SET_MDWE, GET_MDWE, REFUSE_EXEC_GAIN = 65, 66, 1
PROGRAMS = Path(sys.executable).parent
PROTECTED = f"""
import ctypes, os, sys
assert ctypes.CDLL(None).prctl({SET_MDWE}, {REFUSE_EXEC_GAIN}, 0, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""
WRITE_AND_EXECUTE = """
import mmap
mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
"""

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or ctypes.CDLL(None).prctl(GET_MDWE, 0, 0, 0, 0) < 0,
    reason="this kernel has no PR_SET_MDWE",
)


def protected(*command: str | Path) -> list[str]:
    return [sys.executable, "-c", PROTECTED, *map(str, command)]


def test_the_protection_protects() -> None:
    done = subprocess.run(
        protected(sys.executable, "-c", WRITE_AND_EXECUTE),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PermissionError" in done.stderr


def test_both_units_ask_for_it() -> None:
    for name in ("jiankao-agent", "jiankao-collector"):
        unit = (ROOT / "deploy" / "systemd" / f"{name}.service").read_text(encoding="utf-8")
        assert "\nMemoryDenyWriteExecute=yes\n" in unit


def test_the_collector_founds_and_serves(tmp_path: Path) -> None:
    founded = subprocess.run(
        protected(PROGRAMS / "jiankao-collector", "init", "--data", tmp_path / "data"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert founded.returncode == 0, founded.stderr
    free = [part for n in ("grpc", "enrolment", "console") for part in (f"--{n}", "127.0.0.1:0")]
    with subprocess.Popen(
        protected(PROGRAMS / "jiankao-collector", "serve", "--data", tmp_path / "data", *free),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as serving:
        try:
            assert serving.stdout is not None
            assert "console http://127.0.0.1:" in serving.stdout.readline()
        finally:
            serving.terminate()
        assert serving.wait(30) == 0


def test_every_sensor_of_the_agent_works() -> None:
    needs("Xvfb")
    # A desktop has clients all the time; a bare server without any would reset itself between two looks.
    with xvfb() as desktop:
        done = subprocess.run(
            protected(PROGRAMS / "jiankao-agent", "doctor"),
            env=desktop.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
