"""Real listeners and connections, as Windows tells of them. Under Wine they have no owner."""

import socket

from jiankao_agent.sensors.windows.connections import ConnectionsSensor
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
