"""Reading the catalogue's files: every field is checked, every mistake is told with file, line and reason.

Nothing is guessed and nothing is left out: a set of files with one mistake is no catalogue at all.
"""

import re
import tomllib
from dataclasses import dataclass, field
from typing import Final

from jiankao_collector.knowledge import folders
from jiankao_collector.knowledge.checked_table import Mistake, Place, Table
from jiankao_collector.knowledge.ordinary import Ordinary
from jiankao_collector.knowledge.toml_places import Places
from jiankao_collector.knowledge.tool import RemoteDesktopPort, SessionSign, Tool, ToolKind

_NEEDED: Final = ("id", "name_zh", "name_en", "kind", "source")
_NAMES: Final = ("windows", "linux", "original_names", "shared_names", "units")
_LABELS: Final = ("products", "services", "drivers")
FACTS: Final = (
    "windows",
    "linux",
    "original_names",
    "products",
    "signers",
    "services",
    "drivers",
    "folders",
    "domains",
    "units",
    "shared_names",
)
"""The lists of which one has to hold something: otherwise nothing could match."""
_MORE: Final = (
    "vendor",
    "market",
    "session_note",
    "companies",
    "shared_arguments",
    "ports",
    "session_processes",
    "session_arguments",
    "session_children",
    "session_listeners",
    "session",
    "idle_connections",
    "with_system",
)
_PROGRAMS: Final = (".exe", ".com", ".msi")
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file's name, as errors call it, and its text."""

    name: str
    text: str


@dataclass(slots=True)
class Reading:
    """What was read so far. `placed`: each tool with its file's name and its place there."""

    mistakes: list[Mistake] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    placed: "list[tuple[Tool, Table]]" = field(default_factory=list)
    ports: "list[tuple[RemoteDesktopPort, Table]]" = field(default_factory=list)


def read_file(source: SourceFile, ordinary: Ordinary, into: Reading) -> None:
    """Read one file's tables; mistakes are added to `into` and the rest is read on."""
    try:
        raw = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else source.text.count("\n") + 1
        why = re.sub(r" \(at .*\)$", "", str(error))
        into.mistakes.append(
            Mistake(source.name, line, f"不是合法的 TOML：{why}", f"not valid TOML: {why}")
        )
        return
    lines = Places(source.text)
    top = Table(Place(source.name, lines, "", 1), raw, into.mistakes)
    top.only({"version", "port", "tool"})
    if "version" in raw:
        into.versions.append(top.text("version"))
    for index, row in enumerate(top.rows("tool"), 1):
        table = Table(Place(source.name, lines, "tool", index), row, into.mistakes)
        tool = _tool(table, ordinary)
        if tool is not None:
            into.placed.append((tool, table))
    for index, row in enumerate(top.rows("port"), 1):
        table = Table(Place(source.name, lines, "port", index), row, into.mistakes)
        port = _port(table)
        if port is not None:
            into.ports.append((port, table))


def _tool(table: "Table", ordinary: Ordinary) -> Tool | None:
    table.only({*_NEEDED, *FACTS, *_MORE})
    said = {name: table.text(name) for name in _NEEDED}
    if said["id"] and not _ID.fullmatch(said["id"]):
        table.wrong("id", "只能用小写字母、数字和连字符", "only a-z, 0-9 and hyphens are taken")
    if said["kind"] and said["kind"] not in set(ToolKind):
        kinds = ", ".join(ToolKind)
        table.wrong(
            "kind", f"{said['kind']!r} 不在 {kinds} 之中", f"{said['kind']!r} is none of {kinds}"
        )
    names = {
        name: table.names(name, ordinary.wrong_name) for name in _NAMES if name != "shared_names"
    }
    shared = table.names("shared_names", lambda _: None)
    labels = {name: table.labels(name, ordinary.wrong_name) for name in _LABELS}
    tool = Tool(
        id=said["id"],
        name_zh=said["name_zh"],
        name_en=said["name_en"],
        kind=ToolKind(said["kind"]) if said["kind"] in set(ToolKind) else ToolKind.REMOTE_CONTROL,
        source=said["source"],
        vendor=table.text("vendor") if table.has("vendor") else "",
        market=table.text("market") if table.has("market") else "",
        session_note=table.text("session_note") if table.has("session_note") else "",
        windows=names["windows"],
        linux=names["linux"],
        original_names=names["original_names"],
        units=names["units"],
        shared_names=shared,
        products=labels["products"],
        services=labels["services"],
        drivers=labels["drivers"],
        signers=table.labels("signers", ordinary.wrong_signer),
        companies=table.labels("companies", lambda _: None),
        shared_arguments=table.groups("shared_arguments"),
        folders=table.names("folders", folders.mistake_in, paths=True),
        domains=table.names("domains", ordinary.wrong_domain),
        ports=table.ports("ports", ordinary.wrong_port),
        session_processes=frozenset(table.names("session_processes", lambda _: None)),
        session_arguments=table.groups("session_arguments"),
        session_children=frozenset(table.names("session_children", lambda _: None)),
        session_listeners=table.ports("session_listeners", ordinary.wrong_port),
        session=_sign(table),
        idle_connections=table.flag("idle_connections"),
        with_system=table.flag("with_system"),
    )
    _check_together(table, tool)
    return None if table.failed else tool


