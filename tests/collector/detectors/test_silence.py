"""A seat that stopped talking: 2 s for a broken stream, 10 s for silence, and who is to blame."""

import pytest

from jiankao_proto.observations import AgentLifecycle, LifecycleStage
from jiankao_proto.records import AlertChanged, CollectorStarted, CollectorStopped, Severity
from tests.support.judged import JudgedLog, Seat, us, watched_seat

GOODBYE = AgentLifecycle(LifecycleStage.STOPPING, "terminated")


def found(alerts: list[AlertChanged]) -> list[tuple[str, Severity, bool]]:
    return [(a.findings[-1].kind, a.severity, a.over) for a in alerts]


def test_a_broken_stream_is_an_alert_after_two_seconds_and_silence_after_ten() -> None:
    seat = watched_seat()
    seat.breaks(3)
    assert seat.log.assessment.wakes_at() == us(5)
    assert seat.log.tick(4.9) == []
    assert seat.view.state.value == "watched"
    assert found(seat.log.tick(5)) == [("stream_broken", Severity.WARNING, False)]
    assert seat.view.state.value == "silent"
    assert seat.log.assessment.wakes_at() == us(11)
    assert found(seat.log.tick(11)) == [("workstation_silent", Severity.CRITICAL, False)]
    assert seat.log.reasons() == [
        (
            "与考试机的连接已中断，2 秒内未恢复：网线、网络或采集程序被断开",
            "The connection to the workstation broke and was not back within 2 s: cable, network or agent cut off",
        ),
        (
            "考试机已 10 秒没有任何数据，此座位目前无人监测",
            "Nothing has been heard from the workstation for 10 s: nobody watches this seat now",
        ),
    ]


def test_a_stream_that_is_back_in_time_is_nothing() -> None:
    seat = watched_seat()
    seat.breaks(3)
    seat.connects(4.5)
    seat.lives(5, 60)
    assert seat.log.said == []


def test_an_open_stream_that_says_nothing_is_silent_too() -> None:
    seat = watched_seat()
    assert found(seat.log.tick(11)) == [("workstation_silent", Severity.CRITICAL, False)]


def test_recovery_ends_it_and_the_alert_stays() -> None:
    seat = watched_seat()
    seat.breaks(3)
    seat.log.tick(13)
    (alert,) = seat.connects(20)
    assert alert.over
    seat.lives(21, 60)
    assert seat.view.state.value == "warning"
    assert seat.view.alert_ids == (alert.alert_id,)


@pytest.mark.parametrize(
    ("in_exam", "severity"), [(True, Severity.WARNING), (False, Severity.NOTICE)]
)
def test_an_orderly_goodbye_is_told_as_one(in_exam: bool, severity: Severity) -> None:
    seat = watched_seat()
    if not in_exam:
        seat.log.closes(1)
    seat.sends(2, GOODBYE)
    assert found(seat.breaks(2.1)) == [("agent_stopped", severity, False)]
    assert seat.log.tick(60) == []
    assert seat.view.state.value == "silent"
    assert seat.log.reasons() == [
        (
            "考试机上的采集程序被正常停止（关机或有人停止服务），此座位目前无人监测",
            (
                "The agent on the workstation was stopped in an orderly way "
                "(shut down, or somebody stopped the service): nobody watches this seat now"
            ),
        )
    ]
    (alert,) = seat.connects(70)
    assert alert.over


def test_a_goodbye_taken_back_is_forgotten() -> None:
    seat = watched_seat()
    seat.sends(2, GOODBYE)
    seat.sends(3)
    seat.breaks(4)
    assert found(seat.log.tick(6)) == [("stream_broken", Severity.WARNING, False)]


def test_outside_an_exam_session_silence_is_less_urgent() -> None:
    log = JudgedLog()
    seat = log.seat()
    seat.connects(1)
    seat.breaks(2)
    assert found(log.tick(4)) == [("stream_broken", Severity.NOTICE, False)]
    assert found(log.tick(11)) == [("workstation_silent", Severity.WARNING, False)]


def test_a_stream_that_a_newer_one_replaced_is_nothing() -> None:
    seat = watched_seat()
    seat.connects(3)
    seat.breaks(3, replaced=True)
    seat.lives(5, 60)
    assert seat.log.said == []


def stopped(seat: Seat) -> None:
    seat.breaks(3, stopping=True)
    seat.log.add(3, CollectorStopped())


def killed(seat: Seat) -> None:
    """Nothing is recorded when the collector is killed."""
    assert seat.view.connected


@pytest.mark.parametrize("end", [stopped, killed])
def test_the_collectors_own_absence_is_no_finding_but_agents_have_to_come_back(end: object) -> None:
    seat = watched_seat()
    late = seat.log.seat("2")
    late.connects(1)
    for one in (seat, late) if end is stopped else (seat,):
        end(one)  # type: ignore[operator]  # one of the two functions above
    if end is killed:
        assert late.view.connected
    seat.log.add(500, CollectorStarted("0.1.0"))
    assert seat.log.said == []
    seat.connects(510)
    seat.lives(511, 526)
    alerts = seat.log.tick(530)
    assert [(a.workstation_id, a.findings[0].kind) for a in alerts] == [
        (late.workstation, "not_returned")
    ]
    late.connects(531)
    assert late.log.alerts()["silence"].over


def test_a_stream_that_broke_just_before_the_collector_died_may_come_back_as_well() -> None:
    seat = watched_seat()
    seat.breaks(3)
    assert seat.log.add(60, CollectorStarted("0.1.0")) == []
    seat.connects(70)
    seat.lives(71, 120)
    assert seat.log.said == []


def test_a_seat_known_to_be_silent_is_not_told_of_twice_when_the_collector_returns() -> None:
    seat = watched_seat()
    seat.breaks(3)
    told = [seat.log.tick(5), seat.log.tick(11)]
    seat.log.add(60, CollectorStarted("0.1.0"))
    assert seat.log.tick(200) == []
    assert [a.revision for alerts in told for a in alerts] == [1, 2]
    assert seat.view.state.value == "silent"


def test_a_seat_that_never_came_is_shown_as_such_and_is_no_alert() -> None:
    log = JudgedLog()
    seat = log.seat()
    log.opens(1)
    log.tick(1000)
    assert (seat.view.state.value, log.said) == ("never_arrived", [])
