"""Which name a far end's address was looked up by, out of the resolver's memory. Pure; time is an input.

An address may have several names: the one met last is told. A program that asks elsewhere (DNS over HTTPS in a browser)
leaves nothing in Windows's memory, and its far ends have no name here.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from ipaddress import ip_address

from jiankao_proto.observations import ConnectionOpened, Direction

LOOK_EVERY_US = 500_000
ASK_AGAIN_US = 60_000_000
"""A name is asked about again after so long: its addresses may have changed."""
MOST_ASKED = 64
"""Names asked about in one look: each is a call to Windows's service."""
MOST_NAMES, MOST_ADDRESSES = 4096, 4096

Names = Callable[[], Iterable[tuple[str, int]]]
"""Returns what the resolver remembers: names, each with the kind of its record."""
Addresses = Callable[[str, int], Iterable[str]]
"""Returns the addresses remembered for a name."""


class RemoteNames:
    """Follows the resolver's memory, and only while new far ends come."""

    def __init__(self, names: Names, addresses: Addresses) -> None:
        """Take the two questions; both must be answered without the network."""
        self._names = names
        self._addresses = addresses
        self._asked: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._known: OrderedDict[str, str] = OrderedDict()
        self._looked_us: int | None = None

    def named(self, fact: ConnectionOpened, now_us: int) -> ConnectionOpened:
        """Return a connection with its far end's name, if that is known. `now_us` is monotonic."""
        if fact.direction is not Direction.OUTBOUND or not _is_elsewhere(fact.remote.address):
            return fact
        name = self._name_of(fact.remote.address, now_us)
        return replace(fact, remote_name=name) if name else fact

    def _name_of(self, address: str, now_us: int) -> str:
        address = address.removeprefix("::ffff:") if "." in address else address
        if address not in self._known and (
            self._looked_us is None or now_us - self._looked_us >= LOOK_EVERY_US
        ):
            self._looked_us = now_us
            self._look(now_us)
        return self._known.get(address, "")

    def _look(self, now_us: int) -> None:
        left = MOST_ASKED
        for name, kind in self._names():
            asked_us = self._asked.get((name, kind))
            if asked_us is not None and now_us - asked_us < ASK_AGAIN_US:
                continue
            if not left:
                return
            left -= 1
            self._asked[name, kind] = now_us
            self._asked.move_to_end((name, kind))
            if len(self._asked) > MOST_NAMES:
                self._asked.popitem(last=False)
            for address in self._addresses(name, kind):
                self._known[address] = name
                self._known.move_to_end(address)
                if len(self._known) > MOST_ADDRESSES:
                    self._known.popitem(last=False)


def _is_elsewhere(address: str) -> bool:
    try:
        return not ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
