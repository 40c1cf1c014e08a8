"""A window over the exam's: by whom it is, what is said of it, and when it is over."""

import pytest

from jiankao_collector.detectors.base import AlertKind
from jiankao_collector.detectors.overlay_window import QUIET_US
from jiankao_proto.observations import ProcessRef, WindowFinding, WindowFindingKind
from jiankao_proto.records import Severity
from tests.support.judged import ref, watched_seat


def overlay(process: ProcessRef, width: int = 500, height: int = 300) -> WindowFinding:
    return WindowFinding(WindowFindingKind.OVERLAY, process, b"", width, height)


ANYBODY_ZH = (
    "程序 {} 有一个窗口（500×300 像素）一直浮在考试窗口之上，可能在显示答案：请到座位查看屏幕；"
    "放大镜、锁屏、桌面组件也会这样"
)
ANYBODY_EN = (
    "Program {} keeps a window (500×300 pixels) over the exam's; it may show answers: "
    "go and look at the screen. Magnifiers, lock screens and parts of the desktop do this too"
)
TOOL_ZH = (
    "x11vnc（VNC 服务器）（x11vnc）的窗口（500×300 像素）一直浮在考试窗口之上：很可能正在远程控制"
)
TOOL_EN = (
    "x11vnc (VNC server) (x11vnc) keeps a window (500×300 pixels) over the exam's: "
    "a remote session is probably going on"
)


@pytest.mark.parametrize(
    ("process", "points", "alerts", "zh", "en"),
    [
        (ref("helper"), 20, 0, ANYBODY_ZH.format("helper"), ANYBODY_EN.format("helper")),
        (ProcessRef(), 20, 0, ANYBODY_ZH.format("?"), ANYBODY_EN.format("?")),
        (ref("x11vnc"), 35, 1, TOOL_ZH, TOOL_EN),
    ],
    ids=["anybody's", "nobody's", "a known tool's"],
)
def test_whose_it_is_decides(
    process: ProcessRef, points: int, alerts: int, zh: str, en: str
) -> None:
    seat = watched_seat()
    said = seat.sends(5, overlay(process))
    (finding,) = seat.view.findings
    assert finding.points == points
    assert (finding.reason_zh, finding.reason_en) == (zh, en)
    assert [(a.kind, a.severity) for a in said] == [
        (AlertKind.REMOTE_CONTROL, Severity.CRITICAL)
    ] * alerts


def test_classroom_control_is_told_as_such() -> None:
    seat = watched_seat()
    assert seat.sends(5, overlay(ref("veyon-server"))) == []
    (finding,) = seat.view.findings
    assert finding.points == 5
    assert "课堂控制软件" in finding.reason_zh
    assert "the room's own" in finding.reason_en


def test_it_is_over_when_the_agent_tells_of_it_no_more() -> None:
    seat = watched_seat()
    seat.sends(5, overlay(ref("x11vnc")))
    for second in (35, 65, 95, 109):
        seat.sends(second, *([overlay(ref("x11vnc"), 600, 300)] if second == 35 else []))
    alert = seat.log.alerts()[AlertKind.REMOTE_CONTROL]
    assert not alert.over
    (finding,) = alert.findings
    assert finding.count == 2
    seat.sends(35 + QUIET_US / 1_000_000)
    assert seat.log.alerts()[AlertKind.REMOTE_CONTROL].over


def test_other_findings_about_windows_are_not_its_affair() -> None:
    seat = watched_seat()
    seat.sends(5, WindowFinding(WindowFindingKind.AFFINITY_LOST, ref("helper")))
    assert "overlay_window" not in {f.detector for f in seat.view.findings}


def test_a_flood_of_names_stays_bounded() -> None:
    seat = watched_seat()
    seat.sends(5, *(overlay(ref(f"p{n}")) for n in range(500)))
    assert len(seat.view.findings) <= 64
