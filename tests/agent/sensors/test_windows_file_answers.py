"""Drives, autostart lists and places of Windows, from recorded answers and from garbage."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.windows.autostart_keys import digest_of, is_person
from jiankao_agent.platform.windows.drive_answers import (
    DISC,
    FIXED,
    REMOVABLE,
    Drive,
    is_usb,
    media_of,
)
from jiankao_agent.sensors.watched_places import AUTOSTART, Place
from jiankao_agent.sensors.windows.autostart import AutostartLists, autostart_places
from jiankao_proto.observations import Change, WatchedFileChanged

RUN = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\Helper"


def test_a_value_that_comes_changes_and_goes() -> None:
    lists = AutostartLists()
    one, other = digest_of("a.exe"), digest_of("b.exe")
    assert lists.look({}) == []
    assert lists.look({RUN: one}) == [WatchedFileChanged(Change.ADDED, RUN, AUTOSTART, one)]
    assert lists.look({RUN: one}) == []
    assert lists.look({RUN: other}) == [WatchedFileChanged(Change.MODIFIED, RUN, AUTOSTART, other)]
    assert lists.look({}) == [WatchedFileChanged(Change.REMOVED, RUN, AUTOSTART)]


def test_what_is_there_at_the_start_is_baseline_and_again_when_asked() -> None:
    lists = AutostartLists()
    told = [WatchedFileChanged(Change.BASELINE, RUN, AUTOSTART, b"d")]
    assert lists.look({RUN: b"d"}) == told
    assert lists.baseline() == told


@given(st.lists(st.dictionaries(st.text(max_size=9), st.binary(max_size=9), max_size=9)))
def test_lists_add_up_whatever_they_hold(looks: list[dict[str, bytes]]) -> None:
    lists, known = AutostartLists(), dict[str, bytes]()
    for values in looks:
        for fact in lists.look(values):
            if fact.change is Change.REMOVED:
                del known[fact.path]
            else:
                known[fact.path] = fact.sha256
        assert known == values


@pytest.mark.parametrize(
    ("identifier", "is_one"),
    [
        ("S-1-5-21-1004336348-1177238915-682003330-1001", True),
        ("S-1-12-1-1111-2222-3333-4444", True),
        ("S-1-5-21-1004336348-1177238915-682003330-1001_Classes", False),
        ("S-1-5-18", False),
        (".DEFAULT", False),
        ("", False),
    ],
)
def test_whose_lists_are_read(identifier: str, *, is_one: bool) -> None:
    assert is_person(identifier) is is_one


@given(st.recursive(st.none() | st.integers() | st.text() | st.binary(), st.lists))
def test_a_value_of_any_type_has_a_digest(data: object) -> None:
    assert len(digest_of(data)) == 32


def test_places_from_which_windows_starts_programs() -> None:
    found = autostart_places(Path("/pd"), Path("/win"), [Path("/users/a")])
    start_menu = "Microsoft/Windows/Start Menu/Programs/Startup"
    assert {str(place.path) for place in found} == {
        f"/pd/{start_menu}",
        f"/users/a/AppData/Roaming/{start_menu}",
        "/win/System32/Tasks",
        "/win/Tasks",
    }
    (tasks,) = (place for place in found if str(place.path) == "/win/System32/Tasks")
    assert tasks.takes("/win/System32/Tasks/helper")
    assert tasks.takes("/win/System32/Tasks/vendor/helper")
    assert not tasks.takes("/win/System32/Tasks/microsoft/Windows/UpdateOrchestrator/Scan")


def test_what_lies_below_a_place() -> None:
    place = Place(Path("/stick"), AUTOSTART)
    assert place.below("/stick/x/y") == "x/y"
    assert place.below("/stick2/x") == ""
    assert place.below("/stick") == ""
    assert Place(Path("/"), AUTOSTART).below("/x") == "x"


def descriptor(bus: int) -> bytes:
    """Return a STORAGE_DEVICE_DESCRIPTOR."""
    return struct.pack("<IIBBBBIIIII", 40, 40, 0, 0, 0, 0, 0, 0, 0, 0, bus) + bytes(8)


def test_a_hard_disk_at_usb_is_told_by_its_bus() -> None:
    assert is_usb(descriptor(7))
    assert not is_usb(descriptor(11))
    assert not is_usb(descriptor(7)[:31])


@given(st.binary(max_size=64))
def test_a_descriptor_of_garbage_is_no_crash(data: bytes) -> None:
    assert is_usb(data) in {True, False}


def test_which_drives_hold_media_that_come_and_go() -> None:
    drives = [
        Drive("A", REMOVABLE, None),
        Drive("C", FIXED, 1, usb=True),
        Drive("D", FIXED, 2),
        Drive("E", REMOVABLE, 3),
        Drive("F", DISC, 4),
        Drive("G", FIXED, 5, usb=True),
        Drive("H", 4, 6),
    ]
    assert [m.point for m in media_of(drives, "C")] == ["E:\\", "F:\\", "G:\\"]
    another = media_of([Drive("E", REMOVABLE, 9)], "C")
    assert another[0].number != media_of(drives, "C")[0].number, "another stick in the same place"
