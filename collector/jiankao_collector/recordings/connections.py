"""Connections and name look-ups: Sysmon 3 and 22.

Sysmon's source is the side that began, also for a connection that came in: `Initiated` tells which side is ours.
"""

import re
from ipaddress import ip_address

from jiankao_collector.recordings.processes import Processes
from jiankao_collector.recordings.windows_event import WindowsEvent
from jiankao_proto.observations import (
    ConnectionOpened,
    Direction,
    Endpoint,
    Fact,
    NameResolved,
    Transport,
)

_WELL_KNOWN, _EPHEMERAL, _HIGHEST = 1024, 49_152, 65_535
_MOST_ADDRESSES = 32
_TRANSPORTS = {"tcp": Transport.TCP, "udp": Transport.UDP}
_OUR_SIDE = {True: ("Source", "Destination"), False: ("Destination", "Source")}


def connection(event: WindowsEvent, processes: Processes) -> tuple[Fact, ...]:
    """Read Sysmon's event 3."""
    outbound = event.text("Initiated").casefold() != "false"
    here, there = _OUR_SIDE[outbound]
    local, remote = _end(event, here), _end(event, there)
    if not remote.address:
        return ()
    transport = _TRANSPORTS.get(event.text("Protocol").casefold(), Transport.UNSPECIFIED)
    opened = ConnectionOpened(
        transport=transport,
        local=local,
        remote=remote,
        direction=_direction(transport, local, remote, outbound=outbound),
        process=processes.owner(event),
        remote_name=event.text(f"{there}Hostname")[:255],
    )
    return (opened,)


def resolved(event: WindowsEvent, processes: Processes) -> tuple[Fact, ...]:
    """Read Sysmon's event 22."""
    name = event.text("QueryName")[:255]
    if not name:
        return ()
    found = (_address(part) for part in re.split(r"[;\s]+", event.text("QueryResults")))
    addresses = tuple(dict.fromkeys(a for a in found if a))[:_MOST_ADDRESSES]
    return (NameResolved(name, addresses, processes.owner(event)),)


def _direction(
    transport: Transport, local: Endpoint, remote: Endpoint, *, outbound: bool
) -> Direction:
    """Return who connected to whom. An answer over UDP reads as if its sender had begun; it is left undirected."""
    if outbound:
        return Direction.OUTBOUND
    answer = remote.port < _WELL_KNOWN or local.port >= _EPHEMERAL
    if transport is Transport.UDP and answer:
        return Direction.UNSPECIFIED
    return Direction.INBOUND


def _end(event: WindowsEvent, side: str) -> Endpoint:
    port = event.number(f"{side}Port")
    return Endpoint(_address(event.text(f"{side}Ip")), port if port <= _HIGHEST else 0)


def _address(text: str) -> str:
    """Return an address as people write it, IPv4 inside IPv6 as IPv4; empty when it is none."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
