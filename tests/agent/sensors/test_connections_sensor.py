"""The connections sensor on real sockets."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiankao_agent.platform.linux.proc_files import sees_all_processes
from jiankao_agent.sensors.connections import ConnectionsSensor
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Endpoint,
    Health,
    ListenerClosed,
    ListenerOpened,
    Transport,
)
from tests.support.sensor_harness import SensorHarness, running


@pytest.fixture
def harness() -> Iterator[SensorHarness]:
    with socket.create_server(("127.0.0.1", 0)) as early, running(ConnectionsSensor()) as given:
        told = given.wait_for(ListenerOpened, lambda f: f.local.port == early.getsockname()[1])
        assert told.baseline
        assert told not in given.urgent
        yield given


def test_it_works_here(harness: SensorHarness) -> None:
    wanted = Health.OK if sees_all_processes() else Health.DEGRADED
    assert harness.wait_for_health(wanted)


def test_a_listener_and_both_ends_of_a_connection(harness: SensorHarness) -> None:
    own = Path("/proc/self/exe").readlink()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        listener = harness.wait_for(ListenerOpened, lambda f: f.local.port == port)
        with socket.create_connection(("127.0.0.1", port)) as client, server.accept()[0]:
            near = client.getsockname()[1]
            inbound = harness.wait_for(
                ConnectionOpened, lambda f: (f.local.port, f.remote.port) == (port, near)
            )
            outbound = harness.wait_for(
                ConnectionOpened, lambda f: (f.local.port, f.remote.port) == (near, port)
            )
        closed = harness.wait_for(ConnectionClosed, lambda f: f.local.port == port)
    harness.wait_for(ListenerClosed, lambda f: f.local.port == port)
    assert listener.local == Endpoint("127.0.0.1", port)
    for fact in (listener, inbound, outbound):
        assert (fact.process.pid, fact.process.name) == (os.getpid(), own.name)
        assert fact.process.executable == str(own)
        assert not fact.baseline
    assert listener in harness.urgent
    assert (inbound.direction, outbound.direction) == (Direction.INBOUND, Direction.OUTBOUND)
    assert inbound in harness.urgent
    assert outbound not in harness.urgent
    assert closed.direction is Direction.INBOUND


def test_a_mapped_address_is_shown_as_ipv4(harness: SensorHarness) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), server.accept()[0]:
            inbound = harness.wait_for(ConnectionOpened, lambda f: f.local.port == port)
    assert inbound.local.address == inbound.remote.address == "127.0.0.1"
    assert inbound.direction is Direction.INBOUND


def test_a_connection_in_the_accept_queue_belongs_to_the_listener(harness: SensorHarness) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        harness.wait_for(ListenerOpened, lambda f: f.local.port == port)
        with socket.create_connection(("127.0.0.1", port)):
            inbound = harness.wait_for(ConnectionOpened, lambda f: f.local.port == port)
    assert inbound.process.pid == os.getpid()


def test_a_udp_service_and_a_connected_udp_socket(harness: SensorHarness) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        service.bind(("127.0.0.1", 0))
        port = service.getsockname()[1]
        client.connect(("127.0.0.1", port))
        udp = Transport.UDP  # another program's TCP connection may have the same number
        opened = harness.wait_for(
            ConnectionOpened, lambda f: f.transport is udp and f.remote.port == port
        )
        listener = harness.wait_for(
            ListenerOpened, lambda f: f.transport is udp and f.local.port == port
        )
    assert (opened.transport, opened.direction) == (Transport.UDP, Direction.OUTBOUND)
    assert listener.transport is Transport.UDP


def test_a_baseline_tells_again_what_is_open(harness: SensorHarness) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        harness.wait_for(ListenerOpened, lambda f: f.local.port == port and not f.baseline)
        harness.ask_baseline()
        harness.wait_for(ListenerOpened, lambda f: f.local.port == port and f.baseline)
