"""Another key, a fork, a wound-back machine, a hole, a wrong clock."""

import pytest

from jiankao_proto.observations import (
    AgentLifecycle,
    ClockChanged,
    LifecycleStage,
    ObservationsDropped,
    ProcessStarted,
)
from jiankao_proto.records import EnvelopeAdmitted, RefusalReason, Severity
from tests.support.judged import process, watched_seat


@pytest.mark.parametrize(
    ("reason", "zh", "en"),
    [
        (
            RefusalReason.SIGNATURE,
            "数据签名不符：内容被改动，或使用了别的密钥",
            "A batch's signature does not hold: it was altered, or signed with another key",
        ),
        (
            RefusalReason.CHAIN_BROKEN,
            "数据链断裂：这批数据与之前收到的对不上，中间有缺失或被替换",
            "The chain is broken: a batch does not follow the one before; something is missing or was replaced",
        ),
        (
            RefusalReason.FORK,
            "数据链分叉：同一序号出现两份不同数据，密钥可能被复制到另一台电脑，或重放了旧数据",
            (
                "The chain forked: two different batches with one number; the key may have been copied to another "
                "computer, or old data replayed"
            ),
        ),
        (
            RefusalReason.WRONG_WORKSTATION,
            "这台考试机发来了以另一台考试机名义签发的数据",
            "This workstation sent data in the name of another one",
        ),
    ],
)
def test_evidence_that_does_not_hold_is_critical(reason: RefusalReason, zh: str, en: str) -> None:
    seat = watched_seat()
    (alert,) = seat.refused(2, reason)
    assert (alert.kind, alert.severity) == ("chain", Severity.CRITICAL)
    assert seat.log.reasons() == [(zh, en)]


@pytest.mark.parametrize(
    "reason",
    [
        RefusalReason.DUPLICATE,
        RefusalReason.OUT_OF_ORDER,
        RefusalReason.TOO_MANY,
        RefusalReason.NOT_STORED,
    ],
)
def test_what_an_honest_network_does_is_no_alert_however_often(reason: RefusalReason) -> None:
    seat = watched_seat()
    for second in range(2, 400, 5):
        seat.refused(second, reason)
        seat.sends(second)
    assert seat.log.said == []


def test_data_that_cannot_be_read_adds_and_is_over_a_minute_later() -> None:
    seat = watched_seat()
    seat.refused(2, RefusalReason.MALFORMED_ENVELOPE)
    assert (seat.log.said, seat.view.state.value) == ([], "warning")
    seat.lives(5, 65)
    assert seat.view.state.value == "warning"
    seat.lives(70, 1200)
    assert seat.view.state.value == "watched"


def test_an_admitted_batch_that_cannot_be_read_is_a_finding_and_no_error() -> None:
    seat = watched_seat()
    seat.log.add(2, EnvelopeAdmitted(seat.workstation, 1, b"\xff garbage"))
    assert [f.kind for f in seat.view.findings] == ["refused_malformed_batch"]


def test_a_boot_that_comes_back_is_critical_and_a_new_one_is_nothing() -> None:
    seat = watched_seat()
    seat.boot = "boot-2"
    assert seat.sends(2) == []
    seat.boot = "boot-1"
    seat.sends(3)
    alert = seat.log.alerts()["chain"]
    assert (alert.severity, alert.findings[0].kind) == (Severity.CRITICAL, "boot_returned")


def test_an_earlier_boot_is_remembered_when_an_exam_session_opens() -> None:
    seat = watched_seat()
    seat.boot = "boot-2"
    seat.sends(2)
    seat.log.opens(3)
    seat.boot = "boot-1"
    seat.sends(4)
    assert seat.log.alerts()["chain"].findings[0].kind == "boot_returned"


