"""The catalogue of known programs: what stands in `entries/`, checked, and looked up in one step.

A program matches by whole, case-folded facts only, never by a part of a name. Any one of a tool's distinctive facts is
enough; every look-up is a step through a dictionary, however many tools there are.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import TypeVar

from jiankao_collector.errors import ConfigurationError
from jiankao_collector.knowledge.catalogue_file import Reading, SourceFile, read_file
from jiankao_collector.knowledge.checked_table import Mistake, Table
from jiankao_collector.knowledge.domains import DomainIndex
from jiankao_collector.knowledge.folders import FolderIndex
from jiankao_collector.knowledge.ordinary import Ordinary
from jiankao_collector.knowledge.scripts import script_name
from jiankao_collector.knowledge.tool import (
    MILDEST_FIRST,
    Match,
    MatchedBy,
    RemoteDesktopPort,
    Tool,
)
from jiankao_proto.observations import Process, ServiceChanged

ENTRIES = "entries"
ORDINARY = "ordinary.toml"
NOT_OURS = frozenset({ORDINARY, "ip_kvm.toml"})
"""Files beside the entries that hold no tools."""
_DOMAIN = b"jiankao.catalogue.v2\n"
_INSTANCE = re.compile(r"_[0-9a-f]{4,}$")

Tools = tuple[Tool, ...]
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything in the files. `digest` covers their names and texts. The tools of a fact: the mildest first."""

    version: str
    digest: bytes
    tools: Tools
    by_port: Mapping[int, RemoteDesktopPort]
    by_name: Mapping[str, Tools]
    by_original_name: Mapping[str, Tools]
    by_name_and_maker: Mapping[tuple[str, str], Tools]
    by_name_and_arguments: Mapping[str, Tools]
    by_product: Mapping[str, Tools]
    by_signer: Mapping[str, Tools]
    by_unit: Mapping[str, Tools]
    by_service: Mapping[str, Tools]
    by_folder: FolderIndex[Tools]
    by_domain: DomainIndex[Tools]
    by_listening_port: Mapping[int, Tools]

    def find(self, process: Process) -> Match | None:
        """Return the tool a process is: by a name, its product or maker, or where its file lies; surest first."""
        script = script_name(process.name, process.command_line_masked)
        file = base_name(process.executable)
        for name in (process.name, file, process.original_name, script):
            folded = name.casefold()
            tools = self.by_name.get(folded) if name else None
            if tools is not None:
                session = _in_session(tools, folded, process)
                return Match(tools, MatchedBy.NAME, folded, in_session=session)
        return self._by_what_is_inside(process, file) or self.find_folder(process.executable)

    def _by_what_is_inside(self, process: Process, file: str) -> Match | None:
        inside = process.original_name.casefold()
        tools = self.by_original_name.get(inside)
        if tools is not None:
            return Match(tools, MatchedBy.ORIGINAL_NAME, inside)
        makers = [label(text) for text in (process.company, process.signer) if text]
        for name in (process.name, file, process.original_name):
            for maker in makers:
                tools = self.by_name_and_maker.get((name.casefold(), maker))
                if tools is not None:
                    return Match(tools, MatchedBy.NAME_AND_MAKER, name.casefold())
        for name in (process.name, file):
            match = self._by_arguments(name, process.command_line_masked)
            if match is not None:
                return match
        product, signer = label(process.product), label(process.signer)
        tools = self.by_product.get(product)
        if tools is not None:
            return Match(tools, MatchedBy.PRODUCT, product)
        tools = self.by_signer.get(signer)
        return Match(tools, MatchedBy.SIGNER, signer) if tools is not None else None

    def _by_arguments(self, name: str, command_line: str) -> Match | None:
        tools = self.by_name_and_arguments.get(name.casefold())
        if tools is None or not any(_holds(command_line, tool.shared_arguments) for tool in tools):
            return None
        return Match(tools, MatchedBy.NAME_AND_ARGUMENTS, name.casefold())

    def find_folder(self, path: str) -> Match | None:
        """Return the tool in whose folder a path lies."""
        tools = self.by_folder.find(path) if path else None
        return Match(tools, MatchedBy.FOLDER, path) if tools is not None else None

    def find_service(self, fact: ServiceChanged) -> Match | None:
        """Return the tool a service, driver or systemd unit belongs to: by its name, or by the program it runs.

        An instance `x@1.service` is one of the template `x@.service`; `x_5a1c2` on Windows one of `x`.
        """
        name = label(fact.name)
        unit = re.sub(r"@.*(\.[a-z]+)$", r"@\1", name)
        plain = _INSTANCE.sub("", name)
        tools = self.by_unit.get(unit) or self.by_service.get(name) or self.by_service.get(plain)
        if tools is not None:
            return Match(tools, MatchedBy.SERVICE, name)
        path = program_of(fact.image_path)
        file = base_name(path).casefold()
        tools = self.by_name.get(file) if file else None
        if tools is not None:
            return Match(tools, MatchedBy.NAME, file)
        return self._by_arguments(file, fact.image_path) or self.find_folder(path)

    def find_port(self, port: int) -> Match | None:
        """Return the tool that listens on a port: a hint, for any program may."""
        tools = self.by_listening_port.get(port)
        return Match(tools, MatchedBy.PORT, str(port)) if tools is not None else None

    def find_host(self, host: str) -> Match | None:
        """Return the tool whose host a name is."""
        found = self.by_domain.find(host) if host else None
        return Match(found[1], MatchedBy.DOMAIN, found[0]) if found is not None else None


