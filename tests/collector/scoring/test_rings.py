"""What driven seats have in common becomes an alert of the room and raises every one of them."""

import pytest

from jiankao_collector.detectors.base import AlertKind, Family, Finding, Trace, TraceKind, far_end
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.scoring.rings import SEATS_KEPT, TRACES_KEPT, Member, Rings
from jiankao_proto.ids import BootId, ExamSessionId, WorkstationId
from jiankao_proto.observations import (
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    InjectedInput,
    InjectionMethod,
    ProcessRef,
    ProcessStarted,
    SessionEnded,
    SessionKind,
    SessionStarted,
    Transport,
)
from jiankao_proto.records import AlertChanged, ExamSessionOpened, Severity
from tests.support.judged import ROOM, JudgedLog, Seat, at, process, ref

SOLVER = "10.1.0.66"


def room_of(seats: int, *, rooms: tuple[str, ...] = (ROOM,)) -> tuple[JudgedLog, list[Seat]]:
    log = JudgedLog()
    made = [
        log.seat(str(n + 1), workstation=f"ws-{n + 1}", room=rooms[n % len(rooms)])
        for n in range(seats)
    ]
    log.add(0, ExamSessionOpened(ExamSessionId("exam-1"), "theory", rooms, b"", "chief"))
    for seat in made:
        seat.connects(1)
        seat.sends(1)
    return log, made


def vnc(far: str) -> ConnectionOpened:
    return ConnectionOpened(
        Transport.TCP, at("10.1.0.9:5900"), at(f"{far}:4000"), Direction.INBOUND, ref("winvnc.exe")
    )


def vnc_ends(far: str) -> ConnectionClosed:
    return ConnectionClosed(
        Transport.TCP, at("10.1.0.9:5900"), at(f"{far}:4000"), Direction.INBOUND, ref("winvnc.exe")
    )


def of_rooms(log: JudgedLog) -> list[AlertChanged]:
    return [a for a in log.assessment.alerts() if a.workstation_id is None]


def test_one_far_end_at_several_seats_is_an_alert_of_the_room_and_raises_each_seat() -> None:
    log, seats = room_of(4)
    seats[0].sends(2, vnc(SOLVER))
    assert of_rooms(log) == []
    seats[2].sends(6, vnc(SOLVER))
    (alert,) = of_rooms(log)
    assert (alert.room, alert.seat, alert.kind, alert.severity) == (
        ROOM,
        "",
        "ring",
        Severity.CRITICAL,
    )
    (finding,) = alert.findings
    assert finding.subject == SOLVER
    assert finding.reason_zh == f"多个座位受同一远端 {SOLVER} 操作：1、3"
    assert finding.reason_en == f"Several seats are driven from the same far end {SOLVER}: 1, 3"
    for seat, other in ((seats[0], "3"), (seats[2], "1")):
        (ring,) = (f for f in seat.view.findings if f.family == "ring")
        assert ring.reason_zh.endswith("操作")
        assert f"座位 {other} " in ring.reason_zh
    assert not seats[1].view.findings
    assert not seats[3].view.findings


def test_it_grows_with_every_seat_and_is_over_with_the_last() -> None:
    log, seats = room_of(3)
    for second, seat in enumerate(seats):
        seat.sends(100 + 60 * second, vnc(SOLVER))
    (alert,) = of_rooms(log)
    assert alert.findings[0].reason_en.endswith(": 1, 2, 3")
    assert not alert.over
    for second, seat in enumerate(seats):
        seat.sends(400 + second, vnc_ends(SOLVER))
        log.tick(402 + second)
    (alert,) = of_rooms(log)
    assert alert.over
    assert all(f.reason_en for f in alert.findings)


def test_rdp_from_the_same_host_counts_however_it_is_seen() -> None:
    """At one seat a logon, at the other a connection to the listener."""
    log, seats = room_of(2)
    seats[0].sends(10, SessionStarted("3", SessionKind.RDP, "exam", SOLVER))
    seats[1].sends(100, vnc(SOLVER))
    assert len(of_rooms(log)) == 1
    seats[0].sends(110, SessionEnded("3", SessionKind.RDP, "exam", SOLVER))
    assert not of_rooms(log)[0].over


def tool(name: str, pid: int) -> ProcessStarted:
    return ProcessStarted(process(name, pid, executable=rf"C:\Tools\{name}"))


