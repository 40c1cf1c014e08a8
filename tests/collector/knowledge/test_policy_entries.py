"""The entries of a policy beyond the network: what they hold, and what is refused, where."""

from dataclasses import replace

import pytest

from jiankao_collector.knowledge.catalogue import load
from jiankao_collector.knowledge.permission import Effect, Permissions, check_with
from jiankao_collector.knowledge.policy import PolicyError, check, parse, read
from jiankao_collector.roster import Place
from jiankao_proto.observations import Process
from tests.support.policies import (
    CLASSROOM,
    EXAM_BROWSER,
    FORBIDDEN,
    FULL,
    KEYBOARD,
    LINUX_KEYBOARD,
    NETWORK,
    TITLE,
)

PLACE = Place("101", "12", "2026-0012")
SHA = "ab" * 32
OF_MICROSOFT = EXAM_BROWSER.replace("Exam Centre", "Microsoft Windows", 1).replace(
    'name = "ExamBrowser.exe"\n', ""
)
SAME_BROWSER = KEYBOARD.replace("Microsoft Windows", "Exam Centre").replace("osk", "ExamBrowser")
CALCULATOR = '[[forbidden.program]]\nname = "calc.exe"\nreason = "none"\n'


def mistakes(text: str) -> list[tuple[int, int, str]]:
    policy, found = check(text, "p.toml")
    assert (policy is None) == bool(found)
    assert all(m.zh and m.zh != m.en for m in found)
    return [(m.line, m.column, m.en) for m in found]


def test_a_whole_policy_is_read() -> None:
    policy = parse(FULL)
    assert (policy.title.version, policy.title.title) == (3, "Room 101, theory")
    assert [len(part) for part in (policy.entries, policy.programs, policy.classroom)] == [1, 1, 1]
    assert [a.aid.value for a in policy.accommodations] == ["on_screen_keyboard"] * 2
    assert policy.interfaces == {"hotspot", "wifi"}
    assert [f.identity.name for f in policy.forbidden] == ["calc.exe"]
    assert check_with(load(), FULL)[1] == []


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        (EXAM_BROWSER, 1, 1, "a [policy] table is needed before it"),
        ("[forbidden]\ninterfaces = []\n", 1, 1, "a [policy] table is needed before it"),
        ('[policy]\ntitle = "t"\nauthor = "a"\n', 1, 1, "version: a whole number from 1 to"),
        (TITLE.replace("= 3", "= 0"), 2, 1, "version: a whole number from 1 to"),
        (TITLE.replace("= 3", "= true"), 2, 1, "version: a whole number from 1 to"),
        (TITLE.replace("= 3", '= "3"'), 2, 1, "version: a whole number from 1 to"),
        (
            TITLE + 'valid_until = "x"\n',
            5,
            1,
            "valid_until: no such field; known: author, title, version",
        ),
        ("policy = 3\n", 1, 1, "policy must be written as [policy]"),
        (TITLE + EXAM_BROWSER.replace("signer", "maker"), 6, 1, "maker: no such field"),
        (
            TITLE + EXAM_BROWSER.replace('signer = "Exam Centre"\n', ""),
            5,
            1,
            "a name alone never allows",
        ),
        (
            TITLE + EXAM_BROWSER + f'sha256 = "{SHA}"\n',
            11,
            1,
            "exactly one of signer, sha256 and path",
        ),
        (TITLE + OF_MICROSOFT, 6, 1, "signs many other programs too"),
        (
            TITLE + EXAM_BROWSER.replace('owner = "Exam Centre"\n', ""),
            5,
            1,
            "owner: a text is needed",
        ),
        (
            TITLE + EXAM_BROWSER.replace('"read_screen"', '"drive"'),
            10,
            17,
            "'drive' is none of: input, read_screen",
        ),
        (TITLE + EXAM_BROWSER.replace("ExamBrowser.exe", "*.exe"), 7, 1, "is no file name"),
        (
            TITLE + '[[program]]\nsha256 = "abc"\nowner = "o"\nreason = "r"\n',
            6,
            1,
            "64 hexadecimal digits",
        ),
        (
            TITLE + '[[program]]\npath = "/usr/bin/onboard"\nowner = "o"\nreason = "r"\n',
            5,
            1,
            "a path needs the name",
        ),
        (
            TITLE + LINUX_KEYBOARD.replace("/usr/bin/python3.11", "C:\\\\osk.exe"),
            7,
            1,
            "no full path of Linux",
        ),
        (TITLE + CLASSROOM.replace("hosts", "#"), 5, 1, "hosts: missing; say with which hosts"),
        (
            TITLE + CLASSROOM.replace("10.20.0.2", "teacher"),
            8,
            10,
            "is no full name of a host and no address",
        ),
        (TITLE + CLASSROOM + 'signer = "Tobias Junghans"\n', 6, 1, "leave one of them out"),
        (
            TITLE + KEYBOARD.replace("on_screen_keyboard", "cheat_sheet"),
            6,
            1,
            "'cheat_sheet' is none of: on_",
        ),
        (
            TITLE + KEYBOARD.replace('seats = ["12", "102/14"]\n', ""),
            5,
            1,
            "say for whom, by seats or by candidates",
        ),
        (
            TITLE + FORBIDDEN.replace('"wifi"', '"ethernet"'),
            6,
            26,
            "'ethernet' is none of: hotspot",
        ),
        (TITLE + FORBIDDEN.replace('"wifi"', '"hotspot"'), 6, 15, "'hotspot' stands there twice"),
        (TITLE + FORBIDDEN.replace("reason", "why"), 9, 1, "why: no such field"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_what_to_do(
    text: str, line: int, column: int, says: str
) -> None:
    found = mistakes(text)
    assert (line, column) in {m[:2] for m in found}, found
    assert any(says in m[2] for m in found if m[:2] == (line, column)), found
    with pytest.raises(PolicyError) as raised:
        parse(text, "p.toml")
    assert str(raised.value).startswith(f"p.toml, line {found[0][0]}, column {found[0][1]}: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (TITLE + NETWORK + NETWORK, 10, "the entry of line 5 says the same"),
        (
            TITLE + NETWORK + NETWORK.replace("ExamBrowser.exe", "*"),
            14,
            "the entry of line 5 says otherwise",
        ),
        (TITLE + EXAM_BROWSER + EXAM_BROWSER, 11, "line 5 has the same program already"),
        (TITLE + EXAM_BROWSER + SAME_BROWSER, 11, "line 5 allows the same program at every seat"),
        (TITLE + CLASSROOM + CLASSROOM, 10, "line 5 has the same tool already"),
        (
            TITLE + KEYBOARD + KEYBOARD.replace('["12", "102/14"]', '["12"]'),
            15,
            "line 5 gives 12 the same",
        ),
        (
            TITLE + EXAM_BROWSER + FORBIDDEN.replace("calc", "exambrowser"),
            13,
            "line 5 allows the same program",
        ),
        (
            TITLE + LINUX_KEYBOARD + FORBIDDEN.replace("calc.exe", "onboard"),
            13,
            "line 5 allows the same program",
        ),
        (TITLE + FORBIDDEN + CALCULATOR, 10, "line 7 forbids the same program already"),
    ],
)
def test_entries_that_contradict_each_other_are_refused(text: str, line: int, says: str) -> None:
    found = mistakes(text)
    assert any(m[0] == line and says in m[2] for m in found), found


