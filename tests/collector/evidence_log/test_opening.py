"""A file that is not our log is left as it is, and one clear line says what is wrong."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from jiankao_collector.errors import EvidenceLogError
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.evidence_log.schema import APPLICATION_ID
from jiankao_collector.evidence_log.writer import EvidenceLogWriter
from jiankao_proto.records import ClockTick


def empty(path: Path) -> str:
    path.touch()
    return "not an evidence log of ours"


def text(path: Path) -> str:
    path.write_text("seat,candidate\n01,C1\n" * 100, encoding="utf-8")
    return "not an evidence log of ours"


def another_database(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE marks (candidate TEXT, mark INTEGER)")
    return "not an evidence log of ours"


def another_format(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute("PRAGMA user_version=99")
        connection.execute("CREATE TABLE records (number INTEGER)")
    return "log format 99"


@pytest.mark.parametrize(
    "make", [empty, text, another_database, another_format], ids=lambda make: make.__name__
)
@pytest.mark.parametrize("opened", [EvidenceLogReader, EvidenceLogWriter])
def test_a_file_that_is_not_ours_is_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], str], opened: Callable[[Path], object]
) -> None:
    path = tmp_path / "evidence.sqlite"
    why = make(path)
    before = path.read_bytes()
    with pytest.raises(EvidenceLogError) as caught:
        opened(path)
    assert why in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_another_database_is_not_taken_for_a_new_log(tmp_path: Path) -> None:
    path = tmp_path / "evidence.sqlite"
    another_database(path)
    before = path.read_bytes()
    with pytest.raises(EvidenceLogError):
        EvidenceLogWriter(path, create=True)
    assert path.read_bytes() == before


def test_no_file_is_no_log(tmp_path: Path) -> None:
    for opened in (EvidenceLogReader, EvidenceLogWriter):
        with pytest.raises(EvidenceLogError, match="there is no evidence log"):
            opened(tmp_path / "evidence.sqlite")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EvidenceLogError, match="cannot be opened"):
        EvidenceLogWriter(tmp_path / "none" / "evidence.sqlite", create=True)


def test_a_file_somebody_holds_is_waited_for_then_named(tmp_path: Path) -> None:
    path = tmp_path / "evidence.sqlite"
    with closing(EvidenceLogWriter(path, create=True, wait_s=0.05)) as writer:
        writer.append([ClockTick()], 1)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(EvidenceLogError, match="close the program that holds the file"):
                writer.append([ClockTick()], 2)
            other.execute("ROLLBACK")
        writer.append([ClockTick()], 3)
        with closing(EvidenceLogReader(path)) as reader:
            assert [r.recorded_at_us for r in reader.records()] == [1, 3]


def test_a_reader_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "evidence.sqlite"
    with closing(EvidenceLogWriter(path, create=True)) as writer:
        writer.append([ClockTick()], 1)
    before = path.read_bytes()
    with closing(EvidenceLogReader(path)) as reader:
        assert len(list(reader.records())) == 1
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._connection.execute("DELETE FROM records")  # noqa: SLF001 - what it must not be able to do
    assert path.read_bytes() == before
