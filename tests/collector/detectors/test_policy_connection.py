"""Connections outside the exam session's policy, and jiankao's own, which never are."""

import pytest

from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    InjectedInput,
    InjectionMethod,
    NameResolved,
    Transport,
)
from jiankao_proto.records import Severity
from tests.support.judged import at, ref, watched_seat

TCP = Transport.TCP
POLICY = (
    '[[allow]]\naddress = "10.0.0.5"\nport = 443\ndirection = "outbound"\nprogram = "exam.exe"\n'
)


def connection(
    local: str, remote: str, name: str, direction: Direction = Direction.OUTBOUND, pid: int = 77
) -> ConnectionOpened:
    return ConnectionOpened(TCP, at(local), at(remote), direction, ref(name, pid))


@pytest.mark.parametrize(
    ("opened", "zh", "en"),
    [
        (
            connection("10.1.0.9:50001", "10.0.0.5:22", "exam.exe"),
            "程序 exam.exe 连接到 10.0.0.5:22",
            "Program exam.exe is connected to 10.0.0.5:22",
        ),
        (
            connection("10.1.0.9:50001", "10.0.0.5:443", "chrome.exe"),
            "程序 chrome.exe 连接到 10.0.0.5:443",
            "Program chrome.exe is connected to 10.0.0.5:443",
        ),
        (
            connection("10.1.0.9:443", "10.0.0.5:50001", "exam.exe", Direction.INBOUND),
            "10.0.0.5 连入程序 exam.exe 的端口 443",
            "10.0.0.5 is connected to program exam.exe on port 443",
        ),
    ],
    ids=["other-port", "other-program", "other-direction"],
)
def test_an_allowed_address_is_allowed_for_its_service_only(
    opened: ConnectionOpened, zh: str, en: str
) -> None:
    seat = watched_seat(POLICY)
    seat.sends(2, opened)
    found = next(f for f in seat.view.findings if f.detector == "policy_connection")
    innocent = ("", "")
    if opened.direction is Direction.OUTBOUND:
        innocent = ("；也可能是系统更新等正常程序", "; system updates may do this too")
    assert (found.reason_zh, found.reason_en) == (
        f"{zh}，不在本场次网络策略之内{innocent[0]}",
        f"{en}, outside the exam session's network policy{innocent[1]}",
    )


@pytest.mark.parametrize(
    ("policy", "opened"),
    [
        (POLICY, connection("10.1.0.9:50001", "10.0.0.5:443", "Exam.EXE")),
        (POLICY, connection("127.0.0.1:50001", "127.0.0.1:8080", "chrome.exe")),
        ("", connection("10.1.0.9:50001", "203.0.113.9:443", "chrome.exe")),
    ],
    ids=["allowed", "to-itself", "no-policy"],
)
def test_what_is_allowed_or_nobodys_business_is_nothing(
    policy: str, opened: ConnectionOpened
) -> None:
    seat = watched_seat(policy)
    seat.sends(2, opened)
    assert seat.view.findings == ()


def test_one_that_stays_two_minutes_is_an_alert_and_a_short_one_is_not() -> None:
    seat = watched_seat(POLICY)
    short = connection("10.1.0.9:50001", "203.0.113.9:443", "updater.exe")
    seat.sends(2, short)
    seat.sends(
        3,
        ConnectionClosed(
            short.transport, short.local, short.remote, short.direction, short.process
        ),
    )
    seat.sends(4, connection("10.1.0.9:50002", "203.0.113.10:443", "chrome.exe"))
    seat.lives(5, 120)
    assert seat.log.said == []
    seat.sends(124)
    alert = seat.log.alerts()["policy"]
    assert alert.severity is Severity.WARNING
    assert [f.subject for f in alert.findings] == [
        "updater.exe -> 203.0.113.9:443",
        "chrome.exe -> 203.0.113.10:443",
    ]


