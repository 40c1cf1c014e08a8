"""What the policy permits is shown as permitted and never an alert; what only looks like it is judged as ever."""

from dataclasses import replace

import pytest

from jiankao_proto.observations import (
    Change,
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Fact,
    InjectedInput,
    InjectionMethod,
    ListenerOpened,
    Process,
    ProcessEnded,
    ProcessRef,
    ProcessStarted,
    ServiceChanged,
    ServiceKind,
    Transport,
    WindowFinding,
    WindowFindingKind,
)
from jiankao_proto.records import RosterChanged, RosterEntry
from tests.support.judged import JudgedLog, Seat, at
from tests.support.policies import CLASSROOM, EXAM_BROWSER, FULL, KEYBOARD, NETWORK, TITLE

OSK = Process(
    40,
    1,
    "osk.exe",
    "C:\\Windows\\System32\\osk.exe",
    signer="Microsoft Windows",
    original_name="osk.exe",
)
ONBOARD = Process(41, 1, "onboard", "/usr/bin/python3.11")
VEYON = Process(
    42,
    1,
    "veyon-server.exe",
    "C:\\Program Files\\Veyon\\veyon-server.exe",
    signer="Tobias Junghans",
)
TODESK = Process(
    43,
    1,
    "ToDesk.exe",
    "C:\\Program Files\\ToDesk\\ToDesk.exe",
    signer="Exam Centre",
    original_name="ToDesk.exe",
)
TODESK_ALLOWED = EXAM_BROWSER.replace('name = "ExamBrowser.exe"\n', "")
TEACHER, STRANGER = "10.20.0.2:40000", "10.20.7.66:40000"


def seated(seat: str = "12", policy: str = FULL) -> Seat:
    log = JudgedLog()
    there = log.seat(seat)
    log.opens(0, policy)
    there.connects(1)
    there.sends(1)
    return there


def of(process: Process) -> ProcessRef:
    return ProcessRef(process.pid, process.name, process.executable)


def keys(method: InjectionMethod, n: int = 6, process: ProcessRef | None = None) -> InjectedInput:
    if method is InjectionMethod.INJECTION_REQUEST:
        return InjectedInput(method, requests=n, process=process or ProcessRef())
    return InjectedInput(method, key_events=n, process=process or ProcessRef())


def reads(process: Process) -> WindowFinding:
    return WindowFinding(WindowFindingKind.SCREEN_READ, of(process), width_px=1920, height_px=1080)


def over_exam(process: Process) -> WindowFinding:
    return WindowFinding(WindowFindingKind.OVERLAY, of(process), width_px=600, height_px=200)


def inbound(process: Process, remote: str, port: int = 11100) -> ConnectionOpened:
    return ConnectionOpened(
        Transport.TCP, at(f"10.1.0.9:{port}"), at(remote), Direction.INBOUND, of(process)
    )


def shown(seat: Seat) -> set[str]:
    return {f.kind for f in seat.view.findings if f.detector == "permitted"}


def plays(seat: Seat, *facts: Fact, seconds: int = 300) -> None:
    """Let the facts come again every five seconds for so long."""
    for second in range(2, seconds, 5):
        seat.sends(second, *facts)
        wake = seat.log.assessment.wakes_at()
        if wake is not None:
            seat.log.tick(second + 1)


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        (
            (
                ProcessStarted(OSK),
                over_exam(OSK),
                keys(InjectionMethod.HOOK_FLAG),
                keys(InjectionMethod.WITHOUT_DEVICE, 40),
            ),
            {"accommodation_runs", "accommodation_window", "accommodation_input"},
        ),
        (
            (
                ProcessStarted(ONBOARD),
                over_exam(ONBOARD),
                keys(InjectionMethod.INJECTION_REQUEST, 6, of(ONBOARD)),
                keys(InjectionMethod.XTEST_DEVICE),
            ),
            {"accommodation_runs", "accommodation_window", "accommodation_input"},
        ),
        (
            (
                ProcessStarted(VEYON),
                ListenerOpened(Transport.TCP, at("0.0.0.0:11100"), of(VEYON)),
                inbound(VEYON, TEACHER),
                reads(VEYON),
                over_exam(VEYON),
                ServiceChanged(
                    Change.ADDED,
                    ServiceKind.SYSTEM,
                    "VeyonService",
                    enabled=True,
                    running=True,
                    image_path=f'"{VEYON.executable}" -x',
                ),
            ),
            {
                "classroom_runs",
                "classroom_listens",
                "classroom_connected",
                "classroom_reads_screen",
                "classroom_window",
            },
        ),
    ],
    ids=["on-screen keyboard, Windows", "on-screen keyboard, Linux", "classroom broadcast"],
)
def test_what_is_permitted_gives_no_alert_and_is_shown(
    facts: tuple[Fact, ...], kinds: set[str]
) -> None:
    seat = seated()
    plays(seat, *facts)
    assert seat.log.assessment.alerts() == ()
    assert shown(seat) == kinds
    assert {f.detector for f in seat.view.findings} == {"permitted"}
    assert (seat.view.score, seat.view.state.value) == (0, "watched")


