"""Commands given in two terminals at the very same moment: what one decided still holds when it is recorded."""

import contextlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from jiankao_collector.config import DataFolder
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.records import RecordBody
from tests.support.collector import problem_of
from tests.support.commands import Command, Done
from tests.support.policies import FULL

WITHIN_S = 60


@contextlib.contextmanager
def log_held(folder: DataFolder) -> Iterator[None]:
    """Hold the log as an appending collector does: no command gets past the moment before it appends."""
    with closing(sqlite3.connect(folder.evidence_log, isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        yield
        held.execute("ROLLBACK")


def at_once(folder: DataFolder, *commands: tuple[str | Path, ...]) -> list[Done]:
    """Give commands in a process each, and let all of them go on together when each is about to append."""
    told = [
        [sys.executable, "-m", "jiankao_collector", *map(str, words), "--data", str(folder.root)]
        for words in commands
    ]
    with log_held(folder):
        started = [
            subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for words in told
        ]
        deadline = time.monotonic() + WITHIN_S
        while not all(about_to_append(process, folder) for process in started):
            assert time.monotonic() < deadline, "they did not come to it"
            time.sleep(0.01)
    done = []
    for process in started:
        out, err = process.communicate(timeout=WITHIN_S)
        done.append(Done(process.returncode, out, err))
    return done


def about_to_append(process: "subprocess.Popen[str]", folder: DataFolder) -> bool:
    """Tell whether a command has opened the log for writing, which it does last of all."""
    assert process.poll() is None, process.communicate()
    log = str(folder.evidence_log.resolve())
    try:
        files = psutil.Process(process.pid).open_files()
    except psutil.AccessDenied:  # it is being started
        return False
    return any(file.path == log and "+" in getattr(file, "mode", "") for file in files)


def bodies(folder: DataFolder, kind: str) -> list[RecordBody]:
    with closing(EvidenceLogReader(folder.evidence_log)) as reader:
        return [record.body for record in reader.of_kinds((kind,))]


def test_one_room_gets_one_exam_session(folder: DataFolder) -> None:
    words = ("exam-session", "open", "--room", "101")
    done = at_once(folder, (*words, "--room", "102"), words, (*words, "--room", "103"))
    assert sorted(one.code for one in done) == [0, 1, 1], done
    (won,) = (one.out.strip() for one in done if one.code == 0)
    for one in done:
        if one.code:
            assert f"room 101 has an open exam session, {won}; close it first" in one.failed()
    assert len(bodies(folder, "exam_session_opened")) == 1
    assert problem_of(folder.root) is None


def test_different_rooms_do_not_stand_in_each_others_way(folder: DataFolder) -> None:
    rooms = ("101", "102")
    done = at_once(folder, *(("exam-session", "open", "--room", room) for room in rooms))
    assert [one.code for one in done] == [0, 0], done
    assert len(bodies(folder, "exam_session_opened")) == 2


def test_an_exam_session_is_closed_once(folder: DataFolder, command: Command) -> None:
    opened = command("exam-session", "open", "--room", "101", "--data", folder.root)
    session = opened.out.strip()
    done = at_once(folder, *[("exam-session", "close", session)] * 2)
    assert sorted(one.code for one in done) == [0, 1], done
    (late,) = (one for one in done if one.code)
    assert f"{session}: no such open exam session; open are: none" in late.failed()
    assert len(bodies(folder, "exam_session_closed")) == 1


def test_no_policy_is_put_in_force_for_an_exam_session_that_is_being_closed(
    folder: DataFolder, command: Command, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(FULL, encoding="utf-8")
    command("exam-session", "open", "--room", "101", "--data", folder.root)
    at_once(folder, ("exam-session", "close"), ("exam-session", "policy", "--policy", policy))
    with closing(EvidenceLogReader(folder.evidence_log)) as reader:
        kinds = ("exam_session_closed", "policy_changed")
        order = [type(record.body).__name__ for record in reader.of_kinds(kinds)]
    assert order in (["ExamSessionClosed"], ["PolicyChanged", "ExamSessionClosed"])


@pytest.mark.parametrize("wrong", ["no room", "no id"])
def test_what_is_refused_leaves_the_log_as_it_was_and_free(
    folder: DataFolder, command: Command, wrong: str
) -> None:
    command("exam-session", "open", "--room", "101", "--data", folder.root)
    words = ("open", "--room", "101") if wrong == "no room" else ("close", "es-none")
    with closing(EvidenceLogReader(folder.evidence_log)) as reader:
        before = reader.count()
        command("exam-session", *words, "--data", folder.root).failed()
        assert reader.count() == before
    assert command("exam-session", "close", "--data", folder.root).code == 0