def label(text: str) -> str:
    """Return a maker's, product's or service's name as it is compared."""
    return " ".join(text.casefold().split())


def base_name(path: str) -> str:
    r"""Return the last part of a path with either slash; Linux marks a file deleted after its start with a suffix."""
    text = path.removesuffix(" (deleted)")
    return text[max(text.rfind("/"), text.rfind("\\")) + 1 :]


def program_of(image_path: str) -> str:
    r"""Return the program of a service's command line: `"C:\x y\z.exe" -a`, quoted or not, gives `C:\x y\z.exe`."""
    text = image_path.strip()
    if text[:1] == '"':
        return text[1:].partition('"')[0]
    found = re.match(r".*?\.(?:exe|sys|dll)(?=\s|$)", text, re.IGNORECASE)
    return found[0] if found else text.partition(" ")[0]


def _in_session(tools: Tools, name: str, process: Process) -> bool:
    line = process.command_line_masked
    return any(
        name in tool.session_processes
        or _holds(line, tool.session_arguments)
        or (name in tool.session_children and _is_bare_child(name, process))
        for tool in tools
    )


def _is_bare_child(name: str, process: Process) -> bool:
    """Tell whether a process of the same name started it, without arguments; not when its command line is unknown."""
    line = process.command_line_masked.strip()
    bare = bool(line) and program_of(line) == line.strip('"')
    return bare and process.parent_name.casefold() == name


def _holds(command_line: str, groups: tuple[tuple[str, ...], ...]) -> bool:
    """Tell whether every part of one of the groups stands behind the program in a command line."""
    line = command_line.casefold()
    return any(all(part in line for part in group) for group in groups)


def load() -> Catalogue:
    """Read the catalogue that ships with the collector. Raises ConfigurationError."""
    return parse(shipped())


def shipped() -> list[SourceFile]:
    """Return the files that ship with the collector."""
    folder = resources.files("jiankao_collector.knowledge").joinpath(ENTRIES)
    return [
        SourceFile(file.name, file.read_text("utf-8"))
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml") and file.name not in NOT_OURS
    ]


@cache
def ordinary() -> Ordinary:
    """Return the lists of what is too ordinary to be a fact."""
    raw = tomllib.loads(_beside(ORDINARY))
    return Ordinary(
        frozenset(raw["names"]),
        frozenset(signer.casefold() for signer in raw["signers"]),
        frozenset(raw["hosts"]),
        frozenset(raw["ports"]),
    )


def _beside(name: str) -> str:
    folder = resources.files("jiankao_collector.knowledge").joinpath(ENTRIES)
    return folder.joinpath(name).read_text("utf-8")


def parse(files: Iterable[SourceFile]) -> Catalogue:
    """Read the texts of a catalogue. Raises ConfigurationError with its first mistake, and how many more there are."""
    catalogue, mistakes = check(files)
    if catalogue is None:
        first = mistakes[0]
        more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        raise ConfigurationError(f"{first.file}:{first.line}: {first.en}{more}")
    return catalogue