@pytest.mark.parametrize(
    ("process", "seat", "policy"),
    [
        (OSK, "13", FULL),
        (OSK, "12", NETWORK),
        (OSK, "12", FULL.replace("osk.exe", "narrator.exe")),
        (replace(OSK, signer=""), "12", FULL),
        (replace(OSK, signer="", executable="C:\\Users\\a\\osk.exe"), "12", FULL),
        (replace(OSK, original_name="AutoHotkey.exe"), "12", FULL),
    ],
    ids=["another seat", "no entry", "another program", "unsigned", "only the name", "renamed"],
)
def test_a_keyboard_that_is_not_the_entrys_is_judged_as_ever(
    process: Process, seat: str, policy: str
) -> None:
    there = seated(seat, policy)
    there.sends(2, ProcessStarted(process), keys(InjectionMethod.HOOK_FLAG))
    assert "injected_input" in there.log.alerts()
    assert "accommodation_input" not in shown(there)


def test_a_keyboard_explains_keys_and_not_clicks() -> None:
    seat = seated()
    seat.sends(2, ProcessStarted(OSK))
    seat.sends(3, InjectedInput(InjectionMethod.HOOK_FLAG, key_events=5, button_events=4))
    (finding,) = seat.log.alerts()["injected_input"].findings
    assert "4 events in 10 s" in finding.reason_en
    assert "accommodation_input" in shown(seat)


def test_a_keyboard_explains_nothing_after_it_ended() -> None:
    seat = seated()
    seat.sends(2, ProcessStarted(OSK))
    seat.sends(3, ProcessEnded(OSK.pid, OSK.started_at_us, OSK.name))
    seat.sends(4, keys(InjectionMethod.HOOK_FLAG))
    assert "injected_input" in seat.log.alerts()


def test_input_of_lower_integrity_is_nobodys_aid() -> None:
    seat = seated()
    seat.sends(2, ProcessStarted(OSK), keys(InjectionMethod.LOWER_INTEGRITY))
    assert "injected_input" in seat.log.alerts()


def test_a_program_that_becomes_another_loses_its_permit() -> None:
    seat = seated()
    seat.sends(2, ProcessStarted(ONBOARD))
    evil = replace(ONBOARD, name="solver", executable="/tmp/solver")
    seat.sends(3, ProcessStarted(evil), keys(InjectionMethod.INJECTION_REQUEST, 6, of(evil)))
    assert "injected_input" in seat.log.alerts()


def test_device_events_that_no_request_explains_are_somebody_elses() -> None:
    seat = seated()
    seat.sends(2, ProcessStarted(ONBOARD), keys(InjectionMethod.INJECTION_REQUEST, 4, of(ONBOARD)))
    seat.sends(3, keys(InjectionMethod.XTEST_DEVICE, 4))
    seat.sends(8)
    assert seat.log.alerts() == {}
    seat.sends(9, keys(InjectionMethod.INJECTION_REQUEST, 4, of(ONBOARD)))
    seat.sends(9.5, keys(InjectionMethod.XTEST_DEVICE, 12))
    assert seat.log.alerts() == {}
    seat.sends(12)
    (finding,) = seat.log.alerts()["injected_input"].findings
    assert "8 events in 10 s" in finding.reason_en


def test_another_programs_requests_are_judged_at_once() -> None:
    seat = seated()
    seat.sends(2, ProcessStarted(ONBOARD), keys(InjectionMethod.INJECTION_REQUEST, 4, of(ONBOARD)))
    seat.sends(
        3, keys(InjectionMethod.INJECTION_REQUEST, 4, ProcessRef(99, "xdotool", "/usr/bin/xdotool"))
    )
    assert "xdotool" in seat.log.alerts()["injected_input"].findings[0].reason_en


