"""Replay against logs whose alerts are right, wrong, missing, late, or judged by other rules."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from jiankao_collector.audit.comparison_report import comparison_json, comparison_lines
from jiankao_collector.audit.reading import records
from jiankao_collector.audit.replay import (
    LATE_US,
    Comparison,
    DifferenceKind,
    OtherRules,
    Outcome,
    replay,
)
from jiankao_collector.audit.stored import StoredLog
from jiankao_collector.audit.wording import Language
from jiankao_proto.ids import AlertId
from jiankao_proto.records import (
    AlertChanged,
    ClockTick,
    CollectorStarted,
    EnvelopeAdmitted,
    Record,
    RuleSetInForce,
    WorkstationEnrolled,
)
from tests.support.audit_logs import alert, finding
from tests.support.logs import LogBuilder, Workstation

DIGEST, OTHER = b"r" * 32, b"o" * 32


@dataclass(slots=True)
class CountingJudge:
    """A small judge of its own: every second envelope of a workstation raises the alert's score by one.

    Like an assessment it is pure, remembers enrolments, and ignores alert records.
    """

    enrolled: set[str] = field(default_factory=set)
    seen: dict[str, int] = field(default_factory=dict)

    def see(self, record: Record) -> tuple[AlertChanged, ...]:
        body = record.body
        if isinstance(body, WorkstationEnrolled):
            self.enrolled.add(body.workstation_id.value)
        if not isinstance(body, EnvelopeAdmitted):
            return ()
        name = body.workstation_id.value
        assert name in self.enrolled
        self.seen[name] = count = self.seen.get(name, 0) + 1
        if count % 2:
            return ()
        found = alert(name, count // 2, count // 2, finding(count // 2, record.number))
        return (replace(found, alert_id=AlertId(f"a-{name}")),)


class JudgedLog(LogBuilder):
    """A log with the live side's habit: what the judge gives is owed, and written when `write` is called."""

    def begin(self, digest: bytes = DIGEST) -> None:
        """Put rules in force, with a new assessment."""
        self.judge = CountingJudge(set(getattr(self, "known", ())))
        self.owed: list[AlertChanged] = []
        self.append(RuleSetInForce("2026.1", digest))

    def join(self, name: str) -> Workstation:
        """Enrol a workstation before or after the rules."""
        self.known = {*getattr(self, "known", ()), f"w-{name}"}
        if hasattr(self, "judge"):
            self.judge.enrolled.add(f"w-{name}")
        return self.enrol(name)

    def see(self, workstation: Workstation, times: int = 1) -> None:
        """Admit envelopes and judge them."""
        for _ in range(times):
            self.owed += self.judge.see(self.admit(workstation).record)

    def write(self, most: int | None = None) -> None:
        """Record what is owed, oldest first."""
        count = len(self.owed) if most is None else most
        for owed in self.owed[:count]:
            self.append(owed)
        del self.owed[:count]


def replayed(data: Path) -> Comparison:
    with StoredLog(data) as log:
        return replay(records(log.rows()), DIGEST, CountingJudge)


def test_equal_however_late_the_alerts_were_written(tmp_path: Path) -> None:
    with JudgedLog(tmp_path) as log:
        one = log.join("one")
        log.begin()
        two = log.join("two")
        log.see(one, 3)
        log.see(two, 5)
        log.write(1)
        log.see(one, 2)
        log.write()
    comparison = replayed(tmp_path)
    assert comparison.outcome is Outcome.EQUAL
    assert (comparison.compared, comparison.not_yet_recorded) == (4, 0)
    assert comparison.difference is None


def test_alerts_the_collector_died_before_writing_are_no_difference(tmp_path: Path) -> None:
    with JudgedLog(tmp_path) as log:
        one = log.join("one")
        log.begin()
        log.see(one, 6)
        log.write(1)
    comparison = replayed(tmp_path)
    assert comparison.outcome is Outcome.EQUAL
    assert (comparison.compared, comparison.not_yet_recorded) == (1, 2)


def test_records_of_other_programs_long_after_the_end_change_nothing(tmp_path: Path) -> None:
    """A ticket issued the next day beside a stopped collector does not make its last alert late."""
    with JudgedLog(tmp_path) as log:
        one = log.join("one")
        log.begin()
        log.see(one, 2)
        log.now_us += 100 * LATE_US
        log.append(ClockTick())
    assert replayed(tmp_path).outcome is Outcome.EQUAL


def test_an_alert_left_out_while_the_collector_went_on(tmp_path: Path) -> None:
    with JudgedLog(tmp_path) as log:
        one = log.join("one")
        log.begin()
        log.see(one, 2)
        log.now_us += LATE_US
        log.see(one)
    comparison = replayed(tmp_path)
    assert comparison.outcome is Outcome.DIFFERENT_ALERTS
    assert comparison.difference is not None
    assert comparison.difference.kind is DifferenceKind.MISSING
    assert comparison.difference.cause == 5
    assert comparison.difference.recorded is None


def _started_again(data: Path, *, after_us: int, served_us: int) -> Outcome:
    """A collector dies owing an alert, is started again, and admits envelopes for a time while judging again."""
    with JudgedLog(data) as log:
        one = log.join("one")
        log.begin()
        log.see(one, 2)
        log.now_us += after_us
        log.append(CollectorStarted("0.1.0"))
        log.see(one)
        log.now_us += served_us
        log.see(one)
    return replayed(data).outcome


