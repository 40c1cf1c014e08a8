"""What an operator does: it takes effect, it is recorded with who did it, and secrets stay secret."""

import getpass
import io
import sys
from pathlib import Path

import pytest

from jiankao_collector.clock import CollectorClock
from jiankao_collector.commands.base import now_us
from jiankao_collector.config import DataFolder
from jiankao_collector.console.access import Access
from jiankao_collector.console.passwords import password_fits
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.folder_lock import lock_folder, tell
from jiankao_proto.ids import WorkstationId
from jiankao_proto.records import (
    ExamSessionClosed,
    ExamSessionOpened,
    OperatorAction,
    RecordBody,
    RoomThresholds,
    RosterChanged,
    RosterEntry,
    TicketIssued,
)
from jiankao_proto.ticket import parse_ticket, ticket_digest
from tests.support.collector import problem_of
from tests.support.commands import Command

ME = f"os:{getpass.getuser()}"
PASSWORD = "a long enough one 监考"


def bodies(folder: DataFolder) -> list[RecordBody]:
    """Return what was recorded since the folder was made."""
    reader = EvidenceLogReader(folder.evidence_log)
    try:
        return [record.body for record in reader.records(2)]
    finally:
        reader.close()


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_tickets_are_printed_once_and_recorded_hashed(folder: DataFolder, command: Command) -> None:
    done = command("ticket", "--room", "一号考场", "--count", "3", "--data", folder.root)
    lines = [line.split("\t") for line in done.out.splitlines()]
    assert [(room, seat) for room, seat, _ in lines] == [("一号考场", f"0{n}") for n in (1, 2, 3)]
    issued = [body for body in bodies(folder) if isinstance(body, TicketIssued)]
    assert [i.ticket_digest for i in issued] == [
        ticket_digest(parse_ticket(text).secret) for *_, text in lines
    ]
    assert {i.issued_by for i in issued} == {ME}
    assert problem_of(folder.root) is None


@pytest.mark.parametrize(
    "words",
    [
        ("--room", ""),
        ("--room", "x" * 65),
        ("--room", "a\x07b"),
        ("--room", " 101"),
        ("--room", "101", "--seat", "y" * 65),
        ("--room", "101", "--count", "0"),
        ("--room", "101", "--count", "501"),
        ("--room", "101", "--hours", "0"),
        ("--room", "101", "--hours", "nan"),
        ("--room", "101", "--hours", "1e9"),
    ],
)
def test_tickets_that_cannot_be(
    folder: DataFolder, command: Command, words: tuple[str, ...]
) -> None:
    command("ticket", *words, "--data", folder.root).failed()
    assert not bodies(folder)
    assert not folder.tickets.exists()


def test_who_gives_a_command_is_the_account_not_the_environment(
    folder: DataFolder, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, "somebody-else")
    command("ticket", "--room", "101", "--data", folder.root)
    (issued,) = bodies(folder)
    assert isinstance(issued, TicketIssued)
    assert issued.issued_by == ME


def test_a_roster_is_set_shown_and_recorded(
    folder: DataFolder, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "roster.csv"
    text = 'room,seat,workstation,candidate\n"1号, 东",01,,C20260001\n101,02,w-abc,\n'
    file.write_text("\ufeff" + text, encoding="utf-8")
    assert command("roster", "set", file, "--data", folder.root).out == "roster: 2 seats\n"
    entries = (
        RosterEntry("1号, 东", "01", None, "C20260001"),
        RosterEntry("101", "02", WorkstationId("w-abc")),
    )
    assert bodies(folder) == [RosterChanged(entries, ME)]
    assert command("roster", "show", "--data", folder.root).out == text


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "line 1"),
        ("room,place\n", "line 1"),
        ("room,seat,name\n101,01,Li\n", "line 1"),
        ("room,seat\n101,01\n,02\n", "line 3"),
        ("room,seat\n101,01\n101\n", "line 3"),
        ("room,seat\n101,01\n101,02,w-1,C1\n", "line 3"),
        ("room,seat\n101,01\n102,01\n101,01\n", "line 4: seat 01 of room 101 stands in line 2"),
        ("room,seat,workstation\n1,1,w-1\n1,2,w-1\n", "line 3: workstation w-1 stands in line 2"),
        ("room,seat,workstation\n101,01,not one\n", "line 2"),
        ("room,seat,candidate\n101,01," + "C" * 65 + "\n", "line 2"),
        ("room,seat\n101," + "x" * 200_000 + "\n", "cannot be read as CSV"),
        ("room,seat\n" + "".join(f"101,{n}\n" for n in range(10_001)), "more than 10000 seats"),
        ("room,seat\n101,\x00\n", "line 2"),
        ("room,seat\n考场,\udcff\n", "UTF-8"),
    ],
)
def test_a_roster_that_is_wrong_names_the_line(
    folder: DataFolder, command: Command, tmp_path: Path, text: str, where: str
) -> None:
    file = tmp_path / "roster.csv"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    said = command("roster", "set", file, "--data", folder.root).failed()
    assert where in said
    assert str(file) in said
    assert len(said) < 500
    assert not bodies(folder)


