"""A desk for the keeper without Windows: its helpers are threads, their pipes are socket pairs."""

import socket
import threading
from collections.abc import Callable

from jiankao_agent.session_helper.messages import LARGEST_MESSAGE

ServeChannel = Callable[["SocketChannel"], None]
"""What a helper does with its end, until that is closed."""


class SocketChannel:
    """One end of a pair that keeps messages whole, with time limits."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end

    def read(self, timeout_s: float) -> bytes | None:
        self.socket.settimeout(max(timeout_s, 0.001))
        try:
            data = self.socket.recv(LARGEST_MESSAGE)
        except TimeoutError:
            return None
        if not data:
            raise BrokenPipeError("the far end is gone")
        return data

    def write(self, message: bytes, timeout_s: float = 5.0) -> None:
        self.socket.settimeout(timeout_s)
        self.socket.send(message)


class ThreadHelper:
    """A helper that was started on the desk; `end` cuts it off."""

    def __init__(self, serve: ServeChannel) -> None:
        # The default family is the one whose sockets can keep messages whole; Windows has none.
        ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        self._channel, self._far = SocketChannel(ours), SocketChannel(theirs)
        self._thread = threading.Thread(target=self._serve, args=(serve,))
        self._thread.start()

    def _serve(self, serve: ServeChannel) -> None:
        try:
            serve(self._far)
        finally:
            self._far.socket.close()

    def connect(self, within_s: float) -> None:
        assert within_s > 0

    def read(self, timeout_s: float) -> bytes | None:
        return self._channel.read(timeout_s)

    def write(self, message: bytes) -> None:
        self._channel.write(message)

    def end(self) -> None:
        try:
            self._channel.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # ended already

    def last_words(self) -> str:
        return ""

    def close(self) -> None:
        self._thread.join(20)
        self._channel.socket.close()


class FakeDesk:
    """The screen of a computer; a test sets who is logged on."""

    def __init__(self, serve: ServeChannel, session: int | None = 1) -> None:
        self.at_screen, self._serve = session, serve
        self.refuses = ""
        self.started: list[tuple[int, ThreadHelper]] = []

    def session(self) -> int | None:
        return self.at_screen

    def start(self, session: int) -> ThreadHelper:
        if self.refuses:
            raise OSError(self.refuses)
        self.started.append((session, ThreadHelper(self._serve)))
        return self.started[-1][1]
