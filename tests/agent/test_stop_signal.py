"""The signal to stop: it ends every wait, whatever the thread waits for beside it."""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from jiankao_agent.platform.stop_signal import StopSignal

LONG_S = 600.0
"""Longer than any test may take: who waits so long was not ended by time."""
DEADLINE_S = 20.0


class Waiting:
    """A thread that waits once."""

    def __init__(self, signal: StopSignal, wait: Callable[[], bool]) -> None:
        self.told: bool | None = None
        self.cpu_s = 0.0
        self._signal, self._wait = signal, wait
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        began_s = time.thread_time()
        self.told = self._wait()
        self.cpu_s = time.thread_time() - began_s

    def until_it_waits(self) -> None:
        until(lambda: self._signal.waits)

    def ended(self) -> bool | None:
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive(), "the wait goes on"
        return self.told


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@contextmanager
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def signal() -> Iterator[StopSignal]:
    signal = StopSignal()
    yield signal
    signal.close()


WAITS: dict[str, Callable[[StopSignal, socket.socket], bool]] = {
    "for ever": lambda signal, _: signal.wait(),
    "long": lambda signal, _: signal.wait(LONG_S),
}
if sys.platform != "win32":
    WAITS["for a socket"] = lambda signal, source: signal.wait_for(source)
    WAITS["long for a socket"] = lambda signal, source: signal.wait_for(source, timeout_s=LONG_S)


@pytest.mark.parametrize("name", WAITS)
def test_it_ends_a_wait_at_once_and_every_later_one(signal: StopSignal, name: str) -> None:
    with pair() as (ours, _):
        waiting = Waiting(signal, lambda: WAITS[name](signal, ours))
        waiting.until_it_waits()
        signal.set()
        assert waiting.ended() is ("socket" not in name)
        assert signal.is_set()
        assert not signal.waits
        for _ in range(3):
            assert WAITS[name](signal, ours) is ("socket" not in name)


@pytest.mark.parametrize("name", WAITS)
def test_waking_ends_one_wait_and_stops_nothing(signal: StopSignal, name: str) -> None:
    with pair() as (ours, _):
        waiting = Waiting(signal, lambda: WAITS[name](signal, ours))
        waiting.until_it_waits()
        signal.wake()
        assert waiting.ended() is False
        assert not signal.is_set()
        # Asked for something while it was at work: the next wait ends at once, the one after it does not.
        signal.wake()
        signal.wake()
        assert WAITS[name](signal, ours) is False
        again = Waiting(signal, lambda: WAITS[name](signal, ours))
        again.until_it_waits()
        assert again.told is None
        signal.set()
        again.ended()


def test_time_ends_a_wait(signal: StopSignal) -> None:
    assert signal.wait(0) is False
    assert signal.wait(0.01) is False
    assert not signal.is_set()


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are not waited for there")
def test_what_a_source_has_to_say_ends_a_wait(signal: StopSignal) -> None:
    with pair() as (ours, theirs), pair() as (others, _):
        assert signal.wait_for(others, ours, timeout_s=0) is False
        theirs.send(b"x")
        assert signal.wait_for(others, ours) is True
        ours.recv(1)
        waiting = Waiting(signal, lambda: signal.wait_for(others, ours))
        waiting.until_it_waits()
        theirs.close()
        assert waiting.ended() is True, "a broken source is not news"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no descriptor")
@pytest.mark.parametrize("closed_by", ["its owner", "somebody else"])
def test_without_its_descriptor_it_still_ends_waits_and_does_not_spin(closed_by: str) -> None:
    signal = StopSignal()
    with pair() as (ours, theirs):
        if closed_by == "its owner":
            signal.close()
        else:
            os.close(signal._descriptor)  # noqa: SLF001 - what others have no business with
        waiting = Waiting(signal, lambda: signal.wait_for(ours))
        waiting.until_it_waits()
        time.sleep(0.5)  # what is to be seen is that nothing is done meanwhile
        assert waiting.told is None
        signal.set()
        assert waiting.ended() is False
        assert waiting.cpu_s < 0.25
        assert signal.wait() is True
        theirs.send(b"x")
    signal.close()


@pytest.mark.skipif(sys.platform != "linux", reason="there is no descriptor")
def test_it_has_no_descriptor_left_when_nobody_has_it() -> None:
    signal = StopSignal()
    descriptor = signal._descriptor  # noqa: SLF001 - it has no other name
    os.fstat(descriptor)
    del signal
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(descriptor)


@pytest.mark.skipif(sys.platform != "linux", reason="there is no descriptor")
def test_out_of_descriptors_it_works_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "eventfd", refuse)
    signal = StopSignal()
    waiting = Waiting(signal, signal.wait)
    waiting.until_it_waits()
    signal.set()
    assert waiting.ended() is True
