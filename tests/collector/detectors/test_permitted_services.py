"""A service is of a permitted program whether the service is told of first, or the process that it runs."""

from dataclasses import replace
from itertools import permutations

import pytest

from jiankao_proto.observations import (
    Change,
    Fact,
    Process,
    ProcessEnded,
    ProcessStarted,
    ServiceChanged,
    ServiceKind,
)
from tests.support.judged import JudgedLog, Seat
from tests.support.policies import EXAM_BROWSER, NETWORK, TITLE

TODESK = Process(
    43,
    1,
    "ToDesk.exe",
    "C:\\Program Files\\ToDesk\\ToDesk.exe",
    signer="Exam Centre",
    original_name="ToDesk.exe",
)
ALLOWED = TITLE + EXAM_BROWSER.replace('name = "ExamBrowser.exe"\n', "")
RUNS = ProcessStarted(TODESK)
ENDS = ProcessEnded(TODESK.pid, TODESK.started_at_us, TODESK.name)
UNSIGNED = ProcessStarted(
    replace(TODESK, pid=44, started_at_us=2, signer="", command_line_masked="x")
)
SERVES = ServiceChanged(
    Change.BASELINE,
    ServiceKind.SYSTEM,
    "ToDesk_Service",
    enabled=True,
    running=True,
    image_path=f'"{TODESK.executable}" --runservice',
)
STARTED = replace(SERVES, change=Change.MODIFIED)
STOPPED = replace(STARTED, running=False)
MOVED = replace(STARTED, image_path="C:\\Users\\a\\ToDesk.exe")


def seated(policy: str = ALLOWED) -> Seat:
    log = JudgedLog()
    there = log.seat("12")
    log.opens(0, policy)
    there.connects(1)
    there.sends(1)
    return there


def of_service(seat: Seat) -> set[str]:
    """Return what stands of services and is not over."""
    watched = seat.log.assessment._watched[seat.workstation]  # noqa: SLF001 - the view does not say what is over
    standing = [s.cited(0) for s in watched.series.alerts.ledger if not s.over]
    return {f.kind for f in standing if f.detector == "service_running"}


def plays(seat: Seat, *facts: Fact, at: int = 2) -> None:
    for number, fact in enumerate(facts):
        seat.sends(at + number, fact)


@pytest.mark.parametrize(
    "facts",
    [
        (RUNS, SERVES),
        (SERVES, RUNS),
        (STARTED, RUNS),
        (RUNS, STARTED, ENDS, STOPPED),
        (STARTED, RUNS, ENDS, STOPPED),
        (RUNS, ENDS, SERVES),
        (MOVED, RUNS, STARTED),
    ],
    ids=[
        "process first",
        "service first",
        "a start first",
        "and it stops",
        "service first, and it stops",
        "the process had ended",
        "another program before",
    ],
)
def test_the_service_of_a_permitted_program_stands_for_nothing(facts: tuple[Fact, ...]) -> None:
    seat = seated()
    plays(seat, *facts)
    assert of_service(seat) == set()
    assert all(alert.over for alert in seat.log.assessment.alerts())


def test_any_order_ends_alike() -> None:
    ends = []
    facts: tuple[Fact, ...] = (RUNS, SERVES, ProcessStarted(replace(TODESK, pid=50)))
    for order in permutations(facts):
        seat = seated()
        plays(seat, *order)
        ends.append((of_service(seat), {f.detector for f in seat.view.findings if not f.centibans}))
    assert ends == [(set(), {"permitted"})] * 6


@pytest.mark.parametrize(
    ("facts", "stands"),
    [
        ((SERVES,), {"service_present"}),
        ((RUNS, MOVED), {"service_started"}),
        ((RUNS, STARTED, UNSIGNED), {"service_present"}),
        ((UNSIGNED, STARTED), {"service_started"}),
        ((RUNS, STARTED, MOVED), {"service_started"}),
    ],
    ids=["no process yet", "another file", "replaced later", "another program", "moved later"],
)
def test_what_only_looks_like_it_is_judged_as_ever(
    facts: tuple[Fact, ...], stands: set[str]
) -> None:
    seat = seated()
    plays(seat, *facts)
    assert of_service(seat) == stands


def test_a_service_that_is_removed_is_over() -> None:
    seat = seated()
    plays(seat, SERVES, RUNS, replace(SERVES, change=Change.REMOVED))
    assert of_service(seat) == set()


@pytest.mark.parametrize("before", ["", NETWORK, TITLE + NETWORK], ids=["none", "old", "other"])
def test_a_changed_policy_permits_the_service_and_takes_that_back(before: str) -> None:
    seat = seated(before)
    plays(seat, SERVES, RUNS)
    assert of_service(seat) == {"service_present"}
    seat.log.changes(10, ALLOWED)
    plays(seat, replace(RUNS, baseline=True), SERVES, at=11)  # as workstations tell again
    assert of_service(seat) == set()
    seat.log.changes(20, ALLOWED.replace('"Exam Centre"\nowner', '"Another"\nowner'))
    seat.sends(21)
    assert of_service(seat) == {"service_present"}


def test_an_interpreter_is_not_the_script_it_runs() -> None:
    onboard = Process(
        41, 1, "onboard", "/usr/bin/python3.11", command_line_masked="python3 /usr/bin/onboard"
    )
    policy = TITLE + (
        '[[program]]\npath = "/usr/bin/python3.11"\nname = "onboard"\nowner = "IT"\nreason = "keys"\n'
    )
    seat = seated(policy)
    other = replace(SERVES, image_path="/usr/bin/python3.11 /opt/todesk/helper.py")
    plays(seat, ProcessStarted(onboard), other)
    assert of_service(seat) == {"service_present"}
