"""The kernel's socket tables in /proc/net. The parsers are pure; `read_*` ask the kernel.

Format: proc_pid_net(5); the kernel's net/ipv4/tcp_ipv4.c and net/ipv6/tcp_ipv6.c print it.
"""

import ipaddress
import sys
import threading
from collections.abc import Container
from dataclasses import dataclass
from enum import Enum

from jiankao_agent.platform.linux.kept_file import KeptFile
from jiankao_agent.platform.linux.proc_files import read
from jiankao_proto.errors import MalformedError
from jiankao_proto.observations import Endpoint, Transport

_TABLES = (
    ("/proc/self/net/tcp", Transport.TCP),
    ("/proc/self/net/tcp6", Transport.TCP),
    ("/proc/self/net/udp", Transport.UDP),
    ("/proc/self/net/udp6", Transport.UDP),
)
_COUNTERS = ("/proc/self/net/snmp", "/proc/self/net/sockstat", "/proc/self/net/sockstat6")
_IN_USE = (b"TCP:", b"TCP6:", b"UDP:", b"UDP6:")
"""The lines of sockstat whose third field is the number of sockets in use."""
_TABLE_LIMIT = 32 << 20
_ESTABLISHED = 0x01
_CLOSE = 0x07  # of an unconnected UDP socket
_LISTEN = 0x0A
_ADDRESS_BYTES = (4, 16)
_PORT_DIGITS = 4
_STATE, _INODE = 3, 9
"""The places of the fields in a line."""
_PASSING = frozenset({b"02", b"03", b"04", b"05", b"06", b"08", b"09", b"0B", b"0C"})
"""States of TCP on the way to and from a connection; a machine that talks much has thousands in TIME_WAIT (06)."""
_TCP_OPENED_AND_CLOSED = slice(5, 10)
"""ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab of the Tcp line of snmp, after its name."""


class SocketState(Enum):
    """What of a socket matters here."""

    CONNECTED = 1
    LISTENING = 2
    OTHER = 3
    """Being opened or closed."""


@dataclass(frozen=True, slots=True)
class SocketRow:
    """One line of a socket table."""

    transport: Transport
    local: Endpoint
    remote: Endpoint
    state: SocketState
    inode: int
    """0 while a connection waits for the program to accept it."""


def parse_table(data: bytes, transport: Transport) -> tuple[list[SocketRow], int]:
    """Read one table: its rows, and how many lines were not understood (a newer kernel's, or cut)."""
    rows, malformed = _rows(data, transport, {}, ())
    return list(rows.values()), malformed


_RowKey = tuple[bytes, ...]
"""The bytes a row is made of; the same bytes, the same row. The rest of a line is queues and timers."""


def _rows(
    data: bytes,
    transport: Transport,
    known: dict[_RowKey, SocketRow],
    left_out: Container[bytes],
) -> tuple[dict[_RowKey, SocketRow], int]:
    """Read one table; a row that is known already is taken from there. `left_out`: states of no interest."""
    rows: dict[_RowKey, SocketRow] = {}
    malformed = 0
    for line in data.split(b"\n")[1:]:
        fields = line.split(None, _INODE + 1)
        if not fields:
            continue
        if len(fields) > _INODE and fields[_STATE] in left_out:
            continue
        key: _RowKey = (*fields[1:4], *fields[_INODE : _INODE + 1])
        row = known.get(key)
        if row is None:
            try:
                row = _row(fields, transport)
            except (ValueError, IndexError):
                malformed += 1
                continue
        rows[key if key not in rows else (*key, fields[0])] = row
    return rows, malformed


def _row(fields: list[bytes], transport: Transport) -> SocketRow:
    """Make a row of a line's fields. Raises ValueError, IndexError."""
    return SocketRow(
        transport,
        _endpoint(fields[1]),
        _endpoint(fields[2]),
        _state(int(fields[_STATE], 16), transport),
        int(fields[_INODE]),
    )


