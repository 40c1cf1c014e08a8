"""The policy of an exam session: what is allowed, for whom, and what is forbidden. docs/policy.md has every key.

Network entries need an address or a name, a port, a direction and a program: an address alone allows nothing, because
the exam server's own address has been used to drive a seat. Programs are allowed by what their maker signed or by their
digest, never by a name. Names of hosts that only look like an allowed one are judged by look_alike_host. Connections of
the workstation to itself are outside the policy's scope.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge.checked_table import Mistake
from jiankao_collector.knowledge.policy_contradictions import note_contradictions
from jiankao_collector.knowledge.policy_entries import (
    Accommodation,
    Allowed,
    Classroom,
    ForbiddenProgram,
    Program,
    Title,
    read_address,
)
from jiankao_collector.knowledge.policy_reading import LARGEST, Reading
from jiankao_proto.observations import ConnectionOpened, Direction


class PolicyError(ConfigurationError):
    """A policy that is refused, and everything that is wrong with it."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        more = len(mistakes) - 1
        others = f" (and {more} more: jiankao-collector policy check)" if more else ""
        super().__init__(f"{placed(mistakes[0], mistakes[0].en)}{others}")

    @property
    def zh(self) -> str:
        """The first mistake in Chinese."""
        return placed(self.mistakes[0], self.mistakes[0].zh)


@dataclass(frozen=True, slots=True)
class Policy:
    """Every entry of one policy. A policy of [[allow]] entries alone has version 0."""

    entries: tuple[Allowed, ...] = ()
    title: Title = field(default_factory=Title)
    programs: tuple[Program, ...] = ()
    classroom: tuple[Classroom, ...] = ()
    accommodations: tuple[Accommodation, ...] = ()
    interfaces: frozenset[str] = frozenset()
    """Those that are forbidden."""
    forbidden: tuple[ForbiddenProgram, ...] = ()

    def allows(self, connection: ConnectionOpened) -> bool:
        """Tell whether one entry allows this connection. An undirected one is allowed by either direction."""
        if read_address(connection.remote.address) is None:
            return False
        return any(_fits(entry, connection) for entry in self.entries)

    def names(self) -> tuple[str, ...]:
        """Return every host name that is allowed, each once."""
        hosts = (
            *(entry.host for entry in self.entries),
            *(h for c in self.classroom for h in c.hosts),
        )
        return tuple(dict.fromkeys(host.name for host in hosts if host.name))

    def accommodations_at(self, room: str, seat: str, candidate: str) -> tuple[Accommodation, ...]:
        """Return the accommodations that hold at a seat."""
        return tuple(a for a in self.accommodations if a.is_for(room, seat, candidate))


def _fits(entry: Allowed, connection: ConnectionOpened) -> bool:
    if connection.direction not in {entry.direction, Direction.UNSPECIFIED}:
        return False
    listening = connection.local if entry.direction is Direction.INBOUND else connection.remote
    return (
        listening.port == entry.port
        and entry.program in {"*", connection.process.name.casefold()}
        and entry.host.is_far_end(connection)
    )


def is_loopback(text: str) -> bool:
    """Tell whether a textual address is of the machine itself."""
    address = read_address(text)
    return address is not None and address.is_loopback


def check(text: str, file: str = "policy") -> tuple[Policy | None, list[Mistake]]:
    """Read a policy; return it, or None and everything that is wrong with it, in the order of the file."""
    reading = Reading(text, file)
    entries = reading.read()
    if entries is not None:
        note_contradictions(entries)
    if entries is None or reading.mistakes:
        return None, sorted(reading.mistakes, key=lambda m: (m.line, m.column))
    policy = Policy(
        entries=entries.allowed,
        title=entries.title,
        programs=entries.programs,
        classroom=entries.classroom,
        accommodations=entries.accommodations,
        interfaces=entries.interfaces,
        forbidden=entries.forbidden,
    )
    return policy, []


def placed(mistake: Mistake, said: str) -> str:
    """Return what is said of a mistake with its place before it."""
    return f"{mistake.file}, line {mistake.line}, column {mistake.column}: {said}"


def parse(text: str, file: str = "policy") -> Policy:
    """Read a policy; `file` is named in errors. Raises PolicyError with line, column and key."""
    policy, mistakes = check(text, file)
    if policy is None:
        raise PolicyError(mistakes)
    return policy


def read(data: bytes, file: str = "policy") -> Policy:
    """Read a policy's bytes. Raises PolicyError."""
    if len(data) > LARGEST:
        said = (
            f"{len(data)} 字节；最多 {LARGEST}",
            f"{len(data)} bytes; a policy has at most {LARGEST}",
        )
        raise PolicyError([Mistake(file, 1, *said)])
    try:
        return parse(data.decode(), file)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise PolicyError(
            [Mistake(file, line, "不是 UTF-8 文字", "not UTF-8 text", column)]
        ) from None


@lru_cache(maxsize=64)
def in_force(toml: bytes) -> Policy | None:
    """Read an exam session's policy; one that cannot be read is none here, and the policy detector says so."""
    try:
        return parse(toml.decode("utf-8", "replace")) if toml else None
    except PolicyError:
        return None
