"""Real listeners and connections, as Windows tells of them. Under Wine they have no owner."""

import socket

import pytest

from jiankao_agent.platform.windows import resolver_cache
from jiankao_agent.sensors.windows import remote_names
from jiankao_agent.sensors.windows.connections import ConnectionsSensor
from jiankao_agent.sensors.windows.remote_names import RemoteNames
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
from tests.support.sensor_harness import running


def test_a_listener_and_who_reaches_it_are_told_at_once() -> None:
    with running(ConnectionsSensor()) as sensor:
        sensor.wait_for_health(Health.OK)
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            here = Endpoint(*listener.getsockname())
            opened = sensor.wait_for(ListenerOpened, lambda f: f.local == here and not f.baseline)
            with socket.create_connection(listener.getsockname()) as client:
                far = Endpoint(*client.getsockname())
                accepted, _ = listener.accept()
                with accepted:
                    inbound = sensor.wait_for(
                        ConnectionOpened, lambda f: (f.local, f.remote) == (here, far)
                    )
                    outbound = sensor.wait_for(
                        ConnectionOpened, lambda f: (f.local, f.remote) == (far, here)
                    )
            sensor.wait_for(ConnectionClosed, lambda f: (f.local, f.remote) == (here, far))
        sensor.wait_for(ListenerClosed, lambda f: f.local == here)

    assert opened.transport is Transport.TCP
    assert opened in sensor.urgent
    assert inbound.direction is Direction.INBOUND
    assert inbound in sensor.urgent
    assert outbound.direction is Direction.OUTBOUND


def test_a_far_end_is_told_with_the_name_it_was_looked_up_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Wine's resolver remembers nothing, and the far end here is this computer: both come from the test.
    monkeypatch.setattr(remote_names, "_is_elsewhere", lambda _: True)
    names = RemoteNames(lambda: [("relay.example", 1)], lambda _name, _kind: ["127.0.0.1"])
    with running(ConnectionsSensor(lambda: names)) as sensor, socket.socket() as listener:
        sensor.wait_for_health(Health.OK)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        here = Endpoint(*listener.getsockname())
        sensor.wait_for(ListenerOpened, lambda f: f.local == here)
        with socket.create_connection(listener.getsockname()):
            told = sensor.wait_for(ConnectionOpened, lambda f: f.remote == here)
            inbound = sensor.wait_for(ConnectionOpened, lambda f: f.local == here)
    assert told.remote_name == "relay.example"
    assert inbound.remote_name == ""


def test_the_resolver_is_asked() -> None:
    for name, kind in resolver_cache.read_names():
        assert name == name.casefold()
        assert kind in {1, 28}
