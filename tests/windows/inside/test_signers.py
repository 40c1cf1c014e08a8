"""Signatures that Windows trusts, and those it does not: Windows Python's own programs bear real ones."""

import shutil
import sys
import threading
from pathlib import Path

import pytest

from jiankao_agent.platform.windows.authenticode import one_line, signer_of
from jiankao_agent.sensors.windows.processes import ProcessesSensor
from jiankao_agent.sensors.windows.signers import Signers
from jiankao_proto.observations import ProcessStarted
from tests.support.remote_tool import StartTool
from tests.support.sensor_harness import running

PYTHON = Path(sys.executable)
MAKER = "Python Software Foundation"


def test_a_signature_inside_a_file() -> None:
    assert signer_of(str(PYTHON)) == MAKER
    assert signer_of(str(PYTHON.with_name("vcruntime140.dll"))).startswith("Microsoft")


def test_a_signed_file_that_was_changed_is_signed_by_nobody(tmp_path: Path) -> None:
    changed = tmp_path / "python.exe"
    shutil.copyfile(PYTHON, changed)
    assert signer_of(str(changed)) == MAKER
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    assert signer_of(str(changed)) == ""


@pytest.mark.parametrize("content", [b"", b"MZ", b"MZ" + bytes(500), b"\x7fELF", b"text" * 100])
def test_what_bears_no_signature(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file.exe"
    file.write_bytes(content)
    assert signer_of(str(file)) == ""
    assert signer_of(str(tmp_path)) == ""
    assert signer_of(str(tmp_path / "absent.exe")) == ""


def test_names_are_one_bounded_line() -> None:
    assert one_line("Maker\r\nLtd.\u202e") == "Maker  Ltd."
    assert len(one_line("x" * 1000)) == 256


def test_files_are_checked_once_and_again_when_they_change(tmp_path: Path) -> None:
    file, asked, answered = tmp_path / "a.exe", list[str](), threading.Semaphore(0)
    file.write_bytes(b"MZ 1")

    def find(path: str) -> str:
        asked.append(path)
        answered.release()
        if len(asked) > 2:
            raise OSError(5, "it cannot be read")
        return f"maker {len(asked)}"

    def wait(signers: Signers) -> str:
        while (signer := signers.ask(str(file))) is None:
            assert answered.acquire(timeout=20)
            answered.release()
        answered.acquire()
        return signer

    signers = Signers(find)
    try:
        assert wait(signers) == "maker 1"
        assert signers.ask(str(file)) == "maker 1"
        file.write_bytes(b"MZ 22")
        assert wait(signers) == "maker 2"
        file.write_bytes(b"MZ 333")
        assert wait(signers) == ""
        assert signers.ask(str(tmp_path / "absent")) == ""
    finally:
        signers.close()
    assert len(asked) == 3


def test_a_process_is_told_with_its_signer(start_tool: StartTool, free_port: int) -> None:
    with running(ProcessesSensor()) as sensor:
        ours = sensor.wait_for(
            ProcessStarted, lambda f: f.process.executable.lower().endswith("python.exe")
        )
        signed = sensor.wait_for(
            ProcessStarted, lambda f: f.process.pid == ours.process.pid and bool(f.process.signer)
        )
        tool = start_tool("helper.exe", free_port)
        told = sensor.wait_for(ProcessStarted, lambda f: f.process.pid == tool.pid)
    assert signed.process.signer == MAKER
    assert signed.process.product == "Python"
    assert told.process.signer == ""
    assert told in sensor.urgent
    assert [
        f for f in sensor.facts if isinstance(f, ProcessStarted) and f.process == told.process
    ] == [told]
