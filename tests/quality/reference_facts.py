"""The single facts of two reference lists that are not part of this repository.

JIANKAO_REFERENCE_DATA names a folder with `lolrmm.jsonl` (LOLRMM's entries as JSON lines) and `cn_remote_tools.jsonl`.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from jiankao_proto.observations import Fact, ServiceKind
from tests.collector.knowledge.reference_names import chinese_entry_of, entry_of
from tests.quality.single_facts import (
    SingleFact,
    asked,
    connection,
    inside,
    listener,
    program,
    program_at,
    service,
)

Row = dict[str, Any]
MAC: Final = "path of macOS"
_MAC: Final = re.compile(r"^(?:~?/Library|/Applications|/Users|/private|/System/)|\.app\b")
_USERS: Final = re.compile(r"^[a-z]:\\users\\[^\\]*\*[^\\]*\\", re.IGNORECASE)


def rows(folder: Path, name: str) -> list[Row]:
    """Return the rows of a list."""
    text = (folder / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def lolrmm(folder: Path) -> Iterator[tuple[str, list[SingleFact]]]:
    """Return every tool of LOLRMM that has an executable, a domain or a path, with its facts."""
    for row in rows(folder, "lolrmm.jsonl"):
        if row["executables"] or row["domains"] or row["paths"]:
            yield row["name"], list(_facts(row, entry_of(row["name"])))


def chinese(folder: Path) -> Iterator[tuple[str, list[SingleFact]]]:
    """Return every tool of grade A or B of the list of the Chinese market that is a program, with its facts."""
    for row in rows(folder, "cn_remote_tools.jsonl"):
        if row["confidence"] in "AB" and row.get("role") != "hardware":
            yield row["name"], list(_facts(row, chinese_entry_of(row["name"])))


def _facts(row: Row, entry: str) -> Iterator[SingleFact]:
    for where, kind, observe in _WAYS:
        for said in row.get(where, ()):
            text = str(said).partition(" (")[0] if where in _REMARKED else str(said)
            yield SingleFact(entry, kind, text, observe(text))
    for path in row.get("paths", ()):
        if not path.startswith("..."):
            kind = MAC if _MAC.search(path) else "path"
            yield SingleFact(entry, kind, path, _at(path))
    for port in row.get("ports_distinctive", row.get("ports")) or ():
        yield SingleFact(entry, "listening port", str(port), listener(port))


def _at(path: str) -> Fact:
    if path.endswith(".service"):
        return service(path.rpartition("/")[2].replace("*", ""))
    return program_at(path if _MAC.search(path) else _on_a_machine(path))


def _on_a_machine(path: str) -> str:
    """Return a path that a workstation would report: something in the place of every asterisk."""
    text = path.replace("Program Files*", "Program Files (x86)").replace("%\\", "\\")
    text = path if path.startswith("%") else text
    text = text.replace("AppData\\*\\", "AppData\\Roaming\\")
    text = _USERS.sub(lambda _: "C:\\Users\\kaosheng\\", text)
    text = "C:\\" + text.lstrip("*\\") if text.startswith("*") else text
    text = text if text[:1] in "/~%" or text[1:2] == ":" else f"/opt/{text}"
    return inside(re.sub(r"\*+", "x1", text).rstrip("\\"))


def _on_linux(said: str) -> Fact:
    if said.endswith(".service"):
        return service(said)
    return (
        program_at(inside(said.rstrip("/")))
        if said.startswith("/")
        else program(said, f"/x/{said}")
    )


_REMARKED: Final = frozenset({"domains", "services", "drivers"})
"""Where a list adds a remark in brackets."""
_WAYS: Final[tuple[tuple[str, str, Callable[[str], Fact]], ...]] = (
    ("executables", "executable", program),
    ("domains", "domain", lambda host: connection(host.replace("*", "a1"))),
    ("domains", "domain asked for", lambda host: asked(host.replace("*", "a1"))),
    ("services", "service", lambda name: service(name.replace("*", "5a1c"))),
    ("drivers", "driver", lambda name: service(name.removesuffix(".inf"), kind=ServiceKind.DRIVER)),
    ("original_file_names", "original name", lambda name: program(original_name=name)),
    ("products", "product", lambda product: program(product=product)),
    ("signers", "signer", lambda signer: program(signer=signer)),
    ("linux", "on Linux", _on_linux),
)
"""Where a fact stands in a row, what the page calls it, and the observation that shows it."""
