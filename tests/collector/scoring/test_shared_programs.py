"""A program that nobody knows, at several seats but not at most of them."""

from hashlib import sha256

import pytest

from jiankao_collector.scoring.rings import Member
from jiankao_collector.scoring.shared_programs import (
    ONCE_KEPT,
    ONCE_OF_SEAT,
    SEATS_KEPT,
    SHARED_KEPT,
    SharedPrograms,
)
from jiankao_proto.ids import ExamSessionId, WorkstationId
from jiankao_proto.observations import (
    ConnectionOpened,
    Direction,
    Process,
    ProcessStarted,
    Transport,
)
from jiankao_proto.records import AlertChanged, ExamSessionOpened, FindingCited, Severity
from tests.support.judged import BEGAN_US, ROOM, JudgedLog, Seat, at, ref

DOWNLOADS = "C:\\Users\\c\\Downloads\\"
LATER = 400


def room_of(seats: int) -> tuple[JudgedLog, list[Seat]]:
    log = JudgedLog()
    made = [log.seat(str(n + 1)) for n in range(seats)]
    log.opens(0)
    for seat in made:
        seat.connects(1)
        seat.sends(1)
    return log, made


def runs(name: str = "answer.exe", *, folder: str = DOWNLOADS, signer: str = "") -> ProcessStarted:
    """Return the start of a program whose file is the same whatever it is called."""
    process = Process(
        77,
        BEGAN_US,
        name,
        executable=folder + name,
        executable_sha256=sha256(b"tool").digest(),
        signer=signer,
    )
    return ProcessStarted(process)


def shared(seat: Seat) -> list[FindingCited]:
    return [f for f in seat.view.findings if f.kind == "shared_program"]


def alerts(log: JudgedLog) -> list[AlertChanged]:
    """Return the alerts but those of silence: the seats here send nothing for minutes."""
    return [alert for alert in log.assessment.alerts() if alert.kind != "silence"]


def with_it(seats: list[Seat]) -> list[str]:
    return [seat.workstation.value for seat in seats if shared(seat)]


def test_a_program_of_two_seats_adds_to_the_score_of_both_with_its_names() -> None:
    log, seats = room_of(6)
    seats[0].sends(10, runs("answer.exe"))
    seats[3].sends(90, runs("notes.exe"))
    log.tick(LATER)
    assert with_it(seats) == ["ws-1", "ws-4"]
    (finding,) = shared(seats[0])
    assert (finding.family, finding.points) == ("ring", 6)
    assert finding.subject == f"sha256:{sha256(b'tool').hexdigest()[:16]}"
    assert "answer.exe" in finding.reason_zh
    assert "4（notes.exe）" in finding.reason_zh
    assert "seat 4 (notes.exe)" in finding.reason_en
    assert alerts(log) == []
    # It goes on for the whole exam and stays what it is; the next seat is told of at once.
    seats[4].sends(LATER + 10, runs())
    log.tick(4000)
    assert with_it(seats) == ["ws-1", "ws-4", "ws-5"]
    assert alerts(log) == []


@pytest.mark.parametrize(
    "known",
    [
        runs(signer="Ordinary Software Ltd"),
        runs("calc.exe", folder="C:\\Windows\\System32\\"),
        runs("vim", folder="/usr/bin/"),
        runs("7zFM.exe", folder="C:\\Program Files\\7-Zip\\"),
        runs("AnyDesk.exe"),  # has findings of its own
        ProcessStarted(Process(77, BEGAN_US, "x.exe", executable=DOWNLOADS + "x.exe")),
    ],
    ids=["signed", "system", "linux", "installed", "in the catalogue", "no digest"],
)
def test_what_is_known_is_nothing(known: ProcessStarted) -> None:
    log, seats = room_of(6)
    for number, seat in enumerate(seats[:3]):
        seat.sends(10 + number, known)
    log.tick(LATER)
    assert with_it(seats) == []


def test_an_installed_program_by_two_names_was_renamed() -> None:
    log, seats = room_of(6)
    seats[0].sends(10, runs("helper.exe", folder="C:\\Program Files\\H\\"))
    seats[1].sends(10, runs("svc.exe", folder="C:\\Program Files\\H\\"))
    log.tick(LATER)
    assert with_it(seats) == ["ws-1", "ws-2"]


