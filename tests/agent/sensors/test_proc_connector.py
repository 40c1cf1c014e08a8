"""The proc connector: recorded messages, garbage, and the kernel itself."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiankao_agent.platform.linux import proc_connector
from jiankao_agent.platform.linux.proc_connector import (
    Answered,
    EventsLostError,
    Executed,
    Exited,
    Forked,
    NoProcConnectorError,
    ProcConnector,
    ProcEvent,
    Renamed,
    parse,
)
from jiankao_proto.errors import MalformedError

DEADLINE_S = 10.0


def message(what: str, cpu: str, at: str, rest: str) -> bytes:
    """One message as Linux 6.18 sent it (x86-64)."""
    head = "4c000000030000000100000000000000" + "01000000010000000100000000000000" + "28000000"
    return bytes.fromhex(head + what + cpu + at + rest).ljust(76, b"\0")


AT = "856e79692c050000"
AT_NS = 0x052C69796E85
FORK = message("01000000", "01000000", AT, "52610000526100009361000093610000")
FORK_OF_A_THREAD = message("01000000", "00000000", AT, "00500000005000000250000001500000")
EXEC = message("02000000", "00000000", AT, "9361000093610000")
EXIT = message("00000080", "00000000", AT, "9361000093610000" + "00000000" + "11000000")
EXIT_OF_A_THREAD = message("00000080", "00000000", AT, "9461000093610000" + "00000000" + "ffffffff")
COMM = message("00020000", "01000000", AT, "9361000093610000" + b"x11vnc\0ld".hex())
USER = message("04000000", "00000000", AT, "946100009461000000000000" + "2a000000")
ANSWER = bytes.fromhex(
    "4c0000000300000000000000000000000100000001000000000000000100000028000000"
    "0000000000000000bd14dc5c2c050000"
).ljust(76, b"\0")


@pytest.mark.parametrize(
    ("datagram", "events"),
    [
        (FORK, [Forked(AT_NS, 24979, 24914)]),
        (FORK_OF_A_THREAD, []),
        (EXEC, [Executed(AT_NS, 24979)]),
        (EXIT, [Exited(AT_NS, 24979)]),
        (EXIT_OF_A_THREAD, []),
        (COMM, [Renamed(AT_NS, 24979, "x11vnc")]),
        (USER, []),
        (ANSWER, [Answered(0, 0)]),
        (EXEC + EXIT, [Executed(AT_NS, 24979), Exited(AT_NS, 24979)]),
        (b"", []),
    ],
)
def test_recorded_messages(datagram: bytes, events: list[ProcEvent]) -> None:
    assert parse(datagram) == events


@pytest.mark.parametrize("length", range(1, 76))
def test_a_message_that_is_cut_is_refused(length: int) -> None:
    with pytest.raises(MalformedError, match="proc connector"):
        parse(EXIT[:length])


def test_another_connectors_messages_are_left_out() -> None:
    assert parse(EXEC[:16] + b"\x09" + EXEC[17:]) == []


@given(st.binary(max_size=300))
def test_garbage_is_read_or_refused(data: bytes) -> None:
    try:
        events = parse(data)
    except MalformedError:
        return
    assert isinstance(events, list)


@given(st.integers(0, 75), st.binary(min_size=1, max_size=12))
def test_a_damaged_message_is_read_or_refused(at: int, damage: bytes) -> None:
    for whole in (FORK, EXEC, EXIT, COMM, ANSWER):
        data = whole[:at] + damage + whole[at + len(damage) :]
        try:
            events = parse(data)
        except MalformedError:
            continue
        assert len(events) <= len(data) // 16


@pytest.fixture
def connector() -> Iterator[ProcConnector]:
    try:
        opened = ProcConnector()
    except NoProcConnectorError as error:
        pytest.skip(str(error))
    yield opened
    opened.close()


def events_until(connector: ProcConnector, last: type[ProcEvent], pid: int) -> list[ProcEvent]:
    """Read until an event of a kind about a process; return those about it."""
    seen: list[ProcEvent] = []
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        for event in connector.read(0.5):
            if not isinstance(event, Answered) and event.pid == pid:
                seen.append(event)
            if isinstance(event, last) and not isinstance(event, Answered) and event.pid == pid:
                return seen
    raise AssertionError(f"no {last.__name__} of {pid}: {seen}")


def test_the_kernel_tells_of_a_program_from_its_fork_to_its_exit(connector: ProcConnector) -> None:
    before_ns = time.monotonic_ns()
    with subprocess.Popen(["true"]) as child:
        child.wait(DEADLINE_S)
    told = events_until(connector, Exited, child.pid)
    assert [type(event) for event in told] == [Forked, Executed, Exited]
    assert isinstance(told[0], Forked)
    assert told[0].parent_pid == os.getpid()
    times = [event.at_ns for event in told if not isinstance(event, Answered)]
    in_order = [before_ns, *times, time.monotonic_ns()]
    assert in_order == sorted(in_order)


THREADS = """
import threading
for _ in range(50):
    one = threading.Thread(target=int)
    one.start()
    one.join()
"""


def test_threads_wake_nobody(connector: ProcConnector, monkeypatch: pytest.MonkeyPatch) -> None:
    datagrams: list[bytes] = []

    def counted(datagram: bytes) -> list[ProcEvent]:
        datagrams.append(datagram)
        return parse(datagram)

    monkeypatch.setattr(proc_connector, "parse", counted)
    with subprocess.Popen([sys.executable, "-S", "-c", THREADS]) as child:
        child.wait(DEADLINE_S)
    events_until(connector, Exited, child.pid)
    own = child.pid.to_bytes(4, sys.byteorder)
    # Fork (names the child once its pid, once its group), exec, exit, at times the name it gives itself.
    assert len([d for d in datagrams if own in d]) < 10


def test_lost_events_are_known_to_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proc_connector, "_QUEUE_BYTES", 1)
    try:
        small = ProcConnector()
    except NoProcConnectorError as error:
        pytest.skip(str(error))
    try:
        for _ in range(20):
            subprocess.run(["true"], check=True)
        first = small.read(1.0)  # what was kept is given before the loss is told
        assert first
        with pytest.raises(EventsLostError):
            small.read(0)
        # It goes on after that.
        with subprocess.Popen(["true"]) as child:
            child.wait(DEADLINE_S)
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            try:
                if any(not isinstance(e, Answered) for e in small.read(0.2)):
                    break
            except EventsLostError:
                continue
        else:
            raise AssertionError("nothing came after the loss")
    finally:
        small.close()


TRY = """
from jiankao_agent.platform.linux.proc_connector import NoProcConnectorError, ProcConnector
try:
    ProcConnector()
except NoProcConnectorError as error:
    print(error)
"""


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0 or shutil.which("unshare") is None,
    reason="making a namespace needs root and unshare",
)
@pytest.mark.parametrize("space", [["--net"], ["--pid", "--fork", "--mount-proc"]])
def test_in_a_namespace_of_its_own_it_says_so_at_once(space: list[str]) -> None:
    done = subprocess.run(
        ["unshare", *space, sys.executable, "-c", TRY],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout.startswith("the proc connector "), done.stdout