def _endpoint(text: bytes) -> Endpoint:
    """Read 0100007F:0016; each group of eight digits is a 32-bit word in the machine's byte order.

    An IPv4 address mapped into IPv6 is given as the IPv4 address that it is. Raises ValueError.
    """
    address, colon, port = text.partition(b":")
    raw = bytes.fromhex(address.decode("ascii"))
    if not colon or len(raw) not in _ADDRESS_BYTES or len(port) != _PORT_DIGITS:
        raise ValueError(text)
    if sys.byteorder == "little":
        raw = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
    parsed = ipaddress.ip_address(raw)
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return Endpoint(str(parsed), int(port, 16))


def _state(number: int, transport: Transport) -> SocketState:
    if number == _ESTABLISHED:
        return SocketState.CONNECTED
    if number == (_LISTEN if transport is Transport.TCP else _CLOSE):
        return SocketState.LISTENING
    return SocketState.OTHER


def read_sockets(known: "dict[str, dict[_RowKey, SocketRow]] | None" = None) -> list[SocketRow]:
    """Return the TCP and UDP sockets of the agent's network namespace, without those that are over.

    `known`: what the last reading has left there; most rows are the same again, and nothing is kept of others.
    A kernel without IPv6 has no such tables. Raises OSError when there is no table at all, MalformedError when
    nothing of a table that has lines is understood.
    """
    rows: list[SocketRow] = []
    missing: OSError | None = None
    answered = False
    known = {} if known is None else known
    for path, transport in _TABLES:
        try:
            data = read(path, _TABLE_LIMIT)
        except OSError as error:
            missing = error
            continue
        answered = True
        found, malformed = _rows(data, transport, known.get(path, {}), _PASSING)
        if malformed and not found:
            raise MalformedError(f"{path}: none of its {malformed} lines is understood")
        known[path] = found
        rows += found.values()
    if missing and not answered:
        raise missing
    return rows


class SocketTables:
    """The sockets, for several sensors. Safe from any thread.

    To walk through its tables costs the kernel milliseconds, however few sockets there are. What counters (see
    SocketCounters) say when to look is the same for all: who comes second with the same ones gets what the first read.
    """

    def __init__(self) -> None:
        """Start with nothing read."""
        self._lock = threading.Lock()
        self._known: dict[str, dict[_RowKey, SocketRow]] = {}
        self._counters: bytes | None = None
        self._rows: list[SocketRow] = []

    def read(self, counters: bytes) -> list[SocketRow]:
        """Read the tables; `counters` were read just before. Raises as read_sockets does."""
        with self._lock:
            return self._read(counters)

    def at(self, counters: bytes) -> list[SocketRow]:
        """Return the sockets as they were read last with these counters. Raises as read_sockets does."""
        with self._lock:
            return self._rows if counters == self._counters else self._read(counters)

    def _read(self, counters: bytes) -> list[SocketRow]:
        self._counters = None
        self._rows = read_sockets(self._known)
        self._counters = counters
        return self._rows


TABLES = SocketTables()
"""The agent's."""


class SocketCounters:
    """The kernel's counters of sockets: they change when one is opened, connected, accepted or closed.

    Reading them costs a small part of reading the tables. Equal counters mean that hardly anything can have
    happened (a listener closed and another opened, say), different ones that it is time to look.
    """

    def __init__(self) -> None:
        """Start with nothing read."""
        self._files = [KeptFile(path) for path in _COUNTERS]
        self._read: tuple[bytes, ...] = ()
        self._relevant = b""

    def read(self) -> bytes:
        """Return them as bytes to compare."""
        parts: list[bytes] = []
        for file in self._files:
            try:
                parts.append(file.read())
            except OSError:
                continue  # no IPv6, say; the tables are read at intervals all the same
        if (read_now := tuple(parts)) != self._read:
            self._read, self._relevant = read_now, relevant_counters(b"\n".join(parts))
        return self._relevant


def relevant_counters(data: bytes) -> bytes:
    """Keep of snmp, sockstat and sockstat6 what tells of opened and closed sockets, and leave out traffic."""
    kept: list[bytes] = []
    for line in data.split(b"\n"):
        if line.startswith(b"Tcp:"):
            kept += line.split()[_TCP_OPENED_AND_CLOSED]
        elif line.startswith(_IN_USE):
            kept += line.split()[2:3]
    return b" ".join(kept)
