"""Screens as Windows answers: a recorded path, clones, virtual screens, and garbage."""

import contextlib
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.windows.display_answers import (
    ADAPTER_NAME,
    ANSWER_BYTES,
    MODE_BYTES,
    PATH_BYTES,
    TARGET_NAME,
    enumerated_at,
    question,
    read_name,
    read_paths,
    read_target_name,
    vendor_in,
)
from jiankao_agent.platform.windows.screen_seen import ScreenSeen, Technology
from jiankao_agent.sensors.windows.screens_told import is_virtual, screens_told
from jiankao_proto.errors import MalformedError

PATH = bytes.fromhex(
    "f003000000000000000000000100000001000000f00300000000000000000000000000000a000000010000000100"
    "00003c0000000100000001000000010000000100000001000000"
)
MODES = bytes.fromhex(
    "0200000000000000f0030000000000000000d0020000000000f00000010000003c00000001000000000400000003"
    "00000004000000030000ff000000010000000100000000000000f003000000000000000400000003000004000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000"
)
"""What a screen of 1024 by 768 on DisplayPort was answered with."""
MONITOR = r"\\?\DISPLAY#DEL4098#5&1a2b3c&0&UID4352#{e6f07b5f-ee97-4a90-b076-33f57bf4eaa7}"
REAL = ScreenSeen(
    "DP-4357",
    "a-0",
    1920,
    1080,
    Technology.DISPLAYPORT_EXTERNAL,
    r"\\?\PCI#VEN_8086&DEV_3E92&SUBSYS_086B1028&REV_00#3&11583659&0&10#{5b45201d}",
    "DEL",
    "DELL U2412M",
)


def test_a_path_and_the_size_of_its_picture() -> None:
    (path,) = read_paths(PATH, MODES)
    assert path.technology == Technology.DISPLAYPORT_EXTERNAL
    assert (path.width, path.height) == (1024, 768)
    assert path.source == path.target == (bytes.fromhex("f003000000000000"), 0)


def test_a_path_without_a_mode_has_no_size() -> None:
    none = PATH[:12] + b"\xff\xff\xff\xff" + PATH[16:]
    assert [(p.width, p.height) for p in read_paths(none, MODES)] == [(0, 0)]
    of_the_screen = PATH[:12] + bytes(4) + PATH[16:]
    assert [(p.width, p.height) for p in read_paths(of_the_screen, MODES)] == [(0, 0)]


def test_the_names_in_an_answer() -> None:
    asked = question(TARGET_NAME, (b"12345678", 7))
    assert len(asked) == ANSWER_BYTES[TARGET_NAME]
    assert struct.unpack_from("<II8sI", asked) == (TARGET_NAME, 420, b"12345678", 7)
    answer = bytearray(asked)
    answer[36:58] = "DELL U2412M".encode("utf-16-le")
    answer[164 : 164 + 2 * len(MONITOR)] = MONITOR.encode("utf-16-le")
    target = read_target_name(bytes(answer))
    assert (target.name, target.device_path) == ("DELL U2412M", MONITOR)


def test_where_a_monitor_is_registered_and_who_made_it() -> None:
    assert enumerated_at(MONITOR) == r"DISPLAY\DEL4098\5&1a2b3c&0&UID4352"
    assert vendor_in(MONITOR) == "DEL"
    nameless = r"\\?\DISPLAY#Default_Monitor#0000&0000#{E6F07B5F-EE97-4A90-B076-33F57BF4EAA7}"
    assert enumerated_at(nameless) == r"DISPLAY\Default_Monitor\0000&0000"
    assert vendor_in(nameless) == ""


@pytest.mark.parametrize(
    "path", ["", r"\\?\DISPLAY#..\..\X#1#{e6f07b5f-ee97-4a90-b076-33f57bf4eaa7}", MONITOR + "x"]
)
def test_no_other_place_of_the_registry_is_named(path: str) -> None:
    assert enumerated_at(path) == ""


def test_two_screens_of_one_picture_are_mirrored() -> None:
    second = replace(REAL, output="HDMI-4352", technology=Technology.HDMI)
    alone = replace(REAL, output="HDMI-1", picture="a-1")
    told = screens_told([REAL, second, alone])
    assert {o: f.mirrored for o, f in told.items()} == {
        "DP-4357": True,
        "HDMI-4352": True,
        "HDMI-1": False,
    }
    first = told["DP-4357"]
    assert (first.width_px, first.edid_vendor, first.edid_name) == (1920, "DEL", "DELL U2412M")
    assert not first.virtual


def test_screens_whose_picture_is_not_known_are_no_mirrors() -> None:
    told = screens_told([replace(REAL, picture=""), replace(REAL, output="x", picture="")])
    assert not any(fact.mirrored for fact in told.values())


def test_a_mirror_driver_is_a_mirror() -> None:
    (fact,) = screens_told([ScreenSeen("DISPLAY3", "", mirror_driver=True)]).values()
    assert fact.mirrored
    assert fact.virtual


@pytest.mark.parametrize(
    ("adapter", "technology", "virtual"),
    [
        (r"\\?\ROOT#DISPLAY#0000#{5b45201d}", Technology.HDMI, True),
        (r"\\?\SWD#IddSampleDriver#x#{5b45201d}", Technology.HDMI, True),
        (r"ROOT\DISPLAY\0000", Technology.UNKNOWN, True),
        (r"\\?\ROOT#BASICDISPLAY#0000#{5b45201d}", Technology.UNKNOWN, False),
        (r"\\?\USB#VID_17E9&PID_6000#x#{5b45201d}", Technology.INDIRECT_WIRED, False),
        (REAL.adapter, Technology.INDIRECT_VIRTUAL, True),
        ("", Technology.INDIRECT_WIRED, True),
        ("", Technology.UNKNOWN, False),
        (r"PCI\VEN_10DE&DEV_1C03", Technology.DVI, False),
    ],
)
def test_what_software_makes_up(adapter: str, technology: int, *, virtual: bool) -> None:
    assert is_virtual(replace(REAL, adapter=adapter, technology=technology)) is virtual


@pytest.mark.parametrize(
    ("paths", "modes"), [(PATH[:-1], MODES), (PATH, MODES[:-1]), (b"x", b""), (b"", b"x")]
)
def test_answers_that_are_cut_short(paths: bytes, modes: bytes) -> None:
    with pytest.raises(MalformedError):
        read_paths(paths, modes)
    with pytest.raises(MalformedError):
        read_target_name(b"x" * 419)


@given(st.binary(max_size=3 * PATH_BYTES), st.binary(max_size=2 * MODE_BYTES), st.binary())
def test_garbage(paths: bytes, modes: bytes, name: bytes) -> None:
    with contextlib.suppress(MalformedError):
        read_paths(paths, modes)
    whole = paths[: len(paths) // PATH_BYTES * PATH_BYTES]
    for path in read_paths(whole, modes[: len(modes) // MODE_BYTES * MODE_BYTES]):
        assert 0 <= path.width <= 65_535
    filled = (name * ANSWER_BYTES[TARGET_NAME])[: ANSWER_BYTES[TARGET_NAME]]
    with contextlib.suppress(MalformedError):
        read_target_name(filled)
        read_name(ADAPTER_NAME, filled[: ANSWER_BYTES[ADAPTER_NAME]])
