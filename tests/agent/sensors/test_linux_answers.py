"""The parsers of what Linux says: recorded answers, and garbage."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.linux import proc_files, proc_net
from jiankao_agent.platform.linux.logind import LogindSession, parse_session
from jiankao_agent.platform.linux.proc_net import SocketRow, SocketState
from jiankao_agent.platform.linux.remote_logons import parse_sshd_title
from jiankao_agent.platform.linux.x_displays import XDisplay, parse_display
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import Endpoint, Transport

STAT = (
    b"4711 (a) b (x) S 812 4711 4711 0 -1 4194560 98 0 0 0 1 2 0 0 20 0 1 0 734512 2572288 225 "
    b"18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
)
TCP = b"""  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:170C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 14133 1 0000000077956b78 100
   1: 0B00A8C0:170C 0500A8C0:D431 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000077956b78 100
   2: 0B00A8C0:170C 0500A8C0:D432 06 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000077956b78 100
"""
TCP6 = b"""  sl  local_address                         remote_address                        st tx_queue
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 77
   1: 0000000000000000FFFF00000B00A8C0:0016 0000000000000000FFFF00000500A8C0:D433 01 0:0 0:0 0 0 0 78
   2: B80D01200000000000000000010000FF:0016 B80D0120000000000000000002000000:D434 01 0:0 0:0 0 0 0 79
