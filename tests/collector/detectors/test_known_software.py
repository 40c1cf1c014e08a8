"""Known remote-control software: names exactly, sessions by what only a session does."""

from dataclasses import replace

import pytest

from jiankao_collector.detectors.base import BatchSeen
from jiankao_collector.detectors.known_software import FOLLOWED, KnownSoftware
from jiankao_collector.scoring.seats import SeatState
from jiankao_proto.batch import Batch, BatchHeader
from jiankao_proto.ids import BootId, WorkstationId
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Fact,
    ListenerOpened,
    Observation,
    Process,
    ProcessEnded,
    ProcessStarted,
    Transport,
)
from jiankao_proto.records import Severity
from tests.support.judged import BEGAN_US, JudgedLog, at, process, ref, rules, us, watched_seat

TCP = Transport.TCP


@pytest.mark.parametrize(
    ("started", "zh", "en"),
    [
        (
            process("x11vnc", user="root"),
            "检测到远程控制软件 x11vnc（VNC 服务器）正在运行，由用户 root 启动",
            "Remote-control software x11vnc (VNC server) is running, started by user root",
        ),
        (
            process("SunloginClient.exe", user="PC\\an"),
            "检测到远程控制软件 向日葵远程控制 [SunloginClient.exe] 正在运行，由用户 PC\\an 启动",
            "Remote-control software AweSun (SunLogin, AweRay) [SunloginClient.exe] is running, started by user PC\\an",
        ),
        (
            process("update-check.exe", original_name="ToDesk.exe"),
            "检测到远程控制软件 ToDesk [update-check.exe（改名自 ToDesk.exe）] 正在运行",
            "Remote-control software ToDesk [update-check.exe (renamed from ToDesk.exe)] is running",
        ),
        (
            process("frpc"),
            "检测到内网穿透软件 frp（内网穿透） [frpc] 正在运行",
            "Tunnelling software frp (reverse tunnel) [frpc] is running",
        ),
    ],
    ids=["x11vnc", "awesun", "renamed", "tunnel"],
)
def test_a_tool_started_while_watched_is_an_alert(started: Process, zh: str, en: str) -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(started))
    alert = seat.log.alerts()["remote_control"]
    assert (alert.severity, alert.over) == (Severity.WARNING, False)
    assert (alert.findings[0].reason_zh, alert.findings[0].reason_en) == (zh, en)


LOOK_ALIKES = """
    autodesk.exe SearchProtocolHost.exe tasklink.exe todesktop.com vnc rhost.exe xvncviewer2 sunshine.exe.txt krfb2
    notodesk.exe python3 svchost.exe agent.exe setup.exe
"""


@pytest.mark.parametrize("name", LOOK_ALIKES.split())
def test_names_that_only_look_alike_are_nothing(name: str) -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(process(name)))
    seat.lives(5, 200)
    assert seat.log.said == []
    assert seat.view.findings == ()


def test_a_tool_that_ran_before_only_adds_until_it_has_lasted_two_minutes() -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(process("anydesk.exe"), baseline=True))
    assert seat.lives(5, 120) == []
    assert (seat.view.state.value, seat.view.score) == ("warning", 20)
    (alert,) = seat.sends(122)
    assert (alert.kind, alert.severity, alert.revision) == ("remote_control", Severity.WARNING, 1)
    assert seat.log.reasons() == [
        (
            "检测到远程控制软件 AnyDesk 在监测开始前已在运行",
            "Remote-control software AnyDesk was running before watching began",
        )
    ]


def test_a_second_family_makes_it_an_alert_at_once() -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(process("x11vnc"), baseline=True))
    (alert,) = seat.sends(3, ListenerOpened(TCP, at("0.0.0.0:5900"), ref("x11vnc"), baseline=True))
    assert [f.kind for f in alert.findings] == ["tool_present", "remote_desktop_listener"]


@pytest.mark.parametrize(
    "session",
    [
        process("ToDesk_Session.exe"),
        process("ToDesk.exe", command_line_masked="ToDesk.exe --localPort=3 --isVideoSession=true"),
        process(
            "AweSun.exe",
            command_line_masked="AweSun.exe --mod=desktopagent --port=1 --agentid=*** --lockscreen=0",
        ),
        process("AskLinkSession.exe"),
        process("xrdp-chansrv"),
        process("rdpclip.exe"),
    ],
    ids=lambda p: p.name,
)
def test_a_sign_of_a_session_is_critical_even_when_it_was_there_before(session: Process) -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(session, baseline=True))
    alert = seat.log.alerts()["remote_control"]
    assert alert.severity is Severity.CRITICAL
    assert "正在被远程使用" in alert.findings[-1].reason_zh
    assert "is being used from elsewhere" in alert.findings[-1].reason_en


def test_a_connection_the_tool_does_not_have_while_idle_is_a_session_until_it_closes() -> None:
    seat = watched_seat()
    inbound = (TCP, at("10.1.0.9:7777"), at("10.1.0.66:40000"), Direction.INBOUND, ref("x11vnc"))
    seat.sends(2, ProcessStarted(process("x11vnc")))
    seat.sends(3, ConnectionOpened(*inbound))
    alert = seat.log.alerts()["remote_control"]
    assert alert.severity is Severity.CRITICAL
    assert (alert.findings[1].reason_zh, alert.findings[1].reason_en) == (
        "x11vnc（VNC 服务器）有远程会话：10.1.0.66:40000 已连入本机端口 7777",
        "x11vnc (VNC server) has a remote session: 10.1.0.66:40000 is connected to port 7777 here",
    )
    seat.sends(4, ConnectionClosed(*inbound), ProcessEnded(77, BEGAN_US - 1, "x11vnc"))
    assert seat.log.alerts()["remote_control"].over


