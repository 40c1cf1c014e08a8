"""Watched files: real files, real inotify, a real mount."""

import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from watchdog.observers import Observer

from jiankao_agent.platform.linux.proc_files import sees_all_processes
from jiankao_agent.sensors import file_watch
from jiankao_agent.sensors.files import FilesSensor
from jiankao_agent.sensors.watched_places import AGENT, AUTOSTART, EXAM_APPLICATION, Place
from jiankao_proto.observations import Change, Fact, Health, WatchedFileChanged
from tests.support.sensor_harness import SensorHarness, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at inotify")

DESKTOP = "[Desktop Entry]\nExec=/usr/bin/true\n"


@pytest.fixture
def places(tmp_path: Path) -> tuple[Place, ...]:
    """An exam application, an autostart folder that is there, and one that will come."""
    for name in ("exam", "autostart"):
        (tmp_path / name).mkdir()
    (tmp_path / "exam" / "exam").write_bytes(b"\x7fELF old")
    (tmp_path / "exam" / "answers.txt").write_text("1", encoding="utf-8")
    (tmp_path / "autostart" / "panel.desktop").write_text(DESKTOP, encoding="utf-8")
    return (
        Place(tmp_path / "exam", EXAM_APPLICATION, programs_only=True),
        Place(tmp_path / "autostart", AUTOSTART, told_first=True),
        Place(tmp_path / "later", AUTOSTART, told_first=True),
    )


@pytest.fixture
def sensor(
    tmp_path: Path, places: tuple[Place, ...], monkeypatch: pytest.MonkeyPatch
) -> FilesSensor:
    monkeypatch.setattr(file_watch, "_PLAN_EVERY_S", 0.5)
    return FilesSensor(tmp_path / "state", lambda: places)


@pytest.fixture
def harness(sensor: FilesSensor, tmp_path: Path) -> Iterator[SensorHarness]:
    """The sensor at work, past its start."""
    with running(sensor) as harness:
        panel = str(tmp_path / "autostart" / "panel.desktop")
        seen = harness.wait_for(WatchedFileChanged)
        assert seen == WatchedFileChanged(
            Change.BASELINE, panel, AUTOSTART, sha256(DESKTOP.encode()).digest()
        )
        harness.wait_for_health(Health.OK)
        yield harness


def told(harness: SensorHarness, path: Path, change: Change) -> WatchedFileChanged:
    return harness.wait_for(WatchedFileChanged, lambda f: (f.path, f.change) == (str(path), change))


def changes(facts: list[Fact]) -> list[tuple[Change, str]]:
    return [
        (f.change, Path(f.path).name)
        for f in facts
        if isinstance(f, WatchedFileChanged) and f.change is not Change.BASELINE
    ]


def test_a_changed_program_of_the_exam_application(harness: SensorHarness, tmp_path: Path) -> None:
    program = tmp_path / "exam" / "exam"
    program.write_bytes(b"\x7fELF new")
    fact = told(harness, program, Change.MODIFIED)
    assert fact.group == EXAM_APPLICATION
    assert fact.sha256 == sha256(b"\x7fELF new").digest()
    assert fact in harness.urgent


def test_renamed_and_removed(harness: SensorHarness, tmp_path: Path) -> None:
    program, other = tmp_path / "exam" / "exam", tmp_path / "exam" / "exam.bak"
    program.rename(other)
    told(harness, program, Change.REMOVED)
    told(harness, other, Change.ADDED)
    other.unlink()
    told(harness, other, Change.REMOVED)


def test_what_a_program_writes_beside_itself_is_nothing(
    harness: SensorHarness, tmp_path: Path
) -> None:
    (tmp_path / "exam" / "answers.txt").write_text("2", encoding="utf-8")
    (tmp_path / "exam" / "exam.log").write_text("started", encoding="utf-8")
    (tmp_path / "exam" / "plugin.so").write_bytes(b"\x7fELF")
    told(harness, tmp_path / "exam" / "plugin.so", Change.ADDED)
    assert changes(harness.facts) == [(Change.ADDED, "plugin.so")]


def test_an_editors_save_is_one_change(harness: SensorHarness, tmp_path: Path) -> None:
    """Write beside, keep a backup, move into place: what vim and others do."""
    panel = tmp_path / "autostart" / "panel.desktop"
    swap = tmp_path / "autostart" / ".panel.desktop.swp"
    swap.write_text("x", encoding="utf-8")
    panel.rename(tmp_path / "autostart" / "panel.desktop~")
    for part in ("a", "b", "c"):
        with panel.open("a", encoding="utf-8") as file:
            file.write(part)
    swap.unlink()
    (tmp_path / "autostart" / "end.desktop").write_text("end", encoding="utf-8")
    told(harness, tmp_path / "autostart" / "end.desktop", Change.ADDED)
    told(harness, panel, Change.MODIFIED)
    assert sorted(changes(harness.facts)) == sorted(
        [(Change.MODIFIED, "panel.desktop"), (Change.ADDED, "end.desktop")]
    )


