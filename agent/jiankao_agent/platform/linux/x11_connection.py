"""A connection to an X server that never waits for ever."""

import socket
import sys
import time
from collections.abc import Iterable, Mapping

from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux import x11_wire
from jiankao_agent.platform.linux.x_displays import SOCKET_FOLDER, XDisplay, cookies
from jiankao_proto.errors import MalformedError

ANSWER_S = 3.0
"""How long an X server may take for an answer."""
_RECEIVE = 64 * 1024


class X11Connection:
    """One connection. Every method raises SensorError when the server is gone, stuck or talks nonsense."""

    def __init__(
        self, display: XDisplay, environment: Mapping[str, str], *, errors_are_answers: bool = False
    ) -> None:
        """Connect with the first cookie the server accepts.

        `errors_are_answers`: `ask` returns an error as it returns a reply, and nobody hears of one about a request that
        was only sent. For who asks about things of other programs, which may be gone before the server reads it.
        """
        self.display = display
        self._errors_are_answers = errors_are_answers
        self._buffer = bytearray()
        self._sequence = 0
        self._events: list[bytes] = []
        refusal = ""
        # Nothing is searched for a display that is not there; the sensor asks for one again and again.
        _connect(display).close()
        for cookie in cookies(display, environment):
            self._socket = _connect(display)
            try:
                answer = self._set_up(cookie)
            except SensorError:
                self._socket.close()
                raise
            if isinstance(answer, x11_wire.Setup):
                self.setup = answer
                return
            self._socket.close()
            refusal = refusal or answer
        raise SensorError(
            f"X display {display.name} refuses the agent ({refusal}); run the agent as root, "
            f"or give it the XAUTHORITY file of that display"
        )

    def fileno(self) -> int:
        """Return the descriptor to wait for answers and events by; `pending` ones have come already."""
        return self._socket.fileno()

    @property
    def pending(self) -> bool:
        """Whether events wait to be taken that came with an answer."""
        return bool(self._events)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def send(self, request: bytes) -> int:
        """Send a request and return its sequence number (16 bits)."""
        try:
            self._socket.settimeout(ANSWER_S)
            self._socket.sendall(request)
        except OSError as error:
            raise self._gone(error) from error
        self._sequence = (self._sequence + 1) & 0xFFFF
        return self._sequence

    def ask(self, request: bytes) -> bytes:
        """Send a request and return its reply; events that arrive meanwhile are kept for `events`."""
        sequence = self.send(request)
        deadline = time.monotonic() + ANSWER_S
        while True:
            for packet in self._packets():
                if packet[0] == x11_wire.REPLY and x11_wire.sequence_of(packet) == sequence:
                    return packet
            left = deadline - time.monotonic()
            if left <= 0:
                raise SensorError(
                    f"X display {self.display.name} does not answer; if the desktop is frozen, restart it"
                )
            self._receive(left)

    def events(self, timeout_s: float) -> list[bytes]:
        """Return the events that have arrived, waiting at most `timeout_s` for the first, with 0 not at all."""
        if not self._events:
            self._receive(timeout_s)
            for _ in self._packets():
                pass  # the reply of nobody: all requests with replies go through `ask`
        events, self._events = self._events, []
        return events

    def answers(self, timeout_s: float) -> list[bytes]:
        """Return what a request that goes on answering (RECORD's) has answered, waiting at most `timeout_s`."""
        if not (answers := list(self._packets())):
            self._receive(timeout_s)
            answers = list(self._packets())
        self._events.clear()
        return answers

    def _packets(self) -> Iterable[bytes]:
        """Take complete packets out of the buffer; events are put aside, errors raised, replies given."""
        place = 0
        replies: list[bytes] = []
        try:
            while (
                0
                < (length := x11_wire.packet_length(self._buffer, place))
                <= len(self._buffer) - place
            ):
                packet = bytes(self._buffer[place : place + length])
                place += length
                if packet[0] == x11_wire.ERROR and not self._errors_are_answers:
                    raise SensorError(
                        f"X display {self.display.name} refuses a request (error {packet[1]}); "
                        f"does another program hold its input?"
                    )
                answer = packet[0] in {x11_wire.REPLY, x11_wire.ERROR}
                (replies if answer else self._events).append(packet)
        except MalformedError as error:
            raise SensorError(
                f"X display {self.display.name}: {error}; restart the desktop"
            ) from error
        finally:
            del self._buffer[:place]
        return replies

    def _receive(self, timeout_s: float) -> None:
        try:
            self._socket.settimeout(timeout_s)
            data = self._socket.recv(_RECEIVE)
        except (TimeoutError, BlockingIOError):
            return
        except OSError as error:
            raise self._gone(error) from error
        if not data:
            raise self._gone("it closed the connection")
        self._buffer += data

    def _set_up(self, cookie: bytes) -> x11_wire.Setup | str:
        try:
            self._socket.settimeout(ANSWER_S)
            self._socket.sendall(x11_wire.write_setup(cookie))
            head = self._exactly(8)
            return x11_wire.read_setup(head, self._exactly(x11_wire.setup_length(head)))
        except TimeoutError as error:
            raise SensorError(
                f"X display {self.display.name} does not answer; if the desktop is frozen, restart it"
            ) from error
        except OSError as error:
            raise self._gone(error) from error
        except MalformedError as error:
            raise SensorError(
                f"X display {self.display.name}: {error}; is it an X server?"
            ) from error

    def _exactly(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            part = self._socket.recv(length - len(data))
            if not part:
                raise ConnectionResetError("it closed the connection")
            data += part
        return data

    def _gone(self, reason: object) -> SensorError:
        return SensorError(
            f"X display {self.display.name} is gone ({reason}); input is not seen until it is back"
        )


def _unix_socket() -> socket.socket:
    if sys.platform == "win32":
        raise SensorError("X displays are not to be had on Windows")
    else:  # noqa: RET506 - mypy reads a platform's branch only as an else
        return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)


def _connect(display: XDisplay) -> socket.socket:
    """Open the display's socket, by path or, where a container has no /tmp of the host, by abstract name."""
    path = f"{SOCKET_FOLDER}/X{display.number}"
    reason = ""
    for address in (path, "\0" + path):
        attempt = _unix_socket()
        attempt.settimeout(ANSWER_S)
        try:
            attempt.connect(address)
        except OSError as error:
            attempt.close()
            # Its words only: kept, it would hold this frame and be held by it.
            reason = reason or str(error)
        else:
            return attempt
    raise SensorError(
        f"X display {display.name} cannot be reached ({reason}); start the desktop, or set DISPLAY for the agent"
    )
