"""A known tool that somebody is using, told by what it does."""

from dataclasses import replace

import pytest

from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    InjectedInput,
    InjectionMethod,
    ListenerClosed,
    ListenerOpened,
    ProcessEnded,
    ProcessRef,
    ProcessStarted,
    Transport,
)
from jiankao_proto.records import FindingCited, Severity
from tests.support.judged import BEGAN_US, Seat, at, process, watched_seat

TCP, UDP, OUT = Transport.TCP, Transport.UDP, Direction.OUTBOUND
RELAY = "198.51.100.7:443"
GOTOHTTP = ProcessStarted(process("GotoHTTP.exe", 7), baseline=True)


def connects(name: str, pid: int = 7, far: str = RELAY) -> ConnectionOpened:
    return ConnectionOpened(
        TCP, at("10.1.0.9:50123"), at(far), OUT, ProcessRef(pid, name), baseline=True
    )


def injects(count: int = 5, process: ProcessRef | None = None) -> InjectedInput:
    return InjectedInput(
        InjectionMethod.HOOK_FLAG, key_events=count, process=process or ProcessRef()
    )


def driven(seat: Seat) -> list[FindingCited]:
    return [f for f in seat.view.findings if f.detector == "driven_tool"]


def test_a_tool_that_is_connected_while_input_is_injected_is_said_to_be_used() -> None:
    seat = watched_seat()
    seat.sends(2, GOTOHTTP, connects("GotoHTTP.exe"))
    assert (driven(seat), seat.log.alerts()) == ([], {})
    seat.sends(3, injects())
    (finding,) = driven(seat)
    alert = seat.log.alerts()["remote_control"]
    assert alert.severity is Severity.CRITICAL
    assert finding.reason_en == (
        "GotoHTTP is probably being used from elsewhere: it is connected to 198.51.100.7:443 while a program injects "
        "mouse or keyboard input"
    )
    assert finding.reason_zh.startswith(
        "GotoHTTP 很可能正在被远程使用：它与 198.51.100.7:443 保持连接"
    )


@pytest.mark.parametrize(
    "facts",
    [
        (GOTOHTTP, injects()),  # at rest, and connected to nobody
        (connects("browser.exe"), injects()),
        (GOTOHTTP, connects("GotoHTTP.exe"), injects(2)),  # one shortcut
        (GOTOHTTP, connects("GotoHTTP.exe"), injects(9, ProcessRef(9, "ibus-x11"))),
        (GOTOHTTP, connects("GotoHTTP.exe", far="127.0.0.1:443"), injects()),
    ],
    ids=["not connected", "no tool", "too little", "another program injects", "itself"],
)
def test_what_is_not_its_use(facts: tuple[ProcessStarted | ConnectionOpened, ...]) -> None:
    seat = watched_seat()
    seat.sends(2, *facts)
    assert driven(seat) == []


def test_where_the_system_names_the_tool_it_is_not_probable_but_so() -> None:
    seat = watched_seat()
    seat.sends(2, GOTOHTTP, connects("GotoHTTP.exe"), injects(9, ProcessRef(7, "GotoHTTP.exe")))
    (finding,) = driven(seat)
    assert "is being used from elsewhere" in finding.reason_en
    assert "it injects" in finding.reason_en


@pytest.mark.parametrize("how", ["closed", "ended", "quiet"])
def test_it_is_over_when_the_connection_goes_or_nothing_is_injected(how: str) -> None:
    seat = watched_seat()
    opened = connects("GotoHTTP.exe")
    seat.sends(2, GOTOHTTP, opened, injects())
    if how == "closed":
        gone = ConnectionClosed(TCP, opened.local, opened.remote, OUT, opened.process)
        seat.sends(3, gone)
    elif how == "ended":
        seat.sends(3, ProcessEnded(7, BEGAN_US - 1, "GotoHTTP.exe"))
    else:
        seat.lives(3, 70)
    seat.sends(71, GOTOHTTP, connects("GotoHTTP.exe"), injects())
    (finding,) = driven(seat)
    assert finding.count == 2


def test_a_port_that_is_open_in_sessions_only_is_the_session() -> None:
    seat = watched_seat()
    owner = ProcessRef(7, "sunshine.exe")
    rests = [ListenerOpened(TCP, at(f"0.0.0.0:{port}"), owner) for port in (47984, 47989, 48010)]
    seat.sends(2, ProcessStarted(process("sunshine.exe", 7), baseline=True), *rests)
    assert driven(seat) == []
    seat.sends(3, ListenerOpened(UDP, at("0.0.0.0:47998"), owner))
    (finding,) = driven(seat)
    assert "UDP port 47998, which it has only during a session" in finding.reason_en
    assert seat.log.alerts()["remote_control"].severity is Severity.CRITICAL
    seat.sends(4, ListenerClosed(UDP, at("0.0.0.0:47998"), owner))
    seat.sends(5, ListenerOpened(UDP, at("0.0.0.0:47998"), owner))
    assert driven(seat)[0].count == 2


def test_another_program_on_that_port_is_no_session() -> None:
    seat = watched_seat()
    seat.sends(2, ListenerOpened(UDP, at("0.0.0.0:47998"), ProcessRef(7, "game.exe")))
    assert driven(seat) == []


def test_classroom_control_that_drives_says_that_it_may_be_the_rooms_own() -> None:
    seat = watched_seat()
    seat.sends(2, connects("StudentMain.exe"), injects())
    (finding,) = driven(seat)
    assert finding.reason_en.endswith("it may be the room's own")


def test_a_renamed_tool_is_known_by_its_server() -> None:
    seat = watched_seat()
    seat.sends(2, replace(connects("a.exe"), remote_name="relay.todesk.com"), injects())
    (finding,) = driven(seat)
    assert finding.subject == "todesk"


def test_a_meeting_in_a_browser_is_nobodys_hand() -> None:
    seat = watched_seat()
    seat.sends(2, replace(connects("a.exe"), remote_name="meeting.tencent.com"), injects())
    assert driven(seat) == []
