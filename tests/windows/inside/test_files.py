"""Watched files: real folders, the real registry; a stick comes from the test."""

import sys
import winreg
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from jiankao_agent.platform.stop_signal import StopSignal
from jiankao_agent.platform.windows import drive_list
from jiankao_agent.platform.windows.autostart_keys import AutostartKeys, homes
from jiankao_agent.platform.windows.drive_answers import DriveMedium
from jiankao_agent.sensors.file_events import Media
from jiankao_agent.sensors.watched_places import AGENT, AUTOSTART, EXAM_APPLICATION, Place
from jiankao_agent.sensors.windows.files import FileSources, FilesSensor
from jiankao_proto.observations import Change, Health, WatchedFileChanged
from tests.support.sensor_harness import SensorHarness, running

assert sys.platform == "win32"

RUN = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Run"


@dataclass
class Sticks:
    """Media that the test plugs in."""

    there: list[DriveMedium] = field(default_factory=list)

    def wait(self, stopping: StopSignal, timeout_s: float) -> None:
        stopping.wait(min(timeout_s, 1.0))

    def changed(self) -> bool:
        return True

    def media(self) -> list[DriveMedium]:
        return list(self.there)


@contextmanager
def watched(
    tmp_path: Path,
    sticks: Callable[[], Media] = Sticks,
    lists: Callable[[], dict[str, bytes]] = dict,
) -> Iterator[SensorHarness]:
    for name in ("Exam", "Startup"):
        (tmp_path / name).mkdir()
    (tmp_path / "Exam" / "exam.exe").write_bytes(b"MZ old")
    (tmp_path / "Startup" / "panel.lnk").write_bytes(b"panel")
    places = (
        Place(tmp_path / "Exam", EXAM_APPLICATION, programs_only=True),
        Place(tmp_path / "Startup", AUTOSTART, told_first=True),
    )
    sources = FileSources(sticks, lambda: lists, lambda: places)
    with running(FilesSensor(tmp_path / "state", sources)) as harness:
        first = harness.wait_for(WatchedFileChanged)
        assert first == WatchedFileChanged(
            Change.BASELINE,
            str(tmp_path / "Startup" / "panel.lnk"),
            AUTOSTART,
            sha256(b"panel").digest(),
        )
        harness.wait_for_health(Health.OK)
        yield harness


def test_programs_of_the_exam_that_come_change_move_and_go(tmp_path: Path) -> None:
    exam = tmp_path / "Exam"
    with watched(tmp_path) as harness:
        (exam / "answers.txt").write_text("1", encoding="utf-8")
        (exam / "exam.exe").write_bytes(b"MZ new")
        changed = harness.wait_for(WatchedFileChanged, lambda f: f.change is Change.MODIFIED)
        (exam / "inner").mkdir()
        (exam / "inner" / "Helper.DLL").write_bytes(b"MZ")
        added = harness.wait_for(WatchedFileChanged, lambda f: f.change is Change.ADDED)
        (exam / "inner" / "Helper.DLL").unlink()
        harness.wait_for(WatchedFileChanged, lambda f: f.change is Change.REMOVED)
    assert changed == WatchedFileChanged(
        Change.MODIFIED, str(exam / "exam.exe"), EXAM_APPLICATION, sha256(b"MZ new").digest()
    )
    assert added.path == str(exam / "inner" / "Helper.DLL")
    assert {changed, added} <= set(harness.urgent)
    assert not any("answers" in repr(fact) for fact in harness.facts)


def test_a_folder_that_goes_takes_its_files_along(tmp_path: Path) -> None:
    inner = tmp_path / "Exam" / "inner"
    with watched(tmp_path) as harness:
        inner.mkdir()
        (inner / "a.exe").write_bytes(b"MZ")
        harness.wait_for(WatchedFileChanged, lambda f: f.change is Change.ADDED)
        inner.rename(tmp_path / "elsewhere")
        gone = harness.wait_for(WatchedFileChanged, lambda f: f.change is Change.REMOVED)
    assert gone.path == str(inner / "a.exe")


def test_a_program_on_a_stick(tmp_path: Path) -> None:
    sticks = Sticks()
    with watched(tmp_path, lambda: sticks) as harness:
        stick = tmp_path / "stick"
        stick.mkdir()
        (stick / "todesk.exe").write_bytes(b"MZ")
        sticks.there.append(DriveMedium(1, str(stick)))
        added = harness.wait_for(WatchedFileChanged, lambda f: f.group == "removable")
        sticks.there.clear()
        gone = harness.wait_for(
            WatchedFileChanged, lambda f: f.group == "removable" and f.change is Change.REMOVED
        )
    assert (added.change, added.path) == (Change.ADDED, str(stick / "todesk.exe"))
    assert gone.path == added.path


def test_a_file_is_read_without_being_in_the_way(tmp_path: Path) -> None:
    from jiankao_agent.platform.windows.shared_files import open_shared  # noqa: PLC0415 - Windows's

    file = tmp_path / "busy.exe"
    file.write_bytes(b"MZ content")
    with open(open_shared(str(file)), "rb") as held:  # noqa: PTH123 - a descriptor
        file.rename(tmp_path / "renamed.exe")
        (tmp_path / "renamed.exe").unlink()
        assert held.read() == b"MZ content"
    with pytest.raises(OSError, match="not found"):
        open_shared(str(file))


def test_something_that_starts_by_itself_in_the_registry(tmp_path: Path) -> None:
    keys = AutostartKeys()
    winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, RUN).Close()
    with (
        winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, RUN, 0, winreg.KEY_ALL_ACCESS) as key,
        watched(tmp_path, lists=lambda: {**keys.values(), "looked": b""}) as harness,
    ):
        # The first look is a baseline: it must be over before something comes.
        harness.wait_for(WatchedFileChanged, lambda f: f.path == "looked")
        winreg.SetValueEx(key, "Helper of a test", 0, winreg.REG_SZ, "todesk.exe")
        try:
            added = harness.wait_for(WatchedFileChanged, lambda f: f.path.endswith("of a test"))
        finally:
            winreg.DeleteValue(key, "Helper of a test")
        harness.wait_for(WatchedFileChanged, lambda f: f.change is Change.REMOVED)
    assert added.path == rf"HKLM\{RUN}\Helper of a test"
    assert (added.change, added.group) == (Change.ADDED, AUTOSTART)
    assert "todesk" not in repr(added)


def test_everything_is_told_again_when_asked(tmp_path: Path) -> None:
    lists = {r"HKLM\Run\x": b"d"}
    with watched(tmp_path, lists=lambda: lists) as harness:
        harness.wait_for(WatchedFileChanged, lambda f: f.path == r"HKLM\Run\x")
        harness.ask_baseline()
        harness.until(lambda: len(harness.facts) >= 4 or None, "no second baseline")
    assert all(getattr(f, "change", None) is Change.BASELINE for f in harness.facts)
    assert len(set(harness.facts)) == 2


def test_windows_is_asked_about_its_own_places(tmp_path: Path) -> None:
    drives = {drive.letter for drive in drive_list.read_drives()}
    assert "C" in drives
    assert Path.home() in homes()
    assert FilesSensor(tmp_path).probe().health is Health.OK
    with running(FilesSensor(tmp_path)) as harness:
        harness.wait_for_health(Health.OK)
        (tmp_path / "watch.toml").write_text("", encoding="utf-8")
        told = harness.wait_for(WatchedFileChanged, lambda f: f.group == AGENT)
    assert told.path == str(tmp_path / "watch.toml")