def test_a_roster_file_that_is_not_there(folder: DataFolder, command: Command) -> None:
    assert "No such file" in command("roster", "set", "none.csv", "--data", folder.root).failed()
    assert "needs a FILE" in command("roster", "set", "--data", folder.root).failed()
    assert "cannot be read" in command("roster", "set", folder.root, "--data", folder.root).failed()


def test_a_rooms_own_thresholds_are_recorded_when_its_exam_session_opens(
    folder: DataFolder, command: Command
) -> None:
    before = folder.settings.read_text("utf-8")
    folder.settings.write_text(before + '\n[rooms."101"]\nalert = 60\n', "utf-8")
    rooms = ("--room", "101", "--room", "102")
    assert command("exam-session", "open", *rooms, "--data", folder.root).code == 0
    (opened,) = [body for body in bodies(folder) if isinstance(body, ExamSessionOpened)]
    assert opened.thresholds == (RoomThresholds("101", 4, 2, 60, 30),)


def test_wrong_thresholds_open_no_exam_session(folder: DataFolder, command: Command) -> None:
    before = folder.settings.read_text("utf-8")
    folder.settings.write_text(before + '\n[rooms."101"]\nalert = 160\n', "utf-8")
    said = command("exam-session", "open", "--room", "101", "--data", folder.root).failed()
    line = before.count("\n") + 3
    assert f"collector.toml:{line}: " in said
    assert "a whole number from 1 to 99 is needed, not 160" in said
    assert not [body for body in bodies(folder) if isinstance(body, ExamSessionOpened)]


def test_an_exam_session_is_opened_listed_and_closed(folder: DataFolder, command: Command) -> None:
    rooms = ("--room", "101", "--room", "102", "--room", "101")
    done = command("exam-session", "open", "--name", "上午 场", *rooms, "--data", folder.root)
    session = done.out.strip()
    assert session in command("exam-session", "list", "--data", folder.root).out
    again = command("exam-session", "open", "--room", "102", "--data", folder.root)
    assert f"room 102 has an open exam session, {session}" in again.failed()
    other = command("exam-session", "open", "--room", "103", "--data", folder.root).out.strip()
    assert "which one?" in command("exam-session", "close", "--data", folder.root).failed()
    unknown = command("exam-session", "close", "es-none", "--data", folder.root)
    assert f"open are: {session}, {other}" in unknown.failed()
    assert command("exam-session", "close", session, "--data", folder.root).code == 0
    assert command("exam-session", "close", "--data", folder.root).code == 0
    assert "open are: none" in command("exam-session", "close", "--data", folder.root).failed()
    opened, _, *closed = bodies(folder)
    assert isinstance(opened, ExamSessionOpened)
    assert (opened.rooms, opened.opened_by) == (("101", "102"), ME)
    assert [c.closed_by for c in closed if isinstance(c, ExamSessionClosed)] == [ME, ME]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "needs 1 to 200 times --room"),
        (("101",), "takes no id"),
        (("--room", "101", "--policy", "none.toml"), "none.toml: cannot be read"),
        (("--room", "101", "--name", "n" * 65), "no exam session's name"),
    ],
)
def test_an_exam_session_that_cannot_be_opened(
    folder: DataFolder, command: Command, words: tuple[str, ...], why: str
) -> None:
    assert why in command("exam-session", "open", *words, "--data", folder.root).failed()
    assert not bodies(folder)


