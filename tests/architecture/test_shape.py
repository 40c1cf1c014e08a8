"""How our modules are made: small, named for what they are, silent, no clock in pure parts."""

import ast
import warnings
from collections.abc import Iterator

import pytest

from tests.support.source_tree import PACKAGES, ROOT, Module, modules

ASKED_LINES = 300
MOST_LINES = 400
LONG_BY_NATURE = {
    "proto/jiankao_proto/observations.py": "one flat list of fact types, mirrors telemetry.proto",
}
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "tools"}

PURE = (
    "jiankao_proto",
    "jiankao_agent.batcher",
    "jiankao_agent.sealer",
    "jiankao_agent.delivery",
    "jiankao_collector.roster",
    "jiankao_collector.detectors",
    "jiankao_collector.scoring",
    "jiankao_collector.assessment",
    "jiankao_collector.rulings",
)
CLOCKS = {"now", "utcnow", "today"}

EVERYWHERE = modules()
OURS = modules(*PACKAGES)


def lines(module: Module) -> int:
    return module.text.count("\n")


def test_no_module_is_too_long_to_read() -> None:
    found = {m.place: lines(m) for m in EVERYWHERE if lines(m) > MOST_LINES}
    assert {place: n for place, n in found.items() if place not in LONG_BY_NATURE} == {}


@pytest.mark.filterwarnings("default")
def test_modules_past_the_length_asked_for_are_listed() -> None:
    """Between the two limits is a warning in pytest's summary: the next change splits it."""
    longer = {m.place: lines(m) for m in EVERYWHERE if ASKED_LINES < lines(m) <= MOST_LINES}
    if longer:
        warnings.warn(f"longer than {ASKED_LINES} lines: {longer}", stacklevel=1)


def test_no_module_is_a_drawer() -> None:
    found = [
        m.place for m in EVERYWHERE if DRAWERS & set(m.path.relative_to(ROOT).with_suffix("").parts)
    ]
    assert found == []


@pytest.mark.parametrize("module", OURS, ids=lambda m: m.name)
def test_a_module_says_what_it_is(module: Module) -> None:
    said = ast.get_docstring(module.tree)
    assert said, f"{module.place} has no docstring"


def test_only_commands_print() -> None:
    def prints(module: Module) -> Iterator[str]:
        for node in ast.walk(module.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "print"
            ):
                yield f"{module.place}:{node.lineno}"

    commands = [
        m
        for m in OURS
        if m.path.stem in {"__main__", "service"} or m.path.parent.name == "commands"
    ]
    found = [at for m in OURS if m not in commands for at in prints(m)]
    assert found == []


def is_pure(module: Module) -> bool:
    return any(module.name == part or module.name.startswith(part + ".") for part in PURE)


def test_the_pure_parts_are_there() -> None:
    """A renamed pure part would slip out of the list above unseen."""
    there = {m.name for m in OURS}
    assert [part for part in PURE if part not in there] == []


def test_pure_parts_read_no_clock() -> None:
    """The import contracts forbid `time`; `datetime` is a fine type, but its clock is not."""

    def clocks(module: Module) -> Iterator[str]:
        for node in ast.walk(module.tree):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in CLOCKS
                and ast.unparse(node.value).split(".")[-1] in {"datetime", "date"}
            ):
                yield f"{module.place}:{node.lineno} {ast.unparse(node)}"

    assert [at for m in OURS if is_pure(m) for at in clocks(m)] == []


def test_nothing_is_swallowed_whole() -> None:
    """`except Exception: pass` hides what nobody thought of."""

    def swallowed(module: Module) -> Iterator[str]:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = "" if node.type is None else ast.unparse(node.type)
            empty = all(
                isinstance(s, ast.Pass) or ast.unparse(s) in {"...", "continue"} for s in node.body
            )
            if empty and caught in {"", "Exception", "BaseException"}:
                yield f"{module.place}:{node.lineno}"

    assert [at for m in OURS for at in swallowed(m)] == []
