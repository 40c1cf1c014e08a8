"""A route, a name server, a proxy or a hotspot that comes in an exam session, and what is usual."""

import pytest

from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import AgentLifecycle, Change, LifecycleStage, NetworkSettingChanged
from tests.support.judged import JudgedLog, Seat, watched_seat

DEFAULT = ("route", "0.0.0.0/0", "10.0.0.1 dev eth0")
BEGAN_ZH = "考试中网络设置被改动："
BEGAN_EN = "The network was changed during the exam session. "


def setting(which: tuple[str, str, str], change: Change = Change.ADDED) -> NetworkSettingChanged:
    return NetworkSettingChanged(change, *which)


def found(seat: Seat) -> list[tuple[str, int]]:
    return [(f.kind, f.points) for f in seat.view.findings if f.detector == "network_setting"]


@pytest.mark.parametrize(
    ("which", "kind", "points", "zh", "en"),
    [
        (
            ("route", "0.0.0.0/0", "192.168.43.1 dev usb0"),
            "new_default_route",
            20,
            "默认路由改为 192.168.43.1 dev usb0，所有流量都可能绕开考试网络：请到座位查看。",
            "All traffic may now go another way, around the exam network: the default route 192.168.43.1 dev usb0 was",
        ),
        (
            ("route", "128.0.0.0/1", "dev tun0"),
            "new_default_route",
            20,
            "默认路由改为 dev tun0，",
            "All traffic may now go another way",
        ),
        (
            ("route", "203.0.113.0/24", "10.0.0.7 dev eth0"),
            "new_route",
            14,
            "新增到 203.0.113.0/24 的路由（10.0.0.7 dev eth0）。",
            "A route to 203.0.113.0/24 was added (10.0.0.7 dev eth0). ",
        ),
        (
            ("dns_server", "", "8.8.8.8"),
            "new_dns_server",
            20,
            "域名服务器改为 8.8.8.8，网址可能被指向别处。",
            "The name server became 8.8.8.8: names may lead elsewhere now. ",
        ),
        (
            ("proxy", "http", "{value}:3128"),
            "new_proxy",
            25,
            "设置了代理服务器 {value}:3128（http），",
            "Proxy {value}:3128 (http) was set, ",
        ),
    ],
    ids=["default", "half of everything", "one net", "name server", "proxy"],
)
def test_what_is_changed_in_an_exam_adds_to_the_score(
    which: tuple[str, str, str], kind: str, points: int, zh: str, en: str
) -> None:
    seat = watched_seat()
    seat.sends(2, setting(DEFAULT, Change.BASELINE))
    # Nobody sets a proxy by repairing a cable: that one is an alert by itself.
    assert len(seat.sends(5, setting(which))) == (kind == "new_proxy")
    assert found(seat) == [(kind, points)]
    (finding,) = seat.view.findings
    assert finding.reason_zh.startswith(BEGAN_ZH + zh)
    assert finding.reason_en.startswith(BEGAN_EN + en)


def test_a_hotspot_is_an_alert_and_is_over_when_it_is_off() -> None:
    seat = watched_seat()
    (alert,) = seat.sends(5, setting(("hotspot", "wlan0", "on")))
    assert alert.kind == AlertKind.NETWORK
    assert "（wlan0）" in alert.findings[0].reason_zh
    assert not alert.over
    seat.sends(6, setting(("hotspot", "wlan0", "on"), Change.REMOVED))
    assert seat.log.alerts()[AlertKind.NETWORK].over


def test_what_an_intruder_in_the_lab_changes_is_one_alert() -> None:
    seat = watched_seat()
    seat.sends(2, setting(DEFAULT, Change.BASELINE))
    said = seat.sends(
        5,
        setting(("route", "0.0.0.0/0", "10.0.0.99 dev eth0")),
        setting(("dns_server", "", "8.8.8.8")),
        setting(("proxy", "http", "10.0.0.99:3128")),
    )
    assert [s for _, s in found(seat)] == [20, 0, 25]  # the family is full
    assert [a.kind for a in said] == [AlertKind.NETWORK]


def test_what_was_there_before_is_usual_also_when_it_comes_back() -> None:
    seat = watched_seat()
    seat.sends(2, setting(DEFAULT, Change.BASELINE))
    seat.sends(5, setting(DEFAULT, Change.REMOVED), setting(DEFAULT))
    seat.sends(6, setting(DEFAULT, Change.BASELINE))
    assert found(seat) == []


def test_what_came_while_the_agent_did_not_look_is_told() -> None:
    seat = watched_seat()
    seat.sends(2, setting(DEFAULT, Change.BASELINE))
    proxy = setting(("proxy", "http", "h:1"), Change.BASELINE)
    seat.sends(5, AgentLifecycle(LifecycleStage.STARTED), setting(DEFAULT, Change.BASELINE), proxy)
    assert found(seat) == [("new_proxy", 25)]


def test_outside_of_an_exam_session_it_is_nothing() -> None:
    log = JudgedLog()
    seat = log.seat()
    seat.connects(1)
    seat.sends(2, setting(("proxy", "http", "h:1")))
    assert seat.view.findings == ()


def test_a_seat_that_joins_late_has_its_settings_as_the_usual_ones() -> None:
    seat = watched_seat()
    seat.sends(5, setting(DEFAULT, Change.BASELINE))
    seat.sends(6, setting(("dns_server", "", "10.0.0.53"), Change.BASELINE))
    assert found(seat) == []


def test_another_value_takes_the_place_of_the_first() -> None:
    seat = watched_seat()
    seat.sends(5, setting(("proxy", "http", "h:1"), Change.MODIFIED))
    seat.sends(6, setting(("proxy", "http", "h:2"), Change.MODIFIED))
    assert [f.subject for f in seat.view.findings][-1] == "http h:2"


def test_kinds_of_later_versions_and_floods_do_no_harm() -> None:
    seat = watched_seat()
    seat.sends(5, setting(("weather", "", "rain")))
    assert found(seat) == []
    seat.sends(
        6, *(setting(("route", f"10.0.{n // 250}.{n % 250}/32", "dev x")) for n in range(2000))
    )
    assert len(found(seat)) <= 1024
