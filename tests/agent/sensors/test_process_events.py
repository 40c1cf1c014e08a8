"""The processes sensor where the kernel tells of every process."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jiankao_agent.platform.linux import executable_digests, proc_connector
from jiankao_agent.platform.linux.process_look import ProcessLook
from jiankao_agent.sensors import process_events
from jiankao_agent.sensors.process_events import EVENTS_LOST
from jiankao_agent.sensors.process_table import ProcessTable
from jiankao_agent.sensors.processes import ProcessesSensor
from jiankao_proto.observations import ProcessEnded, ProcessStarted
from tests.support.kernel_events import proc_connector_or_skip
from tests.support.sensor_harness import SensorHarness, running
from tests.support.xserver import stopped_after

OWN_NAME = Path(sys.executable).resolve().name


@pytest.fixture
def events() -> Iterator[SensorHarness]:
    proc_connector_or_skip().close()
    with running(ProcessesSensor()) as given:
        given.wait_for(ProcessStarted, lambda f: f.process.pid == os.getpid())
        yield given


def test_a_hundred_programs_that_live_for_50_ms_are_all_seen(
    events: SensorHarness, tmp_path: Path
) -> None:
    copy = tmp_path / "flash"
    shutil.copy("/bin/sleep", copy)
    pids = set()
    for _ in range(100):
        with subprocess.Popen([copy, "0.05"]) as child:
            pids.add(child.pid)
            child.wait()

    def ended() -> int:
        return len([f for f in events.facts if isinstance(f, ProcessEnded) and f.pid in pids])

    events.until(lambda: ended() >= 100 or None, "not every end was told")
    told = [f for f in events.facts if isinstance(f, ProcessStarted) and f.process.pid in pids]
    assert len(told) == len(pids) == 100
    assert {f.process.pid for f in told} == pids
    assert all(f in events.urgent for f in told)
    # On a busy machine one may be gone before it is looked at: then it is told without its name.
    assert {f.process.name for f in told} <= {"flash", ""}
    assert {(f.process.parent_pid, f.process.parent_name) for f in told} == {
        (os.getpid(), OWN_NAME)
    }


COPIES = """
import os, sys
short = os.fork()
if not short:
    os._exit(0)
os.waitpid(short, 0)
long = os.fork()
if not long:
    sys.stdin.read()
    os._exit(0)
print(short, long, flush=True)
os.waitpid(long, 0)
"""


def test_a_copy_that_lives_on_is_told_and_one_that_does_not_is_not(events: SensorHarness) -> None:
    with subprocess.Popen(
        [sys.executable, "-S", "-c", COPIES], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdin
        assert parent.stdout
        short, long = map(int, parent.stdout.readline().split())
        told = events.wait_for(ProcessStarted, lambda f: f.process.pid == long)
        assert (told.baseline, told.process.parent_pid) == (False, parent.pid)
        parent.stdin.close()
        events.wait_for(ProcessEnded, lambda f: f.pid == long)
    assert not [f for f in events.facts if isinstance(f, ProcessStarted) and f.process.pid == short]


def test_what_is_gone_when_it_is_looked_at_is_told_all_the_same() -> None:
    harness = SensorHarness()
    with contextlib.closing(executable_digests.ExecutableDigests()) as digests:
        table = ProcessTable(harness.context(), ProcessLook(), digests)
        before_us = time.time_ns() // 1000
        began_ns = time.monotonic_ns()
        with subprocess.Popen(["true"]) as child:
            while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.01)
            table.executed(child.pid, os.getpid(), began_ns)  # ended, not waited for
            child.wait()
            table.end(child.pid)
        table.executed(child.pid, os.getpid(), began_ns)  # nothing left
    unburied, end, gone = harness.facts
    assert isinstance(unburied, ProcessStarted)
    assert isinstance(gone, ProcessStarted)
    assert (unburied.process.name, unburied.process.parent_pid) == ("true", os.getpid())
    assert end == ProcessEnded(child.pid, unburied.process.started_at_us, "true")
    assert (gone.process.pid, gone.process.name) == (child.pid, "")
    assert (gone.process.parent_pid, gone.process.parent_name) == (os.getpid(), OWN_NAME)
    # The kernel gives the boot time in whole seconds.
    assert abs(gone.process.started_at_us - before_us) < 2_000_000
    assert harness.urgent == [unburied, gone]


def test_lost_events_are_said_and_what_runs_is_found_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proc_connector_or_skip().close()
    monkeypatch.setattr(proc_connector, "_QUEUE_BYTES", 1)
    monkeypatch.setattr(process_events, "SHOWN_NS", 1)
    with running(ProcessesSensor()) as harness:
        harness.wait_for(ProcessStarted, lambda f: f.process.pid == os.getpid())
        with stopped_after(subprocess.Popen(["sleep", "60"])) as child:
            burst = "i=0; while [ $i -lt 300 ]; do /bin/true & i=$((i+1)); done; wait"
            while EVENTS_LOST not in harness.conditions:
                subprocess.run(["sh", "-c", burst], check=True, timeout=60)
            harness.wait_for(ProcessStarted, lambda f: f.process.pid == child.pid)
        usual = harness.conditions[0]
        harness.until(
            lambda: harness.conditions[-1] == usual or None, "it never was as usual again"
        )
        harness.wait_for(ProcessEnded, lambda f: f.pid == child.pid)