def test_a_thousand_far_ends_do_not_make_a_thousand_findings() -> None:
    seat = watched_seat(POLICY)
    for number in range(1000):
        seat.sends(
            2, connection("10.1.0.9:50001", f"203.0.{number // 250}.{number % 250}:443", "scanner")
        )
    found = seat.view.findings
    assert len(found) == 21
    assert found[-1].count == 980
    assert found[-1].reason_en.startswith(
        "More of the same kind; the latest: Program scanner is connected to 203.0.3.249"
    )
    assert "另有更多同类情况" in found[-1].reason_zh


def test_a_policy_without_network_entries_does_not_judge_connections() -> None:
    seat = watched_seat('[policy]\nversion = 1\ntitle = "t"\nauthor = "a"\n')
    seat.sends(2, connection("10.1.0.9:50001", "203.0.113.7:443", "updates.exe"))
    assert seat.view.findings == ()


def test_a_policy_that_cannot_be_read_is_said_and_not_guessed() -> None:
    seat = watched_seat("address = 1")
    ((zh, en),) = seat.log.reasons()
    assert "策略无法读取" in zh
    assert "cannot be read" in en


def test_the_agents_own_stream_is_no_accusation() -> None:
    seat = watched_seat(POLICY)
    seat.connects(2, "ipv4:10.1.0.9:50123")
    seat.sends(
        3,
        connection(
            "10.1.0.9:50100", "10.1.0.1:7443", "python3", pid=9
        ),  # an attempt that failed before
        connection("10.1.0.9:50123", "10.1.0.1:7443", "python3", pid=9),
        connection("10.1.0.9:50124", "10.1.0.1:22", "python3", pid=9),
    )
    assert [f.subject for f in seat.view.findings] == ["python3 -> 10.1.0.1:22"]


def test_the_collector_on_the_same_machine_is_not_named_when_input_is_injected() -> None:
    seat = watched_seat()
    seat.connects(2, "ipv4:127.0.0.1:50123")
    seat.sends(
        3,
        connection("127.0.0.1:7443", "127.0.0.1:50123", "python3", Direction.INBOUND, pid=9),
        connection("127.0.0.1:8080", "127.0.0.1:50999", "python3", Direction.INBOUND, pid=9),
        connection("127.0.0.1:7777", "127.0.0.1:50124", "notes", Direction.INBOUND),
        InjectedInput(InjectionMethod.XTEST_DEVICE, motion_events=9),
    )
    assert [f.subject for f in seat.log.alerts()["remote_control"].findings] == [
        "notes 7777 127.0.0.1"
    ]


def test_a_port_shared_with_the_agent_buys_no_second_far_end() -> None:
    seat = watched_seat(POLICY)
    seat.connects(2, "ipv4:10.1.0.9:50123")
    seat.sends(3, connection("10.1.0.9:50123", "10.1.0.1:7443", "python3"))
    seat.sends(4, connection("10.1.0.9:50123", "203.0.113.9:5500", "python3"))
    assert [f.subject for f in seat.view.findings] == ["python3 -> 203.0.113.9:5500"]


def test_an_allowed_name_is_known_by_the_addresses_it_was_given() -> None:
    """Not every system tells a connection's name; that the seat asked for it just before is told apart."""
    seat = watched_seat(POLICY.replace('address = "10.0.0.5"', 'name = "exam.example"'))
    seat.sends(
        2,
        NameResolved("exam.example", ("203.0.113.9",), ref("exam.exe")),
        connection("10.1.0.9:50001", "203.0.113.9:443", "exam.exe"),
    )
    assert not seat.view.findings
    seat.sends(3, connection("10.1.0.9:50002", "203.0.113.9:80", "exam.exe"))
    seat.sends(4, connection("10.1.0.9:50003", "203.0.113.10:443", "exam.exe"))
    assert [f.subject for f in seat.view.findings] == [
        "exam.exe -> 203.0.113.9:80",
        "exam.exe -> 203.0.113.10:443",
    ]


def test_a_policy_that_cannot_be_read_is_over_with_the_next_one() -> None:
    seat = watched_seat("[[allow]\n")
    assert not seat.log.alerts()["policy"].over
    seat.log.changes(10, "")
    seat.sends(11)
    assert seat.log.alerts()["policy"].over
