"""Alerts ruled unfounded faster than anybody can look are an alert of the room, about who ruled."""

from dataclasses import replace

import pytest

from jiankao_collector.detectors.base import AlertKind
from jiankao_collector.rulings import Bearing, Rulings, RulingState, about_whom
from jiankao_collector.scoring.hasty_rulings import ALERTS_KEPT, EVERY, MANY, NAME, HastyRulings
from jiankao_proto.ids import AlertId
from jiankao_proto.records import AlertChanged, AlertRuled, Record, Ruling, Severity
from tests.support.audit_logs import alert
from tests.support.judged import JudgedLog

LI, WANG = "li.na", "wang.wei"


def says(
    alert_id: AlertId, user: str = LI, ruling: Ruling = Ruling.UNFOUNDED, revision: int = 1
) -> AlertRuled:
    return AlertRuled(alert_id, revision, ruling, user, "看过座位")


class Room:
    """A room whose seats have an alert each: their switch lost power."""

    def __init__(self, seats: int) -> None:
        self.log = JudgedLog()
        self.log.opens(0)
        for number in range(1, seats + 1):
            seat = self.log.seat(str(number))
            seat.connects(1)
            seat.breaks(3)
        self.log.tick(15)
        self.ids = [a.alert_id for a in self.log.assessment.alerts()]
        assert len(self.ids) == seats

    def rule(
        self,
        pause_s: float,
        *,
        count: int | None = None,
        user: str = LI,
        ruling: Ruling = Ruling.UNFOUNDED,
        begin_s: float = 20,
    ) -> list[AlertChanged]:
        """Let somebody rule on the first alerts, one after another."""
        for n, alert_id in enumerate(self.ids[:count]):
            self.log.add(begin_s + n * pause_s, says(alert_id, user, ruling))
        return self.about()

    def about(self) -> list[AlertChanged]:
        """Return the room's alerts about rulings."""
        return [a for a in self.log.assessment.alerts() if a.kind == AlertKind.RULINGS]


@pytest.mark.parametrize(
    ("seats", "ruled", "pause_s", "told"),
    [
        (30, 30, 1, True),
        (30, MANY, 15, True),
        (30, MANY, 15.1, False),
        (30, MANY - 1, 1, False),
        (30, 30, 16, False),
        (EVERY, EVERY, 30, True),
        (EVERY, EVERY, 30.1, False),
        (EVERY + 1, EVERY + 1, 20, True),
        (EVERY + 1, EVERY, 1, False),
        (EVERY - 1, EVERY - 1, 0.1, False),
        (1, 1, 0, False),
    ],
)
def test_how_many_how_fast(seats: int, ruled: int, pause_s: float, *, told: bool) -> None:
    assert bool(Room(seats).rule(pause_s, count=ruled)) is told


def test_it_is_told_with_the_ruling_that_shows_it() -> None:
    room = Room(30)
    room.rule(2, count=MANY - 1)
    (said,) = room.log.add(28, says(room.ids[MANY - 1]))
    assert (said.kind, said.severity, said.room, said.seat) == (
        *("rulings", Severity.WARNING),
        *("101", ""),
    )
    assert said.workstation_id is None
    (finding,) = said.findings
    assert (finding.detector, finding.subject, finding.record_numbers) == (
        *(NAME, LI),
        (room.log.records[-1].number,),
    )
    assert "li.na ruled 5 alerts unfounded within 8 s:" in finding.reason_en
    assert "li.na 在 8 秒内把 5 条告警认定为不属实，" in finding.reason_zh
    assert "another person should look" in finding.reason_en.lower()


def test_every_alert_of_a_room_is_said_to_be_every_one() -> None:
    ((_, en),) = [(f.reason_zh, f.reason_en) for a in Room(3).rule(10) for f in a.findings]
    assert "ruled 3 alerts unfounded within 20 s, every one this room has:" in en


@pytest.mark.parametrize("ruling", [Ruling.CONFIRMED, Ruling.UNDETERMINED, Ruling.UNSPECIFIED])
def test_other_rulings_clear_nobody(ruling: Ruling) -> None:
    assert not Room(30).rule(0.1, ruling=ruling)


def test_two_people_who_take_time_to_read_raise_nothing() -> None:
    room = Room(12)
    for n, alert_id in enumerate(room.ids):
        room.log.add(20 + n * 25, says(alert_id, LI))
        room.log.add(28 + n * 25, says(alert_id, WANG))
    assert not room.about()


def test_the_same_alert_over_and_over_is_one_alert() -> None:
    room = Room(30)
    for n in range(50):
        room.log.add(20 + n * 0.1, says(room.ids[0]))
    assert not room.about()


def test_it_grows_and_names_a_second_person() -> None:
    room = Room(30)
    (first,) = room.rule(1)
    (second,) = room.rule(1, user=WANG, begin_s=60)
    assert first.alert_id == second.alert_id
    assert about_whom(second) == {LI, WANG}
    assert [f.count for f in second.findings] == [30 - MANY + 1] * 2


def test_who_is_meant_does_not_rule_it_away() -> None:
    room = Room(30)
    (about,) = room.rule(1)
    rulings = Rulings()
    for told in room.log.said:
        rulings.see(Record(0, b"", 0, told))
    for user in (LI, LI, WANG):
        room.log.add(70, says(about.alert_id, user, revision=about.revision))
        rulings.see(room.log.records[-1])
    standing = rulings.standing()[about.alert_id]
    assert standing.state is RulingState.PROPOSED
    assert [s.bearing for s in standing.said] == [Bearing.OWN, Bearing.OWN, Bearing.COUNTS]
    assert room.about() == [about], "rulings change no alert, and those on this one are not counted"


def test_alerts_of_several_rooms_are_told_in_each() -> None:
    hasty = HastyRulings()
    alerts = {}
    for n in range(MANY):
        alert_id = AlertId(f"a{n}-0")
        alerts[alert_id] = replace(alert("w-one", 1, 60), alert_id=alert_id, room=f"10{n % 2}")
    found = [
        hasty.take(says(alert_id), alerts, n * 1_000_000, n) for n, alert_id in enumerate(alerts)
    ]
    assert [[room for room, _ in f.at_rooms] for f in found] == [[]] * (MANY - 1) + [["100", "101"]]
    assert hasty.take(says(AlertId("nothing")), alerts, 0, 9).at_rooms == []


def test_what_is_remembered_is_bounded() -> None:
    hasty = HastyRulings()
    alerts = {
        (alert_id := AlertId(f"a{n}-0")): replace(alert("w-one", 1, 60), alert_id=alert_id)
        for n in range(3 * ALERTS_KEPT)
    }
    for n, alert_id in enumerate(alerts):
        hasty.take(says(alert_id, f"user-{n}"), alerts, 0, n)
        found = hasty.take(says(alert_id), alerts, 0, n)
    ((_, finding),) = found.at_rooms
    assert f"ruled {ALERTS_KEPT} alerts" in finding.reason_en
