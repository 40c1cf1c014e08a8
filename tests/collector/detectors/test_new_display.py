"""Screens: a new one and a mirror during the exam session are alerts; what was there, or comes back, is not."""

from dataclasses import replace

from jiankao_proto.observations import Change, DisplayChanged
from jiankao_proto.records import Severity
from tests.support.judged import watched_seat

OWN = DisplayChanged(Change.BASELINE, "DP-1", 1920, 1080, "DEL", "DELL P2419H")
SECOND = DisplayChanged(Change.ADDED, "HDMI-1", 1920, 1080, "SAM", "S24F350")


def test_a_screen_of_before_is_nothing_whatever_it_is() -> None:
    seat = watched_seat()
    seat.sends(2, OWN, replace(SECOND, change=Change.BASELINE, mirrored=True, virtual=True))
    seat.sends(3, replace(OWN, change=Change.MODIFIED, width_px=1280))
    seat.sends(4, replace(OWN, change=Change.REMOVED))
    assert seat.view.findings == ()


def test_a_new_screen_is_an_alert_until_it_is_gone() -> None:
    seat = watched_seat()
    seat.sends(2, OWN)
    (alert,) = seat.sends(3, SECOND)
    assert (alert.kind, alert.severity) == ("device", Severity.WARNING)
    ((zh, en),) = seat.log.reasons()
    assert "新接入显示器 HDMI-1 (SAM S24F350)" in zh
    assert "视频线" in zh
    assert "Display HDMI-1 (SAM S24F350) was connected" in en
    seat.sends(20, replace(SECOND, change=Change.REMOVED))
    assert seat.log.alerts()["device"].over


def test_a_virtual_screen_says_so() -> None:
    seat = watched_seat()
    seat.sends(2, DisplayChanged(Change.ADDED, "VIRTUAL1", 1920, 1080, virtual=True))
    ((zh, en),) = seat.log.reasons()
    assert "虚拟显示器 VIRTUAL1" in zh
    assert "virtual display VIRTUAL1" in en


def test_a_loose_plug_is_a_notice() -> None:
    seat = watched_seat()
    seat.sends(2, OWN)
    seat.sends(3, replace(OWN, change=Change.REMOVED))
    seat.sends(4, replace(OWN, change=Change.ADDED))
    (finding,) = seat.view.findings
    assert (finding.kind, finding.points) == ("display_back", 3)
    seat.lives(5, 300)
    assert seat.log.alerts() == {}


def test_another_screen_in_the_same_plug_is_a_new_one() -> None:
    seat = watched_seat()
    seat.sends(2, OWN)
    seat.sends(3, replace(OWN, change=Change.MODIFIED, edid_vendor="XXX", edid_name="capture"))
    seat.sends(4, replace(OWN, change=Change.MODIFIED, edid_vendor="XXX", edid_name="capture"))
    ((_, en),) = seat.log.reasons()
    assert "DP-1 (XXX capture) was connected" in en


def test_mirroring_is_an_alert_while_it_lasts() -> None:
    seat = watched_seat()
    seat.sends(2, OWN, replace(SECOND, change=Change.BASELINE))
    seat.sends(3, replace(SECOND, change=Change.MODIFIED, mirrored=True))
    ((zh, en),) = seat.log.reasons()
    assert "同样的画面" in zh
    assert "投影仪" in zh
    assert "same picture" in en
    seat.sends(20, replace(SECOND, change=Change.MODIFIED))
    assert seat.log.alerts()["device"].over


def test_a_mirror_of_before_goes_on_in_peace() -> None:
    seat = watched_seat()
    seat.sends(2, replace(SECOND, change=Change.BASELINE, mirrored=True))
    seat.sends(3, replace(SECOND, change=Change.MODIFIED, mirrored=True, width_px=800))
    assert seat.view.findings == ()


def test_a_change_of_a_screen_never_told_of_is_of_one_that_was_there() -> None:
    seat = watched_seat()
    seat.sends(2, replace(SECOND, change=Change.MODIFIED, mirrored=True))
    assert seat.view.findings == ()


def test_a_remote_control_box_poses_as_a_screen() -> None:
    box = DisplayChanged(Change.ADDED, "HDMI-1", 1920, 1080, "LNX", "PiKVM V4 Plus")
    seat = watched_seat()
    seat.sends(2, box)
    assert seat.log.alerts()["device"].severity is Severity.CRITICAL
    ((zh, en),) = seat.log.reasons()
    assert "远程控制盒（PiKVM）" in zh
    assert "remote-control box (PiKVM)" in en
    before = watched_seat()
    assert before.sends(2, replace(box, change=Change.BASELINE)) == []
    assert [f.kind for f in before.view.findings] == ["ip_kvm_display"]


def test_a_maker_of_nearly_that_name_is_none() -> None:
    seat = watched_seat()
    seat.sends(2, DisplayChanged(Change.BASELINE, "HDMI-1", 1, 1, "LNX", "PiKVMx"))
    seat.sends(2, DisplayChanged(Change.BASELINE, "HDMI-2", 1, 1, "ABC", "PiKVM"))
    assert seat.view.findings == ()