def goes_out(name: str, pid: int, far: str, port: int) -> ConnectionOpened:
    owner = ProcessRef(pid, name, rf"C:\Tools\{name}")
    local = at(f"10.1.0.9:{port}")
    return ConnectionOpened(Transport.TCP, local, at(f"{far}:443"), Direction.OUTBOUND, owner)


@pytest.mark.parametrize(
    ("first", "second"),
    [("ToDesk_Session.exe", "ToDesk_Session.exe"), ("AnyDesk.exe", "rustdesk.exe")],
)
def test_tools_that_go_through_the_same_relay_are_a_ring(first: str, second: str) -> None:
    """Whether the tool is known to be in use, or only that it was started in the exam session."""
    log, seats = room_of(3)
    seats[0].sends(5, tool(first, 7), goes_out(first, 7, "203.0.113.77", 50_001))
    seats[1].sends(60, tool(second, 9), goes_out(second, 9, "203.0.113.77", 50_002))
    seats[2].sends(61, goes_out("ExamBrowser.exe", 4, "203.0.113.77", 50_003))
    (alert,) = of_rooms(log)
    (finding,) = alert.findings
    assert (finding.kind, finding.subject) == ("shared_relay", "203.0.113.77")
    assert finding.reason_zh == "多个座位经同一中转 203.0.113.77 被远程使用：1、2"


def test_a_tool_that_was_there_before_and_idles_is_no_ring() -> None:
    log, seats = room_of(2)
    for number, seat in enumerate(seats):
        there = ProcessStarted(
            process("AnyDesk.exe", 7, executable=r"C:\AnyDesk.exe"), baseline=True
        )
        seat.sends(5, there, goes_out("AnyDesk.exe", 7, "203.0.113.77", 50_000 + number))
    assert of_rooms(log) == []


def test_different_far_ends_at_different_times_are_no_ring() -> None:
    log, seats = room_of(4)
    for number, seat in enumerate(seats):
        seat.sends(10 + 100 * number, vnc(f"10.1.0.{70 + number}"))
    assert of_rooms(log) == []


def test_the_workstation_itself_is_no_far_end() -> None:
    """The last step of a tunnel comes from 127.0.0.1 at every seat."""
    log, seats = room_of(2)
    for number, seat in enumerate(seats):
        seat.sends(10 + 100 * number, vnc("127.0.0.1"))
    assert of_rooms(log) == []
    assert far_end("::ffff:10.0.0.9") == (Trace(TraceKind.FAR_END, "10.0.0.9"),)
    assert far_end("::1") == far_end("") == ()


def test_two_rooms_are_both_told_and_name_the_other_rooms_seats() -> None:
    log, seats = room_of(2, rooms=("101", "102"))
    for number, seat in enumerate(seats):
        seat.sends(10 + 100 * number, vnc(SOLVER))
    first, second = of_rooms(log)
    assert (first.room, second.room) == ("101", "102")
    assert first.findings[0].reason_en.endswith(": 1, 102/2")
    assert second.findings[0].reason_en.endswith(": 101/1, 2")


@pytest.mark.parametrize(
    ("apart_s", "seats", "ring"), [(3, 3, True), (3, 2, False), (11, 5, False), (1, 6, True)]
)
def test_seats_that_begin_at_the_same_moment(apart_s: float, seats: int, *, ring: bool) -> None:
    log, made = room_of(seats)
    for number, seat in enumerate(made):
        injected = InjectedInput(InjectionMethod.HOOK_FLAG, key_events=9)
        seat.sends(10 + apart_s * number, injected)
    kinds = {f.kind for a in of_rooms(log) for f in a.findings}
    assert kinds == ({"same_onset"} if ring else set())
    if ring:
        for seat in made:
            (alert,) = (
                a
                for a in log.assessment.alerts()
                if a.workstation_id == seat.workstation and a.kind == "injected_input"
            )
            assert {f.kind for f in alert.findings} == {"injected_input", "same_onset"}


def test_one_machine_that_stands_for_two_seats() -> None:
    log, seats = room_of(3)
    seats[1].boot = "boot-1"
    seats[1].sends(30)
    (alert,) = of_rooms(log)
    assert [f.kind for f in alert.findings] == ["same_boot"]
    assert alert.severity == Severity.WARNING
    assert "快照" in alert.findings[0].reason_zh
    seats[1].lives(31, 61, 2)
    assert of_rooms(log)[0].findings[0].count == 1
    assert "same_boot" in {f.kind for f in seats[0].view.findings}
    assert "same_boot" not in {f.kind for f in seats[2].view.findings}