def test_a_reverse_connection_of_a_vnc_server_is_a_session() -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(process("winvnc.exe")))
    seat.sends(
        3,
        ConnectionOpened(
            TCP, at("10.1.0.9:50001"), at("203.0.113.9:5500"), Direction.OUTBOUND, ref("winvnc.exe")
        ),
    )
    assert seat.log.reasons()[1] == (
        "UltraVNC（VNC 服务器）有远程会话：它已主动连到 203.0.113.9:5500",
        "UltraVNC (VNC server) has a remote session: it connected to 203.0.113.9:5500",
    )


@pytest.mark.parametrize(
    ("local", "remote", "direction"),
    [
        ("10.1.0.9:50001", "203.0.113.9:443", Direction.OUTBOUND),
        ("127.0.0.1:35600", "127.0.0.1:50002", Direction.INBOUND),
    ],
)
def test_what_a_cloud_tool_does_while_idle_is_no_session(
    local: str, remote: str, direction: Direction
) -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(process("todesk.exe")))
    seat.sends(3, ConnectionOpened(TCP, at(local), at(remote), direction, ref("todesk.exe")))
    assert seat.log.alerts()["remote_control"].severity is Severity.WARNING


def test_the_rooms_own_classroom_software_is_shown_and_no_alert() -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(process("StudentMain.exe"), baseline=True))
    seat.lives(5, 200)
    assert seat.log.said == []
    (found,) = seat.view.findings
    assert "可能是机房自己的教学软件" in found.reason_zh
    assert "it may be the room's own" in found.reason_en


def test_a_process_number_used_anew_ends_the_former_owner() -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(process("x11vnc")))
    seat.sends(3, ProcessStarted(replace(process("gedit"), started_at_us=BEGAN_US + 5)))
    assert seat.log.alerts()["remote_control"].over


def test_a_process_that_becomes_another_tool_is_the_former_one_no_more() -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(process("x11vnc", 9)))
    seat.sends(3, ProcessStarted(process("frpc", 9)))
    seat.sends(4, ProcessEnded(9, BEGAN_US - 1, "frpc"))
    assert seat.log.alerts()["remote_control"].over


def test_what_a_seat_makes_up_is_followed_up_to_a_bound() -> None:
    detector = KnownSoftware(rules().catalogue)
    header = BatchHeader(1, WorkstationId("ws-1"), BootId("b"), None, 0, bytes(32), us(2), 0)
    started = [ProcessStarted(process("x11vnc", n)) for n in range(FOLLOWED + 10)]
    ended = [ProcessEnded(n, BEGAN_US - 1, "x11vnc") for n in range(FOLLOWED + 10)]
    facts: tuple[Fact, ...] = (*started, *ended)
    found = [
        *detector.see(
            BatchSeen(7, us(2), Batch(header, tuple(Observation(us(2), 0, f) for f in facts)))
        )
    ]
    assert [f.ended for f in found] == [False] * FOLLOWED + [True]


def test_the_same_baseline_told_twice_is_one_finding() -> None:
    log = JudgedLog()
    seat = log.seat()
    seat.connects(1)
    for second in (2, 3, 4):
        seat.sends(second, ProcessStarted(process("rustdesk"), baseline=True))
    assert [f.count for f in seat.view.findings] == [1]


def test_who_is_known_by_signer_or_folder_only_adds_and_says_by_what() -> None:
    for started, said in (
        (Process(5, 1, "helper7.exe", signer="AnyDesk Software GmbH"), "signed by anydesk"),
        (
            Process(5, 1, "helper7.exe", "D:\\Program Files\\ToDesk\\helper7.exe"),
            "helper7.exe (at ",
        ),
    ):
        seat = watched_seat()
        seat.sends(2, ProcessStarted(started))
        assert seat.log.alerts() == {}
        (finding,) = seat.view.findings
        assert said in finding.reason_en


def test_a_product_name_is_as_good_as_a_file_name() -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(Process(5, 1, "helper7.exe", product="TeamViewer")))
    ((zh, en),) = seat.log.reasons()
    assert "helper7.exe（产品名 teamviewer）" in zh
    assert "helper7.exe (product teamviewer)" in en


@pytest.mark.parametrize(
    "helper",
    [process("Narrator.exe"), process("osk.exe")],
    ids=lambda p: p.name,
)
def test_what_comes_with_windows_for_people_with_impairments_is_no_finding(helper: Process) -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(helper))
    assert seat.view.findings == ()


@pytest.mark.parametrize(
    "helper",
    [
        process("orca"),
        process("zdsr.exe"),
        process("a.exe", executable=r"C:\Program Files\NVDA\a.exe"),
    ],
    ids=lambda p: p.name,
)
def test_assistive_technology_is_named_and_never_held_against_anybody(helper: Process) -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(helper))
    seat.lives(3, 200)
    assert seat.log.alerts() == {}
    (finding,) = seat.view.findings
    assert finding.points == seat.view.score == 0
    assert finding.reason_zh.endswith("帮助有需要的考生，不计分")
    assert seat.view.state is SeatState.WATCHED


def test_a_meeting_tool_adds_with_its_innocent_reason() -> None:
    seat = watched_seat()
    seat.sends(2, ProcessStarted(process("wemeetapp.exe")))
    assert seat.log.alerts() == {}
    (finding,) = seat.view.findings
    assert finding.reason_en == (
        "Meeting software Tencent Meeting [wemeetapp.exe] is running; running it is not yet sharing the screen"
    )
