"""A seat that asks for, or talks to, a host whose name imitates an allowed one."""

import pytest

from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    NameResolved,
    Transport,
)
from jiankao_proto.records import Severity
from tests.support.judged import at, ref, watched_seat

POLICY = (
    '[[allow]]\nname = "exam.example.gov.cn"\nport = 443\ndirection = "outbound"\nprogram = "*"\n'
)
HERE, THERE = at("10.1.0.9:50001"), at("203.0.113.9:443")


def opened(name: str, direction: Direction = Direction.OUTBOUND) -> ConnectionOpened:
    return ConnectionOpened(
        Transport.TCP, HERE, THERE, direction, ref("browser.exe"), remote_name=name
    )


def test_a_name_that_was_asked_for_is_said_once() -> None:
    seat = watched_seat(POLICY)
    asked = NameResolved("exam.examp1e.gov.cn", ("203.0.113.9",), ref("browser.exe"))
    seat.sends(2, asked)
    seat.sends(3, asked)
    (found,) = seat.view.findings
    assert (found.detector, found.kind, found.family, found.subject, found.count) == (
        "look_alike_host",
        "look_alike_looks",
        "network",
        "exam.examp1e.gov.cn",
        2,
    )
    assert found.reason_zh == (
        "程序 browser.exe 查询了网址 exam.examp1e.gov.cn，与允许的 exam.example.gov.cn 相似：只差几个形状相近的字母；"
        "可能是假冒网站，请核对座位上的网址。也可能是同一单位注册的其他网址"
    )
    assert found.reason_en == (
        "Program browser.exe asked for exam.examp1e.gov.cn, which is like the allowed exam.example.gov.cn: it differs "
        "only in letters that look alike. Perhaps a fake site; compare the address at the seat. The owner may have "
        "registered it too"
    )
    assert seat.log.assessment.alerts() == ()


def test_a_connection_that_lasts_becomes_an_alert_and_ends_with_it() -> None:
    seat = watched_seat(POLICY)
    seat.sends(2, opened("example.com.cn"))
    assert seat.log.assessment.alerts() == ()
    for second in range(5, 150, 5):
        seat.sends(second)
    (alert,) = seat.log.assessment.alerts()
    assert (alert.kind, alert.severity, alert.over) == ("policy", Severity.WARNING, False)
    seat.sends(
        151,
        ConnectionClosed(Transport.TCP, HERE, THERE, Direction.OUTBOUND, ref("browser.exe")),
    )
    (alert,) = seat.log.assessment.alerts()
    assert alert.over


@pytest.mark.parametrize(
    ("policy", "fact"),
    [
        (POLICY, NameResolved("exam.example.gov.cn")),
        (POLICY, NameResolved("www.example.gov.cn")),
        (POLICY, NameResolved("update.microsoft.com")),
        (POLICY, opened("exam.example.gov.cn")),
        (POLICY, opened("examp1e.gov.cn", Direction.INBOUND)),
        ("", NameResolved("exam.examp1e.gov.cn")),
    ],
)
def test_honest_names_say_nothing(policy: str, fact: NameResolved | ConnectionOpened) -> None:
    seat = watched_seat(policy)
    seat.sends(2, fact)
    assert [f for f in seat.view.findings if f.detector == "look_alike_host"] == []
