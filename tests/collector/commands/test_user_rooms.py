"""Binding users to rooms on the command line: done as a whole, recorded, and refused in one line."""

from contextlib import closing

import pytest

from jiankao_collector.config import DataFolder
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.records import OperatorAction
from tests.support.commands import Command


def actions(folder: DataFolder) -> list[tuple[str, str]]:
    with closing(EvidenceLogReader(folder.evidence_log)) as reader:
        bodies = [record.body for record in reader.of_kinds(("operator_action",))]
    return [(b.action, b.subject) for b in bodies if isinstance(b, OperatorAction)][1:]


def test_a_user_is_bound_when_added_and_later(folder: DataFolder, command: Command) -> None:
    data = ("--data", folder.root)
    rooms = ("--room", "101", "--room", "102")
    assert command("user", "add", "lin", *rooms, "--generate", *data).code == 0
    assert command("user", "list", *data).out.splitlines()[1] == "lin\tproctor\t101, 102"
    assert command("user", "rooms", "lin", "--room", "三楼 301", *data).out == "lin: 三楼 301\n"
    assert command("user", "rooms", "lin", "--all-rooms", *data).out == "lin: all rooms\n"
    assert command("user", "list", *data).out.splitlines()[1] == "lin\tproctor\tall rooms"
    assert actions(folder) == [
        ("user-added", "lin"),
        ("rooms-bound", "lin: 101, 102"),
        ("rooms-bound", "lin: 三楼 301"),
        ("rooms-bound", "lin: *"),
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("rooms", "chief"), "needs either --room ROOM, once or more, or --all-rooms"),
        (("rooms", "chief", "--room", "1", "--all-rooms"), "needs either"),
        (("rooms", "nobody", "--room", "1"), "there is none of that name"),
        (("rooms", "--room", "1"), "needs a NAME"),
        (("rooms", "chief", "--room", " "), "is no room's name"),
        (("list", "--room", "1"), "takes no rooms"),
        (("password", "chief", "--room", "1"), "takes no rooms"),
        (("add", "lin", "--all-rooms"), "takes no rooms"),
        (("rooms", "chief", *(w for n in range(101) for w in ("--room", f"{n}"))), "at most 100"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    folder: DataFolder, command: Command, words: tuple[str, ...], why: str
) -> None:
    assert why in command("user", *words, "--data", folder.root).failed()
    assert actions(folder) == []
    assert command("user", "list", "--data", folder.root).out == "chief\tchief\tall rooms\n"
