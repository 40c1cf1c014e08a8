"""What changed between two looks at the socket table. Pure; time is an input."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

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

LISTENER_REMEMBERED_US = 60_000_000
"""How long a closed listener still makes connections to its port inbound: some programs close it after accepting."""
_ANY = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to

SocketFact = ConnectionOpened | ConnectionClosed | ListenerOpened | ListenerClosed


@dataclass(frozen=True, slots=True)
class SocketSeen:
    """One socket of interest: a listener, or a connection (then `remote` has a port)."""

    transport: Transport
    local: Endpoint
    remote: Endpoint
    inode: int
    listening: bool


@dataclass(frozen=True, slots=True)
class _ListenerKey:
    transport: Transport
    local: Endpoint
    inode: int


@dataclass(frozen=True, slots=True)
class _ConnectionKey:
    transport: Transport
    local: Endpoint
    remote: Endpoint


Owners = Callable[[Iterable[int]], Mapping[int, ProcessRef]]
"""Looks up who holds the given inodes; asked at most once a look, and only about new sockets."""


class SocketChanges:
    """Turns looks at the socket table into facts.

    A UDP socket without a far end counts as a listener from the second look on: programs that only ask a
    question (name look-ups) have closed theirs by then.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._listeners: dict[_ListenerKey, ProcessRef] = {}
        self._connections: dict[_ConnectionKey, tuple[Direction, ProcessRef]] = {}
        self._closed_listeners: dict[tuple[Transport, Endpoint], int] = {}
        self._udp_seen_once: set[_ListenerKey] = set()

    def look(
        self, sockets: Iterable[SocketSeen], owners: Owners, now_us: int, *, baseline: bool = False
    ) -> list[SocketFact]:
        """Compare with the look before. `now_us` is monotonic."""
        listeners, connections = self._sort(sockets)
        new_listeners = [key for key in listeners if key not in self._listeners]
        new_connections = [key for key in connections if key not in self._connections]
        asked = [key.inode for key in new_listeners]
        asked += [connections[key] for key in new_connections]
        held_by = owners(asked) if asked else {}
        facts: list[SocketFact] = []
        # Listeners first: they decide which way a connection goes.
        facts += self._forget_listeners(listeners, now_us)
        for key in new_listeners:
            process = held_by.get(key.inode, ProcessRef())
            self._listeners[key] = process
            facts.append(ListenerOpened(key.transport, key.local, process, baseline))
        facts += self._forget_connections(connections.keys())
        for connection in new_connections:
            facts.append(
                self._open(connection, connections[connection], held_by, baseline=baseline)
            )
        return facts

    def everything(self) -> list[SocketFact]:
        """Return all that is open now, as baseline."""
        facts: list[SocketFact] = [
            ListenerOpened(key.transport, key.local, process, baseline=True)
            for key, process in self._listeners.items()
        ]
        facts += [
            ConnectionOpened(key.transport, key.local, key.remote, way, process, baseline=True)
            for key, (way, process) in self._connections.items()
        ]
        return facts

    def _sort(
        self, sockets: Iterable[SocketSeen]
    ) -> tuple[dict[_ListenerKey, None], dict[_ConnectionKey, int]]:
        listeners: dict[_ListenerKey, None] = {}
        connections: dict[_ConnectionKey, int] = {}
        udp: set[_ListenerKey] = set()
        for seen in sockets:
            if not seen.listening:
                connections[_ConnectionKey(seen.transport, seen.local, seen.remote)] = seen.inode
                continue
            key = _ListenerKey(seen.transport, seen.local, seen.inode)
            if seen.transport is Transport.UDP:
                udp.add(key)
                if key not in self._udp_seen_once:
                    continue
            listeners[key] = None
        self._udp_seen_once = udp
        return listeners, connections

    def _forget_listeners(
        self, listeners: Mapping[_ListenerKey, None], now_us: int
    ) -> list[SocketFact]:
        facts: list[SocketFact] = []
        for key in [key for key in self._listeners if key not in listeners]:
            process = self._listeners.pop(key)
            if key.transport is Transport.TCP:
                self._closed_listeners[key.transport, key.local] = now_us
            facts.append(ListenerClosed(key.transport, key.local, process))
        horizon = now_us - LISTENER_REMEMBERED_US
        for where in [w for w, closed in self._closed_listeners.items() if closed < horizon]:
            del self._closed_listeners[where]
        return facts

    def _forget_connections(self, connections: Iterable[_ConnectionKey]) -> list[SocketFact]:
        still = set(connections)
        facts: list[SocketFact] = []
        for key in [key for key in self._connections if key not in still]:
            way, process = self._connections.pop(key)
            facts.append(ConnectionClosed(key.transport, key.local, key.remote, way, process))
        return facts

    def _open(
        self,
        key: _ConnectionKey,
        inode: int,
        held_by: Mapping[int, ProcessRef],
        *,
        baseline: bool,
    ) -> SocketFact:
        reached, listener_process = self._listener_of(key)
        way = Direction.INBOUND if reached else Direction.OUTBOUND
        # Not accepted yet: it has no owner, but whoever listens will be it.
        process = held_by.get(inode, listener_process)
        self._connections[key] = (way, process)
        return ConnectionOpened(key.transport, key.local, key.remote, way, process, baseline)

    def _listener_of(self, key: _ConnectionKey) -> tuple[bool, ProcessRef]:
        """Tell whether a listener here takes (or lately took) what arrives at `key.local`, and whose it is."""
        places = [key.local, *(Endpoint(address, key.local.port) for address in _ANY)]
        for listener, process in self._listeners.items():
            if listener.transport is key.transport and listener.local in places:
                return True, process
        closed = any((key.transport, place) in self._closed_listeners for place in places)
        return closed, ProcessRef()
