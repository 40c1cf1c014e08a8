"""The way in to the desktop: by behaviour, whatever the program is called and wherever the far end is."""

import pytest

from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Fact,
    InjectedInput,
    InjectionMethod,
    ListenerClosed,
    ListenerOpened,
    ProcessEnded,
    ProcessStarted,
    Transport,
)
from jiankao_proto.records import Severity
from tests.support.judged import BEGAN_US, Seat, at, process, ref, watched_seat

TCP = Transport.TCP
TYPING = InjectedInput(InjectionMethod.XTEST_DEVICE, "Virtual core XTEST keyboard", key_events=5)
EXAM_ONLY = (
    '[[allow]]\naddress = "10.0.0.5"\nport = 443\ndirection = "outbound"\nprogram = "exam"\n'
)


def inbound(local: str, remote: str, name: str, *, baseline: bool = False) -> ConnectionOpened:
    return ConnectionOpened(TCP, at(local), at(remote), Direction.INBOUND, ref(name), baseline)


def closed(opened: ConnectionOpened) -> ConnectionClosed:
    return ConnectionClosed(
        opened.transport, opened.local, opened.remote, opened.direction, opened.process
    )


def kinds(seat: Seat) -> list[str]:
    return [f.kind for f in seat.view.findings]


def test_an_idle_listener_only_adds_and_is_an_alert_after_two_minutes() -> None:
    seat = watched_seat()
    seat.sends(2, ListenerOpened(TCP, at("0.0.0.0:3389"), ref("svchost.exe"), baseline=True))
    seat.sends(2, ListenerOpened(TCP, at("[::]:3389"), ref("svchost.exe"), baseline=True))
    assert seat.lives(5, 120) == []
    (alert,) = seat.lives(122, 122)
    assert (alert.kind, alert.severity) == ("remote_control", Severity.WARNING)
    assert seat.log.reasons() == [
        (
            "程序 svchost.exe 监测开始前就在端口 3389（RDP 远程桌面）等待连接：他人可由此进入桌面；考试前应关闭",
            (
                "Program svchost.exe listens on port 3389 (RDP remote desktop) since before watching began; "
                "the desktop can be entered there; close it before an exam"
            ),
        )
    ]
    assert seat.sends(123, ListenerClosed(TCP, at("0.0.0.0:3389"), ref("svchost.exe"))) == []
    (alert,) = seat.sends(124, ListenerClosed(TCP, at("[::]:3389"), ref("svchost.exe")))
    assert alert.over


@pytest.mark.parametrize(
    ("far", "zh", "en"),
    [
        ("203.0.113.9:1", "203.0.113.9 已连入", "203.0.113.9 is connected"),
        ("10.0.0.5:1", "10.0.0.5 已连入", "10.0.0.5 is connected"),
        (
            "127.0.0.1:1",
            "127.0.0.1（本机自身，可能是隧道的末端） 已连入",
            "127.0.0.1 (this computer itself: perhaps the end of a tunnel) is connected",
        ),
        ("[::ffff:10.0.0.5]:1", "10.0.0.5 已连入", "10.0.0.5 is connected"),
    ],
    ids=["internet", "exam-server", "itself", "mapped"],
)
@pytest.mark.parametrize("policy", ["", EXAM_ONLY], ids=["no-policy", "policy"])
def test_anybody_connected_to_a_remote_desktop_port_is_an_alert(
    far: str, zh: str, en: str, policy: str
) -> None:
    seat = watched_seat(policy)
    seat.sends(2, inbound("10.1.0.9:5901", far, "notes"))
    alert = seat.log.alerts()["remote_control"]
    assert alert.severity is Severity.CRITICAL
    found = next(f for f in alert.findings if f.kind == "remote_desktop_session")
    assert (found.reason_zh, found.reason_en) == (
        f"{zh}本机端口 5901（VNC 远程桌面），由程序 notes 接受",
        f"{en} to port 5901 here (VNC remote desktop), accepted by program notes",
    )


def test_ten_seconds_of_control_leave_an_alert_that_stays() -> None:
    seat = watched_seat()
    session = inbound("10.1.0.9:5900", "10.1.0.66:1", "notes")
    seat.sends(2, session)
    seat.sends(7)
    (alert,) = seat.sends(12, closed(session))
    assert alert.over
    seat.lives(15, 600)
    assert seat.view.alert_ids == (alert.alert_id,)
    assert seat.view.state.value == "alert"