def test_old_files_of_network_entries_alone_stay_readable() -> None:
    assert len(parse(NETWORK + NETWORK).entries) == 2
    assert parse(NETWORK).title.version == 0


def test_bytes_that_are_no_text_are_refused_with_their_place() -> None:
    with pytest.raises(PolicyError, match="line 2, column 4: not UTF-8"):
        read(b"# x\nabc\xff")
    with pytest.raises(PolicyError, match="at most 65536"):
        read(b"#" * 70_000)


@pytest.mark.parametrize("tool", ["todesk", "nothing", "epoptes", "red-spiderr"])
def test_a_classroom_tool_has_to_be_known_beyond_its_name(tool: str) -> None:
    policy, found = check_with(load(), TITLE + CLASSROOM.replace("veyon", tool), "p.toml")
    assert policy is None
    assert [m.line for m in found] == [5]
    assert "tool:" in found[0].en


OSK = Process(
    4,
    1,
    "osk.exe",
    "C:\\Windows\\System32\\osk.exe",
    signer="Microsoft Windows",
    original_name="osk.exe",
)
ONBOARD = Process(
    5,
    1,
    "python3.11",
    "/usr/bin/python3.11",
    command_line_masked="/usr/bin/python3 /usr/bin/onboard",
)
BROWSER = Process(6, 1, "ExamBrowser.exe", "D:\\ExamBrowser.exe", signer="Exam Centre")
VEYON = Process(
    7, 1, "veyon-server.exe", "C:\\Program Files\\Veyon\\veyon-server.exe", signer="Tobias Junghans"
)


@pytest.mark.parametrize(
    ("process", "place", "permitted"),
    [
        (OSK, PLACE, True),
        (OSK, Place("102", "14"), True),
        (OSK, Place("103", "7", "2026-0077"), True),
        (OSK, Place("101", "14"), False),
        (OSK, Place("101", ""), False),
        (replace(OSK, signer=""), PLACE, False),
        (replace(OSK, signer="Microsoft Windows Publisher"), PLACE, False),
        (replace(OSK, original_name="mstsc.exe"), PLACE, False),
        (replace(OSK, name="x.exe", original_name=""), PLACE, False),
        (ONBOARD, PLACE, True),
        (replace(ONBOARD, name="onboard", command_line_masked=""), PLACE, True),
        (replace(ONBOARD, command_line_masked="/usr/bin/python3 /tmp/solver"), PLACE, False),
        (replace(ONBOARD, executable="/tmp/onboard", name="onboard"), PLACE, False),
        (BROWSER, Place("999", "1"), True),
        (replace(BROWSER, signer="Exam Center"), PLACE, False),
        (VEYON, PLACE, True),
        (replace(VEYON, signer=""), PLACE, True),
        (replace(VEYON, signer="", executable="C:\\Temp\\veyon-server.exe"), PLACE, False),
        (replace(VEYON, signer="", name="todesk.exe"), PLACE, False),
    ],
)
def test_only_the_very_program_is_permitted_and_only_at_its_seats(
    process: Process, place: Place, permitted: bool
) -> None:
    assert (Permissions(parse(FULL), load()).of(process, place) is not None) is permitted


def test_a_digest_permits_the_file_whatever_it_is_called() -> None:
    text = TITLE + f'[[program]]\nsha256 = "{SHA.upper()}"\nowner = "o"\nreason = "r"\n'
    permissions = Permissions(parse(text), load())
    found = permissions.of(Process(1, 1, "a", executable_sha256=bytes.fromhex(SHA)), PLACE)
    assert found is not None
    assert found.effects == {Effect.RUNS, Effect.WINDOW}
    assert permissions.of(Process(1, 1, "a", executable_sha256=bytes(32)), PLACE) is None
    assert permissions.of(Process(1, 1, "a"), PLACE) is None
