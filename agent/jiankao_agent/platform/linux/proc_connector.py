"""The kernel tells of every fork, exec and exit as it happens: the proc connector, over netlink.

Needs Linux with CONFIG_PROC_EVENTS, CAP_NET_ADMIN, and the machine's own network and process namespaces: in a
container the kernel takes a subscription and never answers, so that an answer is waited for. The parser is pure.

Formats: the kernel's include/uapi/linux/{netlink,connector,cn_proc}.h; drivers/connector/cn_proc.c sends them.
"""

import ctypes
import errno
import os
import select
import socket
import struct
import sys
import time
from dataclasses import dataclass

from jiankao_proto.errors import MalformedError

_NETLINK_CONNECTOR = 11
_CN_IDX_PROC = _CN_VAL_PROC = 1
_LISTEN, _IGNORE = 1, 2
_NLMSG_DONE = 3
_NETLINK_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_CONNECTOR_HEADER = struct.Struct("=IIIIHH")  # index, value, sequence, acknowledged, length, flags
_EVENT_HEADER = struct.Struct("=IIQ")  # what, cpu, monotonic nanoseconds
_NONE, _FORK, _EXEC, _COMM, _EXIT = 0x0, 0x1, 0x2, 0x200, 0x80000000
_TWO, _FOUR = struct.Struct("=II"), struct.Struct("=IIII")
_COMM_BYTES = 16
_HEADERS = _NETLINK_HEADER.size + _CONNECTOR_HEADER.size
_BODY = _HEADERS + _EVENT_HEADER.size

_SO_ATTACH_FILTER = 26
_SO_RCVBUFFORCE = 33
_QUEUE_BYTES = 4 << 20
"""Some thousand events: what a machine does in the longest time that a busy agent may be away."""
_DATAGRAM = 1024  # an event is 76 bytes
_MOST_AT_ONCE = 512
_ANSWERS_WITHIN_S = 0.3


@dataclass(frozen=True, slots=True)
class Forked:
    """A process began as a copy of another. Threads are left out."""

    at_ns: int
    """CLOCK_MONOTONIC, as in every event."""
    pid: int
    parent_pid: int


@dataclass(frozen=True, slots=True)
class Executed:
    """A process runs another program from now on."""

    at_ns: int
    pid: int


@dataclass(frozen=True, slots=True)
class Exited:
    """A process ended: its first thread did."""

    at_ns: int
    pid: int


@dataclass(frozen=True, slots=True)
class Renamed:
    """A process gave itself another name (at most 15 bytes)."""

    at_ns: int
    pid: int
    name: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The kernel's answer to a subscription; `error` is an errno, 0 when it was taken."""

    token: int
    """What the subscription was asked with: the answer goes to every subscriber."""
    error: int


ProcEvent = Forked | Executed | Exited | Renamed | Answered


class NoProcConnectorError(Exception):
    """The connector cannot be had here; why, in one line."""


class EventsLostError(Exception):
    """Events came faster than they were read, and some are gone: look at everything."""


def parse(datagram: bytes) -> list[ProcEvent]:
    """Read what one datagram tells; what is of no interest here (threads, user ids, ptrace …) is left out.

    Raises MalformedError.
    """
    events: list[ProcEvent] = []
    begin = 0
    while begin < len(datagram):
        try:
            length, kind, _, _, _ = _NETLINK_HEADER.unpack_from(datagram, begin)
            if not _NETLINK_HEADER.size <= length <= len(datagram) - begin:
                raise MalformedError(f"proc connector: a message says it has {length} bytes")
            if kind == _NLMSG_DONE and (event := _event(datagram[begin : begin + length])):
                events.append(event)
        except struct.error:
            raise MalformedError(
                f"proc connector: {len(datagram)} bytes that are not whole messages"
            ) from None
        begin += (length + 3) & ~3
    return events


def _event(message: bytes) -> ProcEvent | None:
    """Read one netlink message. Raises struct.error when it is cut short."""
    index, value, _, token, _, _ = _CONNECTOR_HEADER.unpack_from(message, _NETLINK_HEADER.size)
    if (index, value) != (_CN_IDX_PROC, _CN_VAL_PROC):
        return None
    what, _, at_ns = _EVENT_HEADER.unpack_from(message, _HEADERS)
    event: ProcEvent | None = None
    if what == _FORK:
        _, parent_group, pid, group = _FOUR.unpack_from(message, _BODY)
        event = Forked(at_ns, pid, parent_group) if pid == group else None
    elif what == _EXEC:
        # An exec by a thread that is not the first comes with the thread's number; the process is its group.
        _, group = _TWO.unpack_from(message, _BODY)
        event = Executed(at_ns, group)
    elif what == _EXIT:
        pid, group = _TWO.unpack_from(message, _BODY)
        event = Exited(at_ns, pid) if pid == group else None
    elif what == _COMM:
        pid, group = _TWO.unpack_from(message, _BODY)
        (raw,) = struct.unpack_from(f"={_COMM_BYTES}s", message, _BODY + _TWO.size)
        name = raw.partition(b"\0")[0].decode("utf-8", "replace")
        event = Renamed(at_ns, pid, name) if pid == group else None
    elif what == _NONE:
        (error,) = struct.unpack_from("=I", message, _BODY)
        # The kernel gives back the acknowledgement asked with, plus one; the sequence is its own.
        event = Answered((token - 1) & 0xFFFFFFFF, error)
    return event


