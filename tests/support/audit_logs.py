"""One small log that holds every kind of record: what the auditor's tests damage."""

from hashlib import sha256
from pathlib import Path

from jiankao_proto.ids import AlertId, ExamSessionId, WorkstationId
from jiankao_proto.observations import InjectedInput, InjectionMethod, Process, ProcessStarted
from jiankao_proto.records import (
    AlertAcknowledged,
    AlertChanged,
    ClockTick,
    CollectorStarted,
    CollectorStopped,
    EnrolmentRefused,
    EnvelopeRejected,
    ExamSessionClosed,
    ExamSessionOpened,
    FindingCited,
    OperatorAction,
    RefusalReason,
    RosterChanged,
    RosterEntry,
    RuleSetInForce,
    Severity,
    StreamClosed,
    StreamOpened,
)
from tests.support.logs import START_US, LogBuilder

MORNING = ExamSessionId("2026-09-21-am")


def finding(points: int = 60, *numbers: int) -> FindingCited:
    """Return a finding as it would stand under an alert."""
    return FindingCited(
        "known_software",
        "remote_tool",
        "software",
        "x11vnc",
        points,
        "发现远程控制软件 x11vnc 正在运行",
        "The remote-control program x11vnc is running",
        START_US + 9_000_000,
        START_US + 9_500_000,
        1,
        numbers or (9,),
    )


def alert(
    workstation: str, revision: int, score: int, *findings: FindingCited, over: bool = False
) -> AlertChanged:
    """Return one revision of the alert `a-1`."""
    return AlertChanged(
        AlertId("a-1"),
        revision,
        "remote_control",
        Severity.CRITICAL,
        score,
        WorkstationId(workstation),
        "101",
        "07",
        MORNING,
        START_US + 9_000_000,
        START_US + 12_345_678,
        over,
        findings,
    )


def build_every_kind(data: Path) -> None:
    """Build the log: two workstations, batches interleaved, every other kind of record."""
    with LogBuilder(data) as log:
        log.append(CollectorStarted("0.1.0"), RuleSetInForce("2026.1", sha256(b"rules").digest()))
        one = log.enrol("one", seat="07")
        two = log.enrol("two", seat="08")
        log.append(
            RosterChanged(
                (RosterEntry("101", "07", None, "c-1"), RosterEntry("101", "08")), "chief"
            )
        )
        log.append(ExamSessionOpened(MORNING, "上午场", ("101",), b"", "chief"))
        log.append(StreamOpened(one.id, "10.0.0.7:5000", "0.1.0", "boot-1", 0))
        log.admit(one, exam_session=MORNING)
        log.admit(two, exam_session=MORNING)
        started = ProcessStarted(Process(4711, START_US, "x11vnc", "/usr/bin/x11vnc"))
        first = log.admit(one, started, exam_session=MORNING).record.number
        log.append(alert("w-one", 1, 60, finding(60, first)))
        second = log.admit(
            one, InjectedInput(InjectionMethod.XTEST_DEVICE, key_events=3), exam_session=MORNING
        ).record.number
        log.append(alert("w-one", 2, 95, finding(60, first), finding(35, second, first)))
        log.append(AlertAcknowledged(AlertId("a-1"), "proctor", "已到座位查看"), ClockTick())
        garbage = b"not an envelope"
        log.append(
            EnvelopeRejected(
                two.id,
                RefusalReason.MALFORMED_ENVELOPE,
                "no envelope",
                garbage,
                len(garbage),
                sha256(garbage).digest(),
                "10.0.0.8:5001",
            ),
            EnrolmentRefused("ticket used", "10.0.0.9:5002"),
            OperatorAction("proctor", "log-in", "", "10.0.0.2"),
        )
        log.admit(two, exam_session=MORNING)
        log.append(
            ExamSessionClosed(MORNING, "chief"),
            StreamClosed(one.id, "collector stops", collector_stopping=True),
            CollectorStopped(),
        )
