"""Injected input: three events within ten seconds by the workstation's own clock."""

import pytest

from jiankao_proto.observations import InjectedInput, InjectionMethod, ProcessRef
from jiankao_proto.records import FindingCited, Severity
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
    assert "由程序 clicker.exe 注入" in zh
    assert "by program clicker.exe" in en


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
    assert [(f.kind, f.points) for f in seat.view.findings] == [("pointer_warp", 3)]


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


def test_one_event_seen_in_two_ways_counts_once_and_names_the_program() -> None:
    seat = watched_seat()
    request = InjectedInput(
        InjectionMethod.INJECTION_REQUEST, requests=2, process=ProcessRef(5, "x11vnc")
    )
    device = InjectedInput(XTEST, "Virtual core XTEST pointer", motion_events=2)
    seat.sends(2, device, request)
    assert seat.log.said == [], "two events, each seen twice, are not four"
    seat.sends(3, request, device)
    ((zh, en),) = seat.log.reasons()
    assert "10 秒内 4 次" in zh
    assert "由程序 x11vnc 注入" in zh
    assert "4 events in 10 s" in en
    assert "by program x11vnc" in en


def test_injection_that_only_its_requests_show_is_an_alert() -> None:
    """Posing as a real device, it never arrives through an XTEST device."""
    seat = watched_seat()
    seat.sends(
        2,
        InjectedInput(
            InjectionMethod.INJECTION_REQUEST, requests=9, process=ProcessRef(5, "mouse-helper")
        ),
    )
    assert seat.log.alerts()["injected_input"].severity is Severity.CRITICAL


def test_a_program_named_long_ago_is_not_blamed_for_what_comes_now() -> None:
    seat = watched_seat()
    seat.sends(
        2,
        InjectedInput(
            InjectionMethod.INJECTION_REQUEST, requests=1, process=ProcessRef(5, "launcher")
        ),
    )
    seat.lives(7, 37)
    seat.sends(40, InjectedInput(XTEST, key_events=5))
    ((zh, _),) = seat.log.reasons()
    assert "launcher" not in zh


def test_several_programs_are_one_finding_and_all_named_in_order() -> None:
    seat = watched_seat()
    for name in ("delta", "alpha", "charlie", "bravo"):
        seat.sends(
            2,
            InjectedInput(
                InjectionMethod.INJECTION_REQUEST, requests=3, process=ProcessRef(5, name)
            ),
        )
    seat.lives(10, 30)
    findings: list[FindingCited] = list(seat.view.findings)
    (finding,) = findings
    assert "由程序 alpha、bravo、charlie 等 4 个 注入" in finding.reason_zh
    assert "by program alpha, bravo, charlie and 1 more" in finding.reason_en


def test_sent_events_only_add_and_few_are_nothing() -> None:
    """Window managers and input methods send events all day long."""
    seat = watched_seat()
    few = InjectedInput(InjectionMethod.SENT_EVENT, requests=20, process=ProcessRef(5, "fcitx5"))
    for second in range(2, 100, 6):
        seat.sends(second, *([few] if second % 12 == 2 else []))
    assert not seat.view.findings
    many = InjectedInput(InjectionMethod.SENT_EVENT, requests=60, process=ProcessRef(5, "fcitx5"))
    for second in range(100, 400, 2):
        seat.sends(second, many)
    assert seat.log.said == []
    assert [(f.kind, f.points) for f in seat.view.findings] == [("sent_events", 4)]
    assert "输入法" in seat.view.findings[0].reason_zh


def test_input_without_a_device_only_adds_and_little_of_it_is_nothing() -> None:
    """Some touchpads name no device."""
    seat = watched_seat()
    few = InjectedInput(InjectionMethod.WITHOUT_DEVICE, motion_events=10)
    for second in range(2, 100, 6):
        seat.sends(second, *([few] if second % 12 == 2 else []))
    assert not seat.view.findings
    for second in range(100, 400, 2):
        seat.sends(second, InjectedInput(InjectionMethod.WITHOUT_DEVICE, motion_events=60))
    assert seat.log.said == []
    assert [(f.kind, f.points) for f in seat.view.findings] == [("input_without_device", 10)]
