"""Sensors: anything but OK is shown, with the reason and what to do."""

import pytest

from jiankao_proto.batch import SensorHealth
from jiankao_proto.bilingual import say
from jiankao_proto.observations import AgentLifecycle, Health, LifecycleStage, SensorStateChanged
from jiankao_proto.records import Severity
from tests.support.judged import OK, JudgedLog, watched_seat

NO_DISPLAY = SensorStateChanged("input", Health.UNAVAILABLE, "there is no display", "set DISPLAY")


def health(value: Health) -> tuple[SensorHealth, ...]:
    return tuple(SensorHealth(s.sensor, value if s.sensor == "input" else s.health) for s in OK)


def test_an_unavailable_sensor_is_an_alert_with_reason_and_remedy_until_it_is_back() -> None:
    seat = watched_seat()
    seat.sensors = health(Health.UNAVAILABLE)
    (alert,) = seat.sends(2, NO_DISPLAY)
    assert (alert.kind, alert.severity, seat.view.state.value) == (
        "sensor",
        Severity.WARNING,
        "degraded",
    )
    assert seat.log.reasons() == [
        (
            "键盘鼠标采集器不可用，这方面目前看不到：there is no display；处理办法：set DISPLAY",
            (
                "Sensor input cannot see: this side of the seat is not watched: there is no display; "
                "what to do: set DISPLAY"
            ),
        )
    ]
    seat.sensors = OK
    (alert,) = seat.sends(3)
    assert (alert.over, seat.view.state.value) == (True, "watched")


def test_what_the_workstation_says_in_both_languages_is_told_in_each() -> None:
    seat = watched_seat()
    seat.sensors = health(Health.UNAVAILABLE)
    both = SensorStateChanged("input", Health.UNAVAILABLE, say("没有桌面", "no desktop"), "")
    (alert,) = seat.sends(2, both)
    (finding,) = alert.findings
    assert finding.reason_zh == "键盘鼠标采集器不可用，这方面目前看不到：没有桌面"
    assert finding.reason_en.endswith("not watched: no desktop")


def test_a_degraded_sensor_is_shown_and_no_alert() -> None:
    seat = watched_seat()
    seat.sensors = health(Health.DEGRADED)
    seat.lives(2, 302)
    assert (seat.log.said, seat.view.state.value, seat.view.score) == ([], "degraded", 1)
    (shown,) = seat.view.findings
    assert (shown.reason_zh, shown.reason_en) == (
        "键盘鼠标采集器受限，只能看到一部分",
        "Sensor input sees only a part",
    )


def test_starting_may_take_ten_seconds() -> None:
    seat = watched_seat()
    seat.sensors = health(Health.STARTING)
    assert seat.lives(2, 11, step=1) == []
    (alert,) = seat.sends(12)
    assert "(not ready 10 s after its start)" in alert.findings[0].reason_en
    assert "启动超过 10 秒仍未就绪" in alert.findings[0].reason_zh


@pytest.mark.parametrize(
    "left", [OK[:1], health(Health.UNSPECIFIED)], ids=["not-named", "unspecified"]
)
def test_a_sensor_that_is_no_longer_spoken_of_is_not_fine(left: tuple[SensorHealth, ...]) -> None:
    seat = watched_seat()
    seat.sensors = left
    seat.sends(2)
    assert seat.log.alerts()["sensor"].severity is Severity.WARNING


def test_before_an_exam_session_it_is_shown_and_becomes_an_alert_when_one_opens() -> None:
    log = JudgedLog()
    seat = log.seat()
    seat.connects(1)
    seat.sensors = health(Health.UNAVAILABLE)
    seat.sends(2, NO_DISPLAY)
    assert (log.said, seat.view.state.value) == ([], "degraded")
    log.opens(3)
    seat.sends(4)
    assert "there is no display" in log.alerts()["sensor"].findings[0].reason_en


def test_a_dead_part_of_the_agent_is_an_alert() -> None:
    seat = watched_seat()
    seat.sends(2, AgentLifecycle(LifecycleStage.HELPER_DIED, "window helper"))
    assert seat.log.reasons() == [
        ("采集程序的一个部件意外退出：window helper", "A part of the agent died: window helper")
    ]


def test_how_it_died_is_said_in_each_language() -> None:
    seat = watched_seat()
    detail = say("它的进程已结束（退出码 1）", "its process ended (exit code 1)")
    seat.sends(2, AgentLifecycle(LifecycleStage.HELPER_DIED, detail))
    (alert,) = seat.log.alerts().values()
    assert (alert.severity, alert.findings[0].kind) == (Severity.WARNING, "helper_died")
    assert seat.log.reasons() == [
        (
            "采集程序的一个部件意外退出：它的进程已结束（退出码 1）",
            "A part of the agent died: its process ended (exit code 1)",
        )
    ]


def test_ten_thousand_made_up_sensors_cost_nothing() -> None:
    seat = watched_seat()
    for batch in range(5):
        seat.sensors = tuple(SensorHealth(f"s{batch}-{n}", Health.UNAVAILABLE) for n in range(5000))
        seat.sends(2)
    assert len(seat.view.findings) <= 22
