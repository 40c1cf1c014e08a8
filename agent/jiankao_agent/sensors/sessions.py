"""Who is logged on to this workstation, and from where.

Linux, from logind, utmp, sshd's processes and X clients that came over the network. Files are read again only when
they have changed.
"""

from collections.abc import Iterable
from dataclasses import replace

from jiankao_agent.platform.linux import remote_logons, x_displays
from jiankao_agent.platform.linux.logind import LogindSessions
from jiankao_agent.platform.linux.proc_net import TABLES, SocketCounters
from jiankao_agent.platform.linux.process_look import glance
from jiankao_agent.platform.linux.remote_logons import SshLogon, SshLogons, UtmpLogons
from jiankao_agent.sensors.base import OK, Condition, SensorContext
from jiankao_agent.sensors.logons import Evidence, changes, logons
from jiankao_agent.sensors.turns import take_turns
from jiankao_proto.bilingual import say
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import Endpoint, Health, SessionStarted

TURN_S = 1.0
_TURNS_WITHOUT_LOOKING = 40
"""The counters say when to look at the sockets; look this often all the same."""


class SessionsSensor:
    """Logons."""

    name = "sessions"

    def probe(self) -> Condition:
        """Tell whether the sources can be read."""
        try:
            LogindSessions().read()
            SshLogons().read()
            SocketCounters().read()
        except (OSError, MalformedError) as error:
            return Condition(
                Health.UNAVAILABLE,
                say(f"无法读取登录信息：{error}", f"logons cannot be read: {error}"),
                say(
                    "请以 root 运行采集程序，并确认 /proc 与 /run 已挂载",
                    "run the agent as root, with /proc and /run mounted",
                ),
            )
        return OK

    def run(self, context: SensorContext) -> None:
        """Watch until told to stop. Raises SensorError when the sources cannot be read."""
        take_turns(
            context,
            self.probe(),
            _Watch,
            TURN_S,
            lost="sessions: logons cannot be read any more",
            ask="are /proc and /run mounted?",
        )


class _Watch:
    def __init__(self, context: SensorContext) -> None:
        self._context = context
        self._logind = LogindSessions()
        self._utmp = UtmpLogons()
        self._ssh = SshLogons()
        self._ssh_before: frozenset[int] = frozenset()
        self._ssh_peers: dict[int, str] = {}
        self._count = SocketCounters()
        self._counters = b""
        self._x_clients: tuple[tuple[int, Endpoint], ...] = ()
        self._known: dict[str, SessionStarted] = {}
        self._turn = 0

    def turn(self) -> None:
        """Look once. Raises OSError or MalformedError."""
        first = self._turn == 0
        if self._context.baseline_wanted() and not first:
            for known in self._known.values():
                self._context.emit(replace(known, baseline=True))
        now = logons(self._look())
        for fact in changes(self._known, now):
            if isinstance(fact, SessionStarted):
                self._context.emit(replace(fact, baseline=first), urgent=not first)
            else:
                self._context.emit(fact)
        self._known = now
        self._turn += 1

    def _look(self) -> Evidence:
        sessions = self._logind.read()
        utmp = self._utmp.read()
        ssh = self._settled(self._ssh.read())
        peerless = [logon for logon in ssh if logon.pid not in self._ssh_peers]
        counters = self._count.read()
        if counters != self._counters or peerless or self._turn % _TURNS_WITHOUT_LOOKING == 0:
            self._counters = counters
            self._look_at_sockets(peerless)
        self._ssh_peers = {logon.pid: self._ssh_peers.get(logon.pid, "") for logon in ssh}
        return Evidence(
            logind=sessions,
            utmp=utmp,
            ssh=ssh,
            ssh_peers=self._ssh_peers,
            x_clients=self._x_clients,
            parents=_parents([u.pid for u in utmp] + [s.pid for s in ssh]),
        )

    def _settled(self, ssh: tuple[SshLogon, ...]) -> tuple[SshLogon, ...]:
        """Where logind runs, it learns of a logon a moment after sshd: give it a turn to tell more."""
        before, self._ssh_before = self._ssh_before, frozenset(logon.pid for logon in ssh)
        return tuple(s for s in ssh if s.pid in before) if self._logind.present() else ssh

    def _look_at_sockets(self, peerless: Iterable[SshLogon]) -> None:
        rows = TABLES.at(self._counters)
        for logon in peerless:
            self._ssh_peers[logon.pid] = remote_logons.ssh_peer(logon, rows)
        displays = x_displays.local_display_numbers()
        self._x_clients = tuple(remote_logons.remote_x_clients(rows, displays))


def _parents(pids: Iterable[int]) -> dict[int, int]:
    """Return parent by pid, two steps up."""
    found: dict[int, int] = {}
    for pid in pids:
        step = pid
        for _ in range(2):
            seen = glance(step) if step > 1 and step not in found else None
            if seen is None:
                break
            found[step] = step = seen.parent_pid
    return found