def test_a_machine_that_is_enrolled_anew_at_its_seat_is_one_machine() -> None:
    log, seats = room_of(2)
    again = log.seat("1", workstation="ws-1-again")
    again.boot = seats[0].boot
    again.connects(30)
    again.sends(31)
    assert of_rooms(log) == []
    seats[1].boot = again.boot
    seats[1].sends(40)
    assert [f.kind for f in of_rooms(log)[0].findings] == ["same_boot"]


def test_a_new_exam_session_starts_anew() -> None:
    log, seats = room_of(2)
    seats[0].sends(10, vnc(SOLVER))
    log.closes(20)
    log.opens(30, exam=ExamSessionId("exam-2"))
    seats[1].sends(40, vnc(SOLVER))
    assert of_rooms(log) == []


def told(workstation: int, value: str) -> tuple[Member, Finding]:
    member = Member(WorkstationId(f"ws-{workstation}"), "101", str(workstation))
    finding = Finding(
        "remote_desktop",
        "session",
        Family.NETWORK,
        AlertKind.REMOTE_CONTROL,
        Severity.CRITICAL,
        Weight.REMOTE_DESKTOP_SESSION,
        alone=True,
        subject=value,
        reason_zh="x",
        reason_en="x",
        at_us=workstation * 100_000_000,
        record_number=workstation,
        traces=far_end(value),
    )
    return member, finding


def test_what_is_remembered_is_bounded_and_what_is_said_stays_short() -> None:
    rings = Rings()
    for number in range(3 * SEATS_KEPT):
        member, finding = told(number, SOLVER)
        found = rings.take(member, [finding])
    assert not found
    member, finding = told(1, SOLVER)
    rings.take(member, [finding.over(1, 1)])
    found = rings.take(member, [finding])
    ((_, room),) = found.at_rooms
    assert room.reason_en.endswith(f"and {SEATS_KEPT - 12} more")
    for number in range(TRACES_KEPT + 10):
        member, finding = told(number % 50, f"10.9.{number // 250}.{number % 250}")
        rings.take(member, [finding])
    member, finding = told(7, SOLVER)
    assert not rings.take(member, [finding])


def test_boots_of_ten_thousand_seats_are_told_apart() -> None:
    rings = Rings()
    for number in range(10_000):
        member = Member(WorkstationId(f"w{number}"), "r", str(number))
        assert not rings.boot(member, BootId(f"b{number}"), 1, 1)
    twin = Member(WorkstationId("twin"), "r", "twin")
    assert rings.boot(twin, BootId("b77"), 2, 2)
    rings.forget(WorkstationId("w77"))
    assert not rings.boot(twin, BootId("b77"), 3, 3)


def injects(seats: list[Seat], seconds: float) -> None:
    for number, seat in enumerate(seats):
        seat.sends(seconds + number, InjectedInput(InjectionMethod.HOOK_FLAG, key_events=30))


def over(log: JudgedLog, seat: Seat, kind: str) -> bool:
    """Tell whether a finding of a seat is over."""
    ledger = log.assessment._watched[seat.workstation].series.alerts.ledger  # noqa: SLF001 - the view does not say what is over
    (standing,) = (s for s in ledger if s.cited(0).kind == kind)
    return standing.over


def test_what_began_together_is_over_at_each_seat_and_with_the_last_one_for_the_room() -> None:
    log, seats = room_of(5)
    injects(seats[:3], 10)
    assert not any(over(log, seat, "same_onset") for seat in seats[:3])
    for second in range(20, 400, 5):  # the third goes on
        for seat in seats:
            seat.sends(second)
        seats[2].sends(second + 1, InjectedInput(InjectionMethod.HOOK_FLAG, key_events=30))
    assert [over(log, seat, "same_onset") for seat in seats[:3]] == [True, True, False]
    (room,) = of_rooms(log)
    assert not room.over
    for second in range(400, 500, 5):
        for seat in seats:
            seat.sends(second)
        log.tick(second + 1)
    assert over(log, seats[2], "same_onset")
    (room,) = of_rooms(log)
    assert room.over
