"""The sessions systemd-logind knows, from its state files; libsystemd's sd-login reads the same ones."""

from dataclasses import dataclass
from pathlib import Path

from jiankao_agent.platform.linux.proc_files import read

FOLDER = "/run/systemd/sessions"


@dataclass(frozen=True, slots=True)
class LogindSession:
    """One session. Texts are empty where logind says nothing."""

    session: str
    user: str = ""
    remote: bool = False
    remote_host: str = ""
    type: str = ""
    """tty, x11, wayland, unspecified …"""
    session_class: str = ""
    """user, greeter, background, manager …"""
    service: str = ""
    """The PAM service that let the user in: sshd, xrdp-sesman, gdm-password …"""
    display: str = ""
    terminal: str = ""
    state: str = ""
    """online, active, closing …"""
    leader_pid: int = 0


def parse_session(session: str, data: bytes) -> LogindSession:
    """Read one state file. Lines that are not `NAME=value` are passed over, as libsystemd does."""
    found: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[name.strip()] = value.strip().strip('"')
    leader = found.get("LEADER", "")
    return LogindSession(
        session=session,
        user=found.get("USER", ""),
        remote=found.get("REMOTE", "") in {"1", "yes", "true"},
        remote_host=found.get("REMOTE_HOST", ""),
        type=found.get("TYPE", ""),
        session_class=found.get("CLASS", ""),
        service=found.get("SERVICE", ""),
        display=found.get("DISPLAY", ""),
        terminal=found.get("TTY", ""),
        state=found.get("STATE", ""),
        leader_pid=int(leader) if leader.isascii() and leader.isdecimal() else 0,
    )


class LogindSessions:
    """Reads the sessions, again only when the folder has changed (files are replaced in it, never rewritten)."""

    def __init__(self, folder: str = FOLDER) -> None:
        """Read from `folder`."""
        self._folder = Path(folder)
        self._changed_ns = -1
        self._sessions: tuple[LogindSession, ...] = ()

    def present(self) -> bool:
        """Tell whether logind runs here."""
        return self._folder.is_dir()

    def read(self) -> tuple[LogindSession, ...]:
        """Return the sessions there are; none where logind does not run. Raises OSError when not allowed to."""
        try:
            changed_ns = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return ()
        if changed_ns != self._changed_ns:
            self._sessions = tuple(self._read_all())
            self._changed_ns = changed_ns
        return self._sessions

    def _read_all(self) -> list[LogindSession]:
        sessions: list[LogindSession] = []
        for name in sorted(path.name for path in self._folder.iterdir()):
            # NAME.ref is a pipe that ends with the session; .#NAME is a file being written.
            if "." in name:
                continue
            try:
                sessions.append(parse_session(name, read(f"{self._folder}/{name}")))
            except FileNotFoundError:
                continue  # it ended meanwhile; the folder has changed again
        return sessions
