"""A room's own thresholds come from the log: the same records give the same alerts, whatever a settings file says."""

from dataclasses import replace

import pytest

from jiankao_collector.assessment import Assessment
from jiankao_proto.observations import ConnectionOpened, Direction, Endpoint, ProcessRef, Transport
from jiankao_proto.records import RoomThresholds
from tests.support.judged import ROOM, JudgedLog, rules

POLICY = (
    '[[allow]]\naddress = "192.0.2.1"\nport = 443\ndirection = "outbound"\nprogram = "exam.exe"\n'
)


def played(*thresholds: RoomThresholds) -> JudgedLog:
    """Play a seat with one connection outside the policy that lasts: 20 decibans, a score of 33."""
    log = JudgedLog()
    seat = log.seat()
    log.opens(0, POLICY, thresholds=thresholds)
    seat.connects(1)
    out = ConnectionOpened(
        Transport.TCP,
        Endpoint("10.1.0.9", 50_001),
        Endpoint("203.0.113.7", 443),
        Direction.OUTBOUND,
        ProcessRef(77, "thing"),
    )
    seat.sends(2, out)
    seat.lives(5, 200)
    return log


@pytest.mark.parametrize(
    ("thresholds", "alerts", "state"),
    [
        ((), ["policy"], "alert"),
        ((RoomThresholds(ROOM, 4, 2, 34, 17),), [], "warning"),
        ((RoomThresholds(ROOM, 34, 17, 34, 17),), [], "watched"),
        ((RoomThresholds("other", 4, 2, 34, 17),), ["policy"], "alert"),
    ],
    ids=["usual", "higher alert", "higher warning", "another room's"],
)
def test_the_rooms_own_thresholds_judge(
    thresholds: tuple[RoomThresholds, ...], alerts: list[str], state: str
) -> None:
    log = played(*thresholds)
    assert [a.kind for a in log.assessment.alerts()] == alerts
    (view,) = log.assessment.seats()
    assert (view.score, view.state.value) == (33, state)


def test_a_replay_of_the_log_gives_the_same() -> None:
    log = played(RoomThresholds(ROOM, 4, 2, 34, 17))
    again = Assessment(rules())
    for record in log.records:
        again.see(record)
    assert again.alerts() == log.assessment.alerts() == ()
    assert again.seats() == log.assessment.seats()


def test_an_alert_says_what_its_score_is_made_of() -> None:
    (alert,) = played().assessment.alerts()
    added = sum(f.centibans for f in alert.findings)
    assert (alert.prior_centibans, added, alert.score) == (230, 200, 33)
    assert replace(alert, prior_centibans=0) != alert
