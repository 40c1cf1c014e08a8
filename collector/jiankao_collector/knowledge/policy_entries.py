"""What a policy's file says, entry by entry. `line`: where the entry begins, from 1; people are told it."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from jiankao_collector.knowledge.host_names import host_name
from jiankao_collector.knowledge.scripts import script_name
from jiankao_proto.observations import ConnectionOpened, Direction, Process

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Host:
    """With whom: either a `network`, or the host of a `name` as the workstation asked for it."""

    network: Network | None
    name: str = ""

    def is_far_end(self, connection: ConnectionOpened) -> bool:
        """Tell whether a connection's far end is this host."""
        if self.network is None:
            asked = host_name(connection.remote_name) if connection.remote_name else None
            return asked is not None and asked.text == self.name
        remote = read_address(connection.remote.address)
        return (
            remote is not None and remote.version == self.network.version and remote in self.network
        )


@dataclass(frozen=True, slots=True)
class Allowed:
    """One [[allow]] entry. `program` is case-folded; `*` is any."""

    host: Host
    port: int
    direction: Direction
    program: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Identity:
    """Which program, and nothing that only looks like it: a `signer`, the file's `sha256`, or its full `path`.

    Exactly one of the three. `name` narrows it to one file (case-folded); a path always has one, since an interpreter
    lies at one path whatever script it runs. Paths are for Linux, where nobody signs programs: whoever may write there
    may put another program in its place.
    """

    signer: str = ""
    sha256: bytes = b""
    path: str = ""
    name: str = ""

    def is_of(self, process: Process) -> bool:
        """Tell whether a process is this program. A name alone is never enough."""
        if self.signer:
            known = _plain(process.signer) == self.signer
        elif self.sha256:
            known = process.executable_sha256 == self.sha256
        else:
            known = bool(self.path) and process.executable == self.path
        return known and (not self.name or self._is_called(process))

    def _is_called(self, process: Process) -> bool:
        if process.original_name and self.signer:
            # Another program of the same maker that was given this name is another program.
            return process.original_name.casefold() == self.name
        called = (process.name, script_name(process.name, process.command_line_masked))
        interpreted = script_name(_file(process.executable), process.command_line_masked)
        return self.name in {text.casefold() for text in (*called, interpreted)}

    def said(self) -> str:
        """Return what the entry knows the program by, as a person wrote it."""
        by = self.signer or self.path or self.sha256.hex()[:16]
        return f"{self.name} ({by})" if self.name else by


class May(StrEnum):
    """What a [[program]] may do besides running and showing windows."""

    INPUT = "input"
    READ_SCREEN = "read_screen"


@dataclass(frozen=True, slots=True)
class Program:
    """One [[program]] entry: whose program it is, and why it is allowed."""

    identity: Identity
    owner: str
    reason: str
    may: frozenset[May] = frozenset()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Classroom:
    """One [[classroom]] entry: the room's own classroom-control software, by the catalogue's `tool` or by identity."""

    tool: str
    identity: Identity | None
    owner: str
    hosts: tuple[Host, ...]
    line: int = 0


class Aid(StrEnum):
    """What an accommodation is for."""

    ON_SCREEN_KEYBOARD = "on_screen_keyboard"
    SCREEN_READER = "screen_reader"
    MAGNIFIER = "magnifier"
    SWITCH_INPUT = "switch_input"
    EYE_CONTROL = "eye_control"
    VOICE_INPUT = "voice_input"
    CAPTIONS = "captions"


@dataclass(frozen=True, slots=True)
class Accommodation:
    """One [[accommodation]] entry: for whom, with which program. A seat is `seat` or `room/seat`."""

    aid: Aid
    identity: Identity
    reason: str
    seats: frozenset[str] = frozenset()
    candidates: frozenset[str] = frozenset()
    line: int = 0

    def is_for(self, room: str, seat: str, candidate: str) -> bool:
        """Tell whether it holds at a seat."""
        return bool(seat and {seat, f"{room}/{seat}"} & self.seats) or candidate in self.candidates


@dataclass(frozen=True, slots=True)
class ForbiddenProgram:
    """One [[forbidden.program]] entry: by identity, or by a bare `name`; a name may forbid, though never allow."""

    identity: Identity
    reason: str
    line: int = 0

    def is_of(self, process: Process) -> bool:
        """Tell whether a process is this program."""
        by = self.identity
        if by.signer or by.sha256 or by.path:
            return by.is_of(process)
        names = {process.name.casefold(), process.original_name.casefold()}
        return by.name in names


@dataclass(frozen=True, slots=True)
class Title:
    """The [policy] table: which version, what it is called, who wrote it."""

    version: int = 0
    title: str = ""
    author: str = ""


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address without its zone; one of IPv4 written as IPv6 becomes IPv4. None when it is none."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _plain(signer: str) -> str:
    return " ".join(signer.split())


def _file(path: str) -> str:
    text = path.removesuffix(" (deleted)")
    return text[max(text.rfind("/"), text.rfind("\\")) + 1 :]
