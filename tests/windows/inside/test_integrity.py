"""The agent's look at itself under Windows: a real debugger, real files; machines from recorded answers."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jiankao_agent import binaries
from jiankao_agent.binaries import binaries_digest
from jiankao_agent.boot import boot_id
from jiankao_agent.platform.windows import surroundings
from jiankao_agent.platform.windows.surroundings import UNNAMED_DEBUGGER, texts_of
from jiankao_agent.sensors.windows.integrity import Around, IntegritySensor
from jiankao_proto.observations import EnvironmentSeen, Health, ProcessRef
from tests.support.sensor_harness import running

# Debugs another process until its standard input ends.
DEBUG = """
import ctypes, sys, threading
kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
event = ctypes.create_string_buffer(256)
ending = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ending.set()), daemon=True).start()
pid = int(sys.argv[1])
assert kernel32.DebugActiveProcess(pid), ctypes.get_last_error()
kernel32.DebugSetProcessKillOnExit(0)
print("attached", flush=True)
while not ending.is_set():
    if kernel32.WaitForDebugEvent(event, 100):
        debugged, thread = (ctypes.c_uint32 * 2).from_buffer(event, 4)
        kernel32.ContinueDebugEvent(debugged, thread, 0x10002)
kernel32.DebugActiveProcessStop(pid)
"""
# Prints what it sees of itself whenever that changes, until its standard input ends.
WATCH = """
import sys, threading, time
from jiankao_agent.platform.windows.surroundings import debugger_of_this_process
ending = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ending.set()), daemon=True).start()
said = None
while not ending.wait(0.1):
    if (now := debugger_of_this_process().name) != said:
        print(now or "nobody", flush=True)
        said = now
"""


def test_it_begins_with_where_it_runs() -> None:
    assert IntegritySensor().probe().health is Health.OK
    with running(IntegritySensor()) as harness:
        first = harness.wait_for(EnvironmentSeen)
    assert first.baseline
    assert first.binaries_digest == binaries_digest()
    assert first.debugger == ProcessRef()
    assert first.container == "Wine"


def test_a_debugger_is_seen_by_the_process_it_holds() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", WATCH], stdin=pipe, stdout=pipe, text=True
    ) as held:
        assert held.stdout is not None
        assert held.stdout.readline() == "nobody\n"
        command = [sys.executable, "-c", DEBUG, str(held.pid)]
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as debugger:
            assert held.stdout.readline() == "debugger\n"
            debugger.communicate(timeout=20)
        assert held.stdout.readline() == "nobody\n"
        held.communicate(timeout=20)


def test_a_debugger_that_comes_and_goes_is_told() -> None:
    now = [ProcessRef()]
    with running(IntegritySensor(Around(debugger=lambda: now[0]))) as harness:
        harness.wait_for(EnvironmentSeen)
        now[0] = UNNAMED_DEBUGGER
        told = harness.wait_for(EnvironmentSeen, lambda f: f.debugger == UNNAMED_DEBUGGER)
        now[0] = ProcessRef()
        harness.until(lambda: len(harness.facts) >= 3 or None, "its end was not told")
    assert told in harness.urgent


def test_a_file_changed_with_its_times_set_back_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "jiankao_agent"
    package.mkdir()
    ours = package / "clock.py"
    ours.write_text("TIME = 1", encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setattr(binaries, "own_folders", lambda: (package, empty))
    with running(IntegritySensor(thorough_every_s=0)) as harness:
        first = harness.wait_for(EnvironmentSeen)
        copy = tmp_path / "copy"
        shutil.copy2(ours, copy)
        ours.write_text("TIME = 2", encoding="utf-8")
        shutil.copystat(copy, ours)
        changed = harness.wait_for(
            EnvironmentSeen, lambda f: f.binaries_digest != first.binaries_digest
        )
    assert changed in harness.urgent


@pytest.mark.parametrize(
    ("answers", "name"),
    [
        ({"SystemManufacturer": "Dell Inc.", "SystemProductName": "OptiPlex 7090"}, ""),
        ({"SystemManufacturer": "Microsoft Corporation", "SystemProductName": "Surface Pro 9"}, ""),
        (
            {"SystemManufacturer": "Microsoft Corporation", "SystemProductName": "Virtual Machine"},
            "Microsoft Corporation Virtual Machine",
        ),
        (
            {"SystemManufacturer": "innotek GmbH", "SystemProductName": "VirtualBox"},
            "innotek GmbH VirtualBox",
        ),
        ({"SystemManufacturer": "ASUS", "SystemBiosVersion": ["VBOX   - 1", ""]}, "ASUS"),
        ({"SystemBiosVersion": ["BOCHS  - 1"]}, "SMBIOS"),
        ({}, ""),
        ({"SystemManufacturer": 7, "SystemBiosVersion": [None, b"QEMU"]}, ""),
    ],
)
def test_what_machines_call_themselves(
    answers: dict[str, object], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surroundings, "_registry", lambda _, value: answers.get(value))
    assert surroundings.virtual_machine() == name


def test_values_of_the_registry_are_bounded() -> None:
    assert texts_of("x" * 500) == ["x" * 120]
    assert len(texts_of(["x"] * 500)) == 16


def test_the_start_of_windows_has_a_name_of_its_own_that_stays() -> None:
    command = [sys.executable, "-c", "from jiankao_agent.boot import boot_id; print(boot_id())"]
    other = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert str(boot_id()) == other
    assert other.startswith("booted-")