@pytest.mark.parametrize(
    ("after_us", "served_us", "outcome"),
    [
        (100 * LATE_US, LATE_US // 2, Outcome.EQUAL),
        (100 * LATE_US, 25 * LATE_US, Outcome.EQUAL),
        (100 * LATE_US, 27 * LATE_US, Outcome.DIFFERENT_ALERTS),
        (0, LATE_US // 2, Outcome.EQUAL),
        (0, LATE_US * 2, Outcome.DIFFERENT_ALERTS),
    ],
)
def test_a_collector_started_again_has_time_to_judge_again(
    tmp_path: Path, after_us: int, served_us: int, outcome: Outcome
) -> None:
    assert _started_again(tmp_path, after_us=after_us, served_us=served_us) is outcome


def test_an_altered_alert(tmp_path: Path) -> None:
    with JudgedLog(tmp_path) as log:
        one = log.join("one")
        log.begin()
        log.see(one, 2)
        log.owed[0] = replace(log.owed[0], score=40, over=True)
        log.write()
        log.see(one, 2)
        log.write()
    comparison = replayed(tmp_path)
    difference = comparison.difference
    assert comparison.outcome is Outcome.DIFFERENT_ALERTS
    assert difference is not None
    assert (difference.kind, difference.record, difference.cause) == (DifferenceKind.CHANGED, 6, 5)
    assert difference.fields() == [("score", 40, 1), ("over", True, False)]
    shown = comparison_json(comparison, "2026.1", DIGEST)
    assert shown["status"] == "different-alerts"
    assert shown["difference"] == {
        "kind": "changed",
        "record": 6,
        "cause": 5,
        "alert_id": "a-w-one",
        "fields": [
            {"field": "score", "recorded": "40", "replayed": "1"},
            {"field": "over", "recorded": "True", "replayed": "False"},
        ],
    }
    english = comparison_lines(comparison, "2026.1", DIGEST, Language.EN)
    assert english[0] == "DIFFERENT ALERTS: the first difference is at record 6."
    assert "Caused by record 5" in english
    assert "  score: recorded 40, replayed 1" in english
    chinese = comparison_lines(comparison, "2026.1", DIGEST, Language.ZH)
    assert chinese[0] == "告警不同：第一处在记录 6。"


def test_one_alert_left_out_among_others(tmp_path: Path) -> None:
    with JudgedLog(tmp_path) as log:
        one = log.join("one")
        log.begin()
        log.see(one, 4)
        del log.owed[0]
        log.write()
    comparison = replayed(tmp_path)
    assert comparison.outcome is Outcome.DIFFERENT_ALERTS
    assert comparison.difference is not None
    assert comparison.difference.kind is DifferenceKind.CHANGED


def test_an_invented_alert(tmp_path: Path) -> None:
    with JudgedLog(tmp_path) as log:
        one = log.join("one")
        log.begin()
        log.see(one)
        log.append(alert("w-one", 1, 99, finding()))
    comparison = replayed(tmp_path)
    assert comparison.outcome is Outcome.DIFFERENT_ALERTS
    assert comparison.difference is not None
    assert comparison.difference.kind is DifferenceKind.UNEXPECTED
    assert any("none" in line for line in comparison_lines(comparison, "v", DIGEST, Language.EN))


def test_an_alert_before_any_rules(tmp_path: Path) -> None:
    with JudgedLog(tmp_path) as log:
        log.append(alert("w-one", 1, 99, finding()))
    assert replayed(tmp_path).outcome is Outcome.DIFFERENT_ALERTS


def test_rules_put_in_force_again_begin_anew_with_what_lasts(tmp_path: Path) -> None:
    """After a restart counts begin at nothing, enrolments are still known, and what was owed is gone."""
    with JudgedLog(tmp_path) as log:
        one = log.join("one")
        log.begin()
        log.see(one, 3)
        log.begin()
        log.see(one, 2)
        log.write()
    comparison = replayed(tmp_path)
    assert comparison.outcome is Outcome.EQUAL
    assert (comparison.compared, comparison.not_yet_recorded) == (1, 1)


def test_other_rules_are_never_other_alerts(tmp_path: Path) -> None:
    with JudgedLog(tmp_path) as log:
        one = log.join("one")
        log.begin(OTHER)
        other = log.now_us
        log.see(one, 2)
        log.owed[0] = replace(log.owed[0], score=77)
        log.write()
        log.begin()
        log.see(one, 2)
        log.write()
    assert other > 0
    comparison = replayed(tmp_path)
    assert comparison.outcome is Outcome.DIFFERENT_RULES
    assert comparison.other_rules == (OtherRules(3, "2026.1", OTHER),)
    assert (comparison.compared, comparison.not_compared) == (1, 1)
    lines = comparison_lines(comparison, "2026.2", DIGEST, Language.EN)
    assert lines[0].startswith("DIFFERENT RULES")
    assert comparison_json(comparison, "2026.2", DIGEST)["status"] == "different-rules"


def test_a_difference_outweighs_other_rules_elsewhere(tmp_path: Path) -> None:
    with JudgedLog(tmp_path) as log:
        one = log.join("one")
        log.begin(OTHER)
        log.begin()
        log.see(one, 2)
        log.owed[0] = replace(log.owed[0], score=77)
        log.write()
    assert replayed(tmp_path).outcome is Outcome.DIFFERENT_ALERTS


def test_a_log_without_rules_or_alerts_is_equal(tmp_path: Path) -> None:
    with LogBuilder(tmp_path) as log:
        log.append(CollectorStarted("0.1.0"))
    assert replayed(tmp_path).outcome is Outcome.EQUAL
