"""What counts as a logon on Windows, and of which kind. Pure: sessions in, logons out."""

from collections.abc import Iterable

from jiankao_agent.platform.windows.terminal_session import (
    Protocol,
    SessionState,
    TerminalSession,
)
from jiankao_proto.observations import SessionKind, SessionStarted

_SHOWN = frozenset({SessionState.ACTIVE, SessionState.CONNECTED, SessionState.SHADOW})
"""States in which somebody may look at the session; a disconnected one waits for its user unseen."""


def terminal_logons(
    sessions: Iterable[TerminalSession], *, own_session: int, remote: bool, controlled: bool
) -> dict[str, SessionStarted]:
    """Return the logons there are, by the name of their session.

    `remote` (SM_REMOTESESSION) and `controlled` (SM_REMOTECONTROL) speak of `own_session` only: they know of remote
    desktops that the terminal services do not, and of somebody who shadows the candidate.
    """
    found: dict[str, SessionStarted] = {}
    for session in sessions:
        if session.state not in _SHOWN:
            continue
        kind = _kind(session)
        if kind is SessionKind.LOCAL and remote and session.number == own_session:
            kind = SessionKind.OTHER_REMOTE
        if not session.user and kind is SessionKind.LOCAL:
            continue  # the log-on screen
        name = str(session.number)
        user = f"{session.domain}\\{session.user}" if session.domain else session.user
        # A console session keeps the name of who connected last; it is not a far end.
        far = kind is not SessionKind.LOCAL
        host = (session.client_address or session.client_name) if far else ""
        found[name] = SessionStarted(name, kind, user, host, session.station)
    if controlled:
        name = f"shadow:{own_session}"
        found[name] = SessionStarted(name, SessionKind.SHADOW)
    return found


def _kind(session: TerminalSession) -> SessionKind:
    if session.state == SessionState.SHADOW:
        return SessionKind.SHADOW
    if session.protocol == Protocol.CONSOLE:
        return SessionKind.LOCAL
    return SessionKind.RDP if session.protocol == Protocol.RDP else SessionKind.OTHER_REMOTE
