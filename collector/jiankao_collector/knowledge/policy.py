"""The network policy of an exam session: what may connect to what.

    [[allow]]
    address = "10.0.0.5"      # or a network: "10.0.0.0/24"
    port = 443                # of the listening side
    direction = "outbound"    # as the workstation sees it; or "inbound"
    program = "exam.exe"      # exact file name; "*" is any program

All four are needed: an address alone allows nothing, because the exam server's own address has been used to drive a
seat. Instead of `address` an entry may have `name = "exam.example.gov.cn"`: that host and no other one, as the
workstation says it asked for it. Names that only look like an allowed one are judged by look_alike_host. Connections of
the workstation to itself are outside the policy's scope.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge.host_names import host_name
from jiankao_proto.observations import ConnectionOpened, Direction

_FIELDS = ("address", "port", "direction", "program")
_NAME = "name"
_HIGHEST_PORT = 65535
_DIRECTIONS = {"inbound": Direction.INBOUND, "outbound": Direction.OUTBOUND}


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry. `program` is case-folded; `*` is any. Either `network` or the host's `name` says with whom."""

    network: IPv4Network | IPv6Network | None
    port: int
    direction: Direction
    program: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Every entry of one policy."""

    entries: tuple[Allowed, ...]

    def allows(self, connection: ConnectionOpened) -> bool:
        """Tell whether one entry allows this connection. An undirected one is allowed by either direction."""
        remote = read_address(connection.remote.address)
        if remote is None:
            return False
        return any(_fits(entry, connection, remote) for entry in self.entries)

    def names(self) -> tuple[str, ...]:
        """Return every host name that is allowed, each once."""
        return tuple(dict.fromkeys(entry.name for entry in self.entries if entry.name))


def _fits(entry: Allowed, connection: ConnectionOpened, remote: IPv4Address | IPv6Address) -> bool:
    if connection.direction not in {entry.direction, Direction.UNSPECIFIED}:
        return False
    listening = connection.local if entry.direction is Direction.INBOUND else connection.remote
    return (
        listening.port == entry.port
        and entry.program in {"*", connection.process.name.casefold()}
        and _is_with(entry, connection, remote)
    )


def _is_with(
    entry: Allowed, connection: ConnectionOpened, remote: IPv4Address | IPv6Address
) -> bool:
    if entry.network is None:
        asked = host_name(connection.remote_name) if connection.remote_name else None
        return asked is not None and asked.text == entry.name
    return remote.version == entry.network.version and remote in entry.network


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address without its zone; one of IPv4 written as IPv6 becomes IPv4. None when it is none."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_loopback(text: str) -> bool:
    """Tell whether a textual address is of the machine itself."""
    address = read_address(text)
    return address is not None and address.is_loopback


def parse(text: str, file: str = "policy") -> Policy:
    """Read a policy; `file` is named in errors. Raises ConfigurationError with the line and the key."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file}: not valid TOML: {error}") from None
    for key in raw:
        if key != "allow":
            line = _line(text, 0, key)
            raise ConfigurationError(
                f"{file}, line {line}: unknown key {key!r}; a policy has [[allow]] entries only"
            )
    items = raw.get("allow", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ConfigurationError(
            f"{file}, line {_line(text, 0, 'allow')}: allow must be written as [[allow]]"
        )
    return Policy(tuple(_entry(text, file, index, item) for index, item in enumerate(items)))


def in_force(toml: bytes) -> Policy | None:
    """Read an exam session's policy; one that cannot be read is none here, and the policy detector says so."""
    try:
        return parse(toml.decode("utf-8", "replace")) if toml else None
    except ConfigurationError:
        return None


def _entry(text: str, file: str, index: int, item: dict[str, object]) -> Allowed:
    def refuse(key: str, what: str) -> ConfigurationError:
        return ConfigurationError(f"{file}, line {_line(text, index, key)}: {key}: {what}")

    for key in item:
        if key not in {*_FIELDS, _NAME}:
            raise refuse(key, f"unknown key; an entry has {', '.join(_FIELDS)}")
    network, name = _partner(item, refuse)
    for key in _FIELDS[1:]:
        if key not in item:
            raise refuse(key, f"missing; {'a name' if name else 'an address'} alone allows nothing")
    port, direction, program = item["port"], item["direction"], item["program"]
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= _HIGHEST_PORT:
        raise refuse("port", f"{port!r} is no port from 1 to {_HIGHEST_PORT}")
    if not isinstance(direction, str) or direction not in _DIRECTIONS:
        raise refuse("direction", f'{direction!r} is neither "inbound" nor "outbound"')
    if not isinstance(program, str) or not program or re.search(r"[\\/]", program):
        raise refuse(
            "program", f'{program!r} is no file name; name the program alone, or "*" for any'
        )
    return Allowed(network, port, _DIRECTIONS[direction], program.casefold(), name)


def _partner(
    item: dict[str, object], refuse: Callable[[str, str], ConfigurationError]
) -> tuple[IPv4Network | IPv6Network | None, str]:
    """Return with whom an entry allows to connect: a network, or a host's name."""
    if "address" in item and _NAME in item:
        raise refuse(_NAME, "an entry has an address or a name, not both; write two entries")
    if _NAME in item:
        host = host_name(str(item[_NAME]))
        if host is None:
            raise refuse(_NAME, f"{item[_NAME]!r:.80} is no full name of a host")
        return None, host.text
    if "address" not in item:
        raise refuse("address", "missing; an entry says with whom, by address or by name")
    try:
        return ip_network(str(item["address"])), ""
    except ValueError as error:
        raise refuse("address", f"{error}") from None


def _line(text: str, index: int, key: str) -> int:
    """Return the line a key stands on in the entry with this index; that of the entry when it is not there."""
    entry, at = -1, 1
    for number, line in enumerate(text.splitlines(), 1):
        head = line.strip()
        if re.match(r"\[\[\s*allow\s*]]", head):
            entry += 1
            if entry == index:
                at = number
        if entry in {index, -1} and re.match(rf"[\[\s\"']*{re.escape(key)}[\]\s\"']*(=|$)", head):
            return number
    return at
