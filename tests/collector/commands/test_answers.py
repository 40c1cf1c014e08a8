"""Answer times: a whole file or nothing, and a feed that is recorded as it comes."""

import subprocess
import sys
from pathlib import Path

import pytest

from jiankao_collector.commands.answers import OF_A_RECORD
from jiankao_collector.config import DataFolder
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.records import AnswersRecorded, AnswerTime
from tests.support.commands import Command

HEADER = "room,seat,answered_at\n"
NAMED = "room,seat,answered_at,question\n"


def recorded(folder: DataFolder) -> list[AnswersRecorded]:
    reader = EvidenceLogReader(folder.evidence_log)
    try:
        bodies = [record.body for record in reader.of_kinds(("answers_recorded",))]
    finally:
        reader.close()
    return [body for body in bodies if isinstance(body, AnswersRecorded)]


@pytest.fixture
def session(folder: DataFolder, command: Command) -> str:
    return command("exam-session", "open", "--room", "101", "--data", folder.root).out.strip()


def test_a_file_is_recorded_in_parts(
    folder: DataFolder, command: Command, session: str, tmp_path: Path
) -> None:
    file = tmp_path / "answers.csv"
    rows = [f"101,{n % 40},2026-11-22T09:00:00.250+08:00\n" for n in range(OF_A_RECORD)]
    file.write_text("\ufeff" + HEADER + "".join(rows) + "101,7,1795309200.5\n", encoding="utf-8")
    done = command("answers", file, "--data", folder.root)
    assert done.out == f"answers: {OF_A_RECORD + 1} recorded for {session}\n"
    first, second = recorded(folder)
    assert first.exam_session_id.value == session
    assert first.told_by.startswith("os:")
    assert first.answers[0] == AnswerTime("101", "0", 1_795_309_200_250_000)
    assert second.answers == (AnswerTime("101", "7", 1_795_309_200_500_000),)


def test_a_file_may_say_which_question(
    folder: DataFolder, command: Command, session: str, tmp_path: Path
) -> None:
    assert session
    file = tmp_path / "answers.csv"
    file.write_text(NAMED + "101,7,1795309200,B-12\n101,8,1795309201,\n", encoding="utf-8")
    assert command("answers", file, "--data", folder.root).out.startswith("answers: 2 recorded")
    (body,) = recorded(folder)
    assert [(a.seat, a.question) for a in body.answers] == [("7", "B-12"), ("8", "")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the columns are room,seat,answered_at"),
        ("seat,room,answered_at\n", "line 1: the columns are room,seat,answered_at"),
        (HEADER, "holds no answers below its first line"),
        (HEADER + "101,7,1795309200\n101,7\n", "line 3: 2 fields; there are 3"),
        (HEADER + "101,,1795309200\n", "line 2: '' is no seat's name"),
        (HEADER + "101,7,2026-11-22T09:00:00\n", "line 2: '2026-11-22T09:00:00' is no time"),
        (HEADER + "101,7,yesterday\n", "line 2: 'yesterday' is no time with its zone"),
        (HEADER + "101,7,99999999999999999999\n", "line 2: '99999999999999999999' is no time"),
        (HEADER + "101,7,1960-01-01T00:00:00Z\n", "line 2: '1960-01-01T00:00:00Z' is before 1970"),
        (HEADER + '101,"7,1795309200\n', "line 2: 2 fields"),
        (HEADER + "101,7,1795309200,1\n", "line 2: 4 fields; there are 3"),
        (NAMED + "101,7,1795309200\n", "line 2: 3 fields; there are 4"),
        (NAMED + f"101,7,1795309200,{'x' * 200}\n", "is no question's name"),
        ("room,seat,answered_at,answer\n", "and question if you like"),
    ],
)
def test_a_bad_file_is_one_line_and_nothing_is_recorded(
    folder: DataFolder, command: Command, tmp_path: Path, text: str, said: str
) -> None:
    command("exam-session", "open", "--room", "101", "--data", folder.root)
    file = tmp_path / "answers.csv"
    file.write_text(text, encoding="utf-8")
    line = command("answers", file, "--data", folder.root).failed()
    assert f"{file}: " in line
    assert said in line
    assert recorded(folder) == []


def test_other_bad_words(folder: DataFolder, command: Command, tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_bytes(b"\xff\xfe\x00")
    said = command("answers", file, "--data", folder.root).failed()
    assert "no exam session was ever opened" in said
    command("exam-session", "open", "--room", "101", "--data", folder.root)
    assert "cannot be read as CSV" in command("answers", file, "--data", folder.root).failed()
    none = tmp_path / "none.csv"
    assert "No such file" in command("answers", none, "--data", folder.root).failed()
    said = command("answers", file, "--exam-session", "es-x", "--data", folder.root).failed()
    assert "es-x: no such exam session" in said


def test_a_feed_is_recorded_as_it_comes_and_a_bad_line_ends_it(
    folder: DataFolder, session: str
) -> None:
    words = ["-m", "jiankao_collector", "answers", "-", "--data", str(folder.root)]
    feed = subprocess.Popen(
        [sys.executable, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said, complained = feed.communicate(
        HEADER + "101,3,1795309200\r\n101,4,1795309201\nnonsense\n101,5,1795309202\n", timeout=60
    )
    assert feed.returncode == 1
    assert said == ""
    assert complained == "jiankao-collector: standard input: line 4: 1 fields; there are 3\n"
    (body,) = recorded(folder)
    assert body.exam_session_id.value == session
    assert [a.seat for a in body.answers] == ["3", "4"]


def test_a_feed_may_say_which_question(folder: DataFolder, session: str) -> None:
    assert session
    done = subprocess.run(
        [sys.executable, "-m", "jiankao_collector", "answers", "-", "--data", str(folder.root)],
        input=f"{NAMED}101,3,1795309200,12\n101,4,1795309201,12\n".encode(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert b"2 recorded" in done.stdout
    assert [a.question for body in recorded(folder) for a in body.answers] == ["12", "12"]


@pytest.mark.parametrize("line", ["101,3\r,1795309200", "\r\r", '"', "101,3,1795309200,5"])
def test_a_line_of_a_feed_that_is_no_csv_is_one_clear_line(
    folder: DataFolder, session: str, line: str
) -> None:
    assert session
    done = subprocess.run(
        [sys.executable, "-m", "jiankao_collector", "answers", "-", "--data", str(folder.root)],
        input=f"{HEADER}{line}\n".encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.decode().startswith("jiankao-collector: standard input: line 2: ")
    assert done.stderr.count(b"\n") == 1