@pytest.mark.parametrize("first", [True, False], ids=["before it reads", "while it reads"])
def test_a_classroom_program_that_talks_to_a_stranger_is_judged(first: bool) -> None:
    seat = seated()
    connected = inbound(VEYON, STRANGER)
    seat.sends(2, ProcessStarted(VEYON))
    for second in range(3, 90, 5):
        seat.sends(second, *((connected, reads(VEYON)) if first else (reads(VEYON), connected)))
    kinds = {f.kind for f in seat.view.findings}
    assert {"screen_read", "screen_shared", "outside_policy"} <= kinds
    seat.sends(
        91,
        ConnectionClosed(
            Transport.TCP, connected.local, connected.remote, Direction.INBOUND, of(VEYON)
        ),
    )
    seat.log.tick(200)
    seat.sends(201, reads(VEYON))
    assert "classroom_reads_screen" in shown(seat)


def test_a_classroom_program_may_not_drive_the_seat() -> None:
    seat = seated()
    seat.sends(2, ProcessStarted(VEYON), inbound(VEYON, TEACHER))
    seat.sends(3, keys(InjectionMethod.INJECTION_REQUEST, 6, of(VEYON)))
    assert "injected_input" in seat.log.alerts()


def test_an_allowed_remote_control_program_may_run_but_not_be_used_from_elsewhere() -> None:
    seat = seated("12", TITLE + TODESK_ALLOWED)
    seat.sends(2, ProcessStarted(TODESK))
    assert seat.log.alerts() == {}
    assert shown(seat) == {"program_runs"}
    seat.sends(3, inbound(TODESK, STRANGER, 35600))
    assert "remote_control" in seat.log.alerts()


def test_a_signer_told_late_takes_back_what_the_name_had_led_to() -> None:
    seat = seated("12", TITLE + TODESK_ALLOWED)
    seat.sends(2, ProcessStarted(replace(TODESK, signer="")))
    assert not seat.log.alerts()["remote_control"].over
    seat.sends(3, ProcessStarted(TODESK))
    assert seat.log.alerts()["remote_control"].over
    assert shown(seat) == {"program_runs"}
    seat.sends(4, ProcessStarted(replace(TODESK, signer="")))  # told again, unasked
    assert seat.log.alerts()["remote_control"].over


@pytest.mark.parametrize("before", ["", NETWORK, TITLE + CLASSROOM], ids=["none", "old", "other"])
def test_a_changed_policy_permits_from_then_on_and_keeps_the_alerts(before: str) -> None:
    seat = seated("12", before)
    seat.sends(2, ProcessStarted(TODESK))
    (alert,) = seat.log.assessment.alerts()
    seat.log.changes(3, TITLE + TODESK_ALLOWED)
    seat.sends(4, ProcessStarted(TODESK, baseline=True))
    (over,) = seat.log.assessment.alerts()
    assert (over.alert_id, over.over) == (alert.alert_id, True)
    assert shown(seat) == {"program_runs"}
    seat.log.changes(5, TITLE)
    seat.sends(6, ProcessStarted(TODESK, baseline=True))
    assert not seat.log.alerts()["remote_control"].over


def test_a_roster_that_moves_a_candidate_moves_the_accommodation() -> None:
    seat = seated("14", TITLE + KEYBOARD.replace('seats = ["12", "102/14"]', 'candidates = ["c7"]'))
    todesk_like = replace(OSK)
    seat.sends(2, ProcessStarted(todesk_like))
    seat.sends(3, over_exam(OSK))
    assert shown(seat) == set()
    seat.log.add(4, RosterChanged((RosterEntry("101", "14", None, "c7"),), "chief"))
    seat.sends(5, over_exam(OSK), keys(InjectionMethod.HOOK_FLAG))
    assert shown(seat) == {"accommodation_window", "accommodation_input"}
    seat.log.add(6, RosterChanged((), "chief"))
    seat.sends(7, keys(InjectionMethod.HOOK_FLAG))
    assert "injected_input" in seat.log.alerts()


def test_the_reason_names_line_and_owner_in_both_languages() -> None:
    seat = seated("12", TITLE + CLASSROOM)
    seat.sends(2, ProcessStarted(VEYON))
    (finding,) = seat.view.findings
    assert finding.reason_en == (
        "Program veyon-server.exe is running; allowed by the policy, line 5 "
        "(the room's own classroom control, of: School IT); adds no risk"
    )
    assert "第 5 行允许" in finding.reason_zh


def test_nothing_is_permitted_outside_of_the_exam_session() -> None:
    seat = seated()
    seat.log.closes(5)
    seat.sends(6, ProcessStarted(OSK), keys(InjectionMethod.HOOK_FLAG))
    assert "injected_input" in seat.log.alerts()
