"""Reads a policy's file into entries; everything that is wrong is noted with line, column and what to do."""

import re
import tomllib
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

from jiankao_collector.knowledge.catalogue import ordinary
from jiankao_collector.knowledge.checked_table import Mistake, Place, Row, Table
from jiankao_collector.knowledge.host_names import host_name
from jiankao_collector.knowledge.policy_entries import (
    Accommodation,
    Aid,
    Allowed,
    Classroom,
    ForbiddenProgram,
    Host,
    Identity,
    May,
    Program,
    Title,
)
from jiankao_collector.knowledge.toml_places import Places
from jiankao_proto.observations import Direction

INTERFACES: Final = ("hotspot", "tether", "vpn", "tap", "wifi")
"""Ways into a network that a policy may forbid, as the network sensor names them."""
LARGEST: Final = 64 * 1024
"""Bytes of a policy."""
_TABLES: Final = ("policy", "allow", "program", "classroom", "accommodation", "forbidden")
HIGHEST_VERSION: Final = 2**32 - 1
"""What the log can hold."""
_IDENTITY: Final = ("signer", "sha256", "path", "name")
_DIRECTIONS: Final = {"inbound": Direction.INBOUND, "outbound": Direction.OUTBOUND}
_TOML_AT: Final = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class Entries:
    """Everything a file says. `tables`: where each entry stands, by its line, for what is found wrong later."""

    titled: bool
    title: Title
    allowed: tuple[Allowed, ...]
    programs: tuple[Program, ...]
    classroom: tuple[Classroom, ...]
    accommodations: tuple[Accommodation, ...]
    interfaces: frozenset[str]
    forbidden: tuple[ForbiddenProgram, ...]
    tables: dict[int, Table]


class Reading:
    """One file being read."""

    def __init__(self, text: str, file: str) -> None:
        self.mistakes: list[Mistake] = []
        self._file, self._places = file, Places(text)
        self._text = text
        self._tables: dict[int, Table] = {}

    def read(self) -> Entries | None:
        """Return the file's entries; None when it is no TOML. What is wrong stands in `mistakes`."""
        try:
            raw = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            at = _TOML_AT.search(str(error))
            line, column = (int(at[1]), int(at[2])) if at else (self._text.count("\n") + 1, 1)
            self.mistakes.append(
                Mistake(self._file, line, f"不是 TOML：{error}", f"not valid TOML: {error}", column)
            )
            return None
        top = Table(Place(self._file, self._places, "", 1), raw, self.mistakes)
        for key in raw:
            if key not in _TABLES:
                self._unknown(key)
        new = {"program", "classroom", "accommodation", "forbidden"} & set(raw)
        titled = "policy" in raw
        if new and not titled:
            first = min(new, key=lambda name: self._places.line(name, 1))
            self._note(
                *(first, "缺少 [policy]：请写明 version、title、author"),
                "a [policy] table is needed before it: version, title and author",
            )
        forbidden = self._one(raw, "forbidden")
        return Entries(
            titled=titled,
            title=self._title(raw),
            allowed=tuple(self._allowed(t) for t in self._many(top, "allow")),
            programs=tuple(self._program(t) for t in self._many(top, "program")),
            classroom=tuple(self._classroom(t) for t in self._many(top, "classroom")),
            accommodations=tuple(self._accommodation(t) for t in self._many(top, "accommodation")),
            interfaces=self._interfaces(forbidden),
            forbidden=tuple(
                self._forbidden(t)
                for t in (self._many(forbidden, "program", "forbidden.") if forbidden else ())
            ),
            tables=self._tables,
        )

    def _unknown(self, key: str) -> None:
        self._note(
            *(key, f"没有 {key!r} 这一项；可用的有：{', '.join(_TABLES)}"),
            f"unknown key {key!r}; a policy has: {', '.join(_TABLES)}",
        )

    def _note(self, table: str, zh: str, en: str) -> None:
        at = (table, 1) if self._places.line(table, 1) > 1 else ("", 1, table)
        line, column = self._places.line(*at), self._places.column(*at)
        self.mistakes.append(Mistake(self._file, line, zh, en, column))

    def _one(self, raw: Row, name: str) -> Table | None:
        row = raw.get(name)
        if row is None:
            return None
        if not isinstance(row, dict):
            self._note(name, f"须写成 [{name}]", f"{name} must be written as [{name}]")
            return None
        return Table(Place(self._file, self._places, name, 1), row, self.mistakes)

    def _many(self, within: Table, name: str, prefix: str = "") -> list[Table]:
        tables = []
        for index, row in enumerate(within.rows(name), 1):
            place = Place(self._file, self._places, prefix + name, index)
            tables.append(Table(place, row, self.mistakes))
            self._tables.setdefault(tables[-1].line, tables[-1])
        return tables

    def _title(self, raw: Row) -> Title:
        table = self._one(raw, "policy")
        if table is None:
            return Title()
        table.only(("version", "title", "author"))
        return Title(
            table.number("version", 1, HIGHEST_VERSION),
            table.whole_text("title"),
            table.whole_text("author"),
        )

    def _allowed(self, table: Table) -> Allowed:
        table.only(("address", "name", "port", "direction", "program"))
        host = Host(None)
        if table.has("address") == table.has("name"):
            table.wrong(
                "name" if table.has("name") else "address",
                "address 与 name 须二选一；两者都要时请写成两条",
                "an entry has an address or a name, and only one of them; for both write two entries",
            )
        else:
            key = "address" if table.has("address") else "name"
            host = _host(table, key, table.text(key)) or host
        for key in ("port", "direction", "program"):
            if not table.has(key):
                table.wrong(
                    key, "缺少；单有地址什么也不允许", "missing; an address alone allows nothing"
                )
        port = table.port("port") if table.has("port") else 0
        direction = table.choice("direction", _DIRECTIONS) if table.has("direction") else ""
        program = table.text("program") if table.has("program") else ""
        if re.search(r"[\\/]", program):
            table.wrong(
                "program",
                f'{program!r:.80} 不是文件名；只写程序文件名，或写 "*" 表示任何程序',
                f'{program!r:.80} is no file name; name the program alone, or "*" for any',
            )
        way = _DIRECTIONS.get(direction, Direction.UNSPECIFIED)
        return Allowed(host, port, way, program.casefold(), table.line)

    def _program(self, table: Table) -> Program:
        table.only((*_IDENTITY, "owner", "reason", "may"))
        may = frozenset(May(word) for word in table.choices("may", May) if word in set(May))
        owner, reason = table.whole_text("owner"), table.whole_text("reason")
        return Program(_identity(table), owner, reason, may, table.line)

    def _classroom(self, table: Table) -> Classroom:
        table.only(("tool", *_IDENTITY, "owner", "hosts"))
        by_tool = table.has("tool")
        if by_tool and any(table.has(key) for key in _IDENTITY):
            table.wrong(
                "tool",
                "tool 与 signer、sha256、path、name 不能同时写",
                "a tool of the catalogue needs no signer, sha256, path or name; leave one of them out",
            )
        hosts = tuple(filter(None, (_host(table, "hosts", text) for text in table.words("hosts"))))
        if not hosts:
            table.wrong(
                "hosts",
                "缺少；请写明它可以与哪些主机通信（教师机地址）",
                "missing; say with which hosts it may talk: the teacher's computer",
            )
        return Classroom(
            table.whole_text("tool") if by_tool else "",
            None if by_tool else _identity(table),
            table.whole_text("owner"),
            hosts,
            table.line,
        )

    def _accommodation(self, table: Table) -> Accommodation:
        table.only(("what", *_IDENTITY, "seats", "candidates", "reason"))
        what = table.choice("what", Aid)
        seats, candidates = table.words("seats"), table.words("candidates")
        if not seats and not candidates:
            table.wrong(
                "seats",
                "缺少；请用 seats 或 candidates 写明给哪些座位或考生",
                "missing; say for whom, by seats or by candidates",
            )
        return Accommodation(
            Aid(what) if what else Aid.ON_SCREEN_KEYBOARD,
            _identity(table),
            table.whole_text("reason"),
            frozenset(seats),
            frozenset(candidates),
            table.line,
        )

    def _interfaces(self, table: Table | None) -> frozenset[str]:
        if table is None:
            return frozenset()
        table.only(("interfaces", "program"))
        return frozenset(table.choices("interfaces", INTERFACES))

    def _forbidden(self, table: Table) -> ForbiddenProgram:
        table.only((*_IDENTITY, "reason"))
        bare = table.has("name") and not any(table.has(key) for key in _IDENTITY[:3])
        identity = Identity(name=_name(table)) if bare else _identity(table)
        return ForbiddenProgram(identity, table.whole_text("reason"), table.line)


