"""A seat that calls out and is driven through that call."""

import pytest

from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Fact,
    InjectedInput,
    InjectionMethod,
    ProcessRef,
    Transport,
)
from jiankao_proto.records import Severity
from tests.support.judged import Seat, at, ref, watched_seat

FAR = "203.0.113.9:5500"


def outbound(
    remote: str = FAR,
    name: str = "notes",
    *,
    pid: int = 77,
    baseline: bool = False,
    transport: Transport = Transport.TCP,
) -> ConnectionOpened:
    here = at("10.1.0.9:40000")
    return ConnectionOpened(
        transport, here, at(remote), Direction.OUTBOUND, ref(name, pid), baseline
    )


def closed(opened: ConnectionOpened) -> ConnectionClosed:
    return ConnectionClosed(
        opened.transport, opened.local, opened.remote, opened.direction, opened.process
    )


def typing(pid: int = 0, keys: int = 5) -> InjectedInput:
    owner = ref("notes", pid) if pid else ProcessRef()
    return InjectedInput(InjectionMethod.XTEST_DEVICE, key_events=keys, process=owner)


def kinds(seat: Seat) -> set[str]:
    return {f.kind for f in seat.view.findings}


def test_the_injecting_programs_own_connection_is_the_session() -> None:
    seat = watched_seat()
    seat.sends(2, outbound(baseline=True))
    seat.lives(5, 300)
    seat.sends(301, typing(pid=77))
    alert = seat.log.alerts()["remote_control"]
    assert alert.severity is Severity.CRITICAL
    (found,) = (f for f in alert.findings if f.detector == "reverse_session")
    assert (found.kind, found.reason_zh, found.reason_en) == (
        "outbound_session",
        "疑似反向远程操作：程序 notes 主动连到 203.0.113.9:5500，键盘鼠标输入正是由它注入",
        (
            "Probably driven from elsewhere through a reverse connection: program notes connected to 203.0.113.9:5500 "
            "and is the one that injects mouse or keyboard input"
        ),
    )


@pytest.mark.parametrize("typing_first", [True, False], ids=["typing-first", "connection-first"])
def test_without_a_named_injector_a_new_connection_is_told_beside_the_injection(
    *, typing_first: bool
) -> None:
    seat = watched_seat()
    facts: list[Fact] = [outbound(), typing()]
    for second, fact in enumerate(reversed(facts) if typing_first else facts, 2):
        seat.sends(second, fact)
    assert {"outbound_with_injection", "injected_input"} <= kinds(seat)
    (found,) = (f for f in seat.view.findings if f.kind == "outbound_with_injection")
    assert "程序 notes 主动连到 203.0.113.9:5500" in found.reason_zh
    assert "program notes connected to 203.0.113.9:5500" in found.reason_en


def test_it_does_not_alarm_by_itself() -> None:
    """On-screen keyboards inject, browsers connect: the one beside the other is no session yet."""
    seat = watched_seat()
    (alert,) = seat.sends(2, outbound(), typing())
    assert alert.kind == "injected_input"


def test_a_named_injector_ends_the_guessing() -> None:
    seat = watched_seat()
    seat.sends(2, outbound(name="browser", pid=5), typing(pid=77))
    assert kinds(seat) == {"injected_input"}


@pytest.mark.parametrize(
    ("connection", "typed_s", "fact"),
    [
        (outbound(), 40, typing()),
        (outbound(baseline=True), 3, typing()),
        (outbound("127.0.0.1:5500"), 3, typing(pid=77)),
        (outbound(transport=Transport.UDP), 3, typing()),
        (outbound(), 3, typing(keys=1)),
    ],
    ids=["long-ago", "before", "itself", "a-question-by-udp", "too-little"],
)
def test_what_is_not_named(connection: ConnectionOpened, typed_s: int, fact: InjectedInput) -> None:
    seat = watched_seat()
    seat.sends(2, connection)
    seat.sends(typed_s, fact)
    assert not {k for k in kinds(seat) if k.startswith("outbound")}


def test_what_the_policy_allows_is_never_named() -> None:
    seat = watched_seat(
        '[[allow]]\naddress = "203.0.113.9"\nport = 5500\ndirection = "outbound"\nprogram = "notes"\n'
    )
    seat.sends(2, outbound(), typing(pid=77))
    assert kinds(seat) == {"injected_input"}


def test_the_session_is_over_with_its_connection() -> None:
    seat = watched_seat()
    session = outbound()
    seat.sends(2, session, typing(pid=77))
    assert not seat.log.alerts()["remote_control"].over
    seat.sends(3, closed(session))
    assert seat.log.alerts()["remote_control"].over


def test_a_guess_becomes_a_session_when_the_injector_is_named() -> None:
    seat = watched_seat()
    seat.sends(2, outbound(), typing())
    seat.sends(3, typing(pid=77))
    assert "outbound_session" in kinds(seat)
    assert "remote_control" in seat.log.alerts()
