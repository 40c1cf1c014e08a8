"""Thresholds: what fades, when a seat falls back, and that it does not flicker."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from jiankao_collector.detectors.base import AlertKind, Family, Finding
from jiankao_collector.knowledge.thresholds import Thresholds
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.weights import load
from jiankao_collector.scoring.alerts import LASTING_US, AlertState, WorkstationAlerts
from jiankao_collector.scoring.decay import STEP_US, Decay, decay_of
from jiankao_collector.scoring.risk import score_of
from jiankao_proto.records import Severity

WEIGHTS = load()
S = 1_000_000
HALF_US = WEIGHTS.half_life_s * S
ADDS = Finding(
    detector="policy_connection",
    kind="outside_policy",
    family=Family.NETWORK,
    alert=AlertKind.POLICY,
    severity=Severity.WARNING,
    weight=Weight.OUTSIDE_POLICY,
    alone=False,
    subject="s",
    reason_zh="一",
    reason_en="one",
    at_us=0,
    record_number=1,
)
WEAK = replace(ADDS, kind="new_route", weight=Weight.NEW_ROUTE, alert=AlertKind.NETWORK)
ALONE = replace(ADDS, kind="session", weight=Weight.REMOTE_DESKTOP_SESSION, alone=True)


def take(alerts: WorkstationAlerts, second: float, *findings: Finding) -> list[AlertState]:
    now = round(second * S)
    return alerts.take([replace(f, at_us=now) for f in findings], now)


def wake_all(alerts: WorkstationAlerts, most: int = 100) -> list[AlertState]:
    """Wake it whenever it asks, until it asks no more."""
    told: list[AlertState] = []
    for _ in range(most):
        due = alerts.wakes_at()
        if due is None:
            return told
        told += alerts.wake(due)
    raise AssertionError("it never stops asking")


def test_half_is_left_after_a_half_life_and_nothing_in_the_end() -> None:
    decay = decay_of(900)
    assert decay.left(400, 0, 0) == 400
    assert decay.left(400, 0, 900 * S) == 200
    assert decay.left(400, 0, 1800 * S) == 100
    assert decay.left(400, 0, decay.longest_us) == 0
    assert decay.left(400, 5 * S, 4 * S) == 400  # a clock that went back


def test_fading_is_the_same_on_every_machine() -> None:
    """No entry of the table lies so near to a whole number that the last bit could matter."""
    steps = WEIGHTS.half_life_s * S // STEP_US
    exact = [65536 * 2 ** (-step / steps) for step in range(1, steps)]
    assert min(abs(x - round(x)) for x in exact) > 1e-6


@given(st.integers(0, 600), st.lists(st.integers(0, 40_000 * S), min_size=2, max_size=8))
def test_what_is_left_only_shrinks(centibans: int, times: list[int]) -> None:
    decay = Decay(900)
    left = [decay.left(centibans, 0, at) for at in sorted(times)]
    assert left == sorted(left, reverse=True)
    assert all(0 <= x <= centibans for x in left)


def test_a_weak_finding_that_lasts_is_no_alert_until_another_family_agrees() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    assert take(alerts, 0, WEAK) == []
    assert alerts.wake(LASTING_US) == []
    assert alerts.wakes_at() is None
    assert (alerts.level.warned, alerts.level.raised) == (True, False)
    other = replace(WEAK, family=Family.SOFTWARE, kind="x", subject="y")
    assert [s.kind for s in take(alerts, 200, other)] == [AlertKind.NETWORK]


def test_the_rooms_threshold_decides() -> None:
    for alert, arises in ((33, True), (34, False)):
        alerts = WorkstationAlerts(WEIGHTS)
        alerts.level.thresholds = Thresholds(4, 2, alert, 15)
        take(alerts, 0, ADDS)
        assert bool(alerts.wake(LASTING_US)) == arises


def test_what_is_enough_alone_needs_no_threshold() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    alerts.level.thresholds = Thresholds(99, 98, 99, 98)
    (state,) = take(alerts, 0, replace(ALONE, weight=Weight.POLICY_UNREADABLE))
    assert (state.score, state.lowered, alerts.level.raised) == (0, False, False)


def test_an_alert_is_lowered_when_it_has_faded_and_says_so_once() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    take(alerts, 0, ALONE)
    (over,) = take(alerts, 60, replace(ALONE, ended=True))
    assert (over.over, over.lowered, alerts.level.raised) == (True, False, True)
    falls_at = alerts.wakes_at()
    assert falls_at is not None
    assert alerts.wake(falls_at - 1) == []
    assert alerts.level.raised
    (lowered,) = alerts.wake(falls_at)
    assert (lowered.lowered, alerts.level.raised, alerts.level.warned) == (True, False, True)
    assert lowered.score <= WEIGHTS.thresholds.alert_falls < over.score
    # 40 decibans fade to 15: after 1.4 half-lives.
    assert 1.3 * HALF_US < falls_at - 60 * S < 1.5 * HALF_US
    assert wake_all(alerts) == []
    assert not alerts.level.warned


def test_a_threshold_that_is_lost_has_to_be_reached_anew() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    alerts.level.thresholds = Thresholds(4, 2, 33, 20)
    take(alerts, 0, ADDS)
    take(alerts, 10, replace(ADDS, ended=True))
    second = 10
    states = []
    while alerts.level.warned:
        second += 10
        alerts.wake(second * S)
        states.append(alerts.level.raised)
    # Raised for a while below 33, then not, and never again on the way down.
    assert states == sorted(states, reverse=True)
    assert 5 < states.count(True) < len(states)


def test_coming_and_going_at_the_threshold_stays_bounded() -> None:
    """A finding that comes for a second each minute for an hour: its score crosses the threshold again and again."""
    alerts = WorkstationAlerts(WEIGHTS)
    alerts.level.thresholds = Thresholds(4, 2, 33, 32)
    told: list[AlertState] = take(alerts, 0, replace(ALONE, weight=Weight.OUTSIDE_POLICY))
    for second in range(1, 3600, 30):
        told += take(alerts, second, replace(ALONE, weight=Weight.OUTSIDE_POLICY))
        told += take(alerts, second + 1, replace(ALONE, weight=Weight.OUTSIDE_POLICY, ended=True))
        due = alerts.wakes_at()
        while due is not None and due < (second + 30) * S:
            told += alerts.wake(due)
            due = alerts.wakes_at()
    assert len(told) < 100
    told += wake_all(alerts)
    assert told[-1].over
    assert told[-1].lowered


def test_contributions_of_an_alert_make_its_score() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    (state,) = take(alerts, 0, ALONE, replace(ALONE, kind="x"), ADDS)
    assert [f.centibans for f in state.findings] == [400, 50, 0]  # the family is full
    assert [f.points for f in state.findings] == [40, 5, 0]
    total = WEIGHTS.prior_centibans + sum(f.centibans for f in state.findings)
    assert state.score == score_of(total) == 99


def test_settling_forgets_what_was_reached() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    take(alerts, 0, ALONE)
    take(alerts, 1, replace(ALONE, ended=True))
    alerts.settle()
    assert (alerts.level.raised, alerts.level.warned, alerts.wakes_at()) == (False, False, None)
