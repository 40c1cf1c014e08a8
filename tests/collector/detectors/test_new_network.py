"""Network interfaces: a phone, a VPN or a tap that comes during the exam session is an alert; what was there is not."""

from dataclasses import replace

import pytest

from jiankao_proto.observations import Change, NetworkInterfaceChanged
from jiankao_proto.records import Severity
from tests.support.judged import JudgedLog, watched_seat

PHONE = NetworkInterfaceChanged(Change.ADDED, "usb0", "tether")
VPN = NetworkInterfaceChanged(Change.ADDED, "wg0", "vpn", ("10.8.0.2",), up=True)


@pytest.mark.parametrize("kind", ["tether", "vpn", "tap", "wifi", "ethernet", "bridge", "veth"])
def test_an_interface_of_before_is_nothing(kind: str) -> None:
    fact = NetworkInterfaceChanged(Change.BASELINE, "x0", kind, ("10.1.0.4",), up=True)
    seat = watched_seat()
    seat.sends(2, fact)
    seat.sends(3, replace(fact, change=Change.MODIFIED, up=False))
    seat.sends(4, replace(fact, change=Change.MODIFIED, addresses=("10.1.0.5",)))
    assert seat.view.findings == ()


def test_a_phone_is_an_alert_at_once() -> None:
    seat = watched_seat()
    (alert,) = seat.sends(2, PHONE)
    assert (alert.kind, alert.severity) == ("network", Severity.WARNING)
    ((zh, en),) = seat.log.reasons()
    assert zh.startswith("考试中出现网络接口 usb0，可能有手机在共享网络：请到座位查看")
    assert en.startswith(
        "Network interface usb0 came up during the exam session: a phone may be sharing its network"
    )
    assert "USB network adapter can look like this" in en
    seat.sends(20, replace(PHONE, change=Change.REMOVED))
    assert seat.log.alerts()["network"].over


@pytest.mark.parametrize("kind", ["vpn", "tap"])
def test_a_vpn_counts_when_it_is_up(kind: str) -> None:
    fact = replace(VPN, kind=kind)
    seat = watched_seat()
    assert seat.sends(2, replace(fact, up=False, addresses=())) == []
    seat.sends(3, replace(fact, change=Change.MODIFIED))
    ((zh, en),) = seat.log.reasons()
    assert "wg0（10.8.0.2）" in zh
    assert "wg0 (10.8.0.2)" in en
    seat.sends(20, replace(fact, change=Change.MODIFIED, up=False))
    assert seat.log.alerts()["network"].over


def test_a_vpn_that_was_there_and_down_is_news_when_it_comes_up() -> None:
    seat = watched_seat()
    seat.sends(2, replace(VPN, change=Change.BASELINE, up=False))
    seat.sends(3, replace(VPN, change=Change.MODIFIED))
    assert seat.log.alerts()["network"].findings[0].kind == "new_vpn"


def test_asking_again_does_not_make_it_innocent() -> None:
    seat = watched_seat()
    seat.sends(2, VPN)
    seat.sends(3, replace(VPN, change=Change.BASELINE))
    assert not seat.log.alerts()["network"].over


@pytest.mark.parametrize(
    ("kind", "word"), [("wifi", "proctor"), ("ethernet", "proctor")], ids=["wifi", "ethernet"]
)
def test_wifi_and_cables_only_add(kind: str, word: str) -> None:
    seat = watched_seat()
    assert seat.sends(2, replace(VPN, kind=kind)) == []
    (finding,) = seat.view.findings
    assert (finding.kind, finding.points) == (f"new_{kind}", 20)
    assert ("room's own Wi-Fi" if kind == "wifi" else word) in finding.reason_en


@pytest.mark.parametrize("kind", ["bridge", "veth", "dummy", "loopback", "ifb", ""])
def test_what_containers_make_is_recorded_only(kind: str) -> None:
    seat = watched_seat()
    seat.sends(2, replace(VPN, kind=kind))
    assert seat.view.findings == ()


def test_a_change_of_one_never_told_of_is_of_one_that_was_there() -> None:
    seat = watched_seat()
    seat.sends(2, replace(VPN, change=Change.MODIFIED))
    assert seat.view.findings == ()


def test_outside_of_an_exam_session_it_is_nothing() -> None:
    log = JudgedLog()
    seat = log.seat()
    seat.connects(1)
    seat.sends(2, PHONE, VPN)
    assert seat.view.findings == ()


def test_many_interfaces_are_one_alert() -> None:
    seat = watched_seat()
    seat.sends(2, *(replace(VPN, interface=f"tun{n}") for n in range(3000)))
    assert set(seat.log.alerts()) == {"network"}
    assert len(seat.log.reasons()) < 50
