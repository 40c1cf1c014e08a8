"""Every way a log can be wrong, each named by its record, step and fault; and what is still provable."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jiankao_collector.audit.findings import (
    Fault,
    NotedHead,
    Problem,
    SignedAfter,
    Verdict,
    WorkstationEvidence,
)
from jiankao_collector.audit.rows import StoredRow, UnreadableRest
from jiankao_collector.audit.stored import StoredLog
from jiankao_collector.audit.verify import verify
from jiankao_proto.codec import read_record, record_digest, write_record
from jiankao_proto.records import Record
from tests.support.damage import copy_of, run_sql
from tests.support.logs import LogBuilder


def verdict_of(data: Path, noted: NotedHead | None = None) -> Verdict:
    with StoredLog(data) as log:
        return verify(log.rows(), noted)


def rows_of(data: Path) -> list[StoredRow]:
    with StoredLog(data) as log:
        return [row for row in log.rows() if isinstance(row, StoredRow)]


def problem_of(data: Path) -> tuple[int, int, Fault]:
    problem = verdict_of(data).problem
    assert problem is not None
    return problem.record, problem.step, problem.fault


def test_an_intact_log(every_kind: Path) -> None:
    verdict = verdict_of(every_kind)
    rows = rows_of(every_kind)
    assert verdict.intact
    assert verdict.records == len(rows) == 25
    assert verdict.head == rows[-1].digest
    assert sum(verdict.kinds.values()) == 25
    assert verdict.workstations == (
        WorkstationEvidence("w-one", "101", "07", 3),
        WorkstationEvidence("w-two", "101", "08", 2),
    )


def test_a_log_without_records(tmp_path: Path) -> None:
    with LogBuilder(tmp_path, opened=False):
        pass
    assert problem_of(tmp_path) == (0, 2, Fault.MISSING)


SWAP = (
    "UPDATE records SET number = -1 WHERE number = {0}",
    "UPDATE records SET number = {0} WHERE number = {1}",
    "UPDATE records SET number = {1} WHERE number = -1",
)
RENUMBER = (
    "DELETE FROM records WHERE number = 12",
    "UPDATE records SET number = number - 1 WHERE number > 12",
)


@pytest.mark.parametrize(
    ("damage", "record", "fault"),
    [
        (("DELETE FROM records WHERE number = 0",), 0, Fault.MISSING),
        (("DELETE FROM records WHERE number = 12",), 12, Fault.MISSING),
        (("DELETE FROM records WHERE number IN (13, 20)",), 13, Fault.MISSING),
        (RENUMBER, 12, Fault.MISPLACED),
        (tuple(s.format(12, 14) for s in SWAP), 12, Fault.MISPLACED),
        (tuple(s.format(23, 24) for s in SWAP), 23, Fault.MISPLACED),
        (("UPDATE records SET number = -5 WHERE number = 24",), 24, Fault.MISSING),
        (("UPDATE records SET number = -5 WHERE number = 12",), 12, Fault.MISSING),
        ((f"UPDATE records SET number = {2**63 - 1} WHERE number = 24",), 24, Fault.MISSING),
        (("UPDATE records SET sequence = 7 WHERE number = 12",), 12, Fault.COLUMNS),
        (("UPDATE records SET workstation_id = 'w-two' WHERE number = 12",), 12, Fault.COLUMNS),
        (("UPDATE records SET kind = 'ruling' WHERE number = 12",), 12, Fault.COLUMNS),
        (("UPDATE records SET content = zeroblob(9) WHERE number = 12",), 12, Fault.DIGEST),
        (("UPDATE records SET digest = zeroblob(32) WHERE number = 24",), 24, Fault.DIGEST),
    ],
)  # fmt: skip
def test_changed_rows(
    every_kind: Path, tmp_path: Path, damage: tuple[str, ...], record: int, fault: Fault
) -> None:
    data = copy_of(every_kind, tmp_path)
    run_sql(data, *damage)
    assert problem_of(data) == (record, 2, fault)


def test_rows_the_database_no_longer_gives(every_kind: Path) -> None:
    verdict = verify([*rows_of(every_kind)[:5], UnreadableRest("database disk image is malformed")])
    assert verdict.problem == Problem(5, 1, Fault.UNREADABLE, "database disk image is malformed")
    assert verdict.records == 5


def test_a_tail_cut_off_shows_only_against_a_noted_head(every_kind: Path, tmp_path: Path) -> None:
    whole = verdict_of(every_kind)
    noted = NotedHead(whole.records - 1, whole.head)
    data = copy_of(every_kind, tmp_path)
    run_sql(data, "DELETE FROM records WHERE number >= 20")
    assert verdict_of(data).intact
    assert verdict_of(every_kind, noted).intact
    cut = verdict_of(data, noted).problem
    assert cut is not None
    assert (cut.record, cut.step, cut.fault) == (20, 6, Fault.MISSING)


def test_a_head_noted_in_the_middle_still_counts(every_kind: Path) -> None:
    rows = rows_of(every_kind)
    assert isinstance(rows[9].digest, bytes)
    assert verdict_of(every_kind, NotedHead(9, rows[9].digest)).intact
    problem = verdict_of(every_kind, NotedHead(9, bytes(32))).problem
    assert problem is not None
    assert (problem.record, problem.step, problem.fault) == (9, 6, Fault.NOTED_HEAD)


def rewrite(
    rows: list[StoredRow], number: int, change: Callable[[Record], Record]
) -> list[StoredRow]:
    """Change record `number`, with its own digest made right again; the records after it stay."""
    row = rows[number]
    assert isinstance(row.content, bytes)
    content = write_record(change(read_record(row.content)))
    altered = StoredRow(
        row.number, row.kind, row.workstation_id, row.sequence, content, record_digest(content)
    )
    return [*rows[:number], altered, *rows[number + 1 :]]


def later(record: Record) -> Record:
    return Record(record.number, record.previous_digest, record.recorded_at_us + 1, record.body)


def test_a_record_altered_with_its_digest_breaks_the_next(every_kind: Path) -> None:
    problem = verify(rewrite(rows_of(every_kind), 7, later)).problem
    assert problem is not None
    assert (problem.record, problem.step, problem.fault) == (8, 2, Fault.PREVIOUS)


def test_time_going_backwards(every_kind: Path) -> None:
    def earlier(record: Record) -> Record:
        return Record(record.number, record.previous_digest, 1, record.body)

    problem = verify(rewrite(rows_of(every_kind), 24, earlier)).problem
    assert problem is not None
    assert (problem.record, problem.step, problem.fault) == (24, 2, Fault.TIME)


def test_what_is_still_provable(every_kind: Path, tmp_path: Path) -> None:
    """Records 0-11 hold; the envelope in the bad record and those after it hold by themselves."""
    data = copy_of(every_kind, tmp_path)
    run_sql(data, "UPDATE records SET digest = zeroblob(32) WHERE number = 12")
    verdict = verdict_of(data)
    assert verdict.problem is not None
    assert verdict.problem.record == verdict.records == 12
    assert verdict.head == rows_of(data)[11].digest
    assert verdict.rows_after == 13
    assert verdict.workstations == (
        WorkstationEvidence("w-one", "101", "07", 1, SignedAfter(2, 1, 2, key_proven=True)),
        WorkstationEvidence("w-two", "101", "08", 1, SignedAfter(1, 1, 1, key_proven=True)),
    )


def test_what_is_still_provable_when_the_very_first_record_is_bad(
    every_kind: Path, tmp_path: Path
) -> None:
    """Every envelope still holds by itself, under keys that the log can no longer prove."""
    data = copy_of(every_kind, tmp_path)
    run_sql(data, "DELETE FROM records WHERE number = 0")
    verdict = verdict_of(data)
    assert verdict.records == 0
    assert [w.signed_after for w in verdict.workstations] == [
        SignedAfter(3, 0, 2, key_proven=False),
        SignedAfter(2, 0, 1, key_proven=False),
    ]


def test_an_altered_envelope_is_not_counted_as_signed(every_kind: Path, tmp_path: Path) -> None:
    data = copy_of(every_kind, tmp_path)
    row = rows_of(data)[12]
    assert isinstance(row.content, bytes)
    altered = row.content.replace(b"x11vnc", b"x11vnd", 1)
    run_sql(data, f"UPDATE records SET content = x'{altered.hex()}' WHERE number = 12")
    one = verdict_of(data).workstations[0]
    assert one.signed_after == SignedAfter(1, 2, 2, key_proven=True)