def check(files: Iterable[SourceFile]) -> tuple[Catalogue | None, list[Mistake]]:
    """Read the texts of a catalogue; return it, or None and everything that is wrong with them."""
    sources = sorted(files, key=lambda source: source.name)
    reading = Reading()
    for source in sources:
        read_file(source, ordinary(), reading)
    if len(reading.versions) != 1:
        name = sources[0].name if sources else ENTRIES
        reading.mistakes.append(
            Mistake(
                name, 1, "须有且仅有一个文件写明 version", "exactly one file has to say its version"
            )
        )
    catalogue = _indexed(sources, reading)
    return (None, reading.mistakes) if reading.mistakes else (catalogue, [])


def _indexed(sources: list[SourceFile], reading: Reading) -> Catalogue:
    ids: dict[str, Tool] = {}
    for tool, table in reading.placed:
        if ids.setdefault(tool.id, tool) is not tool:
            table.wrong("id", f"{tool.id!r} 已有条目", f"another entry is {tool.id!r} already")
    ports: dict[int, RemoteDesktopPort] = {}
    for port, table in reading.ports:
        for number in range(port.first, port.last + 1):
            if ports.setdefault(number, port) is not port:
                table.wrong(
                    "first", f"{number} 已在前面", f"{number} stands in an earlier entry already"
                )
    names = _index(reading, "windows", lambda tool: (*tool.windows, *tool.linux))
    services = _index(reading, "services", lambda tool: (*tool.services, *tool.drivers))
    pairs = _index(reading, "shared_names", _pairs)
    folders = _index(reading, "folders", lambda tool: tool.folders)
    domains = _index(reading, "domains", lambda tool: tool.domains)
    return Catalogue(
        version=reading.versions[0] if reading.versions else "",
        digest=_digest([*sources, *(SourceFile(name, _beside(name)) for name in NOT_OURS)]),
        tools=tuple(tool for tool, _ in reading.placed),
        by_port=ports,
        by_name=names,
        by_original_name=_index(reading, "original_names", lambda tool: tool.original_names),
        by_name_and_maker=pairs,
        by_name_and_arguments=_index(
            reading, "shared_names", lambda tool: tool.shared_names if tool.shared_arguments else ()
        ),
        by_product=_index(reading, "products", lambda tool: tool.products),
        by_signer=_index(reading, "signers", lambda tool: tool.signers),
        by_unit=_index(reading, "units", lambda tool: tool.units),
        by_service=services,
        by_folder=FolderIndex(folders.items()),
        by_domain=DomainIndex(domains.items()),
        by_listening_port=_by_listening_port(reading, ports),
    )


def _by_listening_port(
    reading: Reading, screens: Mapping[int, RemoteDesktopPort]
) -> dict[int, Tools]:
    """Return the tools of each port that speaks of few of them.

    The ports of a protocol that several programs offer (3389, 5900) speak of the protocol; they stand in `screens`.
    """
    found: dict[int, list[Tool]] = {}
    for tool, _ in reading.placed:
        for port in tool.ports:
            found.setdefault(port, []).append(tool)
    return {
        port: tuple(sorted(tools, key=lambda t: MILDEST_FIRST.index(t.kind)))
        for port, tools in found.items()
        if len(tools) == 1 or port not in screens
    }


def _pairs(tool: Tool) -> tuple[tuple[str, str], ...]:
    return tuple((name, company) for name in tool.shared_names for company in tool.companies)


def _index(reading: Reading, key: str, facts: Callable[[Tool], tuple[K, ...]]) -> dict[K, Tools]:
    found: dict[K, list[tuple[Tool, Table]]] = {}
    for tool, table in reading.placed:
        for fact in facts(tool):
            others = found.setdefault(fact, [])
            for other, _ in others:
                if not tool.vendor or other.vendor != tool.vendor:
                    table.wrong(
                        key,
                        f"{fact!r} 已在条目 {other.id!r} 中，且二者不是同一 vendor",
                        f"{fact!r} stands in entry {other.id!r} already, which names another vendor",
                        fact if isinstance(fact, str) else "",
                    )
            others.append((tool, table))
    return {
        fact: tuple(sorted((t for t, _ in tools), key=lambda t: MILDEST_FIRST.index(t.kind)))
        for fact, tools in found.items()
    }


def _digest(sources: Iterable[SourceFile]) -> bytes:
    digest = sha256(_DOMAIN)
    for source in sorted(sources, key=lambda source: source.name):
        text = source.text.replace("\r\n", "\n").encode()
        digest.update(b"%d %b %d\n%b\n" % (len(source.name), source.name.encode(), len(text), text))
    return digest.digest()
