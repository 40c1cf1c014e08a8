"""Programs at a seat and the sockets they hold, as observed facts. Pure."""

from random import Random

from jiankao_collector.demo.steps import SECOND_US, Setting
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Endpoint,
    ListenerClosed,
    ListenerOpened,
    Process,
    ProcessEnded,
    ProcessRef,
    Transport,
)

_LOCAL_PORTS = (61_000, 65_000)
"""Above those Linux gives out, so that no made-up connection looks like a real stream's."""


def process(
    random: Random,
    name: str,
    folder: str,
    *,
    started_s: float,
    signer: str = "",
    arguments: str = "",
) -> Process:
    """Return a process of the seat's user; `started_s` may lie before the scene begins."""
    path = rf"{folder}\{name}"
    return Process(
        pid=4 * random.randrange(200, 8000),
        started_at_us=int(started_s * SECOND_US),
        name=name,
        executable=path,
        parent_pid=1204,
        parent_name="explorer.exe",
        user="exam",
        session="1",
        command_line_masked=f'"{path}" {arguments}'.rstrip(),
        signer=signer,
        original_name=name,
    )


def owner(of: Process) -> ProcessRef:
    """Return how a socket or a window names its process."""
    return ProcessRef(of.pid, of.name, of.executable)


def ending(of: Process) -> ProcessEnded:
    """Return the end of a process."""
    return ProcessEnded(of.pid, of.started_at_us, of.name)


def outbound(setting: Setting, by: Process, remote: Endpoint) -> ConnectionOpened:
    """Return a TCP connection made by a process of the seat."""
    local = Endpoint(setting.address, setting.random.randrange(*_LOCAL_PORTS))
    return ConnectionOpened(Transport.TCP, local, remote, Direction.OUTBOUND, owner(by))


def inbound(setting: Setting, to: ListenerOpened, from_address: str) -> ConnectionOpened:
    """Return a TCP connection that somebody made to a listener of the seat."""
    local = Endpoint(setting.address, to.local.port)
    remote = Endpoint(from_address, setting.random.randrange(*_LOCAL_PORTS))
    return ConnectionOpened(to.transport, local, remote, Direction.INBOUND, to.process)


def closing(connection: ConnectionOpened) -> ConnectionClosed:
    """Return the end of a connection."""
    return ConnectionClosed(
        connection.transport,
        connection.local,
        connection.remote,
        connection.direction,
        connection.process,
    )


def listener(by: Process, port: int) -> ListenerOpened:
    """Return a TCP listener on every address of the seat."""
    return ListenerOpened(Transport.TCP, Endpoint("0.0.0.0", port), owner(by))  # noqa: S104 - observed, not bound


def unlistening(opened: ListenerOpened) -> ListenerClosed:
    """Return the end of a listener."""
    return ListenerClosed(opened.transport, opened.local, opened.process)