def test_a_file_saved_as_it_was_is_nothing(harness: SensorHarness, tmp_path: Path) -> None:
    panel = tmp_path / "autostart" / "panel.desktop"
    panel.write_text(DESKTOP, encoding="utf-8")
    (tmp_path / "autostart" / "link.service").symlink_to("/nowhere/else")
    told(harness, tmp_path / "autostart" / "link.service", Change.ADDED)
    assert changes(harness.facts) == [(Change.ADDED, "link.service")]


def test_a_folder_that_comes_later_and_goes(harness: SensorHarness, tmp_path: Path) -> None:
    beside = tmp_path / "beside"
    (beside / "deep").mkdir(parents=True)
    (beside / "deep" / "a.desktop").write_text(DESKTOP, encoding="utf-8")
    beside.rename(tmp_path / "later")
    told(harness, tmp_path / "later" / "deep" / "a.desktop", Change.ADDED)
    (tmp_path / "later" / "b.desktop").write_text(DESKTOP, encoding="utf-8")
    told(harness, tmp_path / "later" / "b.desktop", Change.ADDED)
    (tmp_path / "later").rename(beside)
    told(harness, tmp_path / "later" / "b.desktop", Change.REMOVED)


def test_asked_again_it_tells_what_is_there_now(harness: SensorHarness, tmp_path: Path) -> None:
    (tmp_path / "autostart" / "new.desktop").write_text(DESKTOP, encoding="utf-8")
    told(harness, tmp_path / "autostart" / "new.desktop", Change.ADDED)
    harness.ask_baseline()
    told(harness, tmp_path / "autostart" / "new.desktop", Change.BASELINE)


def test_a_flood_is_told_in_part_and_said(harness: SensorHarness, tmp_path: Path) -> None:
    for number in range(150):
        (tmp_path / "autostart" / f"{number}.desktop").write_text(str(number), encoding="utf-8")
    condition = harness.wait_for_health(Health.DEGRADED)
    assert "only the first of them were told" in condition.reason
    assert len(changes(harness.facts)) == 120


@pytest.mark.skipif(not sees_all_processes(), reason="mounting needs root")
def test_programs_on_a_medium_that_is_mounted(harness: SensorHarness) -> None:
    point = Path("/media") / f"jiankao-test-{os.getpid()}"
    point.mkdir(parents=True)
    try:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "none", point], capture_output=True, text=True, check=False
        )
        if mounted.returncode:
            pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
        try:
            (point / "notes.txt").write_text("x", encoding="utf-8")
            (point / "todesk").write_bytes(b"\x7fELF remote")
            fact = told(harness, point / "todesk", Change.ADDED)
            assert (fact.group, fact.sha256) == ("removable", sha256(b"\x7fELF remote").digest())
        finally:
            subprocess.run(["umount", point], check=True)
        told(harness, point / "todesk", Change.REMOVED)
        assert not [f for f in changes(harness.facts) if f[1] == "notes.txt"]
    finally:
        point.rmdir()


def test_settings_that_make_no_sense_degrade_it(tmp_path: Path) -> None:
    (tmp_path / "watch.toml").write_text("exam_application = 7\n", encoding="utf-8")
    sensor = FilesSensor(tmp_path)
    assert sensor.probe().health is Health.DEGRADED
    with running(sensor) as harness:
        condition = harness.wait_for_health(Health.DEGRADED)
        assert "a list of at most 16 folders is needed" in condition.reason
        told(harness, tmp_path / "watch.toml", Change.BASELINE)


def test_the_agents_own_folder_without_its_keys_digest(tmp_path: Path) -> None:
    (tmp_path / "identity.key").write_bytes(b"secret")
    (tmp_path / "spool").mkdir()
    with running(FilesSensor(tmp_path)) as harness:
        key = told(harness, tmp_path / "identity.key", Change.BASELINE)
        assert (key.group, key.sha256) == (AGENT, b"")
        (tmp_path / "spool" / "0").write_bytes(b"batch")
        (tmp_path / "lock").write_bytes(b"")
        (tmp_path / "ca.pem").write_bytes(b"another authority")
        fact = told(harness, tmp_path / "ca.pem", Change.ADDED)
        assert fact.sha256 == sha256(b"another authority").digest()
        ours = [
            f
            for f in harness.facts
            if isinstance(f, WatchedFileChanged) and f.path.startswith(str(tmp_path))
        ]
        assert {Path(f.path).name for f in ours} == {"identity.key", "ca.pem"}


def test_the_limit_of_watches_is_said(sensor: FilesSensor, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(Observer, "schedule", full)
    with running(sensor) as harness:
        condition = harness.wait_for_health(Health.DEGRADED)
        assert "the limit of inotify watches is reached" in condition.reason
        assert "fs.inotify.max_user_watches" in condition.remedy
