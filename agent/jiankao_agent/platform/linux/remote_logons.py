"""Logons that show elsewhere than in logind: utmp, the titles of sshd's processes, and X clients over the network."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from jiankao_agent.platform.linux import proc_files
from jiankao_agent.platform.linux.kept_file import KeptFile
from jiankao_agent.platform.linux.proc_net import SocketRow, SocketState
from jiankao_agent.platform.linux.process_look import glance, read_arguments
from jiankao_agent.platform.linux.socket_owners import read_socket_inodes
from jiankao_proto.observations import Endpoint, Transport

_UTMP = Path("/run/utmp")
_SSHD = frozenset({"sshd", "sshd-session"})
_TITLE = re.compile(
    r"sshd(?:-session)?: (?P<user>[^\s\[\]/][^\s\[\]]*?)(?:@(?P<terminal>[^\s@\[\]]+))?"
)
_X_PORT = 6000
_X_DISPLAYS = 64
_LOOKS_AT_A_NEW_PROCESS = 3
"""A process seen between fork and exec does not carry its name yet."""


@dataclass(frozen=True, slots=True)
class UtmpLogon:
    """One user entry of utmp."""

    user: str
    terminal: str
    host: str
    pid: int
    program: str
    """The name of the process that wrote the entry: sshd, xrdp-sesman, login …"""


@dataclass(frozen=True, slots=True)
class SshLogon:
    """One process of sshd that serves a user."""

    pid: int
    parent_pid: int
    user: str
    terminal: str
    """pts/0 …; empty when the session has none (a tunnel, a file transfer, a command)."""


def parse_sshd_title(title: str) -> tuple[str, str] | None:
    """Return user and terminal of an sshd process's title, or None when it serves no user (yet).

    OpenSSH's session.c and sshd.c set `sshd: USER@pts/0`, `sshd: USER@notty` or, for a bare tunnel, `sshd: USER`;
    from 9.8 on with `sshd-session`. Those with [priv], [net] or [listener] are helpers.
    """
    found = _TITLE.fullmatch(title.strip())
    if not found:
        return None
    terminal = found["terminal"] or ""
    return found["user"], "" if terminal == "notty" else terminal


class UtmpLogons:
    """Reads utmp, again only when the file has changed."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._changed_ns = -1
        self._logons: tuple[UtmpLogon, ...] = ()

    def read(self) -> tuple[UtmpLogon, ...]:
        """Return the users logged on whose process lives; none where the system keeps no utmp."""
        try:
            changed_ns = _UTMP.stat().st_mtime_ns
        except OSError:
            return ()
        if changed_ns != self._changed_ns:
            self._changed_ns = changed_ns
            self._logons = tuple(
                UtmpLogon(
                    u.name,
                    u.terminal or "",
                    u.host or "",
                    int(u.pid or 0),
                    _program(int(u.pid or 0)),
                )
                for u in psutil.users()
            )
        # An entry outlives a process that was killed.
        return tuple(u for u in self._logons if not u.pid or glance(u.pid) is not None)


def _program(pid: int) -> str:
    seen = glance(pid) if pid else None
    return seen.name if seen else ""


class SshLogons:
    """Finds sshd's processes cheaply: every process is looked at when it is new, sshd's own each time."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._load = KeptFile("/proc/loadavg")
        self._last_pid = -1
        self._decided: set[int] = set()
        self._undecided: dict[int, int] = {}
        """How often a new process was looked at."""
        self._sshd: dict[int, int] = {}

    def read(self) -> tuple[SshLogon, ...]:
        """Return who is served now. Raises OSError or MalformedError when /proc cannot be read."""
        self._find_new()
        logons: list[SshLogon] = []
        for pid, parent_pid in sorted(self._sshd.items()):
            arguments = read_arguments(pid)
            if not arguments:
                del self._sshd[pid]
                continue
            if served := parse_sshd_title(" ".join(arguments)):
                logons.append(SshLogon(pid, parent_pid, *served))
        return tuple(logons)

    def _find_new(self) -> None:
        last_pid = proc_files.parse_last_pid(self._load.read(256))
        if last_pid != self._last_pid:
            self._last_pid = last_pid
            pids = proc_files.list_pids()
            self._decided &= pids
            self._undecided = {p: self._undecided.get(p, 0) for p in pids - self._decided}
        for pid, looks in list(self._undecided.items()):
            self._undecided[pid] = looks + 1
            if looks + 1 == _LOOKS_AT_A_NEW_PROCESS:
                del self._undecided[pid]
                self._decided.add(pid)
            # Its command first: what all others fail costs less than a glance.
            if _command(pid) not in _SSHD:
                continue
            seen = glance(pid)
            if seen and seen.command in _SSHD and seen.name in _SSHD:
                self._sshd[pid] = seen.parent_pid


def _command(pid: int) -> str:
    try:
        return proc_files.read_piece(f"/proc/{pid}/comm", 64).decode("utf-8", "replace").rstrip()
    except OSError:
        return ""  # it has ended


def ssh_peer(logon: SshLogon, rows: Iterable[SocketRow]) -> str:
    """Return the address a user of sshd came from, or the empty string."""
    own = read_socket_inodes(logon.pid)
    # The connection itself is shared with the process above; forwarded ones are not.
    shared = own & read_socket_inodes(logon.parent_pid)
    peers = [
        (row.inode in shared, row.remote.address)
        for row in rows
        if row.inode in own
        and row.transport is Transport.TCP
        and row.state is SocketState.CONNECTED
    ]
    return max(peers)[1] if peers else ""


def remote_x_clients(
    rows: Iterable[SocketRow], displays: Iterable[int]
) -> list[tuple[int, Endpoint]]:
    """Return display number and far end of every X client that came over the network.

    Displays forwarded by SSH listen on loopback, and their clients run here: those are not meant.
    """
    ports = {_X_PORT + number: number for number in displays if 0 <= number < _X_DISPLAYS}
    return [
        (ports[row.local.port], row.remote)
        for row in rows
        if row.transport is Transport.TCP
        and row.state is SocketState.CONNECTED
        and row.local.port in ports
        and not _is_loopback(row.remote.address)
    ]


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address == "::1"
