"""Who holds one workstation's key: what the streams opened with it say, and what is sent on them a second time. Pure.

An agent never goes back: what it seals is durable before it is sent, and each stream goes on where the collector's log
ends. So a sequence that is behind the log, or an old batch once more, is another copy of the key or of its folder.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from jiankao_collector.detectors.base import Sign
from jiankao_collector.detectors.origin.signs import Told
from jiankao_proto.batch import BatchHeader
from jiankao_proto.records import StreamOpened

OLD_BATCHES = 256
"""So far behind the log an agent has nothing under way: four times what it sends without an acknowledgement."""
OLD_US = 120_000_000
_NETWORK = {4: 24, 6: 64}
"""Bits of an address within which a room's addresses differ."""


class Streams:
    """Follows the streams of one workstation."""

    def __init__(self) -> None:
        self._opened: StreamOpened | None = None
        self._last: BatchHeader | None = None

    def opened(self, body: StreamOpened, *, replaced: bool) -> Iterator[Told]:
        """Take in a new stream; `replaced`: it took over from one that was still open."""
        before, self._opened = self._opened, body
        due = self._last.sequence + 1 if self._last else 0
        if body.next_sequence < due:
            yield Told(Sign.SPOOL_BEHIND, str(due), str(body.next_sequence))
        if before is None:
            return
        anew = body.boot_id != before.boot_id
        if replaced and anew:
            yield Told(Sign.TWO_COMPUTERS, host(before.peer), host(body.peer))
        was, now = host(before.peer), host(body.peer)
        if was and now and was != now:
            yield Told(
                Sign.OTHER_ADDRESS, was, now, sure=replaced or anew or _is_elsewhere(was, now)
            )

    def admitted(self, header: BatchHeader) -> None:
        """Take in the header of an admitted batch."""
        self._last = header

    def came_again(self, header: BatchHeader) -> Iterator[Told]:
        """Take in the header of a batch that was refused because the log holds it."""
        last = self._last
        if last is None:
            return
        old = (
            last.sequence - header.sequence >= OLD_BATCHES
            or header.boot_id != last.boot_id
            or last.monotonic_us - header.monotonic_us > OLD_US
        )
        if old:
            yield Told(Sign.OLD_BATCH_AGAIN, str(header.sequence), str(last.sequence))


def host(peer: str) -> str:
    """Return the address of a peer as gRPC writes it (`ipv4:10.0.0.7:50123`, `ipv6:[::1]:50123`); empty for others."""
    address, _ = endpoint(peer)
    return address


def endpoint(peer: str) -> tuple[str, int]:
    """Return a peer's address, in one spelling, and port; nothing and 0 for what is none."""
    text, _, port = peer.removeprefix("ipv4:").removeprefix("ipv6:").rpartition(":")
    address = spelt(text.strip("[]").replace("%5B", "").replace("%5D", ""))
    return (address, int(port)) if address and port.isascii() and port.isdigit() else ("", 0)


def spelt(text: str) -> str:
    """Return an address in its one spelling, without a zone; empty when it is none."""
    address = _read(text.partition("%")[0])
    return "" if address is None else str(address)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_elsewhere(was: str, now: str) -> bool:
    """Tell whether two addresses are of different networks. One of each version may well be one machine's."""
    one, other = _read(was), _read(now)
    if one is None or other is None or one.version != other.version:
        return False
    rest = one.max_prefixlen - _NETWORK[one.version]
    return int(one) >> rest != int(other) >> rest
