"""Every tool that the reference lists name is found by each single fact, tried alone.

The lists are not part of this repository: JIANKAO_REFERENCE_DATA names a folder with `lolrmm.jsonl` (LOLRMM's entries
as JSON lines) and `cn_remote_tools.jsonl`. The figures are in the report that `--junit-xml=FILE` writes.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jiankao_collector.knowledge.catalogue import Catalogue, load
from jiankao_collector.knowledge.tool import Match
from jiankao_proto.observations import Change, Process, ServiceChanged, ServiceKind
from tests.collector.knowledge.reference_names import (
    NOT_DISTINCTIVE,
    chinese_entry_of,
    entry_of,
)

VARIABLE = "JIANKAO_REFERENCE_DATA"
FOLDER = os.environ.get(VARIABLE, "")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason=f"{VARIABLE} does not name the folder of reference lists"
)
Row = dict[str, Any]
Tried = tuple[str, str, Match | None]


def rows(name: str) -> list[Row]:
    text = (Path(FOLDER) / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def service(name: str) -> ServiceChanged:
    return ServiceChanged(Change.ADDED, ServiceKind.SYSTEM, name)


def at_path(catalogue: Catalogue, path: str) -> Match | None:
    """Look a path of the list up, with something in the place of every asterisk."""
    text = path.replace("Program Files*", "Program Files (x86)")
    text = "C:\\" + text.lstrip("*\\") if text.startswith("*") else text
    text = re.sub(r"\*+", "x1", text)
    return catalogue.find(Process(1, 1, re.split(r"[\\/]", text)[-1], text))


def tried(catalogue: Catalogue, row: Row) -> Iterator[Tried]:
    for name in row.get("executables", ()):
        yield "executable", name, catalogue.find(Process(1, 1, name))
    for said in row.get("domains", ()):
        host = said.partition(" (")[0]
        yield "domain", host, catalogue.find_host(host.replace("*", "a1"))
    for path in row.get("paths", ()):
        yield "path", path, at_path(catalogue, path)
    for said in row.get("services", ()):
        name = said.partition(" (")[0]
        yield "service", name, catalogue.find_service(service(name))
    for name in row.get("original_file_names", ()):
        yield "original name", name, catalogue.find(Process(1, 1, "a.exe", original_name=name))
    for name in row.get("products", ()):
        yield "product", name, catalogue.find(Process(1, 1, "a.exe", product=name))
    for name in row.get("signers", ()):
        yield "signer", name, catalogue.find(Process(1, 1, "a.exe", signer=name))


def names(entry: str, match: Match | None) -> bool:
    if match is None:
        return False
    return any(entry in {tool.id, f"vendor {tool.vendor}"} for tool in match.tools)


def test_every_tool_of_lolrmm_is_found_and_named(
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    catalogue = load()
    tools = [r for r in rows("lolrmm.jsonl") if r["executables"] or r["domains"] or r["paths"]]
    tally: dict[str, Counter[bool]] = {}
    lost, missed = [], []
    for row in tools:
        facts = list(tried(catalogue, row))
        named = [names(entry_of(row["name"]), match) for _, _, match in facts]
        if not any(named):
            lost.append(row["name"])
        for (kind, fact, _), good in zip(facts, named, strict=True):
            tally.setdefault(kind, Counter())[good] += 1
            if not good and kind in {"executable", "domain"} and fact not in NOT_DISTINCTIVE:
                missed.append((row["name"], fact))
    record_testsuite_property("tools", f"{len(tools) - len(lost)} of {len(tools)}")
    for kind, found in tally.items():
        record_testsuite_property(f"by {kind} alone", f"{found[True]} of {found.total()}")
    assert (lost, missed) == ([], [])
    assert tally["path"][True] / tally["path"].total() > 0.9


def test_every_tool_of_grade_a_or_b_of_the_chinese_market_is_found_by_each_of_its_facts(
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    catalogue = load()
    asked = [
        r
        for r in rows("cn_remote_tools.jsonl")
        if r["confidence"] in "AB" and r.get("role") != "hardware"
    ]
    missed = []
    count = 0
    for row in asked:
        for kind, fact, match in tried(catalogue, row):
            if kind == "path" and fact.startswith("..."):
                continue
            count += 1
            if not names(chinese_entry_of(row["name"]), match) and fact not in NOT_DISTINCTIVE:
                missed.append((row["name"], kind, fact))
    record_testsuite_property("tools and single facts", f"{len(asked)}, {count}")
    assert missed == []


def test_what_the_lists_call_generic_or_somebody_elses_is_not_matched_alone() -> None:
    """A generic file name leads nowhere, a suspect signer to nobody but the tool it really belongs to."""
    catalogue = load()
    # Names that no other program carries, though ordinary people use these programs.
    own = {
        "cloudflared.exe",
        "duplicati.server.exe",
        "kitty.exe",
        "puttytray.exe",
        "psexecsvc.exe",
        "securecrt.exe",
    }
    wrong = []
    for row in rows("lolrmm.jsonl"):
        wrong += [
            (row["name"], name)
            for name in row["executables_generic"]
            if name not in own and catalogue.find(Process(1, 1, name)) is not None
        ]
        for signer in row["signers_suspect"]:
            match = catalogue.find(Process(1, 1, "a.exe", signer=signer))
            if names(entry_of(row["name"]), match):
                wrong.append((row["name"], signer))
    assert wrong == []
