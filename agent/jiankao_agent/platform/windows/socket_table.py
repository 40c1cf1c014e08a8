"""The sockets of Windows and who holds them, through psutil (GetExtendedTcpTable, GetExtendedUdpTable)."""

import socket
from dataclasses import dataclass

import psutil

from jiankao_proto.observations import Endpoint, Transport


@dataclass(frozen=True, slots=True)
class SocketRow:
    """A listener, or a connection (then `remote` has a port). `pid` is 0 where Windows does not tell."""

    transport: Transport
    local: Endpoint
    remote: Endpoint
    pid: int
    listening: bool


def read_sockets() -> list[SocketRow]:
    """Return listeners, bound UDP sockets and established connections. Raises OSError or psutil.Error."""
    rows: list[SocketRow] = []
    for seen in psutil.net_connections("inet"):
        udp = seen.type == socket.SOCK_DGRAM
        listening = seen.status == psutil.CONN_LISTEN or udp
        if not listening and seen.status != psutil.CONN_ESTABLISHED:
            continue
        rows.append(
            SocketRow(
                Transport.UDP if udp else Transport.TCP,
                _endpoint(seen.laddr),
                Endpoint() if listening else _endpoint(seen.raddr),
                seen.pid or 0,
                listening,
            )
        )
    return rows


def _endpoint(address: tuple[str, int] | tuple[()]) -> Endpoint:
    return Endpoint(address[0], address[1]) if address else Endpoint()