@pytest.mark.parametrize(
    "policy", [b"\xff\xfe", b"[[", b"allow = 3", b"[nonsense]\n", bytes(70_000)]
)
def test_a_policy_that_is_none(
    folder: DataFolder, command: Command, tmp_path: Path, policy: bytes
) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(policy)
    said = command("exam-session", "open", "--room", "1", "--policy", file, "--data", folder.root)
    assert str(file) in said.failed()
    assert not bodies(folder)


def fits(folder: DataFolder, name: str, password: str) -> bool:
    access = Access(folder.access)
    try:
        return password_fits(access.stored_hash(name), password)
    finally:
        access.close()


def test_users_are_added_and_their_passwords_changed(
    folder: DataFolder,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    typed(monkeypatch, PASSWORD + "\n")
    added = command("user", "add", "lin", "--role", "auditor", "--data", folder.root)
    assert fits(folder, "lin", PASSWORD)
    typed(monkeypatch, PASSWORD + "!\r\n")
    changed = command("user", "password", "chief", "--data", folder.root)
    assert fits(folder, "chief", PASSWORD + "!")
    assert not folder.first_password.exists()
    assert command("user", "list", "--data", folder.root).out == (
        "chief\tchief\tall rooms\nlin\tauditor\tall rooms\n"
    )
    for said in (added.out, added.err, changed.out, changed.err, caplog.text):
        assert PASSWORD not in said
    for path in folder.root.rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes()
    assert bodies(folder) == [
        OperatorAction(ME, "user-added", "lin"),
        OperatorAction(ME, "password-changed", "chief"),
    ]


def test_a_generated_password_is_shown_once_and_fits(folder: DataFolder, command: Command) -> None:
    said = command("user", "add", "lin", "--generate", "--data", folder.root).out
    assert fits(folder, "lin", said.strip().rpartition("password: ")[2])


@pytest.mark.parametrize(
    ("words", "password", "why"),
    [
        (("password", "nobody"), PASSWORD, "there is none of that name"),
        (("add", "chief"), PASSWORD, "already there"),
        (("add", "a b"), PASSWORD, "a name has"),
        (("add", "lin"), "", "0 characters"),
        (("add", "lin"), "short", "5 characters"),
        (("add", "lin"), "x" * 257, "257 characters"),
        (("add",), PASSWORD, "needs a NAME"),
    ],
)
def test_users_that_cannot_be(  # noqa: PLR0917 - fixtures and cases
    folder: DataFolder,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    password: str,
    why: str,
) -> None:
    typed(monkeypatch, password + "\n")
    said = command("user", *words, "--data", folder.root).failed()
    assert why in said
    assert not password or password not in said
    assert not bodies(folder)


def test_a_command_beside_a_running_collector_takes_its_time(folder: DataFolder) -> None:
    ahead = CollectorClock(CollectorClock().now_us() + 3600 * 1_000_000)
    with lock_folder(folder.root) as lock:
        assert now_us(folder) < ahead.now_us() - 1_000_000_000
        tell(lock, str(ahead.ahead_us))
        before = ahead.now_us()
        assert before <= now_us(folder) <= ahead.now_us()
    assert now_us(folder) < ahead.now_us() - 1_000_000_000


def test_founding_keeps_an_authority_whose_log_was_lost(
    folder: DataFolder, command: Command
) -> None:
    before = (folder.keys / "authority.key").read_bytes()
    folder.evidence_log.unlink()
    assert command("init", "--data", folder.root).code == 0
    assert (folder.keys / "authority.key").read_bytes() == before
    assert problem_of(folder.root) is None


@pytest.mark.parametrize("left", ["keys", "everything but the name"])
def test_founding_goes_on_after_a_crash(folder: DataFolder, command: Command, left: str) -> None:
    if left == "keys":
        folder.evidence_log.unlink()
        (folder.keys / "authority.pem").unlink()
    else:
        folder.evidence_log.rename(folder.root / ".evidence.sqlite.new")
    assert "init" in command("ticket", "--room", "1", "--data", folder.root).failed()
    assert command("init", "--data", folder.root).code == 0
    assert command("ticket", "--room", "1", "--data", folder.root).code == 0
    assert problem_of(folder.root) is None
    assert not list(folder.root.glob(".*"))