@pytest.mark.parametrize(("having", "found"), [(1, 0), (2, 2), (5, 5), (6, 0), (10, 0)])
def test_what_more_than_half_of_the_room_has_is_the_rooms_own(having: int, found: int) -> None:
    log, seats = room_of(10)
    for seat in seats[:having]:
        seat.sends(10, runs())
    log.tick(LATER)
    assert len(with_it(seats)) == found


def test_a_rollout_over_minutes_is_nothing_while_it_goes_on_and_afterwards() -> None:
    log, seats = room_of(20)
    for number, seat in enumerate(seats):
        seat.sends(10 + 14 * number, runs())
        assert with_it(seats) == []
    log.tick(4000)
    assert with_it(seats) == []


def test_a_slow_rollout_is_over_when_most_have_it() -> None:
    log, seats = room_of(6)
    for seat in seats[:2]:
        seat.sends(10, runs())
    log.tick(LATER)
    for number, seat in enumerate(seats[2:]):
        seat.sends(LATER + 10 + number, runs())
    standing = seats[0].log.assessment._watched[seats[0].workstation].series.alerts.ledger  # noqa: SLF001 - the view does not say what is over
    assert [s.over for s in standing if s.cited(0).kind == "shared_program"] == [True]
    assert with_it(seats[3:]) == []


def of_rooms(log: JudgedLog) -> list[AlertChanged]:
    return [a for a in alerts(log) if a.workstation_id is None]


def vnc() -> ConnectionOpened:
    return ConnectionOpened(
        Transport.TCP,
        at("10.1.0.9:5900"),
        at("10.1.0.66:4000"),
        Direction.INBOUND,
        ref("winvnc.exe"),
    )


@pytest.mark.parametrize("ring_first", [True, False])
def test_another_ring_at_the_same_seats_makes_it_a_warning_of_the_room(*, ring_first: bool) -> None:
    log, seats = room_of(8)
    for seat in seats[:3]:
        seat.sends(10, runs())
    for number in (0, 1):
        seats[number].sends(20 if ring_first else LATER + 10, vnc())
    log.tick(LATER + 20)
    (room,) = of_rooms(log)
    assert [f.kind for f in room.findings] == ["shared_far_end", "shared_program"]
    for seat in seats[:2]:
        (alert,) = (
            a
            for a in log.assessment.alerts()
            if a.workstation_id == seat.workstation and a.kind == "remote_control"
        )
        assert "shared_program" in {f.kind for f in alert.findings}
    # The third seat shares the program only.
    assert [a for a in alerts(log) if a.workstation_id == seats[2].workstation] == []
    assert with_it(seats) == ["ws-1", "ws-2", "ws-3"]
    assert room.severity == Severity.CRITICAL


def test_one_machine_enrolled_anew_shares_nothing_with_itself() -> None:
    log, seats = room_of(4)
    seats[0].sends(10, runs())
    again = log.seat("1", workstation="ws-1-again")
    again.connects(20)
    again.sends(21, runs())
    seats[0].sends(22, runs())
    log.tick(LATER)
    assert with_it([again, *seats[1:]]) == []


def test_a_new_exam_session_starts_anew() -> None:
    log, seats = room_of(4)
    seats[0].sends(10, runs())
    log.closes(20)
    log.opens(30, exam=ExamSessionId("exam-2"))
    seats[1].sends(40, runs())
    log.tick(LATER)
    assert with_it(seats) == []


def test_rooms_are_compared_with_each_other_and_count_their_own_seats() -> None:
    log = JudgedLog()
    seats = [log.seat(str(n), f"ws-{n}", room=("101", "102")[n % 2]) for n in range(8)]
    log.add(0, ExamSessionOpened(ExamSessionId("exam-1"), "theory", (ROOM, "102"), b"", "chief"))
    for seat in seats:
        seat.connects(1)
        seat.sends(1)
    for seat in seats[:2]:
        seat.sends(10, runs())
    log.tick(LATER)
    assert "102/1 (answer.exe)" in shared(seats[0])[0].reason_en
    # One room has it whole: it is theirs, and no sign at the other's.
    for seat in seats[3::2]:
        seat.sends(LATER + 10, runs())
    log.tick(2 * LATER)
    assert not shared(seats[7])


