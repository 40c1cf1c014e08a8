"""Flip any byte of any stored record: verify names that record."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jiankao_collector.audit.__main__ import ALTERED, INTACT, UNREADABLE, main
from jiankao_collector.audit.findings import Fault, Problem
from jiankao_collector.audit.rows import StoredRow
from jiankao_collector.audit.stored import StoredLog
from jiankao_collector.audit.verify import verify
from jiankao_collector.evidence_log.schema import FILE_NAME
from jiankao_proto.records import CollectorStarted
from tests.support.damage import copy_of, opened, places_of
from tests.support.logs import LogBuilder

TEXTS = ("kind", "workstation_id")
BLOBS = ("content", "digest")
INTEGERS = ("number", "sequence")


def problem_of(data: Path) -> Problem | None:
    with StoredLog(data) as log:
        return verify(log.rows()).problem


def stored(data: Path) -> list[StoredRow]:
    with StoredLog(data) as log:
        return [row for row in log.rows() if isinstance(row, StoredRow)]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A log of seven records: opened, started, a ticket, an enrolment, three envelopes."""
    with LogBuilder(tmp_path / "small") as log:
        log.append(CollectorStarted("0.1.0"))
        workstation = log.enrol("one")
        for _ in range(3):
            log.admit(workstation)
    return tmp_path / "small"


def byte_flips(data: Path) -> Iterator[tuple[int, str, int, object]]:
    """Give (record, column, byte, value with that byte flipped) for every byte of every column."""
    for row in stored(data):
        assert isinstance(row.number, int)
        for column in BLOBS:
            value = getattr(row, column)
            for at in range(len(value)):
                bit = 1 << (at * 5 + row.number) % 8
                yield (
                    row.number,
                    column,
                    at,
                    value[:at] + bytes([value[at] ^ bit]) + value[at + 1 :],
                )
        for column in TEXTS:
            raw = getattr(row, column).encode()
            for at in range(len(raw)):
                flipped = raw[:at] + bytes([raw[at] ^ 1 << at % 7]) + raw[at + 1 :]
                yield row.number, column, at, flipped.decode()
        for column in INTEGERS:
            for at in range(8):
                flipped = int.from_bytes(
                    getattr(row, column).to_bytes(8, "big", signed=True), "big"
                )
                flipped ^= 1 << 8 * at + 3
                yield (
                    row.number,
                    column,
                    at,
                    int.from_bytes(flipped.to_bytes(8, "big"), "big", signed=True),
                )


def test_every_byte_of_every_column(small: Path) -> None:
    assert problem_of(small) is None
    flips = list(byte_flips(small))
    content = sum(len(row.content) for row in stored(small) if isinstance(row.content, bytes))
    assert len(flips) > content + 7 * (32 + 16)
    with opened(small) as connection:
        connection.execute("PRAGMA synchronous=OFF")  # the test's own changes need not survive
        connection.execute("PRAGMA journal_mode=DELETE")
        for record, column, at, value in flips:
            before = connection.execute(
                f"SELECT {column} FROM records WHERE number = ?", (record,)
            ).fetchone()[0]
            connection.execute(f"UPDATE records SET {column} = ? WHERE number = ?", (value, record))
            problem = problem_of(small)
            assert problem is not None, (record, column, at)
            assert problem.record == record, (record, column, at, problem)
            place = value if column == "number" else record
            connection.execute(f"UPDATE records SET {column} = ? WHERE number = ?", (before, place))
    assert problem_of(small) is None


def test_every_kind_of_record(every_kind: Path, tmp_path: Path) -> None:
    """Each kind's content, at its first, middle and last byte."""
    data = copy_of(every_kind, tmp_path)
    with opened(data) as connection:
        for row in stored(data):
            assert isinstance(row.content, bytes)
            for at in (0, len(row.content) // 2, len(row.content) - 1):
                flipped = bytearray(row.content)
                flipped[at] ^= 0x10
                update = "UPDATE records SET content = ? WHERE number = ?"
                connection.execute(update, (bytes(flipped), row.number))
                problem = problem_of(data)
                assert problem is not None
                assert (problem.record, problem.step) == (row.number, 2)
                connection.execute(update, (row.content, row.number))


def test_bytes_of_contents_in_the_file(every_kind: Path, tmp_path: Path) -> None:
    """Where a content or digest lies in the file, a flipped byte names its record as well."""
    data = copy_of(every_kind, tmp_path)
    path = data / FILE_NAME
    original = path.read_bytes()
    for row in stored(data):
        assert isinstance(row.content, bytes)
        assert isinstance(row.digest, bytes)
        value = row.content + row.digest  # the two lie side by side
        for place in {
            *places_of(original, value)[:: len(value) // 12],
            places_of(original, value)[-1],
        }:
            flipped = bytearray(original)
            flipped[place] ^= 0x01
            path.write_bytes(flipped)
            problem = problem_of(data)
            assert problem is not None, (row.number, place)
            assert problem.record == row.number, (place, problem)


def test_any_byte_of_the_file(
    every_kind: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever byte of the file is hit: a clear verdict or one clear line, and exit 0, 1 or 2.

    0 only where nothing of a record lies: indexes, free space, the file's own bookkeeping.
    """
    data = copy_of(every_kind, tmp_path)
    path = data / FILE_NAME
    original = path.read_bytes()
    rows = stored(data)
    held = {
        place
        for row in rows
        if isinstance(row.content, bytes)
        for place in places_of(original, row.content)
    }
    seen = set()
    for place in [*range(120), *range(120, len(original), 41)]:
        flipped = bytearray(original)
        flipped[place] ^= 0xFF
        path.write_bytes(flipped)
        code = main(["verify", str(data), "--language", "en"])
        out, err = capsys.readouterr()
        seen.add(code)
        assert code in {INTACT, ALTERED, UNREADABLE}
        assert code == ALTERED or place not in held
        if code == UNREADABLE:
            assert err.startswith("jiankao-audit: ")
            assert err.count("\n") == 1
            assert not out
        else:
            assert not err
            assert out.startswith("INTACT" if code == INTACT else "ALTERED OR INCOMPLETE")
    assert seen == {INTACT, ALTERED, UNREADABLE}


def test_a_text_where_bytes_belong(small: Path) -> None:
    """The same bytes, stored as text, are not the same value."""
    with opened(small) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, ') STRICT', ')')")
    with opened(small) as connection:
        connection.execute("UPDATE records SET content = CAST(content AS TEXT) WHERE number = 1")
    problem = problem_of(small)
    assert problem == Problem(1, 2, Fault.CONTENT, "its content is stored as str")
