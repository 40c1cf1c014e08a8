"""Hosts of known tools: a renamed program still talks to the tool's server."""

import pytest

from jiankao_collector.detectors.known_host import ASKED_FOR_US
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    NameResolved,
    ProcessRef,
    Transport,
)
from tests.support.judged import BEGAN_US, Seat, at, watched_seat

RENAMED = ProcessRef(78, "exam-helper.exe", "C:\\Temp\\exam-helper.exe")
ENDS = (Transport.TCP, at("10.1.0.9:50001"), at("203.0.113.9:443"), Direction.OUTBOUND)


def opened(name: str, owner: ProcessRef = RENAMED, port: int = 50001) -> ConnectionOpened:
    local = at(f"10.1.0.9:{port}")
    return ConnectionOpened(ENDS[0], local, ENDS[2], ENDS[3], owner, remote_name=name)


def told(seat: Seat) -> list[tuple[str, int]]:
    """What was found, and how often it was told: once when it came up, and again with a new time when it was over."""
    known = [finding for finding in seat.view.findings if finding.detector == "known_host"]
    return [(finding.kind, round(finding.last_us / 1e6 - BEGAN_US / 1e6)) for finding in known]


def test_a_renamed_tools_connection_names_the_tool_and_only_adds() -> None:
    seat = watched_seat()
    seat.sends(2, opened("authds.todesk.com"))
    assert seat.log.alerts() == {}
    (finding,) = seat.view.findings
    assert (finding.subject, finding.points) == ("todesk", 12)
    assert (finding.reason_zh, finding.reason_en) == (
        "程序 exam-helper.exe 连接了ToDesk 的服务器 authds.todesk.com；在浏览器里打开其网站也会这样",
        (
            "Program exam-helper.exe is connected to authds.todesk.com, a server of ToDesk; "
            "opening its web site in a browser looks the same"
        ),
    )


def test_it_is_over_when_the_last_of_its_connections_closes() -> None:
    seat = watched_seat()
    seat.sends(2, opened("a.anydesk.com"), opened("b.anydesk.com", port=50002))
    assert told(seat) == [("tool_host_connected", 2)]
    seat.sends(3, ConnectionClosed(*ENDS, RENAMED))
    assert told(seat) == [("tool_host_connected", 2)]
    seat.sends(4, ConnectionClosed(ENDS[0], at("10.1.0.9:50002"), *ENDS[2:], RENAMED))
    assert told(seat) == [("tool_host_connected", 4)]


def test_a_name_that_was_asked_for_counts_for_ten_minutes() -> None:
    seat = watched_seat()
    seat.sends(2, NameResolved("relay-1.RustDesk.com", ("203.0.113.9",)))
    (finding,) = seat.view.findings
    assert (finding.subject, finding.kind, finding.points) == ("rustdesk", "tool_host_asked", 8)
    assert "relay-1.RustDesk.com" in finding.reason_zh
    seat.lives(5, ASKED_FOR_US // 1_000_000)
    assert told(seat) == [("tool_host_asked", 2)]
    seat.sends(3 + ASKED_FOR_US / 1_000_000)
    assert told(seat) == [("tool_host_asked", 3 + ASKED_FOR_US // 1_000_000)]


def test_a_tool_under_its_own_name_is_left_to_known_software() -> None:
    seat = watched_seat()
    own = ProcessRef(79, "ToDesk.exe", "C:\\Program Files\\ToDesk\\ToDesk.exe")
    seat.sends(2, opened("authds.todesk.com", own), NameResolved("st.todesk.com", process=own))
    assert told(seat) == []


@pytest.mark.parametrize(
    "host",
    ["", "todesktop.com", "www.autodesk.com", "todesk.com.example.org", "ntp.aliyun.com", "qq.com"],
)
def test_other_hosts_are_nothing(host: str) -> None:
    seat = watched_seat()
    seat.sends(2, opened(host), NameResolved(host))
    assert seat.view.findings == ()
