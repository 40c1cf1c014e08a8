"""Who sits where, and which exam session is open there."""

from jiankao_collector.roster import Place, Roster
from jiankao_proto.ids import ExamSessionId, WorkstationId
from jiankao_proto.records import (
    ClockTick,
    ExamSessionClosed,
    ExamSessionOpened,
    RosterChanged,
    RosterEntry,
    WorkstationEnrolled,
)

A, B = WorkstationId("ws-a"), WorkstationId("ws-b")


def enrolled(
    workstation: WorkstationId, seat: str, *supersedes: str, room: str = "101"
) -> WorkstationEnrolled:
    return WorkstationEnrolled(workstation, b"", b"", b"", b"", room, seat, "pc", supersedes)


def opened(name: str, *rooms: str) -> ExamSessionOpened:
    return ExamSessionOpened(ExamSessionId(name), name, rooms, b"", "chief")


def scope_of(roster: Roster, workstation: WorkstationId) -> str | None:
    scope = roster.scope(workstation)
    return scope.exam_session_id.value if scope else None


def test_a_workstation_sits_where_it_was_enrolled_until_the_roster_says_otherwise() -> None:
    roster = Roster()
    assert roster.place(A) == Place("", "")
    assert roster.see(0, enrolled(A, "3"))
    assert roster.place(A) == Place("101", "3")
    roster.see(
        1,
        RosterChanged(
            (RosterEntry("101", "3", None, "c-17"), RosterEntry("101", "4", None, "c-18")), "chief"
        ),
    )
    assert roster.place(A) == Place("101", "3", "c-17")
    roster.see(2, RosterChanged((RosterEntry("102", "9", A, "c-17"),), "chief"))
    assert roster.place(A) == Place("102", "9", "c-17")


def test_seats_of_the_roster_without_a_workstation_are_empty() -> None:
    roster = Roster()
    roster.see(0, enrolled(A, "3"))
    roster.see(
        1, RosterChanged((RosterEntry("101", "3"), RosterEntry("101", "4", None, "c-18")), "chief")
    )
    assert roster.empty_seats() == (Place("101", "4", "c-18"),)


def test_the_newest_enrolment_of_a_seat_supersedes_the_older_ones() -> None:
    roster = Roster()
    roster.see(0, enrolled(A, "3"))
    roster.see(1, enrolled(B, "3"))
    assert (roster.is_superseded(A), roster.is_superseded(B)) == (True, False)
    other = WorkstationId("ws-c")
    roster.see(2, enrolled(other, "4", "ws-b"))
    assert roster.is_superseded(B)


def test_an_enrolment_concerns_only_whom_it_takes_a_seat_from_and_itself() -> None:
    roster = Roster()
    roster.see(0, enrolled(A, "3"))
    roster.see(1, enrolled(B, "4"))
    third = enrolled(WorkstationId("ws-c"), "3", "ws-b", "ws-unknown", "no name at all")
    roster.see(2, third)
    assert roster.concerned(third) == (A, B, third.workstation_id)
    assert roster.concerned(enrolled(A, "5")) == (A,)
    roster.see(3, enrolled(A, "5"))
    assert roster.concerned(third) == (B, third.workstation_id)


def test_workstations_enrolled_for_a_room_without_a_seat_do_not_supersede_each_other() -> None:
    roster = Roster()
    roster.see(0, enrolled(A, ""))
    roster.see(1, enrolled(B, ""))
    assert not roster.is_superseded(A)


def test_an_exam_session_is_open_in_its_rooms_and_the_latest_counts() -> None:
    roster = Roster()
    roster.see(0, enrolled(A, "3"))
    roster.see(1, enrolled(B, "1", room="102"))
    roster.see(2, opened("morning", "101"))
    assert (scope_of(roster, A), scope_of(roster, B)) == ("morning", None)
    roster.see(3, opened("everywhere"))
    assert (scope_of(roster, A), scope_of(roster, B)) == ("everywhere", "everywhere")
    roster.see(4, ExamSessionClosed(ExamSessionId("everywhere"), "chief"))
    assert (scope_of(roster, A), scope_of(roster, B)) == ("morning", None)
    assert not roster.see(5, ExamSessionClosed(ExamSessionId("never"), "chief"))


def test_other_records_are_none_of_its_business() -> None:
    assert not Roster().see(0, ClockTick())