_LOAD, _EQUALS, _EQUALS_X, _TO_X, _RETURN = 0x20, 0x15, 0x1D, 0x07, 0x06
_INSTRUCTION = struct.Struct("=HBBI")
_FILTER: tuple[tuple[str, int, int, str, str], ...] = (
    # label, operation, number, where to go when it holds, and when not ("" is the next line)
    ("", _LOAD, _HEADERS, "", ""),
    ("", _EQUALS, _NONE, "keep", ""),
    ("", _EQUALS, _EXEC, "keep", ""),
    ("", _EQUALS, _FORK, "child", ""),
    ("", _EQUALS, _COMM, "self", ""),
    ("", _EQUALS, _EXIT, "self", "drop"),
    ("child", _LOAD, _BODY + 8, "", ""),
    ("", _TO_X, 0, "", ""),
    ("", _LOAD, _BODY + 12, "", ""),
    ("", _EQUALS_X, 0, "keep", "drop"),
    ("self", _LOAD, _BODY, "", ""),
    ("", _TO_X, 0, "", ""),
    ("", _LOAD, _BODY + 4, "", ""),
    ("", _EQUALS_X, 0, "keep", "drop"),
    ("drop", _RETURN, 0, "", ""),
    ("keep", _RETURN, 0xFFFFFFFF, "", ""),
)
"""A socket filter (classic BPF) that drops in the kernel what `parse` leaves out: a browser starts threads by the
hundred, and they are not worth waking up for."""


def _filter_program() -> bytes:
    """Assemble the filter. Its loads give what they read in network byte order, so what is compared is in it, too."""
    place = {label: number for number, (label, *_) in enumerate(_FILTER) if label}
    program = b""
    for here, (_, operation, number, holds, fails) in enumerate(_FILTER):
        compared = socket.htonl(number) if operation == _EQUALS else number
        jumps = [place[to] - here - 1 if to else 0 for to in (holds, fails)]
        program += _INSTRUCTION.pack(operation, *jumps, compared)
    return program


class ProcConnector:
    """A subscription. Close it: older kernels count subscribers, and go on telling nobody otherwise."""

    def __init__(self) -> None:
        """Subscribe. Raises NoProcConnectorError."""
        self._early: list[ProcEvent] = []
        self._lost = False
        self._socket = _netlink_socket()
        try:
            self._prepare()
            self._subscribe()
        except OSError as error:
            self._socket.close()
            raise NoProcConnectorError(f"the proc connector refuses: {error.strerror}") from error
        except NoProcConnectorError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """Return the descriptor to wait for events by; `pending` ones have come already."""
        return self._socket.fileno()

    @property
    def pending(self) -> bool:
        """Whether `read` has something to give or to raise at once."""
        return self._lost or bool(self._early)

    def read(self, patience_s: float) -> list[ProcEvent]:
        """Return what has happened, waiting at most `patience_s` for the first of it.

        Raises EventsLostError (the subscription goes on), OSError, MalformedError.
        """
        if self._early:
            early, self._early = self._early, []
            return early
        if self._lost:
            self._lost = False
            raise EventsLostError
        if patience_s > 0:
            select.select([self._socket], [], [], patience_s)
        events: list[ProcEvent] = []
        for _ in range(_MOST_AT_ONCE):
            try:
                datagram, sender = self._socket.recvfrom(_DATAGRAM)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self._lost = True  # told after what was kept; the kernel says it once
                continue
            if sender[0] == 0:  # of the kernel; any program may send to our port
                events += parse(datagram)
        return events

    def queue_bytes(self) -> int:
        """Return how many bytes of unread events the kernel keeps (it counts its own overhead, too)."""
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def close(self) -> None:
        """End the subscription."""
        try:
            self._send(_IGNORE)
        except OSError:
            pass  # the kernel notices that the socket is gone
        finally:
            self._socket.close()

    def _prepare(self) -> None:
        """Make room, filter, join. Raises OSError."""
        own = self._socket
        try:
            own.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _QUEUE_BYTES)
        except PermissionError:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _QUEUE_BYTES)
        program = ctypes.create_string_buffer(_filter_program())
        description = struct.pack("HP", len(_FILTER), ctypes.addressof(program))
        own.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, description)
        own.bind((0, _CN_IDX_PROC))

    def _subscribe(self) -> None:
        """Ask, and wait for the answer. Raises OSError, NoProcConnectorError."""
        token = self._send(_LISTEN)
        deadline = time.monotonic() + _ANSWERS_WITHIN_S
        early: list[ProcEvent] = []
        while (left_s := deadline - time.monotonic()) > 0:
            try:
                events = self.read(left_s)
            except (EventsLostError, MalformedError):
                continue
            early += [event for event in events if not isinstance(event, Answered)]
            for event in events:
                if isinstance(event, Answered) and event.token == token:
                    if event.error:
                        raise OSError(event.error, os.strerror(event.error))
                    self._early = early
                    return
        raise NoProcConnectorError(
            "the proc connector does not answer: the agent is in a container, or the kernel has none"
        )

    def _send(self, operation: int) -> int:
        """Ask for an operation; return the token it was asked with. Raises OSError."""
        token = time.monotonic_ns() & 0x7FFFFFFF
        body = _CONNECTOR_HEADER.pack(_CN_IDX_PROC, _CN_VAL_PROC, 0, token, 4, 0)
        body += struct.pack("=I", operation)
        header = _NETLINK_HEADER.pack(
            _NETLINK_HEADER.size + len(body), _NLMSG_DONE, 0, 0, os.getpid()
        )
        self._socket.send(header + body)
        return token


def _netlink_socket() -> socket.socket:
    """Open a socket that does not wait. Raises NoProcConnectorError."""
    if sys.platform != "linux":
        raise NoProcConnectorError("only Linux has a proc connector")
    else:  # noqa: RET506 - mypy reads a platform's branch only as an else
        try:
            return socket.socket(
                socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, _NETLINK_CONNECTOR
            )
        except OSError as error:
            raise NoProcConnectorError(f"no proc connector socket: {error.strerror}") from error