@pytest.mark.parametrize("policy", ["", EXAM_ONLY], ids=["no-policy", "policy"])
@pytest.mark.parametrize("far", ["10.1.0.66:40000", "127.0.0.1:40000"], ids=["lan", "itself"])
@pytest.mark.parametrize("typing_first", [True, False], ids=["typing-first", "connection-first"])
def test_a_renamed_server_on_an_odd_port_is_named_when_input_is_injected(
    policy: str, far: str, typing_first: bool
) -> None:
    seat = watched_seat(policy)
    seat.sends(2, ProcessStarted(process("notes")))
    seat.sends(3, ListenerOpened(TCP, at("0.0.0.0:7777"), ref("notes")))
    happenings: list[Fact] = [inbound("10.1.0.9:7777", far, "notes"), TYPING]
    for second, fact in enumerate(reversed(happenings) if typing_first else happenings, 4):
        seat.sends(second, fact)
    alert = seat.log.alerts()["remote_control"]
    assert alert.severity is Severity.CRITICAL
    found = next(f for f in alert.findings if f.kind == "inbound_with_injection")
    assert (found.reason_zh, found.reason_en) == (
        f"疑似远程操作：{far} 连入程序 notes 的端口 7777，同时键盘鼠标输入由程序注入",
        (
            f"Probably driven from elsewhere: {far} is connected to program notes on port 7777 "
            "while mouse or keyboard input is injected"
        ),
    )


def test_a_connection_that_stands_for_long_still_counts_when_the_typing_begins() -> None:
    seat = watched_seat()
    seat.sends(2, inbound("10.1.0.9:7777", "10.1.0.66:40000", "notes"))
    seat.lives(5, 300)
    assert kinds(seat) == []
    seat.sends(301, TYPING)
    assert "inbound_with_injection" in kinds(seat)


@pytest.mark.parametrize(
    ("first", "then_s"),
    [
        (inbound("127.0.0.1:7777", "127.0.0.1:40000", "editor"), 100),
        (inbound("127.0.0.1:7777", "127.0.0.1:40000", "editor", baseline=True), 3),
    ],
    ids=["long-ago", "before"],
)
def test_programs_that_talk_to_themselves_are_not_named(
    first: ConnectionOpened, then_s: int
) -> None:
    seat = watched_seat()
    seat.sends(2, first)
    seat.sends(then_s, TYPING)
    assert "inbound_with_injection" not in kinds(seat)


def test_a_connection_closed_long_before_the_typing_is_not_named() -> None:
    seat = watched_seat()
    connection = inbound("10.1.0.9:445", "10.1.0.2:40000", "smbd")
    seat.sends(2, connection)
    seat.sends(3, closed(connection))
    seat.lives(5, 40)
    seat.sends(41, TYPING)
    assert "inbound_with_injection" not in kinds(seat)


def test_what_the_policy_allows_is_never_named() -> None:
    seat = watched_seat(
        '[[allow]]\naddress = "10.1.0.0/24"\nport = 7777\ndirection = "inbound"\nprogram = "notes"\n'
    )
    seat.sends(2, inbound("10.1.0.9:7777", "10.1.0.66:40000", "notes"), TYPING)
    assert [f.kind for f in seat.view.findings] == ["injected_input"]


def test_a_whole_incident_is_one_alert_beside_the_injected_input_and_ends_with_its_last_part() -> (
    None
):
    seat = watched_seat()
    session = inbound("10.1.0.9:5900", "10.1.0.66:1", "x11vnc")
    seat.sends(2, ProcessStarted(process("x11vnc", user="root")))
    seat.sends(3, ListenerOpened(TCP, at("0.0.0.0:5900"), ref("x11vnc")))
    seat.sends(4, session, TYPING)
    assert sorted(seat.log.alerts()) == ["injected_input", "remote_control"]
    alert = seat.log.alerts()["remote_control"]
    assert (alert.score, alert.over) == (100, False)
    seat.sends(5, closed(session), ListenerClosed(TCP, at("0.0.0.0:5900"), ref("x11vnc")))
    assert not seat.log.alerts()["remote_control"].over
    seat.sends(6, ProcessEnded(77, BEGAN_US - 1, "x11vnc"))
    assert seat.log.alerts()["remote_control"].over
