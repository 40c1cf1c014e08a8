"""The judging call: epochs, seats, determinism."""

from dataclasses import replace

import pytest

from jiankao_collector.assessment import Assessment, load_rules
from jiankao_collector.knowledge.judgement import judgement_digest
from jiankao_proto.ids import ExamSessionId
from jiankao_proto.observations import (
    ConnectionOpened,
    Direction,
    InjectedInput,
    InjectionMethod,
    InputSource,
    InputWindow,
    ListenerOpened,
    ProcessStarted,
    SessionKind,
    SessionStarted,
    Transport,
)
from jiankao_proto.records import (
    AlertAcknowledged,
    AlertChanged,
    RosterChanged,
    RosterEntry,
    RuleSetInForce,
    Severity,
)
from tests.support.judged import EXAM, JudgedLog, Seat, at, process, ref, rules, us, watched_seat

TYPING = InjectedInput(InjectionMethod.XTEST_DEVICE, "Virtual core XTEST keyboard", key_events=5)
VNC = ProcessStarted(process("x11vnc", user="root"))


def driven(seat: Seat, second: float) -> None:
    """Let a seat be driven from elsewhere."""
    inbound = (
        Transport.TCP,
        at("10.1.0.9:5900"),
        at("10.1.0.66:40000"),
        Direction.INBOUND,
        ref("x11vnc"),
    )
    seat.sends(second, VNC, ListenerOpened(Transport.TCP, at("0.0.0.0:5900"), ref("x11vnc")))
    seat.sends(second + 1, ConnectionOpened(*inbound))
    seat.sends(second + 2, TYPING)


def test_one_seat_is_driven_and_the_other_is_not_accused() -> None:
    log = JudgedLog()
    seat, honest = log.seat("1"), log.seat("2")
    log.opens(0)
    for one in (seat, honest):
        one.connects(1)
    driven(seat, 2)
    hand = InputWindow(
        InputSource.LOCAL_DEVICE,
        "mouse",
        1_000_000,
        80,
        900.0,
        300.0,
        2000.0,
        5,
        0,
        8000,
        2,
        190_000,
    )
    honest.sends(3, hand, ProcessStarted(process("exam"), baseline=True))
    assert {(a.seat, a.kind) for a in log.assessment.alerts()} == {
        ("1", "remote_control"),
        ("1", "injected_input"),
    }
    assert [(v.seat, v.state.value, v.score) for v in log.assessment.seats()] == [
        ("1", "alert", 100),
        ("2", "watched", 0),
    ]
    assert all(a.exam_session_id == EXAM for a in log.assessment.alerts())


def test_the_same_records_give_the_same_alerts_whether_or_not_alerts_are_among_them() -> None:
    seat = watched_seat()
    driven(seat, 2)
    seat.breaks(6)
    seat.log.tick(9)
    seat.connects(15)
    without, among = Assessment(rules()), Assessment(rules())
    said: list[AlertChanged] = []
    number = 0
    for record in seat.log.records:
        said += without.see(record)
        for alert in among.see(record):
            number += 1
            among.see(replace(record, number=10_000 + number, recorded_at_us=us(9_999), body=alert))
    assert said == seat.log.said
    assert without.alerts() == among.alerts() == seat.log.assessment.alerts()
    assert without.seats() == among.seats() == seat.log.assessment.seats()
    assert without.wakes_at() == among.wakes_at()


def test_an_alert_is_named_by_the_record_it_arose_from() -> None:
    seat = watched_seat()
    (alert,) = seat.sends(2, VNC)
    assert alert.alert_id.value == f"a{seat.log.records[-1].number}-0"
    session = SessionStarted("1", SessionKind.RDP)
    other = watched_seat()
    alerts = other.sends(2, session, TYPING)
    number = other.log.records[-1].number
    assert [a.alert_id.value for a in alerts] == [f"a{number}-0", f"a{number}-1"]
    assert all(f.record_numbers == (number,) for a in alerts for f in a.findings)


def test_an_exam_session_that_opens_starts_a_new_series_and_keeps_what_is_connected() -> None:
    log = JudgedLog()
    seat = log.seat()
    seat.connects(1)
    (before,) = seat.sends(2, VNC)
    assert (before.exam_session_id, seat.view.state.value) == (None, "alert")
    log.opens(3)
    assert (seat.view.state.value, seat.view.alert_ids, seat.view.findings) == ("watched", (), ())
    assert (seat.view.connected, seat.view.last_seen_us) == (True, us(2))
    present = replace(VNC, baseline=True)
    seat.sends(4, present)
    (after,) = seat.sends(
        5, ListenerOpened(Transport.TCP, at("0.0.0.0:5900"), ref("x11vnc"), baseline=True)
    )
    assert after.alert_id != before.alert_id
    assert (after.exam_session_id, after.revision) == (EXAM, 1)
    assert [a.alert_id for a in log.assessment.alerts()] == [before.alert_id, after.alert_id]


def test_alerts_of_a_closed_exam_session_grow_no_more() -> None:
    seat = watched_seat()
    driven(seat, 2)
    told = seat.log.assessment.alerts()
    seat.log.closes(6)
    seat.lives(7, 60)
    assert seat.log.assessment.alerts() == told
    assert (seat.view.state.value, seat.view.exam_session_id) == ("ready", None)
    (later,) = seat.sends(61, TYPING)
    assert (later.exam_session_id, later.revision) == (None, 1)