"""


def test_stat_with_brackets_in_the_name() -> None:
    stat = proc_files.parse_stat(STAT)
    assert (stat.pid, stat.command, stat.state, stat.parent_pid) == (4711, "a) b (x", "S", 812)
    assert (stat.start_ticks, stat.kernel_thread) == (734512, False)


def test_a_kernel_thread_is_told_from_a_program() -> None:
    assert proc_files.parse_stat(STAT.replace(b"4194560", b"2129984")).kernel_thread


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda b: b"1 (x) " + b))
def test_garbage_is_no_stat(data: bytes) -> None:
    try:
        stat = proc_files.parse_stat(data)
    except MalformedError:
        return
    assert stat.start_ticks is not None


def test_own_stat_names_this_process() -> None:
    stat = proc_files.parse_stat(proc_files.read(f"/proc/{os.getpid()}/stat"))
    assert (stat.pid, stat.parent_pid) == (os.getpid(), os.getppid())


def test_command_lines() -> None:
    assert proc_files.parse_command_line(b"x11vnc\0-display\0:0\0") == ("x11vnc", "-display", ":0")
    assert proc_files.parse_command_line(b"sshd: root@pts/0\0\0\0\0") == ("sshd: root@pts/0",)
    assert proc_files.parse_command_line(b"") == ()
    assert proc_files.parse_command_line(b"a\xff\0") == ("a\ufffd",)


def test_session_of_a_cgroup() -> None:
    assert (
        proc_files.parse_logind_session(b"0::/user.slice/user-1000.slice/session-c2.scope\n")
        == "c2"
    )
    assert proc_files.parse_logind_session(b"0::/system.slice/ssh.service\n") == ""


def test_a_deleted_executable_keeps_its_name() -> None:
    assert proc_files.program_name("/tmp/x11vnc (deleted)") == "x11vnc"
    assert proc_files.program_name("/memfd:tool (deleted)") == "memfd:tool"
    assert proc_files.program_name("") == ""


@pytest.mark.parametrize(
    "parse",
    [proc_files.parse_boot_time, proc_files.parse_last_pid, proc_files.parse_user_id],
)
@given(data=st.binary(max_size=80).filter(lambda data: not any(c in b"0123456789" for c in data)))
def test_garbage_is_refused(parse: object, data: bytes) -> None:
    assert callable(parse)
    with pytest.raises(MalformedError):
        parse(data)


def test_tcp_table() -> None:
    rows, malformed = proc_net.parse_table(TCP, Transport.TCP)
    here, there = Endpoint("192.168.0.11", 5900), Endpoint("192.168.0.5", 54321)
    assert malformed == 0
    assert rows == [
        SocketRow(
            Transport.TCP,
            Endpoint("127.0.0.1", 5900),
            Endpoint("0.0.0.0", 0),
            SocketState.LISTENING,
            14133,
        ),
        SocketRow(Transport.TCP, here, there, SocketState.CONNECTED, 0),
        SocketRow(Transport.TCP, here, Endpoint("192.168.0.5", 54322), SocketState.OTHER, 0),
    ]


def test_tcp6_table_gives_mapped_addresses_as_ipv4() -> None:
    rows, malformed = proc_net.parse_table(TCP6, Transport.TCP)
    assert malformed == 0
    assert [(row.local.address, row.remote.address) for row in rows] == [
        ("::", "::"),
        ("192.168.0.11", "192.168.0.5"),
        ("2001:db8::ff00:1", "2001:db8::2"),
    ]


@given(st.binary(max_size=300))
def test_garbage_lines_of_a_table_are_counted(data: bytes) -> None:
    rows, malformed = proc_net.parse_table(TCP + data.replace(b"\n", b" "), Transport.TCP)
    assert rows[:3] == proc_net.parse_table(TCP, Transport.TCP)[0]
    assert len(rows) - 3 + malformed == (1 if data.replace(b"\n", b" ").strip() else 0)


def test_traffic_does_not_count_as_a_change_of_sockets() -> None:
    snmp = (
        b"Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs\n"
        b"Tcp: 1 200 120000 -1 162 45 1 34 2 %d 14027\nTCP: inuse %d orphan 0\n"
    )
    before = proc_net.relevant_counters(snmp % (1, 4))
    assert proc_net.relevant_counters(snmp % (2, 4)) == before
    assert proc_net.relevant_counters(snmp % (1, 5)) != before


def test_logind_session() -> None:
    data = (
        b"# This is private data. Do not parse.\nUID=1000\nUSER=student\nACTIVE=1\nIS_DISPLAY=1\nSTATE=active\n"
        b"REMOTE=1\nTYPE=tty\nCLASS=user\nSCOPE=session-3.scope\nREMOTE_HOST=192.168.0.5\nSERVICE=sshd\n"
        b"TTY=pts/0\nLEADER=4711\nAUDIT=3\n"
    )
    assert parse_session("3", data) == LogindSession(
        "3",
        user="student",
        remote=True,
        remote_host="192.168.0.5",
        type="tty",
        session_class="user",
        service="sshd",
        terminal="pts/0",
        state="active",
        leader_pid=4711,
    )


@given(st.binary(max_size=300))
def test_garbage_counters_are_only_compared(data: bytes) -> None:
    for garbage in (data, b"Tcp: ActiveOpens CurrEstab\nTcp: " + data):
        assert proc_net.relevant_counters(garbage) == proc_net.relevant_counters(garbage)


@given(st.binary(max_size=300))
def test_a_garbage_session_file_is_an_empty_session(data: bytes) -> None:
    assert parse_session("3", data).session == "3"


@pytest.mark.parametrize(
    ("title", "served"),
    [
        ("sshd: root@pts/0", ("root", "pts/0")),
        ("sshd: root@notty", ("root", "")),
        ("sshd-session: student@pts/3", ("student", "pts/3")),
        ("sshd: a@b.example@pts/1", ("a@b.example", "pts/1")),
        ("sshd: tunnel", ("tunnel", "")),
        ("sshd: root [priv]", None),
        ("sshd: [accepted]", None),
        ("sshd: unknown [net]", None),
        ("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", None),
        ("/usr/sbin/sshd -D", None),
    ],
)
def test_sshd_titles(title: str, served: tuple[str, str] | None) -> None:
    assert parse_sshd_title(title) == served


@given(st.text(max_size=60))
def test_any_title_is_read(title: str) -> None:
    served = parse_sshd_title("sshd: " + title)
    assert served is None or served[0]


@pytest.mark.parametrize(
    ("text", "display"),
    [
        (":0", XDisplay(0)),
        ("unix:1.0", XDisplay(1)),
        ("localhost:10.0", None),
        ("192.168.0.5:0", None),
        ("", None),
        ("wayland-0", None),
    ],
)
def test_only_displays_of_this_workstation_count(text: str, display: XDisplay | None) -> None:
    assert parse_display(text) == display
