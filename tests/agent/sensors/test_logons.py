"""Which logons the evidence makes, and how they change."""

import pytest

from jiankao_agent.platform.linux.logind import LogindSession
from jiankao_agent.platform.linux.proc_net import SocketRow, SocketState
from jiankao_agent.platform.linux.remote_logons import SshLogon, UtmpLogon, remote_x_clients
from jiankao_agent.sensors.logons import Evidence, changes, logons
from jiankao_proto.observations import (
    Endpoint,
    SessionEnded,
    SessionKind,
    SessionStarted,
    Transport,
)

THERE = Endpoint("192.168.0.5", 40000)
SSHD = LogindSession(
    "3",
    "root",
    remote=True,
    remote_host="192.168.0.5",
    service="sshd",
    session_class="user",
    leader_pid=100,
)


@pytest.mark.parametrize(
    ("session", "kind"),
    [
        (LogindSession("1", "student", service="gdm-password", display=":0"), SessionKind.LOCAL),
        (SSHD, SessionKind.SSH),
        (LogindSession("c4", "student", service="xrdp-sesman", type="x11"), SessionKind.RDP),
        (LogindSession("c5", "student", service="tigervnc", display=":1"), SessionKind.VNC),
        (LogindSession("c6", "student", remote=True, service="login"), SessionKind.OTHER_REMOTE),
    ],
)
def test_the_kind_is_told_by_who_let_the_user_in(session: LogindSession, kind: SessionKind) -> None:
    (found,) = logons(Evidence(logind=(session,))).values()
    assert (found.kind, found.user) == (kind, session.user)


def test_sessions_without_a_person_are_none() -> None:
    cron = LogindSession("7", "root", session_class="background", service="cron")
    gone = LogindSession("8", "root", session_class="user", state="closing")
    assert logons(Evidence(logind=(cron, gone))) == {}


def test_one_ssh_logon_seen_three_ways_is_one_session() -> None:
    evidence = Evidence(
        logind=(SSHD,),
        utmp=(UtmpLogon("root", "pts/0", "192.168.0.5", 101, "sshd"),),
        ssh=(SshLogon(101, 100, "root", "pts/0"),),
        ssh_peers={101: "192.168.0.5"},
        parents={101: 100, 100: 50},
    )
    assert list(logons(evidence)) == ["3"]


def test_without_logind_utmp_tells_and_without_utmp_sshd_does() -> None:
    utmp = UtmpLogon("root", "pts/0", "192.168.0.5", 101, "sshd")
    ssh = SshLogon(101, 100, "root", "pts/0")
    tunnel = SshLogon(201, 200, "root", "")
    found = logons(
        Evidence(
            utmp=(utmp,),
            ssh=(ssh, tunnel),
            ssh_peers={201: "192.168.0.9"},
            parents={101: 100, 201: 200},
        )
    )
    assert {name: (s.kind, s.remote_host) for name, s in found.items()} == {
        "utmp:pts/0": (SessionKind.SSH, "192.168.0.5"),
        "ssh:201": (SessionKind.SSH, "192.168.0.9"),
    }


def test_terminal_windows_of_the_desktop_are_no_logons() -> None:
    windows = tuple(
        UtmpLogon("student", f"pts/{n}", host, 7, "xterm")
        for n, host in enumerate([":0", "localhost"])
    )
    assert logons(Evidence(utmp=windows)) == {}
    (console,) = logons(Evidence(utmp=(UtmpLogon("student", "tty1", "", 7, "login"),))).values()
    assert console.kind is SessionKind.LOCAL


def test_x_clients_from_the_network() -> None:
    local, loopback = Endpoint("192.168.0.11", 6000), Endpoint("127.0.0.1", 6010)
    rows = [
        SocketRow(Transport.TCP, local, THERE, SocketState.CONNECTED, 1),
        SocketRow(Transport.TCP, loopback, Endpoint("127.0.0.1", 5), SocketState.CONNECTED, 2),
        SocketRow(Transport.TCP, local, Endpoint("0.0.0.0", 0), SocketState.LISTENING, 3),
    ]
    clients = tuple(remote_x_clients(rows, [0, 10]))
    assert clients == ((0, THERE),)
    (found,) = logons(Evidence(x_clients=clients)).values()
    assert (found.kind, found.remote_host, found.terminal) == (
        SessionKind.X11_REMOTE,
        "192.168.0.5",
        ":0",
    )


def test_starts_and_ends() -> None:
    before = {"1": SessionStarted("1", SessionKind.LOCAL, "student")}
    now = {"2": SessionStarted("2", SessionKind.SSH, "root", "192.168.0.5", "pts/0")}
    assert changes(before, before) == []
    assert changes(before, now) == [SessionEnded("1", SessionKind.LOCAL, "student"), now["2"]]


def test_a_session_that_becomes_remote_ends_and_starts() -> None:
    before = {"1": SessionStarted("1", SessionKind.LOCAL, "student", terminal="tty1")}
    now = {"1": SessionStarted("1", SessionKind.RDP, "student", terminal="tty1")}
    assert [type(fact) for fact in changes(before, now)] == [SessionEnded, SessionStarted]
    moved = {"1": SessionStarted("1", SessionKind.LOCAL, "student", terminal=":0")}
    assert changes(before, moved) == []
