"""The catalogue of remote-control programs: reading, strict checking, looking up.

The file beside this module is the only input. Every field of it is checked; a mistake is one line that names the file,
the entry and the field.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from importlib import resources

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge.scripts import script_name
from jiankao_proto.observations import Process

FILE_NAME = "remote_control.toml"

_GENERIC_WORDS = """
    agent app chrome client client32 cmd conhost connect control core daemon dd desktop explorer firefox guard
    helper host install installer java launcher main manager msedge node powershell python python3 remote rundll32
    run server service session setup sh bash sshd start svchost system teams tray uninstall update updater user
    viewer watch worker
"""
GENERIC = frozenset(_GENERIC_WORDS.split())
"""Names that many programs carry; a catalogue entry with one would accuse the innocent."""


class ToolKind(StrEnum):
    """What a program is for."""

    REMOTE_CONTROL = "remote_control"
    SCREEN_SHARE = "screen_share"
    TUNNEL = "tunnel"
    CLASSROOM_CONTROL = "classroom_control"
    VIRTUAL_INPUT = "virtual_input"


@dataclass(frozen=True, slots=True)
class Tool:
    """One program family.

    `windows` and `linux`: exact file names, case-folded; those of `windows` end in `.exe`. `session_processes`: those
    of the names that run only while somebody is connected. `session_arguments`: a command line that holds every part
    of one of these groups belongs to a session. `ports`: where it listens. `idle_connections`: it keeps connections
    to its maker while nobody uses it.
    `units`: its systemd units; a template as `name@.service`. `source`: where these facts come from.
    """

    id: str
    name_zh: str
    name_en: str
    kind: ToolKind
    windows: tuple[str, ...]
    linux: tuple[str, ...]
    session_processes: frozenset[str]
    session_arguments: tuple[tuple[str, ...], ...]
    ports: tuple[int, ...]
    idle_connections: bool
    units: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class RemoteDesktopPort:
    """What is offered on ports `first` to `last`, both included."""

    first: int
    last: int
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Match:
    """A tool, the name it was known by, and whether the process is a session rather than the tool at rest."""

    tool: Tool
    by: str
    in_session: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything in the file. `digest` is the SHA-256 of its text."""

    version: str
    digest: bytes
    tools: tuple[Tool, ...]
    by_name: Mapping[str, Tool]
    by_port: Mapping[int, RemoteDesktopPort]
    by_unit: Mapping[str, Tool]

    def find(self, process: Process) -> Match | None:
        """Return the tool a process is, by its exact name, its file's, the name inside it, or its script's."""
        script = script_name(process.name, process.command_line_masked)
        for name in (process.name, base_name(process.executable), process.original_name, script):
            tool = self.by_name.get(name.casefold()) if name else None
            if tool is not None:
                return Match(tool, name.casefold(), _in_session(tool, name.casefold(), process))
        return None

    def find_unit(self, name: str) -> Tool | None:
        """Return the tool a systemd unit belongs to; an instance `x@1.service` is one of the template `x@.service`."""
        return self.by_unit.get(re.sub(r"@.*(\.[a-z]+)$", r"@\1", name.casefold()))


def base_name(path: str) -> str:
    r"""Return the last part of a path with either slash; Linux marks a file deleted after its start with a suffix."""
    return re.split(r"[\\/]", path.removesuffix(" (deleted)"))[-1]


def _in_session(tool: Tool, name: str, process: Process) -> bool:
    if name in tool.session_processes:
        return True
    line = process.command_line_masked.casefold()
    return any(all(part in line for part in group) for group in tool.session_arguments)


def load() -> Catalogue:
    """Read the catalogue that ships with the collector. Raises ConfigurationError."""
    return parse(
        resources.files("jiankao_collector.knowledge").joinpath(FILE_NAME).read_text("utf-8")
    )