def _host(table: Table, key: str, text: str) -> Host | None:
    """Read an address, a network, or a host's full name; which of them `key` wants."""
    if key != "name":
        try:
            return Host(ip_network(text))
        except ValueError as error:
            if key == "address":
                table.wrong(key, f"{text!r:.80} 不是地址或网段：{error}", str(error))
                return None
    host = host_name(text)
    if host is None:
        table.wrong(
            key,
            f"{text!r:.80} 不是完整的主机名" + ("或地址" if key == "hosts" else ""),
            f"{text!r:.80} is no full name of a host"
            + (" and no address" if key == "hosts" else ""),
            text,
        )
        return None
    return Host(None, host.text)


def _identity(table: Table) -> Identity:
    """Read which program is meant; exactly one of signer, sha256 and path."""
    given = [key for key in _IDENTITY[:3] if table.has(key)]
    if len(given) != 1:
        table.wrong(
            given[1] if given else "",
            "须写明 signer、sha256、path 之一，且只写一个；仅有名称不足以放行",
            "exactly one of signer, sha256 and path says which program is meant; a name alone never allows",
        )
        return Identity()
    name = _name(table) if table.has("name") else ""
    if given == ["sha256"]:
        text = table.text("sha256").casefold()
        if not re.fullmatch(r"[0-9a-f]{64}", text):
            table.wrong(
                "sha256",
                "须为 64 位十六进制数",
                "64 hexadecimal digits are needed (sha256sum FILE)",
            )
            return Identity()
        return Identity(sha256=bytes.fromhex(text), name=name)
    if given == ["path"]:
        path = table.whole_text("path")
        if not path.startswith("/") or path.endswith("/") or "/../" in path:
            table.wrong(
                "path",
                f"{path!r:.80} 不是 Linux 上的完整路径；在 Windows 上请写 signer 或 sha256",
                f"{path!r:.80} is no full path of Linux; on Windows give its signer or sha256",
            )
        if not name:
            table.wrong(
                "name", "写 path 时须同时写 name", "a path needs the name of the program too"
            )
        return Identity(path=path, name=name)
    signer = table.whole_text("signer")
    if signer.casefold() in ordinary().signers and not name:
        table.wrong(
            "signer",
            f"{signer!r:.80} 还签署许多其他程序；请同时写 name",
            f"{signer!r:.80} signs many other programs too; add the name of the one that is meant",
        )
    return Identity(signer=" ".join(signer.split()), name=name)


def _name(table: Table) -> str:
    name = table.whole_text("name")
    if re.search(r"[\\/*?]", name):
        table.wrong(
            "name",
            f"{name!r:.80} 不是文件名",
            f"{name!r:.80} is no file name: no folders and no patterns",
        )
    return name.casefold()
