"""The agent's look at itself: a real debugger, real files that change, and what machines say of themselves."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.binaries import binaries_digest, own_folders
from jiankao_agent.platform.linux.surroundings import (
    Surroundings,
    container_name,
    has_hypervisor_flag,
    tracer,
)
from jiankao_agent.platform.machine_names import machine_name
from jiankao_agent.sensors.integrity import IntegritySensor
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import EnvironmentSeen, Health
from tests.support.sensor_harness import running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at Linux")

ATTACH = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long] * 4
if libc.ptrace(0x4206, int(sys.argv[1]), 0, 0):  # PTRACE_SEIZE: takes hold without stopping
    sys.exit(os.strerror(ctypes.get_errno()))
print("attached", flush=True)
sys.stdin.read()
"""
WATCH = """
import json, sys, threading
from jiankao_agent.platform.stop_signal import StopSignal
from jiankao_agent.sensors import integrity
from jiankao_agent.sensors.base import SensorContext
from jiankao_agent.sensors.integrity import IntegritySensor
integrity.FILES_EVERY_S = 0.5
answers = iter([True])
stopping = StopSignal()
threading.Thread(target=lambda: (sys.stdin.read(), stopping.set()), daemon=True).start()
def emit(fact, *, urgent=False):
    print(json.dumps([fact.binaries_digest.hex(), fact.baseline, urgent]), flush=True)
context = SensorContext(emit, lambda condition: None, stopping, lambda: next(answers, False))
IntegritySensor().run(context)
"""


def test_it_begins_with_where_it_runs() -> None:
    assert IntegritySensor().probe().health is Health.OK
    with running(IntegritySensor()) as harness:
        first = harness.wait_for(EnvironmentSeen)
        assert first.baseline
        assert first.binaries_digest == binaries_digest()
        assert first.debugger.pid == 0
        assert first not in harness.urgent
        harness.ask_baseline()
        harness.until(
            lambda: len([f for f in harness.facts if f == first]) == 2 or None, "no second baseline"
        )


def test_a_debugger_on_the_agent_is_told_and_its_leaving() -> None:
    with running(IntegritySensor()) as harness:
        harness.wait_for(EnvironmentSeen, lambda e: e.baseline)
        with subprocess.Popen(
            [sys.executable, "-c", ATTACH, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as debugger:
            assert debugger.stdout is not None
            said = debugger.stdout.readline()
            if not said:
                assert debugger.stderr is not None
                pytest.skip(f"this system lets nobody attach: {debugger.stderr.read().strip()}")
            try:
                held = harness.wait_for(EnvironmentSeen, lambda e: e.debugger.pid != 0)
            finally:
                assert debugger.stdin is not None
                debugger.stdin.close()
        assert held.debugger.pid == debugger.pid
        assert held.debugger.name.startswith("python")
        assert held in harness.urgent
        harness.until(
            lambda: (harness.facts[-1] != held) or None, "the debugger's leaving was not told"
        )
        last = harness.facts[-1]
        assert isinstance(last, EnvironmentSeen)
        assert (last.debugger.pid, last.baseline) == (0, False)


def test_a_change_of_its_own_files_is_told(tmp_path: Path) -> None:
    for folder in own_folders():
        shutil.copytree(
            folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("__pycache__")
        )
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]),
    }
    with subprocess.Popen(
        [sys.executable, "-c", WATCH],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as agent:
        assert agent.stdout is not None
        assert agent.stdin is not None
        first, baseline, _ = json.loads(agent.stdout.readline())
        assert (first, baseline) == (binaries_digest().hex(), True)
        victim = tmp_path / "jiankao_agent" / "clock.py"
        times = victim.stat()
        victim.write_text(victim.read_text(encoding="utf-8") + "# \n", encoding="utf-8")
        os.utime(victim, ns=(times.st_atime_ns, times.st_mtime_ns))  # hides nothing
        changed, baseline, urgent = json.loads(agent.stdout.readline())
        assert (changed != first, baseline, urgent) == (True, False, True)
        agent.stdin.close()
    assert agent.returncode == 0


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (["QEMU", "Standard PC (Q35 + ICH9, 2009)"], "QEMU Standard PC (Q35 + ICH9, 2009)"),
        (["VMware, Inc.", "VMware20,1"], "VMware, Inc. VMware20,1"),
        (["innotek GmbH", "VirtualBox"], "innotek GmbH VirtualBox"),
        (["Microsoft Corporation", "Virtual Machine"], "Microsoft Corporation Virtual Machine"),
        (["", "", "", "Xen"], "SMBIOS"),
        (["LENOVO", "ThinkCentre M750e", "LENOVO", "LENOVO"], ""),
        (["Microsoft Corporation", "Surface Pro 7"], ""),
        (["Maxen Ltd", "KVMaster 3000"], ""),
        ([], ""),
    ],
)
def test_how_a_virtual_machine_calls_itself(said: list[str], name: str) -> None:
    assert machine_name(said) == name


def test_signs_in_files(tmp_path: Path) -> None:
    around = Surroundings(tmp_path)
    assert (around.virtual_machine(), around.container()) == ("", "")
    (tmp_path / "proc/1").mkdir(parents=True)
    (tmp_path / "proc/cpuinfo").write_text("processor: 0\nflags\t\t: fpu hypervisor sse\n")
    (tmp_path / "proc/1/cgroup").write_text("0::/kubepods/besteffort/pod1\n")
    assert (around.virtual_machine(), around.container()) == ("hypervisor", "kubepods")
    (tmp_path / "run/systemd").mkdir(parents=True)
    (tmp_path / "run/systemd/container").write_text("systemd-nspawn\n")
    dmi = tmp_path / "sys/class/dmi/id"
    dmi.mkdir(parents=True)
    (dmi / "sys_vendor").write_text("QEMU\n")
    assert (around.virtual_machine(), around.container()) == ("QEMU", "systemd-nspawn")


def test_who_traces() -> None:
    assert tracer(b"Name:\tx\nTracerPid:\t0\n") == 0
    assert tracer(b"Name:\tx\nTracerPid:\t4711\nUid:\t0\n") == 4711


@pytest.mark.parametrize(
    "status", [b"", b"Name:\tx\n", b"TracerPid:\t\n", b"TracerPid:\t-1\n", b"TracerPid:\tx\n"]
)
def test_a_status_that_does_not_say(status: bytes) -> None:
    with pytest.raises(MalformedError, match="does not say who traces"):
        tracer(status)


@given(st.binary(max_size=300))
def test_garbage_breaks_no_parser(data: bytes) -> None:
    has_hypervisor_flag(b"flags" + data)
    container_name(data)
    machine_name([data.decode("utf-8", "replace")])
    with contextlib.suppress(MalformedError):
        assert tracer(b"TracerPid:" + data) >= 0
