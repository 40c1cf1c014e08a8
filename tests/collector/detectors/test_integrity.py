"""The agent itself: what is an alert, what only adds, and what an honest room gives."""

import pytest

from jiankao_proto.observations import EnvironmentSeen, ProcessRef
from jiankao_proto.records import Severity
from tests.support.judged import Seat, watched_seat

OURS, OTHER = b"o" * 32, b"x" * 32


@pytest.fixture
def seat() -> Seat:
    seat = watched_seat()
    seat.binaries_digest = OURS
    seat.sends(2, EnvironmentSeen(baseline=True, binaries_digest=OURS))
    assert seat.view.findings == ()
    return seat


def test_a_debugger_is_an_alert_and_over_when_it_leaves(seat: Seat) -> None:
    seat.sends(3, EnvironmentSeen(debugger=ProcessRef(4711, "gdb"), binaries_digest=OURS))
    alert = seat.log.alerts()["integrity"]
    assert (alert.severity, alert.over) == (Severity.CRITICAL, False)
    assert seat.log.reasons() == [
        (
            "有程序（gdb，进程 4711）附加到了采集程序上，可以改变它看到和上报的内容",
            (
                "A program (gdb, process 4711) has taken hold of the agent as a debugger does, and can change what "
                "it sees and reports"
            ),
        )
    ]
    seat.sends(4, EnvironmentSeen(binaries_digest=OURS))
    assert seat.log.alerts()["integrity"].over


def test_a_debugger_that_the_system_does_not_name(seat: Seat) -> None:
    seat.sends(3, EnvironmentSeen(debugger=ProcessRef(0, "debugger"), binaries_digest=OURS))
    ((zh, en),) = seat.log.reasons()
    assert zh == "有程序（系统未说明是哪个程序）附加到了采集程序上，可以改变它看到和上报的内容"
    assert en.startswith("A program (the system does not say which) has taken hold of the agent")


def test_changed_files_are_an_alert_until_the_agent_runs_them(seat: Seat) -> None:
    seat.sends(3, EnvironmentSeen(binaries_digest=OTHER))
    (finding,) = seat.log.alerts()["integrity"].findings
    assert finding.kind == "binaries_changed"
    assert "restart the agent" in finding.reason_en
    seat.sends(4, EnvironmentSeen(binaries_digest=OURS))
    assert seat.log.alerts()["integrity"].over


def test_other_files_under_the_same_version_after_a_restart(seat: Seat) -> None:
    seat.binaries_digest = b""  # just started, still measuring
    seat.sends(3)
    seat.binaries_digest = OTHER
    seat.sends(4)
    (finding,) = seat.log.alerts()["integrity"].findings
    assert (finding.kind, finding.count) == ("binaries_differ", 1)
    seat.sends(5)
    assert seat.log.alerts()["integrity"].findings[0].count == 1


def test_an_update_is_no_finding(seat: Seat) -> None:
    seat.binaries_digest, seat.agent_version = OTHER, "0.2.0"
    seat.sends(3)
    assert seat.view.findings == ()


def test_a_room_of_virtual_desktops_has_no_alert() -> None:
    seat = watched_seat()
    seat.sends(2, EnvironmentSeen(baseline=True, virtual_machine="QEMU", container="docker"))
    seat.lives(5, 400)
    assert seat.log.alerts() == {}
    (finding,) = seat.view.findings
    assert finding.reason_en == (
        "The workstation runs in a virtual machine or container (QEMU, docker); normal in a room with virtual desktops"
    )
    assert seat.view.state.value == "watched"
