"""Every way a log can be wrong, each named by its record, step and fault; and what is still provable."""

from collections.abc import Callable
from hashlib import sha256
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
from jiankao_proto import chain
from jiankao_proto.codec import read_record, record_digest, write_record, write_statement
from jiankao_proto.envelope import ENROLMENT_TYPE, seal
from jiankao_proto.ids import WorkstationId
from jiankao_proto.messages import EnrolmentStatement
from jiankao_proto.observations import Heartbeat
from jiankao_proto.records import (
    ClockTick,
    CollectorStarted,
    EnvelopeAdmitted,
    LogOpened,
    Record,
    WorkstationEnrolled,
)
from tests.support.damage import copy_of, run_sql
from tests.support.logs import LogBuilder, Workstation, key_of


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


# ---- step 3: opening ----


def test_a_log_that_does_not_open(tmp_path: Path) -> None:
    with LogBuilder(tmp_path, opened=False) as log:
        log.append(CollectorStarted("0.1.0"))
    assert problem_of(tmp_path) == (0, 3, Fault.OPENING)


def test_a_log_that_opens_twice(tmp_path: Path) -> None:
    with LogBuilder(tmp_path) as log:
        log.append(ClockTick(), LogOpened(1, "log-2", bytes(32), bytes(32)))
    assert problem_of(tmp_path) == (2, 3, Fault.OPENING)


# ---- step 4: enrolment; the log itself is well made, as a dishonest collector would make it ----


def enrolment(
    *,
    signer: str = "one",
    named: str = "one",
    stated: str = "one",
    hostname: str = "pc-1",
    ticket: bytes = b"t" * 32,
    garbage: bool = False,
) -> WorkstationEnrolled:
    """Return an enrolment as it should be, or with one thing wrong."""
    statement = EnrolmentStatement(
        key_of(stated).public_key().public_bytes_raw(),
        b"",
        b"t" * 32,
        "pc-1",
        "Linux",
        "0.1.0",
        "b",
        1,
    )
    sealed = seal(ENROLMENT_TYPE, write_statement(statement), key_of(signer)).data
    public = key_of(named).public_key().public_bytes_raw()
    return WorkstationEnrolled(
        WorkstationId("w-1"),
        b"garbage" if garbage else sealed,
        public,
        sha256(b"").digest(),
        ticket,
        "101",
        "01",
        hostname,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        enrolment(signer="two"),
        enrolment(named="two"),
        enrolment(stated="two"),
        enrolment(hostname="pc-2"),
        enrolment(ticket=b"u" * 32),
        enrolment(garbage=True),
    ],
)
def test_enrolments_that_do_not_hold(tmp_path: Path, wrong: WorkstationEnrolled) -> None:
    with LogBuilder(tmp_path) as log:
        log.append(wrong)
    assert problem_of(tmp_path) == (1, 4, Fault.ENROLMENT)


def test_an_enrolment_twice(tmp_path: Path) -> None:
    with LogBuilder(tmp_path) as log:
        log.append(enrolment(), enrolment())
    assert problem_of(tmp_path) == (2, 4, Fault.ENROLMENT)


# ---- step 5: envelopes ----


def sealed_by(workstation: Workstation, log: LogBuilder, head: chain.ChainHead) -> bytes:
    return Workstation(workstation.id, workstation.key, head).seal([Heartbeat()], log.now_us).data


def test_an_envelope_of_nobody(tmp_path: Path) -> None:
    with LogBuilder(tmp_path) as log:
        log.append(EnvelopeAdmitted(WorkstationId("w-9"), 0, b"anything"))
    assert problem_of(tmp_path) == (1, 5, Fault.ENVELOPE)


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ("garbage", Fault.ENVELOPE),
        ("another key", Fault.ENVELOPE),
        ("another workstation", Fault.ENVELOPE),
        ("another sequence", Fault.ENVELOPE),
        ("skipped", Fault.CHAIN),
        ("again", Fault.CHAIN),
        ("another predecessor", Fault.CHAIN),
        ("not from its genesis", Fault.CHAIN),
    ],
)
def test_envelopes_that_do_not_follow(tmp_path: Path, case: str, fault: Fault) -> None:
    with LogBuilder(tmp_path) as log:
        one, two = log.enrol("one"), log.enrol("two")
        genesis = one.head
        if case != "not from its genesis":
            log.admit(one)
        due = one.head.next_sequence
        forger = Workstation(one.id, two.key, one.head)
        envelope, sequence = {
            "garbage": (b"garbage", due),
            "another key": (sealed_by(forger, log, one.head), due),
            "another workstation": (
                sealed_by(Workstation(two.id, one.key, one.head), log, one.head),
                due,
            ),
            "another sequence": (sealed_by(one, log, one.head), due + 1),
            "skipped": (sealed_by(one, log, chain.ChainHead(due + 1, one.head.digest)), due + 1),
            "again": (sealed_by(one, log, genesis), 0),
            "another predecessor": (sealed_by(one, log, chain.ChainHead(due, bytes(32))), due),
            "not from its genesis": (sealed_by(one, log, chain.ChainHead(0, bytes(32))), 0),
        }[case]
        (bad,) = log.append(EnvelopeAdmitted(one.id, sequence, envelope))
    assert problem_of(tmp_path) == (bad.record.number, 5, fault)


def test_records_of_a_later_version_are_bound_though_not_understood(tmp_path: Path) -> None:
    """A kind this version does not know: its digest and place are checked, its columns are not."""
    with LogBuilder(tmp_path) as log:
        head = log.append(ClockTick())[0]
        content = (
            b"\x08\x02\x12\x20"
            + head.digest
            + b"\x18\x80\x80\x9a\xa6\xea\xaf\xcc\x03"
            + b"\xfa\x0f\x00"
        )
    run_sql(
        tmp_path,
        "INSERT INTO records VALUES"
        f" (2, 'from_2030', 'w-1', 4, x'{content.hex()}', x'{record_digest(content).hex()}')",
    )
    verdict = verdict_of(tmp_path)
    assert verdict.intact
    assert verdict.kinds["unknown"] == 1
    run_sql(tmp_path, "UPDATE records SET kind = 'clock_tick' WHERE number = 2")
    assert problem_of(tmp_path) == (2, 2, Fault.COLUMNS)
