"""What changed between looks at the socket table."""

from collections.abc import Iterable

from jiankao_agent.sensors.socket_changes import LISTENER_REMEMBERED_US, SocketChanges, SocketSeen
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Endpoint,
    ListenerClosed,
    ListenerOpened,
    ProcessRef,
    Transport,
)

VNC = ProcessRef(4711, "x11vnc", "/usr/bin/x11vnc")
NOWHERE = Endpoint("0.0.0.0", 0)
HERE, THERE = Endpoint("192.168.0.11", 5900), Endpoint("192.168.0.5", 54321)
LISTENER = SocketSeen(Transport.TCP, Endpoint("0.0.0.0", 5900), NOWHERE, 1, listening=True)
INBOUND = SocketSeen(Transport.TCP, HERE, THERE, 2, listening=False)


def owned(inodes: Iterable[int]) -> dict[int, ProcessRef]:
    return {inode: VNC for inode in inodes if inode}


def nobody_is_asked(inodes: Iterable[int]) -> dict[int, ProcessRef]:
    raise AssertionError(f"owners of {list(inodes)} were looked up although nothing is new")


def test_a_listener_makes_a_connection_inbound_even_when_both_are_new() -> None:
    changes = SocketChanges()
    assert changes.look([INBOUND, LISTENER], owned, 0) == [
        ListenerOpened(Transport.TCP, LISTENER.local, VNC),
        ConnectionOpened(Transport.TCP, HERE, THERE, Direction.INBOUND, VNC),
    ]
    assert changes.look([LISTENER, INBOUND], nobody_is_asked, 1) == []
    assert changes.look([], nobody_is_asked, 2) == [
        ListenerClosed(Transport.TCP, LISTENER.local, VNC),
        ConnectionClosed(Transport.TCP, HERE, THERE, Direction.INBOUND, VNC),
    ]


def test_what_listened_a_moment_ago_still_makes_a_connection_inbound() -> None:
    for age_us, way in (
        (1_000_000, Direction.INBOUND),
        (LISTENER_REMEMBERED_US + 1_000_001, Direction.OUTBOUND),
    ):
        changes = SocketChanges()
        changes.look([LISTENER], owned, 0)
        changes.look([], owned, 1_000_000)
        (opened,) = changes.look([INBOUND], owned, age_us + 1_000_000)
        assert isinstance(opened, ConnectionOpened)
        assert opened.direction is way


def test_a_connection_nobody_accepted_yet_belongs_to_the_listener() -> None:
    changes = SocketChanges()
    changes.look([LISTENER], owned, 0)
    waiting = SocketSeen(Transport.TCP, HERE, THERE, 0, listening=False)
    (opened,) = changes.look([LISTENER, waiting], owned, 1)
    assert isinstance(opened, ConnectionOpened)
    assert opened.process == VNC
    # Accepting it gives the socket an inode; it is the same connection.
    assert changes.look([LISTENER, INBOUND], nobody_is_asked, 2) == []


def test_an_unknown_owner_is_said_to_be_unknown() -> None:
    (opened,) = SocketChanges().look([INBOUND], lambda _: {}, 0)
    assert opened == ConnectionOpened(Transport.TCP, HERE, THERE, Direction.OUTBOUND, ProcessRef())


def test_a_port_taken_over_by_another_program_is_another_listener() -> None:
    changes = SocketChanges()
    changes.look([LISTENER], owned, 0)
    taken = SocketSeen(Transport.TCP, LISTENER.local, NOWHERE, 9, listening=True)
    facts = changes.look([taken], owned, 1)
    assert [type(fact) for fact in facts] == [ListenerClosed, ListenerOpened]


def test_a_udp_socket_that_only_asks_is_no_listener() -> None:
    changes = SocketChanges()
    asks = SocketSeen(Transport.UDP, Endpoint("0.0.0.0", 40000), NOWHERE, 5, listening=True)
    assert changes.look([asks], nobody_is_asked, 0) == []
    assert changes.look([], nobody_is_asked, 1) == []
    assert changes.look([asks], nobody_is_asked, 2) == []
    assert changes.look([asks], owned, 3) == [ListenerOpened(Transport.UDP, asks.local, VNC)]


def test_everything_is_told_again_as_baseline() -> None:
    changes = SocketChanges()
    told = changes.look([LISTENER, INBOUND], owned, 0, baseline=True)
    assert told == changes.everything()
    assert all(
        isinstance(fact, ListenerOpened | ConnectionOpened) and fact.baseline for fact in told
    )