def parse(text: str, file: str = FILE_NAME) -> Catalogue:
    """Read a catalogue's text; `file` is named in errors. Raises ConfigurationError."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file}: not valid TOML: {error}") from None
    top = _Entry(file, raw, {"version", "port", "tool"})
    tools: dict[str, Tool] = {}
    names: dict[str, Tool] = {}
    units: dict[str, Tool] = {}
    for index, item in enumerate(top.tables("tool"), 1):
        tool = _tool(file, index, item)
        if tool.id in tools:
            raise ConfigurationError(
                f"{file}, tool {tool.id!r}: field id: another entry has it already"
            )
        tools[tool.id] = tool
        for name in (*tool.windows, *tool.linux):
            if name in names:
                raise ConfigurationError(
                    f"{file}, tool {tool.id!r}: {name!r} stands in entry {names[name].id!r} already"
                )
            names[name] = tool
        _add_units(file, units, tool)
    ports: dict[int, RemoteDesktopPort] = {}
    for index, item in enumerate(top.tables("port"), 1):
        port = _port(file, index, item)
        for number in range(port.first, port.last + 1):
            if ports.setdefault(number, port) is not port:
                raise ConfigurationError(
                    f"{file}, port {index}: {number} stands in an earlier entry already"
                )
    digest = sha256(text.replace("\r\n", "\n").encode()).digest()
    return Catalogue(top.text("version"), digest, tuple(tools.values()), names, ports, units)


def _add_units(file: str, units: dict[str, Tool], tool: Tool) -> None:
    for unit in tool.units:
        if units.setdefault(unit, tool) is not tool:
            raise ConfigurationError(
                f"{file}, tool {tool.id!r}: {unit!r} stands in entry {units[unit].id!r} already"
            )


def _tool(file: str, index: int, item: dict[str, object]) -> Tool:
    place = (
        f"{file}, tool {item['id']!r}"
        if isinstance(item.get("id"), str)
        else f"{file}, tool {index}"
    )
    fields = {"id", "name_zh", "name_en", "kind", "windows", "linux", "source"}
    more = {"session_processes", "session_arguments", "ports", "idle_connections", "units"}
    entry = _Entry(place, item, fields | more)
    kind = entry.text("kind")
    if kind not in set(ToolKind):
        raise entry.error("kind", f"{kind!r} is none of {', '.join(ToolKind)}")
    windows, linux = entry.names("windows"), entry.names("linux")
    for name in windows:
        if not name.endswith(".exe"):
            raise entry.error("windows", f"{name!r} does not end in .exe")
    for name in linux:
        if name.endswith(".exe"):
            raise entry.error("linux", f"{name!r} ends in .exe; list it under windows")
    if not windows and not linux:
        raise entry.error("windows", "no file name, here or under linux: nothing could match")
    sessions = entry.names("session_processes")
    for name in sessions:
        if name not in {*windows, *linux}:
            raise entry.error(
                "session_processes", f"{name!r} is not among the entry's own file names"
            )
    return Tool(
        id=entry.text("id"),
        name_zh=entry.text("name_zh"),
        name_en=entry.text("name_en"),
        kind=ToolKind(kind),
        windows=windows,
        linux=linux,
        session_processes=frozenset(sessions),
        session_arguments=entry.groups("session_arguments"),
        ports=entry.ports("ports"),
        idle_connections=entry.flag("idle_connections"),
        units=entry.units("units"),
        source=entry.text("source"),
    )


def _port(file: str, index: int, item: dict[str, object]) -> RemoteDesktopPort:
    entry = _Entry(f"{file}, port {index}", item, {"first", "last", "name_zh", "name_en"})
    first, last = entry.port("first"), entry.port("last")
    if last < first:
        raise entry.error("last", f"{last} is before first, {first}")
    return RemoteDesktopPort(first, last, entry.text("name_zh"), entry.text("name_en"))


class _Entry:
    """One table of the file, read field by field."""

    def __init__(self, place: str, item: dict[str, object], known: Iterable[str]) -> None:
        self._place, self._item = place, item
        for name in item:
            if name not in known:
                raise self.error(name, "no such field")

    def error(self, field: str, what: str) -> ConfigurationError:
        return ConfigurationError(f"{self._place}: field {field}: {what}")

    def text(self, field: str) -> str:
        value = self._item.get(field)
        if not isinstance(value, str) or not value.strip():
            raise self.error(field, "a text is needed")
        return value

    def flag(self, field: str) -> bool:
        value = self._item.get(field, False)
        if not isinstance(value, bool):
            raise self.error(field, "true or false is needed")
        return value

    def port(self, field: str) -> int:
        return self._checked_port(field, self._item.get(field))

    def ports(self, field: str) -> tuple[int, ...]:
        return tuple(self._checked_port(field, value) for value in self._list(field))

    def names(self, field: str) -> tuple[str, ...]:
        """Read exact file names; a path, a pattern, an upper-case or a generic name is refused."""
        names = []
        for value in self._list(field):
            if not isinstance(value, str) or not re.fullmatch(r"[^\\/*?\s][^\\/*?]*", value):
                raise self.error(field, f"{value!r} is not a plain file name")
            if value != value.casefold():
                raise self.error(field, f"{value!r} must be written in lower case")
            if value.removesuffix(".exe") in GENERIC:
                raise self.error(
                    field, f"{value!r} is too generic: many innocent programs are called so"
                )
            if value in names:
                raise self.error(field, f"{value!r} stands there twice")
            names.append(value)
        return tuple(names)

    def units(self, field: str) -> tuple[str, ...]:
        units = self.names(field)
        for unit in units:
            if not unit.endswith((".service", ".socket")):
                raise self.error(field, f"{unit!r} ends neither in .service nor in .socket")
        return units

    def groups(self, field: str) -> tuple[tuple[str, ...], ...]:
        groups = []
        for group in self._list(field):
            if not isinstance(group, list) or not group:
                raise self.error(field, "a list of non-empty lists of texts is needed")
            for part in group:
                if not isinstance(part, str) or not part.strip() or part != part.casefold():
                    raise self.error(field, f"{part!r} is not a text in lower case")
            groups.append(tuple(group))
        return tuple(groups)

    def tables(self, field: str) -> list[dict[str, object]]:
        value = self._item.get(field, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.error(field, f"must be written as [[{field}]]")
        return value

    def _list(self, field: str) -> list[object]:
        value = self._item.get(field, [])
        if not isinstance(value, list):
            raise self.error(field, "a list is needed")
        return value

    def _checked_port(self, field: str, value: object) -> int:
        top = 65535
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= top:
            raise self.error(field, f"{value!r} is no port from 1 to {top}")
        return value
