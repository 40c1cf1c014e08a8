"""Injected input: three events within ten seconds by the workstation's own clock."""

import pytest

from jiankao_proto.observations import InjectedInput, InjectionMethod, ProcessRef
from jiankao_proto.records import Severity
from tests.support.judged import watched_seat

XTEST = InjectionMethod.XTEST_DEVICE


def test_three_events_in_ten_seconds_are_an_alert() -> None:
    seat = watched_seat()
    seat.sends(2, InjectedInput(XTEST, "Virtual core XTEST pointer", motion_events=2))
    assert seat.log.said == []
    seat.sends(9, InjectedInput(XTEST, "Virtual core XTEST keyboard", key_events=1))
    ((zh, en),) = seat.log.reasons()
    assert zh == (
        "键盘鼠标输入由程序注入，不是考生的手：10 秒内 3 次（最近：按键 1），方式：X11 的 XTEST 虚拟设备"
        "；屏幕键盘、读屏软件也会这样"
    )
    assert en == (
        "Mouse or keyboard input is injected by a program, not made by hand: 3 events in 10 s "
        "(latest: key events 1), through the XTEST virtual device of X11; "
        "on-screen keyboards and screen readers do this too"
    )
    alert = seat.log.alerts()["injected_input"]
    assert (alert.severity, alert.findings[0].record_numbers) == (Severity.CRITICAL, (7,))


@pytest.mark.parametrize(
    "method",
    [
        XTEST,
        InjectionMethod.HOOK_FLAG,
        InjectionMethod.LOWER_INTEGRITY,
        InjectionMethod.INJECTION_REQUEST,
    ],
)
def test_every_method_that_shows_a_program_counts_and_names_it(method: InjectionMethod) -> None:
    seat = watched_seat()
    seat.sends(2, InjectedInput(method, button_events=3, process=ProcessRef(5, "clicker.exe")))
    ((zh, en),) = seat.log.reasons()
    assert "程序为 clicker.exe" in zh
    assert "sent by clicker.exe" in en


def test_few_events_far_apart_are_nothing() -> None:
    seat = watched_seat()
    for second in range(2, 120, 6):
        seat.sends(second, InjectedInput(XTEST, motion_events=1))
    assert seat.log.said == []


def test_what_was_spooled_is_counted_by_when_it_happened() -> None:
    """A network that was down must not squeeze rare events of four minutes into one second."""
    seat = watched_seat()
    for made in range(2, 240, 20):
        seat.sends(240, InjectedInput(XTEST, motion_events=1), sealed=made)
    assert "injected_input" not in seat.log.alerts()


def test_a_warped_pointer_alone_is_never_an_alert() -> None:
    seat = watched_seat()
    for second in range(2, 300, 3):
        seat.sends(second, InjectedInput(InjectionMethod.POINTER_WARP, motion_events=9))
    assert seat.log.said == []
    assert [(f.kind, f.points) for f in seat.view.findings] == [("pointer_warp", 5)]


def test_it_is_over_after_half_a_minute_without() -> None:
    seat = watched_seat()
    seat.sends(2, InjectedInput(XTEST, motion_events=30))
    seat.lives(5, 30)
    assert not seat.log.alerts()["injected_input"].over
    seat.sends(32)
    assert seat.log.alerts()["injected_input"].over


def test_an_hour_of_it_is_one_alert_of_few_revisions() -> None:
    seat = watched_seat()
    for second in range(2, 3602):
        seat.sends(second, InjectedInput(XTEST, motion_events=40, key_events=2))
    alert = seat.log.alerts()["injected_input"]
    assert 20 < alert.revision < 100
    assert alert.findings[0].count > 3200
    assert len(alert.findings[0].record_numbers) == 64
    assert alert.findings[0].record_numbers[:2] == (6, 7)
    assert len(seat.log.said) == alert.revision
