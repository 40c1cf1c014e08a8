"""The processes sensor on real processes."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiankao_agent.platform.linux import executable_digests
from jiankao_agent.platform.linux.proc_files import sees_all_processes
from jiankao_agent.sensors import processes
from jiankao_agent.sensors.processes import BY_TURNS, ProcessesSensor
from jiankao_proto.observations import Health, ProcessEnded, ProcessStarted
from tests.support.kernel_events import proc_connector_or_skip
from tests.support.sensor_harness import SensorHarness, running
from tests.support.xserver import stopped_after


def without_connector() -> None:
    """Stand where the kernel does not tell of processes."""


@pytest.fixture(params=["told by the kernel", "by turns"])
def harness(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SensorHarness]:
    """The sensor, both ways."""
    if request.param == "by turns":
        monkeypatch.setattr(processes, "_connector", without_connector)
    else:
        proc_connector_or_skip().close()
    with running(ProcessesSensor()) as given:
        given.wait_for(ProcessStarted, lambda f: f.process.pid == os.getpid())
        yield given


def started(harness: SensorHarness, pid: int, name: str) -> ProcessStarted:
    return harness.wait_for(
        ProcessStarted, lambda f: f.process.pid == pid and f.process.name == name and not f.baseline
    )


def test_what_runs_already_is_baseline_and_not_urgent(harness: SensorHarness) -> None:
    own = harness.wait_for(ProcessStarted, lambda f: f.process.pid == os.getpid())
    assert own.baseline
    assert own not in harness.urgent
    assert own.process.parent_pid == os.getppid()
    assert harness.conditions[0].health is (Health.OK if sees_all_processes() else Health.DEGRADED)
    told = [
        f for f in harness.facts if isinstance(f, ProcessStarted) and f.process.pid == os.getpid()
    ]
    assert len(told) == 1


def test_a_copy_under_another_name_is_told_by_that_name(
    harness: SensorHarness, tmp_path: Path
) -> None:
    copy = tmp_path / "notes"
    shutil.copy("/bin/sleep", copy)
    with stopped_after(subprocess.Popen([copy, "60"])) as child:
        told = started(harness, child.pid, "notes")
    process = told.process
    assert told in harness.urgent
    assert process.executable == str(copy)
    assert process.command_line_masked == f"{copy} 60"
    assert (process.parent_pid, process.parent_name) == (os.getpid(), _own_name())
    assert process.executable_sha256 == hashlib.sha256(copy.read_bytes()).digest()
    assert process.user
    ended = harness.wait_for(ProcessEnded, lambda f: f.pid == child.pid)
    assert (ended.started_at_us, ended.name) == (process.started_at_us, "notes")


def _own_name() -> str:
    return Path("/proc/self/exe").readlink().name


def test_a_secret_on_the_command_line_is_masked(harness: SensorHarness) -> None:
    command = ["sh", "-c", "sleep 60; :", "x", "-passwd", "Zq9geheim"]
    with stopped_after(subprocess.Popen(command)) as child:
        shell = Path(shutil.which("sh") or "").resolve().name
        told = started(harness, child.pid, shell)
        subprocess.run(["kill", "--", *_children(child.pid)], check=True)
    assert "-passwd ***" in told.process.command_line_masked
    assert "Zq9geheim" not in repr(harness.facts)


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


def test_an_exec_in_an_existing_process_is_told(harness: SensorHarness) -> None:
    with stopped_after(
        subprocess.Popen(["sh", "-c", "read go; exec sleep 60"], stdin=subprocess.PIPE)
    ) as child:
        shell = Path(shutil.which("sh") or "").resolve().name
        first = started(harness, child.pid, shell)
        assert child.stdin
        child.stdin.write(b"\n")
        child.stdin.close()
        second = started(harness, child.pid, "sleep")
    assert first.process.started_at_us == second.process.started_at_us
    assert second in harness.urgent


def test_one_script_after_another_in_one_interpreter_is_told(
    harness: SensorHarness, tmp_path: Path
) -> None:
    second = tmp_path / "second"
    second.write_text("#!/bin/sh\nread go\n", encoding="ascii")
    second.chmod(0o755)
    with stopped_after(
        subprocess.Popen(["sh", "-c", f"read go; exec {second}"], stdin=subprocess.PIPE)
    ) as child:
        harness.wait_for(ProcessStarted, lambda f: f.process.pid == child.pid)
        assert child.stdin
        child.stdin.write(b"\n")
        child.stdin.flush()
        harness.wait_for(
            ProcessStarted,
            lambda f: (
                f.process.pid == child.pid
                and str(second) in f.process.command_line_masked.split()[:2]
            ),
        )
        child.stdin.close()


def test_a_deleted_executable_keeps_its_name(harness: SensorHarness, tmp_path: Path) -> None:
    copy = tmp_path / "vanishing"
    shutil.copy("/bin/sleep", copy)
    with stopped_after(subprocess.Popen([copy, "60"])) as child:
        copy.unlink()
        started(harness, child.pid, "vanishing")
        before = len(harness.facts)
        harness.ask_baseline()
        again = harness.until(
            lambda: next(
                (
                    f
                    for f in harness.facts[before:]
                    if isinstance(f, ProcessStarted) and f.process.pid == child.pid
                ),
                None,
            ),
            "no baseline",
        )
    assert (again.baseline, again.process.name) == (True, "vanishing")


def test_a_large_executable_is_told_before_its_digest_is_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(executable_digests, "AT_ONCE_BYTES", 1024)
    copy = tmp_path / "large"
    shutil.copy("/bin/sleep", copy)
    wanted = hashlib.sha256(copy.read_bytes()).digest()
    with running(ProcessesSensor()) as harness:
        harness.wait_for(ProcessStarted, lambda f: f.process.pid == os.getpid())
        with stopped_after(subprocess.Popen([copy, "60"])) as child:
            assert started(harness, child.pid, "large").process.executable_sha256 == b""

            def known() -> ProcessStarted | None:
                harness.ask_baseline()
                return next(
                    (
                        f
                        for f in harness.facts
                        if isinstance(f, ProcessStarted)
                        and f.process.pid == child.pid
                        and f.process.executable_sha256 == wanted
                    ),
                    None,
                )

            harness.until(known, "its digest never became known")


def test_kernel_threads_are_no_programs(harness: SensorHarness) -> None:
    assert not [
        f for f in harness.facts if isinstance(f, ProcessStarted) and f.process.parent_pid == 2
    ]


def test_without_the_connector_it_says_what_may_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_connector", without_connector)
    condition = ProcessesSensor().probe()
    if sees_all_processes():
        assert condition == BY_TURNS
        assert condition.health is Health.OK
        assert "0.25 s" in condition.reason
