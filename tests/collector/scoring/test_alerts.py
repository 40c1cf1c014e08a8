"""When findings become an alert, and when a grown alert is told again."""

from dataclasses import replace

from jiankao_collector.detectors.base import AlertKind, Family, Finding
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.weights import load
from jiankao_collector.scoring.alerts import LASTING_US, AlertState, WorkstationAlerts
from jiankao_proto.records import Severity

S = 1_000_000
WEIGHTS = load()
ADDS = Finding(
    detector="d",
    kind="k",
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
ALONE = replace(ADDS, kind="alone", alone=True)


def take(
    alerts: WorkstationAlerts, second: float, *findings: Finding, number: int = 1
) -> list[AlertState]:
    now = round(second * S)
    return alerts.take([replace(f, at_us=now, record_number=number) for f in findings], now)


def test_a_finding_that_only_adds_waits_two_minutes_and_asks_to_be_woken() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    assert take(alerts, 0, ADDS) == []
    assert alerts.wakes_at() == LASTING_US
    assert alerts.wake(LASTING_US - 1) == []
    assert [s.kind for s in alerts.wake(LASTING_US)] == [AlertKind.POLICY]
    assert alerts.wakes_at() is None


def test_one_that_ended_in_between_starts_to_wait_anew() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    take(alerts, 0, ADDS)
    take(alerts, 60, replace(ADDS, ended=True))
    assert alerts.wakes_at() == alerts.level.falls_at
    take(alerts, 100, ADDS)
    assert alerts.wake(LASTING_US) == []
    assert alerts.wakes_at() == LASTING_US + 100 * S


def test_two_families_are_an_alert_at_once_and_two_of_one_family_are_not() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    assert take(alerts, 0, ADDS, replace(ADDS, kind="other")) == []
    (state,) = take(alerts, 1, replace(ADDS, kind="tool", family=Family.SOFTWARE))
    assert (state.kind, state.score, len(state.findings)) == (AlertKind.POLICY, 100, 3)


def test_a_notice_neither_makes_an_alert_nor_helps_to_make_one() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    notice = replace(ADDS, severity=Severity.NOTICE, family=Family.INPUT, kind="warp")
    assert take(alerts, 0, ADDS, notice) == []
    take(alerts, 1, replace(ADDS, ended=True))
    assert alerts.wake(10 * LASTING_US) == []
    assert alerts.wakes_at() is None


def test_findings_long_over_do_not_corroborate() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    take(alerts, 0, replace(ADDS, family=Family.SOFTWARE, kind="tool"))
    take(alerts, 1, replace(ADDS, family=Family.SOFTWARE, kind="tool", ended=True))
    assert take(alerts, 300, ADDS) == []


def test_a_new_revision_needs_a_reason() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    (first,) = take(alerts, 0, ALONE)
    assert (first.revision, first.severity) == (1, Severity.WARNING)
    (doubled,) = take(alerts, 1, ALONE)
    assert doubled.findings[0].count == 2
    assert take(alerts, 2, ALONE) == []
    (new,) = take(alerts, 3, replace(ALONE, subject="t"))
    assert (new.revision, new.score) == (3, 98)
    (worse,) = take(alerts, 4, replace(ALONE, subject="t", severity=Severity.CRITICAL))
    assert worse.severity is Severity.CRITICAL
    assert take(alerts, 5, ALONE) == []
    (grown,) = take(alerts, 14, ALONE)
    assert (grown.revision, grown.first_us, grown.last_us) == (5, 0, 14 * S)


def test_coming_and_going_for_an_hour_is_bounded_and_the_last_word_is_told() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    told: list[AlertState] = []
    for second in range(0, 3600, 2):
        told += take(alerts, second, ALONE)
        told += take(alerts, second + 1, replace(ALONE, ended=True))
    assert len(told) < 100
    while (due := alerts.wakes_at()) is not None:
        told += alerts.wake(due)
    assert told[-1].over
    assert [s.revision for s in told] == list(range(1, len(told) + 1))


def test_what_was_settled_does_not_come_back_by_its_end() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    take(alerts, 0, ALONE)
    alerts.settle()
    assert take(alerts, 1, replace(ALONE, ended=True)) == []
    assert list(alerts.ledger) == []
    (state,) = take(alerts, 2, ALONE)
    assert state.revision == 1


def test_record_numbers_are_the_first_ones_and_the_latest() -> None:
    alerts = WorkstationAlerts(WEIGHTS)
    for number in range(100):
        take(alerts, number, ALONE, ALONE, number=number)
    (standing,) = alerts.ledger
    assert standing.cited(0).record_numbers == (*range(32), *range(68, 100))
    assert standing.count == 200
