"""Every command explains itself, completely."""

import argparse
import re
from collections.abc import Iterator

import pytest

from jiankao_collector.__main__ import build_parser
from tests.support.commands import Command

COMMANDS = {
    "up",
    "init",
    "serve",
    "demo",
    "ticket",
    "user",
    "roster",
    "exam-session",
    "answers",
    "knowledge",
    "policy",
    "rules",
}


def parsers(
    parser: argparse.ArgumentParser, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Yield every parser of the tree and the words that lead to it."""
    yield path, parser
    for action in parser._actions:  # noqa: SLF001 - argparse shows its tree nowhere else
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            explained = {choice.dest for choice in action._choices_actions if choice.help}  # noqa: SLF001
            assert explained == set(action.choices)
            for name, below in action.choices.items():
                yield from parsers(below, (*path, name))


TREE = dict(parsers(build_parser()))


def test_the_commands_are_those_the_guide_names() -> None:
    assert {path[0] for path in TREE if path} == COMMANDS


@pytest.mark.parametrize("path", TREE, ids=lambda path: " ".join(path) or "the whole")
def test_every_option_is_explained(command: Command, path: tuple[str, ...]) -> None:
    done = command(*path, "--help")
    assert (done.code, done.err) == (0, "")
    assert TREE[path].description
    said = " ".join(done.out.split())
    for action in TREE[path]._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            assert all(name in said for name in action.choices)
            continue
        assert action.help, f"{action.dest} has no word of explanation"
        for name in action.option_strings or [action.dest]:
            assert name in said or set(action.choices or "?") <= set(re.findall(r"[\w-]+", said))


@pytest.mark.parametrize("words", [(), ("no-such-command",), ("ticket",), ("up", "--no-such")])
def test_a_command_line_that_is_none_says_how_it_should_be(
    command: Command, words: tuple[str, ...]
) -> None:
    done = command(*words)
    assert done.code == 2
    assert "usage: jiankao-collector" in done.err