@pytest.mark.parametrize(
    ("ahead_s", "zh", "en"),
    [
        (
            7200,
            "考试机的时钟比监考服务快 2 小时；请校准考试机时间",
            "is 2 h ahead of the collector's; set",
        ),
        (
            -7500,
            "考试机的时钟比监考服务慢 2 小时 5 分钟；请校准考试机时间",
            "is 2 h 5 min behind the collector's; set",
        ),
    ],
)
def test_a_clock_two_hours_off_is_told_and_lasts_until_it_is_set(
    ahead_s: float, zh: str, en: str
) -> None:
    seat = watched_seat()
    seat.ahead_s = ahead_s
    seat.lives(2, 12)
    (told,) = seat.view.findings
    assert told.reason_zh == zh
    assert en in told.reason_en
    seat.lives(13, 140)
    assert seat.log.alerts()["chain"].severity is Severity.WARNING
    seat.ahead_s = 0
    seat.sends(141)
    assert seat.log.alerts()["chain"].over


def test_batches_that_waited_in_the_spool_are_no_wrong_clock() -> None:
    seat = watched_seat()
    for made in range(2, 1800, 2):
        seat.sends(1800 + made / 100, sealed=made)
    seat.lives(1820, 1900)
    assert "clock_wrong" not in [f.kind for f in seat.view.findings]


@pytest.mark.parametrize(
    ("after_s", "jump_s", "told"),
    [(100, -7200, True), (100, 301, True), (100, -240, False), (20, -7200, False)],
)
def test_a_settled_clock_that_is_set_by_hours_is_an_alert_at_once(
    after_s: float, jump_s: int, *, told: bool
) -> None:
    """The first synchronisation after a start is not."""
    seat = watched_seat()
    seat.lives(2, after_s - 1)
    seat.sends(after_s, ClockChanged(jump_s * 1_000_000))
    assert [a.kind for a in seat.log.assessment.alerts()] == (["chain"] if told else [])


def test_a_clock_that_jumps_adds_and_a_small_step_is_nothing() -> None:
    seat = watched_seat()
    for second, jump_us in ((2, 2_000_000), (3, -240_000_000)):
        seat.sends(second, ClockChanged(jump_us))
    (told,) = seat.view.findings
    assert told.reason_zh == "考试机的时钟被拨慢了 4 分钟；刚开机对时也会这样"
    assert told.reason_en == (
        "The workstation's clock was set back by 4 min; the first synchronisation after a start does this too"
    )
    seat.lives(5, 200)
    assert seat.log.said == []


def test_a_signed_hole_is_an_alert() -> None:
    seat = watched_seat()
    seat.sends(2, ObservationsDropped(120, reason="spool full"))
    assert seat.log.reasons() == [
        (
            "考试机有 120 条观测未能保存，这段时间的记录不完整：spool full",
            "120 observations of the workstation could not be kept: its record has a hole (spool full)",
        )
    ]


def test_an_older_identity_of_a_seat_may_leave_but_not_go_on_talking() -> None:
    seat = watched_seat()
    newer = seat.log.seat("1", "ws-newer")
    seat.sends(5)
    seat.breaks(6)
    seat.log.tick(60)
    assert seat.log.said == []
    assert [v.workstation_id for v in seat.log.assessment.seats()] == [newer.workstation]
    (alert,) = seat.connects(61)
    assert alert.findings[0].kind == "superseded_talks"
    assert [v.workstation_id for v in seat.log.assessment.seats()] == [
        seat.workstation,
        newer.workstation,
    ]
    seat.breaks(70)
    seat.log.tick(100)
    seat.log.tick(140)
    over = {a.alert_id: a.over for a in seat.log.assessment.alerts()}
    assert over[alert.alert_id]


def test_a_new_life_of_the_agent_ends_what_the_former_one_followed() -> None:
    """A tool that ended while nobody watched must not be shown as running for ever."""
    seat = watched_seat()
    seat.sends(2, ProcessStarted(process("x11vnc")))
    (alert,) = seat.sends(5, AgentLifecycle(LifecycleStage.STARTED, "0.1.0"))
    assert alert.over
    (alert,) = seat.sends(6, ProcessStarted(process("x11vnc"), baseline=True))
    assert (alert.over, [f.kind for f in alert.findings]) == (
        False,
        ["tool_started", "tool_present"],
    )
