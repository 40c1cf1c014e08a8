"""Odd windows: what alerts, what only adds, and the innocent reasons that say so."""

import pytest

from jiankao_collector.detectors.base import AlertKind
from jiankao_proto.observations import ProcessEnded, WindowFinding, WindowFindingKind
from jiankao_proto.records import Severity
from tests.support.judged import BEGAN_US, JudgedLog, Seat, ref, watched_seat

OVERLAY, EXCLUDED, LOST, SWITCH = (
    WindowFindingKind.OVERLAY,
    WindowFindingKind.CAPTURE_EXCLUDED,
    WindowFindingKind.AFFINITY_LOST,
    WindowFindingKind.DESKTOP_SWITCH,
)


def of(kind: WindowFindingKind, name: str = "helper", pid: int = 77) -> WindowFinding:
    return WindowFinding(kind, ref(name, pid), b"t" * 16, 800, 600)


def to(desktop: str) -> WindowFinding:
    return WindowFinding(SWITCH, desktop=desktop)


def ours(seat: Seat) -> list[tuple[str, int]]:
    """Return kind and points of this detector's findings; an overlay alone is another detector's."""
    return [(f.kind, f.points) for f in seat.view.findings if f.detector == "odd_windows"]


@pytest.mark.parametrize(
    ("fact", "kind", "points"),
    [
        (of(EXCLUDED), "hidden_from_capture", 4),
        (of(LOST), "capture_protection_lost", 15),
        (to("Winlogon"), "secure_desktop", 3),
        (to(""), "secure_desktop", 3),
        (to("Screen-saver"), "secure_desktop", 3),
        (to("SafeExamDesktop"), "other_desktop", 20),
    ],
)
def test_alone_each_of_them_only_adds(fact: WindowFinding, kind: str, points: int) -> None:
    seat = watched_seat()
    assert seat.sends(5, fact) == []
    assert ours(seat) == [(kind, points)]
    seat.lives(10, 300)
    assert seat.log.alerts() == {}


@pytest.mark.parametrize(
    ("fact", "zh", "en"),
    [
        (
            of(EXCLUDED, "1Password.exe"),
            "程序 1Password.exe 使其窗口不被截屏；考试软件、密码管理器、录屏软件也会这样",
            (
                "Program 1Password.exe hides a window from capture; "
                "exam programs, password managers and recorders do this too"
            ),
        ),
        (
            of(LOST, "exam.exe"),
            "程序 exam.exe 的窗口失去了截屏保护，内容可以被截取；若是考试软件，请查看座位；程序自己也可能取消保护",
            (
                "A window of program exam.exe lost its protection against capture; "
                "if it is the exam program, look at the seat; programs may also lift it themselves"
            ),
        ),
        (
            to("SafeExam\u202eDesktop"),
            "考生屏幕切换到了另一个桌面（SafeExam\ufffdDesktop）；部分考试软件会使用自己的桌面",
            (
                "The candidate's screen shows another desktop (SafeExam\ufffdDesktop); "
                "some exam programs bring one of their own"
            ),
        ),
    ],
)
def test_the_sentence_names_the_innocent_reason(fact: WindowFinding, zh: str, en: str) -> None:
    seat = watched_seat()
    seat.sends(5, fact)
    (finding,) = seat.view.findings
    assert (finding.reason_zh, finding.reason_en) == (zh, en)


@pytest.mark.parametrize("order", [(OVERLAY, EXCLUDED), (EXCLUDED, OVERLAY)])
def test_a_pane_that_hides_from_capture_is_an_alert(order: tuple[WindowFindingKind, ...]) -> None:
    seat = watched_seat()
    for second, kind in enumerate(order, 5):
        seat.sends(second, of(kind))
    alert = seat.log.alerts()[AlertKind.INTEGRITY]
    assert alert.severity is Severity.WARNING
    assert "hidden_pane" in {f.kind for f in alert.findings}
    assert "hidden_pane" in dict(ours(seat))
    assert not alert.over


def test_it_is_over_with_its_program() -> None:
    seat = watched_seat()
    seat.sends(5, of(OVERLAY), of(EXCLUDED))
    seat.sends(6, ProcessEnded(78, BEGAN_US - 1, "another"))
    assert not seat.log.alerts()[AlertKind.INTEGRITY].over
    seat.sends(7, ProcessEnded(77, BEGAN_US - 1, "helper"))
    assert seat.log.alerts()[AlertKind.INTEGRITY].over


def test_two_programs_with_one_of_both_each_are_none() -> None:
    seat = watched_seat()
    seat.sends(5, of(OVERLAY, "drawer", 77), of(EXCLUDED, "keeper", 78))
    assert "hidden_pane" not in dict(ours(seat))


def test_a_program_that_cannot_be_told_is_joined_to_nothing() -> None:
    seat = watched_seat()
    seat.sends(5, WindowFinding(OVERLAY), WindowFinding(EXCLUDED))
    assert "hidden_pane" not in dict(ours(seat))


def test_before_the_exam_nothing_alerts() -> None:
    log = JudgedLog()
    seat = log.seat()
    seat.connects(1)
    seat.sends(2, of(OVERLAY), of(LOST), to("other"))
    seat.sends(3, of(LOST))
    assert log.alerts() == {}


def test_the_lock_screen_is_over_when_the_desktop_is_back() -> None:
    seat = watched_seat()
    seat.sends(5, to("Winlogon"))
    assert ours(seat) == [("secure_desktop", 3)]
    seat.sends(8, to("Default"))
    seat.lives(10, 300)
    assert seat.log.alerts() == {}


def test_programs_without_end_are_bounded() -> None:
    seat = watched_seat()
    for pid in range(1, 300):
        seat.sends(5, of(OVERLAY, f"p{pid}", pid), of(EXCLUDED, f"p{pid}", pid))
    assert len(seat.view.findings) < 80
