"""Who talks to whom: listeners, connections, their direction and the program behind them.

Linux, by comparing the kernel's socket tables. Loopback is included on purpose: a tunnel ends there. A connection
that lives shorter than a turn can be missed.
"""

import time
from collections.abc import Iterable

from jiankao_agent.platform.linux import proc_files, proc_net
from jiankao_agent.platform.linux.proc_net import TABLES, SocketCounters, SocketState
from jiankao_agent.platform.linux.process_look import glance
from jiankao_agent.platform.linux.socket_owners import SocketOwners
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.socket_changes import SocketChanges, SocketFact, SocketSeen
from jiankao_agent.sensors.turns import take_turns
from jiankao_proto.bilingual import say
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import (
    ConnectionOpened,
    Direction,
    Health,
    ListenerOpened,
    ProcessRef,
    Transport,
)

TURN_S = 0.25
_TURNS_WITHOUT_LOOKING = 80
"""The counters say when to look; look this often all the same, for what leaves them as they were."""

_NOT_ROOT = Condition(
    Health.DEGRADED,
    say(
        "采集程序不是以 root 运行，看不到其他用户的网络连接属于哪个程序",
        "the agent does not run as root and cannot tell which programs own other users' connections",
    ),
    say(
        "请以 root 运行采集程序（随附的 systemd 服务即如此）",
        "run the agent as root, as its systemd unit does",
    ),
)


class ConnectionsSensor:
    """Listeners and connections."""

    name = "connections"

    def probe(self) -> Condition:
        """Tell whether the socket tables can be read, and as whom."""
        try:
            proc_net.read_sockets()
        except (OSError, MalformedError) as error:
            return Condition(
                Health.UNAVAILABLE,
                say(
                    f"无法读取系统的网络连接表：{error}",
                    f"the socket tables cannot be read: {error}",
                ),
                say(
                    "请挂载 /proc（mount -t proc proc /proc）",
                    "mount /proc (mount -t proc proc /proc)",
                ),
            )
        return OK if proc_files.sees_all_processes() else _NOT_ROOT

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when the socket tables cannot be read."""
        take_turns(
            context,
            self.probe(),
            _Watch,
            TURN_S,
            lost="connections: the socket tables cannot be read any more",
            ask="is /proc mounted?",
        )


class _Watch:
    def __init__(self, context: SensorContext) -> None:
        self._context = context
        self._changes = SocketChanges()
        self._owners = SocketOwners()
        self._count = SocketCounters()
        self._counters = b""
        self._turn = 0
        self._look_again = True

    def turn(self) -> None:
        """Look when something may have changed. Raises OSError or MalformedError."""
        first = self._turn == 0
        if self._context.baseline_wanted() and not first:
            for fact in self._changes.everything():
                self._context.emit(fact)
        counters = self._count.read()
        due = self._turn % _TURNS_WITHOUT_LOOKING == 0
        if counters != self._counters or due or self._look_again:
            # A change is looked at twice: a connection may be counted a moment before it is established.
            self._look_again = counters != self._counters
            self._counters = counters
            self._look(first=first)
        self._turn += 1

    def _look(self, *, first: bool) -> None:
        now_us = time.monotonic_ns() // 1000
        seen = _of_interest(TABLES.read(self._counters))
        for fact in self._changes.look(seen, self._who, now_us, baseline=first):
            self._context.emit(fact, urgent=_is_urgent(fact))

    def _who(self, inodes: Iterable[int]) -> dict[int, ProcessRef]:
        owners: dict[int, ProcessRef] = {}
        refs: dict[int, ProcessRef] = {}
        for inode, pid in self._owners.find(inodes).items():
            if pid not in refs and (seen := glance(pid)):
                refs[pid] = ProcessRef(pid, seen.name, seen.executable)
            if pid in refs:
                owners[inode] = refs[pid]
        return owners


def _of_interest(rows: Iterable[proc_net.SocketRow]) -> list[SocketSeen]:
    return [
        SocketSeen(
            row.transport, row.local, row.remote, row.inode, row.state is SocketState.LISTENING
        )
        for row in rows
        if row.state is not SocketState.OTHER
    ]


def _is_urgent(fact: SocketFact) -> bool:
    """Somebody can reach, or has reached, this workstation: that must not wait."""
    if isinstance(fact, ListenerOpened):
        return not fact.baseline and fact.transport is Transport.TCP
    return (
        isinstance(fact, ConnectionOpened)
        and not fact.baseline
        and fact.direction is Direction.INBOUND
    )
