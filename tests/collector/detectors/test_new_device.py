"""Devices: what was there before is nothing, what comes during the exam session is told, some of it alone."""

from dataclasses import replace

import pytest

from jiankao_proto.observations import Device, DeviceAttached, DeviceClass, DeviceRemoved
from jiankao_proto.records import Severity
from tests.support.judged import JudgedLog, watched_seat

MOUSE = Device(
    "/devices/pci0000:00/usb1/1-2/input/input7",
    DeviceClass.POINTER,
    "Logitech USB Receiver",
    0x046D,
    0xC52B,
)
STICK = Device(
    "/devices/pci0000:00/usb1/1-3/block/sdb", DeviceClass.STORAGE, "SanDisk Ultra", 0x0781, 0x5581
)
MADE_UP = Device(
    "/devices/virtual/input/input9", DeviceClass.KEYBOARD, "py-evdev-uinput", 1, 1, virtual=True
)
NANOKVM = Device(
    "/devices/pci0000:00/usb1/1-4", DeviceClass.OTHER, "sipeed NanoKVM", 0x3346, 0x1009
)


@pytest.mark.parametrize("device", [MOUSE, STICK, MADE_UP])
def test_what_was_there_before_is_nothing(device: Device) -> None:
    seat = watched_seat()
    seat.sends(2, DeviceAttached(device, baseline=True))
    seat.sends(3, DeviceRemoved(device))
    assert seat.view.findings == ()


def test_a_made_up_keyboard_is_an_alert_by_itself_until_it_is_gone() -> None:
    seat = watched_seat()
    (alert,) = seat.sends(2, DeviceAttached(MADE_UP))
    assert (alert.kind, alert.severity) == ("device", Severity.WARNING)
    ((zh, en),) = seat.log.reasons()
    assert "虚拟的键盘（py-evdev-uinput 0001:0001）" in zh
    assert "改键" in zh
    assert "made a virtual keyboard (py-evdev-uinput 0001:0001)" in en
    assert "remaps keys" in en
    assert seat.view.state.value == "alert"
    seat.sends(20, DeviceRemoved(MADE_UP))
    assert seat.log.alerts()["device"].over


def test_asking_again_does_not_make_it_innocent() -> None:
    seat = watched_seat()
    seat.sends(2, DeviceAttached(MADE_UP))
    seat.sends(3, DeviceAttached(MADE_UP, baseline=True))
    assert not seat.log.alerts()["device"].over
    assert len(seat.log.reasons()) == 1


def test_a_bluetooth_mouse_is_made_by_a_program_too_and_is_a_mouse() -> None:
    seat = watched_seat()
    path = "/devices/virtual/misc/uhid/0005:046D:B013.0001/input/input20"
    seat.sends(2, DeviceAttached(replace(MOUSE, path=path, virtual=True)))
    assert seat.log.alerts() == {}
    (finding,) = seat.view.findings
    assert finding.kind == "new_input"


@pytest.mark.parametrize(
    ("device", "kind", "word"),
    [(MOUSE, "new_input", "鼠标"), (STICK, "new_storage", "存储设备")],
)
def test_a_mouse_or_a_stick_only_adds(device: Device, kind: str, word: str) -> None:
    seat = watched_seat()
    assert seat.sends(2, DeviceAttached(device)) == []
    (finding,) = seat.view.findings
    assert (finding.kind, finding.points) == (kind, 20)
    assert word in finding.reason_zh
    assert "请到座位查看" in finding.reason_zh
    assert "A proctor who replaces a mouse does this too" in finding.reason_en
    assert seat.view.state.value == "warning"


def test_the_same_mouse_in_again_is_a_notice() -> None:
    seat = watched_seat()
    seat.sends(2, DeviceAttached(MOUSE, baseline=True))
    seat.sends(3, DeviceRemoved(MOUSE))
    seat.sends(4, DeviceAttached(replace(MOUSE, path=MOUSE.path + "1")))
    (finding,) = seat.view.findings
    assert finding.points == 4
    assert "型号与考前相同" in finding.reason_zh
    seat.lives(5, 300)
    assert seat.log.alerts() == {}


def test_every_function_of_one_device_is_one_finding_over_with_the_last() -> None:
    seat = watched_seat()
    second = replace(MOUSE, path=MOUSE.path + "1", name="Logitech USB Receiver Consumer Control")
    seat.sends(2, DeviceAttached(MOUSE), DeviceAttached(second))
    assert len(seat.view.findings) == 1
    seat.lives(3, 140)  # long enough to become an alert
    seat.sends(141, DeviceRemoved(MOUSE))
    assert not seat.log.alerts()["device"].over
    seat.sends(142, DeviceRemoved(second))
    seat.lives(143, 200)
    assert seat.log.alerts()["device"].over


def test_a_remote_control_box_is_critical_when_it_comes_during_the_exam_session() -> None:
    seat = watched_seat()
    seat.sends(2, DeviceAttached(NANOKVM))
    assert seat.log.alerts()["device"].severity is Severity.CRITICAL
    ((zh, en),) = seat.log.reasons()
    assert "远程控制盒（NanoKVM）" in zh
    assert "remote-control box (NanoKVM)" in en
    assert "go and look" in en


def test_one_that_was_there_before_adds() -> None:
    seat = watched_seat()
    assert seat.sends(2, DeviceAttached(NANOKVM, baseline=True)) == []
    (finding,) = seat.view.findings
    assert (finding.kind, finding.points) == ("ip_kvm", 25)
    assert "拔下" in finding.reason_zh
    assert "unplug it" in finding.reason_en


def test_outside_of_an_exam_session_a_mouse_is_nothing() -> None:
    log = JudgedLog()
    seat = log.seat()
    seat.connects(1)
    seat.sends(2, DeviceAttached(MOUSE), DeviceAttached(MADE_UP), DeviceAttached(STICK))
    assert seat.view.findings == ()


@pytest.mark.parametrize(
    "device_class", [DeviceClass.NETWORK, DeviceClass.AUDIO, DeviceClass.VIDEO, DeviceClass.OTHER]
)
def test_other_devices_are_recorded_only(device_class: DeviceClass) -> None:
    seat = watched_seat()
    seat.sends(2, DeviceAttached(replace(MOUSE, device_class=device_class)))
    assert seat.view.findings == ()


def test_a_name_cannot_break_the_sentence() -> None:
    seat = watched_seat()
    seat.sends(2, DeviceAttached(replace(MADE_UP, name="a\nb\u202e" + "x" * 500)))
    ((zh, en),) = seat.log.reasons()
    assert "\n" not in zh + en
    assert "\u202e" not in zh + en
    assert len(en) < 400


def test_ten_thousand_made_up_devices_are_one_alert() -> None:
    seat = watched_seat()
    seat.sends(
        2, *(DeviceAttached(replace(MADE_UP, path=f"/{n}", name=f"n{n}")) for n in range(3000))
    )
    assert set(seat.log.alerts()) == {"device"}
    assert len(seat.log.reasons()) < 50
