"""A seat that is only looked at: by behaviour, whatever the program is called; and who looks for honest reasons."""

import pytest

from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Fact,
    ProcessRef,
    Transport,
    WindowFinding,
    WindowFindingKind,
)
from jiankao_proto.records import Severity
from tests.support.judged import Seat, at, ref, watched_seat

ALLOWED = '[[allow]]\naddress = "10.0.0.5"\nport = 443\ndirection = "outbound"\nprogram = "*"\n'


def reads(name: str, pid: int = 77) -> WindowFinding:
    return WindowFinding(WindowFindingKind.SCREEN_READ, ref(name, pid), b"", 1920, 1080)


def inbound(name: str, remote: str = "203.0.113.9:4000", pid: int = 77) -> ConnectionOpened:
    return ConnectionOpened(
        Transport.TCP, at("10.1.0.9:7777"), at(remote), Direction.INBOUND, ref(name, pid)
    )


def outbound(name: str, remote: str, pid: int = 77) -> ConnectionOpened:
    return ConnectionOpened(
        Transport.TCP, at("10.1.0.9:50123"), at(remote), Direction.OUTBOUND, ref(name, pid)
    )


def kinds(seat: Seat) -> set[str]:
    return {f.kind for f in seat.view.findings}


def test_a_reader_alone_only_adds_and_names_the_innocent_reasons() -> None:
    seat = watched_seat()
    assert seat.sends(5, reads("kmag")) == []
    (finding,) = seat.view.findings
    assert (finding.kind, finding.points) == ("screen_read", 20)
    assert finding.reason_zh == (
        "程序 kmag 在持续读取整个屏幕，可能有人在别处观看；屏幕放大镜、录屏软件也会这样"
    )
    assert finding.reason_en == (
        "Program kmag keeps reading the whole screen: somebody may be watching from elsewhere; "
        "screen magnifiers and recorders do this too"
    )


@pytest.mark.parametrize("connection_first", [True, False])
@pytest.mark.parametrize(
    ("connection", "zh", "en"),
    [
        (
            inbound("helper"),
            "203.0.113.9:4000 已连入它的端口 7777",
            "203.0.113.9:4000 is connected to its port 7777",
        ),
        (
            inbound("helper", "127.0.0.1:4000"),
            "127.0.0.1:4000（本机自身，可能是隧道的末端） 已连入它的端口 7777",
            (
                "127.0.0.1:4000 (this computer itself: perhaps the end of a tunnel) "
                "is connected to its port 7777"
            ),
        ),
        (
            outbound("helper", "203.0.113.9:443"),
            "它已连到 203.0.113.9:443",
            "it is connected to 203.0.113.9:443",
        ),
    ],
    ids=["inbound", "itself", "outbound"],
)
def test_a_reader_with_a_connection_is_an_alert_in_either_order(
    connection: ConnectionOpened, zh: str, en: str, *, connection_first: bool
) -> None:
    seat = watched_seat()
    facts: list[Fact] = [connection, reads("helper")]
    for second, fact in enumerate(facts if connection_first else reversed(facts), 5):
        seat.sends(second, fact)
    alert = seat.log.alerts()[AlertKind.REMOTE_CONTROL]
    assert alert.severity is Severity.CRITICAL
    (shared,) = (f for f in alert.findings if f.kind == "screen_shared")
    assert shared.reason_zh == f"疑似屏幕被远程观看：程序 helper 在持续读取整个屏幕，{zh}"
    assert shared.reason_en == (
        f"The screen is probably watched from elsewhere: program helper keeps reading all of it, and {en}"
    )


@pytest.mark.parametrize(
    "connection",
    [
        inbound("other", pid=78),
        outbound("helper", "127.0.0.1:631"),
    ],
    ids=["another-program", "to-itself"],
)
def test_connections_that_say_nothing_about_the_reader(connection: ConnectionOpened) -> None:
    seat = watched_seat()
    seat.sends(5, connection)
    seat.sends(6, reads("helper"))
    assert "screen_shared" not in kinds(seat)


def test_a_connection_that_is_over_or_allowed_does_not_count() -> None:
    seat = watched_seat(ALLOWED)
    opened = inbound("helper")
    seat.sends(5, opened, outbound("helper", "10.0.0.5:443"))
    seat.sends(
        6,
        ConnectionClosed(
            Transport.TCP, opened.local, opened.remote, Direction.INBOUND, opened.process
        ),
    )
    seat.sends(7, reads("helper"))
    assert "screen_shared" not in kinds(seat)


def test_a_known_remote_control_program_needs_no_connection() -> None:
    seat = watched_seat()
    seat.sends(5, reads("x11vnc"))
    alert = seat.log.alerts()[AlertKind.REMOTE_CONTROL]
    assert alert.severity is Severity.CRITICAL
    assert "screen_read_by_tool" in {f.kind for f in alert.findings}


def test_a_reader_nobody_can_name_is_joined_to_no_connection() -> None:
    seat = watched_seat()
    nobody = WindowFinding(WindowFindingKind.SCREEN_READ, ProcessRef())
    seat.sends(
        5,
        ConnectionOpened(
            Transport.TCP, at("10.1.0.9:7"), at("10.9.9.9:9"), Direction.INBOUND, ProcessRef()
        ),
        nobody,
    )
    assert "screen_read" in kinds(seat)
    assert "screen_shared" not in kinds(seat)


def test_other_findings_about_windows_are_not_reads() -> None:
    seat = watched_seat()
    seat.sends(5, WindowFinding(WindowFindingKind.OVERLAY, ref("helper")))
    assert "screen_read" not in {f.detector for f in seat.view.findings}


def test_it_is_over_when_the_agent_tells_of_it_no_more() -> None:
    seat = watched_seat()
    seat.sends(5, inbound("helper"))
    for second in (6, 36, 66):
        seat.sends(second, reads("helper"))
    seat.lives(70, 135)
    assert not seat.log.alerts()[AlertKind.REMOTE_CONTROL].over
    seat.lives(140, 145)
    assert seat.log.alerts()[AlertKind.REMOTE_CONTROL].over


def test_readers_without_end_are_bounded() -> None:
    seat = watched_seat()
    for pid in range(1, 300):
        seat.sends(5, reads(f"p{pid}", pid))
    assert len(seat.view.findings) < 30
