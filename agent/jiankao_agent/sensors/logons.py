"""What counts as a logon, and of which kind. Pure: evidence in, sessions out.

Several systems know of one logon. logind knows most, utmp is older, sshd's own processes are the last resort; each
later source only adds what the ones before have not told.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jiankao_agent.platform.linux.logind import LogindSession
from jiankao_agent.platform.linux.remote_logons import SshLogon, UtmpLogon
from jiankao_proto.observations import Endpoint, SessionEnded, SessionKind, SessionStarted

_NOBODY = frozenset({"background", "background-light", "manager", "manager-early", "none"})
"""logind's session classes behind which no person sits."""
# By the PAM service or program that let somebody in; the first that is part of its name counts.
_BY_SERVICE = (
    ("sshd", SessionKind.SSH),
    ("xrdp", SessionKind.RDP),
    ("gnome-remote-desktop", SessionKind.RDP),
    ("krdp", SessionKind.RDP),
    ("vnc", SessionKind.VNC),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was found at one look."""

    logind: tuple[LogindSession, ...] = ()
    utmp: tuple[UtmpLogon, ...] = ()
    ssh: tuple[SshLogon, ...] = ()
    ssh_peers: Mapping[int, str] | None = None
    """Address by the pid of the sshd process."""
    x_clients: tuple[tuple[int, Endpoint], ...] = ()
    parents: Mapping[int, int] | None = None
    """Parent by pid, for the processes named above."""


def logons(evidence: Evidence) -> dict[str, SessionStarted]:
    """Return the logons there are, by the name of their session."""
    found: dict[str, SessionStarted] = {}
    told_terminals: set[str] = set()
    told_pids: set[int] = set()
    parents = evidence.parents or {}
    for session in evidence.logind:
        if session.session_class in _NOBODY or session.state == "closing":
            continue
        started = _of_logind(session)
        found[started.session] = started
        told_terminals.add(session.terminal)
        told_pids.add(session.leader_pid)
    for user in evidence.utmp:
        if not (user.terminal in told_terminals or _family(user.pid, parents) & told_pids):
            if started_here := _of_utmp(user):
                found[started_here.session] = started_here
            told_terminals.add(user.terminal)
            told_pids.add(user.pid)
    for ssh in evidence.ssh:
        terminal_told = ssh.terminal and ssh.terminal in told_terminals
        if not (terminal_told or ({ssh.pid} | _family(ssh.pid, parents)) & told_pids):
            name = f"ssh:{ssh.pid}"
            peer = (evidence.ssh_peers or {}).get(ssh.pid, "")
            found[name] = SessionStarted(name, SessionKind.SSH, ssh.user, peer, ssh.terminal)
    for display, remote in evidence.x_clients:
        name = f"x11:{remote.address}:{remote.port}"
        found[name] = SessionStarted(
            name, SessionKind.X11_REMOTE, remote_host=remote.address, terminal=f":{display}"
        )
    return found


def changes(
    before: Mapping[str, SessionStarted], now: Mapping[str, SessionStarted]
) -> list[SessionStarted | SessionEnded]:
    """Return what started and ended; a session that became another (its kind, user or far end) did both."""
    facts: list[SessionStarted | SessionEnded] = []
    for name, old in before.items():
        if name not in now or _identity(now[name]) != _identity(old):
            facts.append(SessionEnded(name, old.kind, old.user, old.remote_host, old.terminal))
    for name, new in now.items():
        if name not in before or _identity(before[name]) != _identity(new):
            facts.append(new)
    return facts


def _identity(started: SessionStarted) -> tuple[SessionKind, str, str]:
    return (started.kind, started.user, started.remote_host)


def _of_logind(session: LogindSession) -> SessionStarted:
    kind = _kind(session.service, remote=session.remote or bool(session.remote_host))
    terminal = session.display or session.terminal
    return SessionStarted(session.session, kind, session.user, session.remote_host, terminal)


def _of_utmp(user: UtmpLogon) -> SessionStarted | None:
    # Terminal windows of a local desktop enter themselves with the display as host; they are part of its session.
    window = user.host.startswith((":", "tmux(", "screen")) or user.host == "localhost"
    if window:
        return None
    kind = _kind(user.program, remote=bool(user.host))
    return SessionStarted(f"utmp:{user.terminal}", kind, user.user, user.host, user.terminal)


def _kind(service: str, *, remote: bool) -> SessionKind:
    for part, kind in _BY_SERVICE:
        if part in service.lower():
            return kind
    return SessionKind.OTHER_REMOTE if remote else SessionKind.LOCAL


def _family(pid: int, parents: Mapping[int, int]) -> set[int]:
    """Return a process and the two above it: a logon's leader is among them."""
    parent = parents.get(pid, 0)
    return {pid, parent, parents.get(parent, 0)} - {0, 1}