def test_the_same_exam_session_opened_again_starts_anew() -> None:
    seat = watched_seat()
    seat.sends(2, TYPING)
    seat.log.closes(3)
    seat.log.opens(4)
    assert seat.view.alert_ids == ()
    assert seat.sends(5, TYPING)[0].revision == 1


def test_other_rules_start_a_new_series_and_the_same_ones_change_nothing() -> None:
    seat = watched_seat()
    seat.log.add(2, RuleSetInForce("1", b"one"))
    (alert,) = seat.sends(3, VNC)
    shown = []
    for second, digest in ((4, b"one"), (5, b"two")):
        seat.log.add(second, RuleSetInForce("1", digest))
        shown.append(seat.view.alert_ids)
    assert shown == [(alert.alert_id,), ()]
    assert seat.view.connected
    assert seat.log.assessment.wakes_at() == us(15)


def test_a_session_in_another_room_is_none_of_this_seats_business() -> None:
    log = JudgedLog()
    seat, elsewhere = log.seat("1"), log.seat("1", "ws-elsewhere", room="102")
    log.opens(1)
    assert (seat.view.exam_session_id, elsewhere.view.exam_session_id) == (EXAM, None)


def test_a_workstation_enrolled_during_an_exam_session_is_in_it() -> None:
    log = JudgedLog()
    log.opens(0)
    assert log.seat().view.exam_session_id == EXAM


def test_seats_are_those_of_the_roster_and_those_enrolled_in_the_order_of_their_numbers() -> None:
    log = JudgedLog()
    for name in ("10", "2", "A"):
        log.seat(name)
    log.add(
        1,
        RosterChanged(
            (RosterEntry("101", "2", None, "c-2"), RosterEntry("101", "3", None, "c-3")), "chief"
        ),
    )
    log.opens(2)
    views = log.assessment.seats()
    assert [(v.seat, v.candidate, v.state.value) for v in views] == [
        ("A", "", "never_arrived"),
        ("2", "c-2", "never_arrived"),
        ("3", "c-3", "never_arrived"),
        ("10", "", "never_arrived"),
    ]
    assert [v.workstation_id is None for v in views] == [False, False, True, False]
    assert {v.exam_session_id for v in views} == {ExamSessionId("exam-1")}


def test_a_connected_seat_without_an_exam_session_is_ready() -> None:
    log = JudgedLog()
    seat = log.seat()
    seat.connects(1)
    assert seat.view.state.value == "ready"
    log.tick(5)
    assert seat.view.state.value == "ready"


def test_records_of_unknown_workstations_and_other_peoples_records_are_passed_over() -> None:
    log = JudgedLog()
    stranger = Seat(log, watched_seat().workstation)
    assert stranger.connects(1) == []
    assert stranger.sends(2, VNC) == []
    seat = log.seat("2")
    seat.connects(3)
    (alert,) = seat.sends(4, VNC)
    assert log.add(5, AlertAcknowledged(alert.alert_id, "proctor", "seen")) == []


@pytest.mark.parametrize("second", range(2, 120, 7))
def test_an_honest_seat_gives_nothing(second: int) -> None:
    """A desktop at work: its own programs, its exam server, its hands, and a short hiccup of the network."""
    policy = '[[allow]]\naddress = "10.0.0.5"\nport = 443\ndirection = "outbound"\nprogram = "exam.exe"\n'
    seat = watched_seat(policy)
    names = [
        "explorer.exe",
        "autodesk.exe",
        "SearchProtocolHost.exe",
        "tasklink.exe",
        "exam.exe",
        "svchost.exe",
        "ctfmon.exe",
    ]
    seat.sends(
        1, *(ProcessStarted(process(name, 100 + n), baseline=True) for n, name in enumerate(names))
    )
    seat.sends(
        1,
        SessionStarted("1", SessionKind.LOCAL, "student", "", "console", baseline=True),
        ListenerOpened(Transport.TCP, at("0.0.0.0:445"), ref("svchost.exe"), baseline=True),
        ConnectionOpened(
            Transport.TCP,
            at("10.1.0.9:50001"),
            at("10.0.0.5:443"),
            Direction.OUTBOUND,
            ref("exam.exe"),
        ),
        ConnectionOpened(
            Transport.TCP,
            at("127.0.0.1:50002"),
            at("127.0.0.1:9000"),
            Direction.OUTBOUND,
            ref("exam.exe"),
        ),
    )
    seat.lives(1, second - 1, step=1)
    seat.breaks(second)
    seat.connects(second + 1.5)
    seat.lives(second + 2, 400)
    assert seat.log.said == []
    assert (seat.view.state.value, seat.view.score) == ("watched", 0)


def test_the_rules_are_named_by_catalogue_and_code() -> None:
    loaded = load_rules()
    assert loaded.digest == load_rules().digest
    assert len(loaded.digest) == len(judgement_digest()) == 32
    assert loaded.version == loaded.catalogue.version


def test_severities_and_numbers_fit_the_record() -> None:
    seat = watched_seat()
    driven(seat, 2)
    for alert in seat.log.said:
        assert isinstance(alert, AlertChanged)
        assert alert.severity in {Severity.NOTICE, Severity.WARNING, Severity.CRITICAL}
        assert 0 <= alert.score <= 100
        assert alert.first_us <= alert.last_us
        assert all(len(f.record_numbers) <= 64 and f.count >= 1 for f in alert.findings)