def _check_together(table: "Table", tool: Tool) -> None:
    for name in tool.windows:
        if not name.endswith(_PROGRAMS):
            table.wrong(
                "windows",
                f"{name!r} 不以 .exe、.com 或 .msi 结尾",
                f"{name!r} does not end in .exe, .com or .msi",
                name,
            )
    for name in tool.linux:
        if name.endswith(".exe"):
            table.wrong(
                "linux",
                f"{name!r} 以 .exe 结尾；请写在 windows 下",
                f"{name!r} ends in .exe; list it under windows",
                name,
            )
    for unit in tool.units:
        if not unit.endswith((".service", ".socket")):
            table.wrong(
                "units",
                f"{unit!r} 不以 .service 或 .socket 结尾",
                f"{unit!r} ends neither in .service nor in .socket",
                unit,
            )
    if bool(tool.shared_names) != bool(tool.companies or tool.shared_arguments):
        table.wrong(
            "shared_names" if tool.shared_names else "companies",
            "shared_names 必须与 companies 或 shared_arguments 一起出现",
            "shared_names count only together with companies or shared_arguments",
        )
    _check_session(table, tool)
    if not table.failed and not any(getattr(tool, name) for name in FACTS):
        table.wrong("", "没有任何特征：不可能匹配", "holds no fact: nothing could match")


def _sign(table: "Table") -> SessionSign | None:
    said = table.text("session") if table.has("session") else ""
    if said and said not in set(SessionSign):
        signs = ", ".join(SessionSign)
        table.wrong("session", f"{said!r} 不在 {signs} 之中", f"{said!r} is none of {signs}")
        return None
    return SessionSign(said) if said else None


def _check_session(table: "Table", tool: Tool) -> None:
    """The sign that is said to be judged has to stand in the entry, or nothing could be judged by it."""
    for key in ("session_processes", "session_children"):
        for name in sorted(getattr(tool, key) - {*tool.windows, *tool.linux}):
            table.wrong(
                key,
                f"{name!r} 不在本条目的文件名之中",
                f"{name!r} is not among the entry's own file names",
                name,
            )
    process = tool.session_processes or tool.session_arguments or tool.session_children
    if tool.session is SessionSign.PROCESS and not process:
        table.wrong(
            "session",
            "process 须有 session_processes、session_arguments 或 session_children",
            "process needs session_processes, session_arguments or session_children",
        )
    if (tool.session is SessionSign.LISTENER) != bool(tool.session_listeners):
        table.wrong(
            "session",
            "listener 与 session_listeners 必须一起出现",
            "listener and session_listeners count only together",
        )
    if tool.market == "cn" and tool.session is None and not table.has("session"):
        table.wrong(
            "market",
            "中国市场的软件须写明 session：以什么判断有人正在远程使用",
            "a tool of this market needs session: by which sign its being used is judged",
        )


def _port(table: "Table") -> RemoteDesktopPort | None:
    table.only({"first", "last", "name_zh", "name_en"})
    first, last = table.port("first"), table.port("last")
    if first and last and last < first:
        table.wrong("last", f"{last} 小于 first（{first}）", f"{last} is before first, {first}")
    port = RemoteDesktopPort(first, last, table.text("name_zh"), table.text("name_en"))
    return None if table.failed else port
