"""Who talks to whom: listeners, connections, their direction and the program behind them.

Loopback is included on purpose: a tunnel ends there. A connection that lives shorter than a turn can be missed.
"""

import time
from collections.abc import Callable, Iterable

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.windows import process_list, resolver_cache, socket_table
from jiankao_agent.platform.windows.process_list import Unreadable
from jiankao_agent.platform.windows.standing import is_administrator
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.socket_changes import SocketChanges, SocketFact, SocketSeen
from jiankao_agent.sensors.windows.remote_names import RemoteNames
from jiankao_agent.sensors.windows.rights import NOT_ADMINISTRATOR
from jiankao_proto.bilingual import say
from jiankao_proto.observations import (
    ConnectionOpened,
    Direction,
    Health,
    ListenerOpened,
    ProcessRef,
    Transport,
)

TURN_S = 0.25


class ConnectionsSensor:
    """Listeners and connections."""

    name = "connections"

    def __init__(self, names: Callable[[], RemoteNames] | None = None) -> None:
        """Take names of far ends from `names`, by default the resolver's memory."""
        self._names = names or _resolver_names

    def probe(self) -> Condition:
        """Tell whether the socket tables can be read, and with which rights."""
        try:
            socket_table.read_sockets()
        except Unreadable as error:
            return Condition(
                Health.UNAVAILABLE,
                say(
                    f"无法读取系统的网络连接表：{error}",
                    f"the socket tables cannot be read: {error}",
                ),
                say("请以管理员身份运行采集程序", "run the agent as administrator"),
            )
        return OK if is_administrator() else NOT_ADMINISTRATOR

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when the socket tables cannot be read."""
        condition = self.probe()
        if condition.health is Health.UNAVAILABLE:
            raise SensorError(condition.reason)
        context.report(condition)
        changes, names = SocketChanges(), self._names()
        first = True
        try:
            while True:
                now_us = time.monotonic_ns() // 1000
                if context.baseline_wanted() and not first:
                    for fact in changes.everything():
                        context.emit(_named(fact, names, now_us))
                for fact in changes.look(_seen(), _owners, now_us, baseline=first):
                    context.emit(_named(fact, names, now_us), urgent=_is_urgent(fact))
                first = False
                if context.stopping.wait(TURN_S):
                    return
        except Unreadable as error:
            raise SensorError(
                f"connections: the socket tables cannot be read any more ({error}); restart the agent"
            ) from error


def _resolver_names() -> RemoteNames:
    return RemoteNames(resolver_cache.read_names, resolver_cache.read_addresses)


def _named(fact: SocketFact, names: RemoteNames, now_us: int) -> SocketFact:
    return names.named(fact, now_us) if isinstance(fact, ConnectionOpened) else fact


def _seen() -> list[SocketSeen]:
    """Return the sockets of interest. Windows names a socket by its process, where Linux has an inode."""
    return [
        SocketSeen(row.transport, row.local, row.remote, row.pid, row.listening)
        for row in socket_table.read_sockets()
    ]


def _owners(pids: Iterable[int]) -> dict[int, ProcessRef]:
    return {pid: process_list.refer(pid) for pid in set(pids) if pid}


def _is_urgent(fact: SocketFact) -> bool:
    """Somebody can reach, or has reached, this workstation: that must not wait."""
    if isinstance(fact, ListenerOpened):
        return not fact.baseline and fact.transport is Transport.TCP
    return (
        isinstance(fact, ConnectionOpened)
        and not fact.baseline
        and fact.direction is Direction.INBOUND
    )