def program(number: int) -> Process:
    digest = sha256(b"%d" % number).digest()
    return Process(1, 1, "x.exe", executable=DOWNLOADS + "x.exe", executable_sha256=digest)


def member(number: int) -> Member:
    return Member(WorkstationId(f"ws-{number}"), f"room-{number // 40}", str(number))


def test_what_is_remembered_is_bounded() -> None:
    programs = SharedPrograms(lambda _: False)
    one = member(0)
    programs.take(one, map(program, range(5 * ONCE_OF_SEAT)), 1, 1)
    assert len(programs._once) == ONCE_OF_SEAT  # noqa: SLF001 - the bound is what is tested
    for number in range(ONCE_KEPT // ONCE_OF_SEAT + 10):
        first = 1_000_000 + ONCE_OF_SEAT * number
        programs.take(
            member(number + 1), map(program, range(first, first + ONCE_OF_SEAT)), 1, number
        )
    assert len(programs._once) == ONCE_KEPT  # noqa: SLF001 - as above
    for seat in (1, 2):
        programs.take(member(seat), map(program, range(SHARED_KEPT + 10)), 1, 1)
    assert len(programs._shared) <= SHARED_KEPT  # noqa: SLF001 - as above


def test_what_very_many_seats_have_is_everybodys() -> None:
    programs = SharedPrograms(lambda _: False)
    for number in range(
        3000
    ):  # forty seats a room, one in twenty has it: half of the rooms' seats would be far off
        started = [program(7)] if number % 20 == 0 else []
        programs.take(member(number), started, 1, number)
    assert not programs.settle(10**12, 1)
    (kept,) = programs._shared.values()  # noqa: SLF001 - the bound is what is tested
    assert len(kept.sights) == SEATS_KEPT


ALLOWED = (
    '[policy]\nversion = 1\ntitle = "Theory"\nauthor = "Exam centre"\n'
    f'[[program]]\nsha256 = "{sha256(b"tool").hexdigest()}"\nowner = "Exam centre"\nreason = "answers"\n'
)


@pytest.mark.parametrize("having", [2, 3])
def test_what_the_policy_permits_is_known(having: int) -> None:
    log, seats = room_of(6)
    log.closes(2)
    log.opens(3, ALLOWED, exam=ExamSessionId("exam-2"))
    for seat in seats:
        seat.sends(4)
    for seat in seats[:having]:
        seat.sends(10, runs())
    log.tick(LATER)
    assert with_it(seats) == []


def test_what_is_permitted_at_some_seats_is_unknown_at_the_others() -> None:
    log, seats = room_of(8)
    aid = ALLOWED.replace("[[program]]", '[[accommodation]]\nwhat = "captions"\nseats = ["1"]')
    log.changes(3, aid.replace('owner = "Exam centre"\n', ""))
    for seat in seats[:3]:
        seat.sends(10, runs())
    log.tick(LATER)
    assert with_it(seats) == ["ws-2", "ws-3"]


@pytest.mark.parametrize("told", [True, False])
def test_a_policy_that_permits_it_later_takes_it_back(*, told: bool) -> None:
    log, seats = room_of(6)
    for seat in seats[:2]:
        seat.sends(10, runs())
    changed = LATER if told else 20
    log.changes(changed, ALLOWED)
    for seat in seats[:2]:
        seat.sends(changed + 1, runs())  # as workstations tell again
    log.tick(3 * LATER)
    standing = [
        s
        for seat in seats
        for s in log.assessment._watched[seat.workstation].series.alerts.ledger  # noqa: SLF001 - the view does not say what is over
        if s.cited(0).kind == "shared_program"
    ]
    assert [s.over for s in standing] == [True, True] * told


def test_a_slow_rollout_is_over_for_the_room_as_well() -> None:
    log, seats = room_of(6)
    for seat in seats[:2]:
        seat.sends(10, runs())
        seat.sends(20, vnc())
    log.tick(LATER)
    for number, seat in enumerate(seats[2:]):
        seat.sends(LATER + 10 + number, runs())
    ledger = log.assessment._rooms[ROOM].alerts.ledger  # noqa: SLF001 - the alert does not say which of its findings are over
    assert {s.cited(0).kind: s.over for s in ledger} == {
        "shared_far_end": False,
        "shared_program": True,
    }
