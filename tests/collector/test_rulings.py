"""What people ruled and what of it stands: two people alike, disputes, what came later, and whom an alert is about."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from jiankao_collector.detectors.base import AlertKind
from jiankao_collector.rulings import (
    ABOUT_RULINGS,
    LONGEST_REASON,
    Bearing,
    Rulings,
    RulingState,
    about_whom,
    reason_fits,
)
from jiankao_proto.ids import AlertId
from jiankao_proto.records import AlertChanged, AlertRuled, Record, RecordBody, Ruling, Severity
from tests.support.audit_logs import alert, finding

CONFIRMED, UNFOUNDED, UNDETERMINED = Ruling.CONFIRMED, Ruling.UNFOUNDED, Ruling.UNDETERMINED
FIRST = finding(60, 9)
OTHER = replace(FIRST, kind="injected_input", detector="injected_input")
ALERT = AlertId("a-1")
NOT_COUNTED, PROPOSED, IN_FORCE, DISPUTED, REOPENED = RulingState


def says(user: str, ruling: Ruling = UNFOUNDED, revision: int = 1) -> AlertRuled:
    return AlertRuled(ALERT, revision, ruling, user, "已到座位查看")


def told(revision: int = 1, *, severity: Severity = Severity.CRITICAL) -> AlertChanged:
    return replace(alert("w-one", revision, 60, FIRST), severity=severity)


def follow(bodies: Iterable[RecordBody]) -> Rulings:
    rulings = Rulings()
    for number, body in enumerate(bodies):
        rulings.see(Record(number, bytes(32), number * 1_000_000, body))
    return rulings


GROWN = told(2)
WORSE = replace(alert("w-one", 2, 90, FIRST, OTHER))
OVER = replace(told(2), over=True)
AGAIN = told(3)


@pytest.mark.parametrize(
    ("bodies", "state", "ruling"),
    [
        ([told(), says("a")], PROPOSED, UNFOUNDED),
        ([told(), says("a"), says("a")], PROPOSED, UNFOUNDED),
        ([told(), says("a"), says("b")], IN_FORCE, UNFOUNDED),
        ([told(), says("a", CONFIRMED), says("b", CONFIRMED), says("c", CONFIRMED)], IN_FORCE, CONFIRMED),
        ([told(), says("a", UNDETERMINED), says("b", UNDETERMINED)], IN_FORCE, UNDETERMINED),
        ([told(), says("a"), says("b", CONFIRMED)], DISPUTED, None),
        ([told(), says("a"), says("b"), says("c", CONFIRMED)], DISPUTED, None),
        ([told(), says("a"), says("b", CONFIRMED), says("b")], IN_FORCE, UNFOUNDED),
        ([told(), says("a"), says("b"), says("b", CONFIRMED)], DISPUTED, None),
        ([told(), says("a"), says("a", CONFIRMED)], PROPOSED, CONFIRMED),
        # what merely goes on reopens nothing; something new does
        ([told(), says("a"), says("b"), GROWN], IN_FORCE, UNFOUNDED),
        ([told(), says("a"), says("b"), WORSE], REOPENED, None),
        ([told(), says("a"), WORSE, says("b")], REOPENED, None),
        ([told(), says("a"), WORSE, says("b", revision=2)], PROPOSED, UNFOUNDED),
        ([told(), says("a"), WORSE, says("b", revision=2), says("a", revision=2)], IN_FORCE, UNFOUNDED),
        ([told(), says("a"), says("b"), OVER], IN_FORCE, UNFOUNDED),
        ([told(), says("a"), says("b"), OVER, AGAIN], REOPENED, None),
        ([told(severity=Severity.NOTICE), says("a"), says("b"), told(2)], REOPENED, None),
        ([told(), says("a"), says("b"), told(2, severity=Severity.WARNING)], IN_FORCE, UNFOUNDED),
        # nobody rules on what is not told yet, and an old revision that comes again is no news
        ([told(), says("a", revision=99), says("b", revision=99), WORSE], REOPENED, None),
        ([told(), says("a", revision=0), says("b")], PROPOSED, UNFOUNDED),
        ([told(), WORSE, says("a", revision=2), says("b", revision=2), told()], IN_FORCE, UNFOUNDED),
        # a ruling of a later version is shown and changes nothing
        ([told(), says("a", Ruling.UNSPECIFIED)], NOT_COUNTED, None),
        ([told(), says("a"), says("b"), says("b", Ruling.UNSPECIFIED)], IN_FORCE, UNFOUNDED),
    ],
)  # fmt: skip
def test_what_stands(bodies: list[RecordBody], state: RulingState, ruling: Ruling | None) -> None:
    standing = follow(bodies).standing()[ALERT]
    assert (standing.state, standing.ruling) == (state, ruling)
    assert len(standing.said) == sum(isinstance(b, AlertRuled) for b in bodies)


def test_who_said_what_when() -> None:
    bodies: list[RecordBody] = [
        told(),
        says("a"),
        WORSE,
        says("b", CONFIRMED, 2),
        says("b", UNFOUNDED, 2),
    ]
    said = follow(bodies).standing()[ALERT].said
    assert [(s.record_number, s.at_us, s.user, s.revision, s.bearing) for s in said] == [
        (1, 1_000_000, "a", 1, Bearing.OUTDATED),
        (3, 3_000_000, "b", 2, Bearing.CHANGED),
        (4, 4_000_000, "b", 2, Bearing.COUNTS),
    ]
    assert {s.reason for s in said} == {"已到座位查看"}


@pytest.mark.parametrize(
    ("users", "one"), [(("a",), True), (("a", "a"), True), (("a", "b"), False)]
)
def test_one_person_only(users: tuple[str, ...], *, one: bool) -> None:
    rulings = follow([told(), *map(says, users)])
    assert rulings.standing()[ALERT].by_one_person is one


def test_nobody_rules_on_an_alert_about_his_own_rulings() -> None:
    about = replace(told(), kind=ABOUT_RULINGS, findings=(replace(FIRST, subject="a"),))
    rulings = follow([about, says("a")])
    assert rulings.standing()[ALERT].state is NOT_COUNTED
    rulings = follow([about, says("a"), says("b")])
    standing = rulings.standing()[ALERT]
    assert standing.state is PROPOSED
    assert [s.bearing for s in standing.said] == [Bearing.OWN, Bearing.COUNTS]
    assert AlertKind.RULINGS.value == ABOUT_RULINGS
    assert about_whom(about) == {"a"}
    assert about_whom(told()) == frozenset()


def test_what_nobody_ruled_on_or_nobody_knows() -> None:
    rulings = follow([says("a"), says("b"), told(), GROWN])
    assert rulings.standing() == {}
    assert rulings.news(ALERT) == 1
    assert rulings.news(AlertId("other")) == 0


@pytest.mark.parametrize(
    ("reason", "fits"),
    [
        ("", False),
        (" \n\t　", False),
        ("看 过 了", False),
        ("网线松动", True),
        ("a  b  c  d", True),
        ("长" * LONGEST_REASON, True),
        ("长" * (LONGEST_REASON + 1), False),
    ],
)
def test_a_reason_says_something(reason: str, *, fits: bool) -> None:
    assert reason_fits(reason) is fits
