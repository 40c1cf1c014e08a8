"""The kernel's socket tables in /proc/net. The parsers are pure; `read_*` ask the kernel.

Format: proc_pid_net(5); the kernel's net/ipv4/tcp_ipv4.c and net/ipv6/tcp_ipv6.c print it.
"""

import ipaddress
import sys
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

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
_TABLE_LIMIT = 32 << 20
_ESTABLISHED = 0x01
_CLOSE = 0x07  # of an unconnected UDP socket
_LISTEN = 0x0A
_ADDRESS_BYTES = (4, 16)
_PORT_DIGITS = 4
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
    rows: list[SocketRow] = []
    malformed = 0
    for line in data.split(b"\n")[1:]:
        if not line.strip():
            continue
        fields = line.split()
        try:
            rows.append(
                SocketRow(
                    transport,
                    _endpoint(fields[1]),
                    _endpoint(fields[2]),
                    _state(int(fields[3], 16), transport),
                    int(fields[9]),
                )
            )
        except (ValueError, IndexError):
            malformed += 1
    return rows, malformed


@lru_cache(maxsize=4096)
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


def read_sockets() -> list[SocketRow]:
    """Return every TCP and UDP socket of the agent's network namespace.

    A kernel without IPv6 has no such tables. Raises OSError when there is no table at all, MalformedError when
    nothing of a table that has lines is understood.
    """
    rows: list[SocketRow] = []
    missing: OSError | None = None
    answered = False
    for path, transport in _TABLES:
        try:
            data = read(path, _TABLE_LIMIT)
        except OSError as error:
            missing = error
            continue
        answered = True
        found, malformed = parse_table(data, transport)
        if malformed and not found:
            raise MalformedError(f"{path}: none of its {malformed} lines is understood")
        rows += found
    if missing and not answered:
        raise missing
    return rows


def read_counters() -> bytes:
    """Return the kernel's socket counters: they change when a socket is opened, connected, accepted or closed.

    Reading them costs a small part of reading the tables. Equal counters mean that hardly anything can have
    happened (a listener closed and another opened, say), different ones that it is time to look.
    """
    parts: list[bytes] = []
    for path in _COUNTERS:
        try:
            parts.append(read(path))
        except OSError:
            continue  # no IPv6, say; the tables are read at intervals all the same
    return relevant_counters(b"\n".join(parts))


def relevant_counters(data: bytes) -> bytes:
    """Keep of snmp, sockstat and sockstat6 what tells of opened and closed sockets, and leave out traffic."""
    kept: list[bytes] = []
    for line in data.split(b"\n"):
        fields = line.split()
        if fields[:1] == [b"Tcp:"]:
            kept += fields[_TCP_OPENED_AND_CLOSED]
        elif fields[:1] in ([b"TCP:"], [b"TCP6:"], [b"UDP:"], [b"UDP6:"]):
            kept += fields[2:3]  # inuse
    return b" ".join(kept)
