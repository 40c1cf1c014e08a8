"""Listeners where a known tool's stand."""

import pytest

from jiankao_proto.observations import ListenerClosed, ListenerOpened, ProcessRef, Transport
from tests.support.judged import at, ref, watched_seat

TCP = Transport.TCP


def listens(where: str, name: str = "a.exe") -> ListenerOpened:
    return ListenerOpened(TCP, at(where), ref(name))


def closes(where: str) -> ListenerClosed:
    return ListenerClosed(TCP, at(where), ref("a.exe"))


def test_a_tools_port_is_a_notice_that_names_every_tool_it_may_be() -> None:
    seat = watched_seat()
    seat.sends(2, listens("0.0.0.0:5650"))
    seat.lives(3, 200)
    assert seat.log.alerts() == {}
    (finding,) = seat.view.findings
    assert (finding.kind, finding.points) == ("tool_port", 5)
    assert "LiteManager" in finding.reason_en
    assert "Remote Utilities" in finding.reason_en
    assert "other programs may use it too" in finding.reason_en
    assert "别的程序也可能用它" in finding.reason_zh


def test_it_ends_with_the_last_listener() -> None:
    seat = watched_seat()
    seat.sends(2, listens("0.0.0.0:7070"), listens("[::]:7070"), listens("0.0.0.0:7070"))
    assert len(seat.view.findings) == 1
    seat.sends(3, closes("0.0.0.0:7070"))
    assert len(seat.view.findings) == 1
    (before,) = seat.view.findings
    seat.sends(4, closes("[::]:7070"))
    (after,) = seat.view.findings
    assert after.last_us >= before.last_us
    seat.sends(5, listens("0.0.0.0:7070"))
    assert seat.view.findings[0].count == 2


@pytest.mark.parametrize(
    ("where", "name", "kinds"),
    [
        ("0.0.0.0:5900", "a.exe", ["remote_desktop_listener"]),  # a protocol, of many tools
        ("0.0.0.0:4899", "a.exe", ["tool_port", "remote_desktop_listener"]),
        ("0.0.0.0:7070", "AnyDesk.exe", []),  # its own: its process says so
        ("0.0.0.0:8080", "a.exe", []),
    ],
)
def test_what_is_said_elsewhere_is_not_said_twice(where: str, name: str, kinds: list[str]) -> None:
    seat = watched_seat()
    seat.sends(2, ListenerOpened(TCP, at(where), ProcessRef(5, name)))
    assert sorted(f.kind for f in seat.view.findings) == sorted(kinds)
