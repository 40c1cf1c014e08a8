"""Logons. Wine knows of none: what real Windows says comes from the test."""

from jiankao_agent.platform.windows import terminal_services
from jiankao_agent.platform.windows.terminal_session import (
    Protocol,
    SessionState,
    TerminalSession,
)
from jiankao_agent.sensors.windows.sessions import SessionSources, SessionsSensor
from jiankao_proto.observations import Health, SessionEnded, SessionKind, SessionStarted
from tests.support.sensor_harness import running

HERE = TerminalSession(1, SessionState.ACTIVE, "Console", "candidate", "EXAM")
RDP = TerminalSession(
    2, SessionState.ACTIVE, "RDP-Tcp#0", "admin", "EXAM", Protocol.RDP, "SOLVER", "10.1.2.3"
)


def test_windows_is_asked() -> None:
    assert isinstance(terminal_services.read_sessions(), list)
    assert SessionsSensor().probe().health is Health.OK


def test_a_remote_desktop_is_told_when_it_comes_and_goes() -> None:
    there = [HERE]
    sensor = SessionsSensor(SessionSources(sessions=lambda: list(there)))
    with running(sensor) as harness:
        local = harness.wait_for(SessionStarted)
        there.append(RDP)
        remote = harness.wait_for(SessionStarted, lambda f: f.kind is SessionKind.RDP)
        there.remove(RDP)
        harness.wait_for(SessionEnded, lambda f: f.kind is SessionKind.RDP)
    assert local == SessionStarted(
        "1", SessionKind.LOCAL, "EXAM\\candidate", "", "Console", baseline=True
    )
    assert remote == SessionStarted("2", SessionKind.RDP, "EXAM\\admin", "10.1.2.3", "RDP-Tcp#0")
    assert harness.urgent == [remote]


def test_a_service_that_does_not_answer_is_said() -> None:
    def refuse() -> list[TerminalSession]:
        raise OSError(1722, "the RPC server is unavailable")

    condition = SessionsSensor(SessionSources(sessions=refuse)).probe()
    assert condition.health is Health.UNAVAILABLE
    assert "RPC server" in condition.reason
    assert "TermService" in condition.remedy
