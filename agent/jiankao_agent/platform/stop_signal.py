"""The signal to stop, which a thread can wait for together with what it listens to.

A sensor's thread sleeps until the system tells it something. With a descriptor of its own for the signal (an eventfd,
eventfd(2)) it waits for both in one poll(2): it never has to wake only to ask whether it is to stop, and when it is, it
knows at once. Windows has no descriptors to wait for together; there the thread waits for the signal alone.
"""

import os
import select
import sys
import threading
import time
from contextlib import suppress
from typing import Protocol

_SLICE_S = 1.2
"""Without its descriptor the signal is looked at this often."""
READABLE = 0x001  # POLLIN
URGENT = 0x002  # POLLPRI: how files of /proc tell of a change


class Source(Protocol):
    """What can be waited for: a socket, a file."""

    def fileno(self) -> int:
        """Return its descriptor."""


class StopSignal:
    """Tells one thread to stop; or only to look up, because it is asked for something. Safe from any thread."""

    def __init__(self) -> None:
        """Start unset."""
        self._stop = threading.Event()
        self._woken = threading.Event()
        self._lock = threading.Lock()
        self._descriptor = _open_bell()
        self._waits = False

    def set(self) -> None:
        """Tell the thread to stop: every wait ends at once, now and later."""
        self._stop.set()
        self.wake()

    def is_set(self) -> bool:
        """Tell whether it is to stop."""
        return self._stop.is_set()

    def wake(self) -> None:
        """End the wait that the thread is in, or else its next one."""
        self._woken.set()
        with self._lock:
            if self._descriptor >= 0:
                _ring(self._descriptor)

    @property
    def waits(self) -> bool:
        """Whether the thread waits right now: it will look up when something happens, and is not stuck."""
        return self._waits

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it is set, the thread is woken, or time is up; tell whether it is set."""
        self.wait_for(timeout_s=timeout_s)
        return self._stop.is_set()

    def wait_for(
        self, *sources: Source, timeout_s: float | None = None, news: int = READABLE
    ) -> bool:
        """Wait until there is `news` in one of `sources`, or as `wait` does; tell whether there is.

        A source that broke counts as news: reading it says what is wrong. Sources are of Linux.
        """
        if self._stop.is_set():
            return False
        self._waits = True
        try:
            return self._wait(sources, timeout_s, news)
        finally:
            self._waits = False

    def close(self) -> None:
        """Give the descriptor back. Only when no thread waits any more: its number is another's next."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)

    def __del__(self) -> None:
        """Give the descriptor back: a thread that did not stop in time keeps its signal until it does."""
        if hasattr(self, "_descriptor"):
            self.close()

    def _wait(self, sources: tuple[Source, ...], timeout_s: float | None, news: int) -> bool:
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            left_s = None if until is None else max(0.0, until - time.monotonic())
            spoke = False
            if sys.platform == "win32":
                self._woken.wait(left_s)
            else:
                spoke = self._poll(sources, left_s, news)
            if spoke or self._woken.is_set() or self._stop.is_set():
                break
            if until is not None and time.monotonic() >= until:
                break
        if not self._stop.is_set():
            self._woken.clear()
        return spoke

    if sys.platform != "win32":

        def _poll(self, sources: tuple[Source, ...], left_s: float | None, news: int) -> bool:
            bell, poller = self._descriptor, select.poll()
            if bell >= 0:
                poller.register(bell, select.POLLIN)
            elif left_s is None or left_s > _SLICE_S:
                left_s = _SLICE_S
            for source in sources:
                poller.register(source, news)
            spoke = False
            for descriptor, what in poller.poll(None if left_s is None else left_s * 1000):
                if descriptor != bell:
                    spoke = True
                elif what & select.POLLNVAL:
                    # Somebody closed it: without this the wait would never rest, nor end when it is to.
                    self._descriptor = -1
                else:
                    _hear(bell)
            return spoke


def _open_bell() -> int:
    """Return a descriptor that others can ring; -1 where there is none to be had."""
    if sys.platform == "linux":
        with suppress(OSError):  # out of descriptors, say
            return os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
    return -1


def _ring(descriptor: int) -> None:
    if sys.platform == "linux":
        with suppress(OSError):  # it counts to 2**64 before it is full, or somebody closed it
            os.eventfd_write(descriptor, 1)


def _hear(descriptor: int) -> None:
    if sys.platform == "linux":
        with suppress(BlockingIOError):
            os.eventfd_read(descriptor)
