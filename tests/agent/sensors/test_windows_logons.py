"""Which of Windows's sessions are logons, and of which kind."""

import pytest

from jiankao_agent.platform.windows.terminal_session import (
    Protocol,
    SessionState,
    TerminalSession,
)
from jiankao_agent.sensors.windows.terminal_logons import terminal_logons
from jiankao_proto.observations import SessionKind, SessionStarted

LISTENING = 6
CONSOLE = TerminalSession(1, SessionState.ACTIVE, "Console", "lin", "EXAM")


def kinds(*sessions: TerminalSession, **own: bool) -> dict[str, SessionKind]:
    said = {"remote": False, "controlled": False, **own}
    found = terminal_logons(sessions, own_session=1, **said)
    return {name: logon.kind for name, logon in found.items()}


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (TerminalSession(0, SessionState.DISCONNECTED, "Services"), {}),
        (TerminalSession(65536, LISTENING, "RDP-Tcp", protocol=Protocol.RDP), {}),
        (TerminalSession(1, SessionState.CONNECTED, "Console"), {}),
        (CONSOLE, {"1": SessionKind.LOCAL}),
        (
            TerminalSession(2, SessionState.DISCONNECTED, "", "lin", protocol=Protocol.RDP),
            {},
        ),
        (
            TerminalSession(2, SessionState.ACTIVE, "RDP-Tcp#1", "lin", protocol=Protocol.RDP),
            {"2": SessionKind.RDP},
        ),
        # Somebody stands at the log-on screen, from elsewhere.
        (
            TerminalSession(3, SessionState.CONNECTED, "RDP-Tcp#2", protocol=Protocol.RDP),
            {"3": SessionKind.RDP},
        ),
        (
            TerminalSession(2, SessionState.ACTIVE, "ICA", "lin", protocol=Protocol.LEGACY),
            {"2": SessionKind.OTHER_REMOTE},
        ),
        (TerminalSession(4, SessionState.SHADOW, "", "admin"), {"4": SessionKind.SHADOW}),
        (
            TerminalSession(5, SessionState.ACTIVE, "?", "lin", protocol=99),
            {"5": SessionKind.OTHER_REMOTE},
        ),
    ],
)
def test_kinds(session: TerminalSession, expected: dict[str, SessionKind]) -> None:
    assert kinds(session) == expected


def test_a_console_that_windows_shows_elsewhere_is_remote() -> None:
    assert kinds(CONSOLE, remote=True) == {"1": SessionKind.OTHER_REMOTE}


def test_another_session_is_not_judged_by_what_ours_says() -> None:
    other = TerminalSession(2, SessionState.ACTIVE, "Console", "lin")
    assert kinds(other, remote=True) == {"2": SessionKind.LOCAL}


def test_a_shadowed_candidate_is_told_beside_his_logon() -> None:
    assert kinds(CONSOLE, controlled=True) == {
        "1": SessionKind.LOCAL,
        "shadow:1": SessionKind.SHADOW,
    }


def test_user_and_far_end() -> None:
    rdp = TerminalSession(
        2, SessionState.ACTIVE, "RDP-Tcp#1", "lin", "EXAM", Protocol.RDP, "SOLVER", "10.0.0.9"
    )
    nameless = TerminalSession(
        3, SessionState.ACTIVE, "RDP-Tcp#2", "wu", "", Protocol.RDP, "SOLVER"
    )
    left = TerminalSession(1, SessionState.ACTIVE, "Console", "lin", "EXAM", client_name="SOLVER")
    found = terminal_logons([rdp, nameless, left], own_session=1, remote=False, controlled=False)
    assert found["2"] == SessionStarted("2", SessionKind.RDP, "EXAM\\lin", "10.0.0.9", "RDP-Tcp#1")
    assert (found["3"].user, found["3"].remote_host) == ("wu", "SOLVER")
    assert found["1"].remote_host == ""
