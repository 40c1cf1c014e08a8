"""Logs that are well made but say what they must not: steps 3 to 5, as a dishonest collector would fail them."""

from hashlib import sha256
from pathlib import Path

import pytest

from jiankao_collector.audit.findings import Fault, Verdict
from jiankao_collector.audit.stored import StoredLog
from jiankao_collector.audit.verify import verify
from jiankao_proto import chain
from jiankao_proto.codec import record_digest, write_statement
from jiankao_proto.envelope import ENROLMENT_TYPE, POLICY_TYPE, seal
from jiankao_proto.ids import ExamSessionId, WorkstationId
from jiankao_proto.messages import EnrolmentStatement
from jiankao_proto.observations import Heartbeat
from jiankao_proto.records import (
    ClockTick,
    CollectorStarted,
    EnvelopeAdmitted,
    ExamSessionOpened,
    LogOpened,
    PolicyChanged,
    WorkstationEnrolled,
)
from tests.support.damage import run_sql
from tests.support.logs import LogBuilder, Workstation, key_of
from tests.support.wire import field


def verdict_of(data: Path) -> Verdict:
    with StoredLog(data) as log:
        return verify(log.rows())


def problem_of(data: Path) -> tuple[int, int, Fault]:
    problem = verdict_of(data).problem
    assert problem is not None
    return problem.record, problem.step, problem.fault


# ---- step 3: opening ----


def test_a_log_that_does_not_open(tmp_path: Path) -> None:
    with LogBuilder(tmp_path, opened=False) as log:
        log.append(CollectorStarted("0.1.0"))
    assert problem_of(tmp_path) == (0, 3, Fault.OPENING)


def test_a_log_that_opens_twice(tmp_path: Path) -> None:
    with LogBuilder(tmp_path) as log:
        log.append(ClockTick(), LogOpened(1, "log-2", bytes(32), bytes(32)))
    assert problem_of(tmp_path) == (2, 3, Fault.OPENING)


# ---- step 4: enrolment ----


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
        at_us = head.record.recorded_at_us
        content = field(1, 2) + field(2, head.digest) + field(3, at_us) + field(255, b"")
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


# ---- step 7: policies ----

TEXT = b"# a policy"
SIGNED = seal(POLICY_TYPE, TEXT, key_of("office")).data
OFFICE = key_of("office").public_key().public_bytes_raw()
SESSION = ExamSessionId("es-1")


@pytest.mark.parametrize(
    ("toml", "envelope", "public_key"),
    [
        (b"# another policy", SIGNED, OFFICE),
        (TEXT, SIGNED, key_of("other").public_key().public_bytes_raw()),
        (TEXT, SIGNED[:-1], OFFICE),
        (TEXT, seal(ENROLMENT_TYPE, TEXT, key_of("office")).data, OFFICE),
        (TEXT, b"", OFFICE),
    ],
)
def test_a_policy_that_was_not_signed_as_recorded(
    tmp_path: Path, toml: bytes, envelope: bytes, public_key: bytes
) -> None:
    with LogBuilder(tmp_path) as log:
        log.append(ExamSessionOpened(SESSION, "n", ("101",), toml, "by", envelope, public_key, 1))
    assert problem_of(tmp_path) == (1, 7, Fault.POLICY)


def test_a_signed_policy_and_a_changed_one_hold(tmp_path: Path) -> None:
    with LogBuilder(tmp_path) as log:
        log.append(
            ExamSessionOpened(SESSION, "n", ("101",), b"# unsigned", "by"),
            PolicyChanged(SESSION, TEXT, "by", SIGNED, OFFICE, 1),
        )
    assert verdict_of(tmp_path).problem is None
    with LogBuilder(tmp_path / "other") as log:
        log.append(PolicyChanged(SESSION, b"# x", "by", SIGNED, OFFICE, 1))
    assert problem_of(tmp_path / "other") == (1, 7, Fault.POLICY)
