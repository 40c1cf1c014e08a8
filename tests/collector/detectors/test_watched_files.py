"""Changed files: which of them are an alert, which add, which are nothing."""

import pytest

from jiankao_proto.observations import Change, ProcessStarted, WatchedFileChanged
from jiankao_proto.records import Severity
from tests.support.judged import JudgedLog, process, watched_seat

STICK = "/run/media/u/KEY/todesk"


def test_a_changed_exam_application_is_an_alert_in_an_exam_session() -> None:
    seat = watched_seat()
    seat.sends(2, WatchedFileChanged(Change.MODIFIED, "/opt/exam/exam", "exam-application", b"d"))
    assert seat.log.alerts()["integrity"].severity is Severity.WARNING
    assert seat.log.reasons() == [
        (
            "考试软件的程序文件被改动：/opt/exam/exam；软件升级也会这样",
            "A program file of the exam application was changed: /opt/exam/exam; an update of it does this too",
        )
    ]


def test_before_the_exam_it_only_adds() -> None:
    log = JudgedLog()
    seat = log.seat()
    seat.connects(1)
    seat.sends(2, WatchedFileChanged(Change.MODIFIED, "/opt/exam/exam", "exam-application"))
    seat.lives(5, 300)
    assert log.alerts() == {}
    assert [f.kind for f in seat.view.findings] == ["exam_application_changed"]


@pytest.mark.parametrize(
    ("change", "path", "group", "kind"),
    [
        (Change.ADDED, "/etc/xdg/autostart/x.desktop", "autostart", "autostart_changed"),
        (Change.MODIFIED, "/etc/crontab", "autostart", "autostart_changed"),
        (Change.MODIFIED, "/var/lib/jiankao-agent/ca.pem", "agent", "agent_settings_changed"),
        (Change.REMOVED, "/var/lib/jiankao-agent/watch.toml", "agent", "agent_settings_changed"),
        (
            Change.MODIFIED,
            "/var/lib/jiankao-agent/policy-keys.json",
            "agent",
            "agent_settings_changed",
        ),
        (
            Change.REMOVED,
            "/var/lib/jiankao-agent/policy-keys.json",
            "agent",
            "agent_settings_changed",
        ),
    ],
)
def test_what_only_adds(change: Change, path: str, group: str, kind: str) -> None:
    seat = watched_seat()
    seat.sends(2, WatchedFileChanged(change, path, group))
    seat.lives(5, 300)
    assert seat.log.alerts() == {}
    (finding,) = seat.view.findings
    assert finding.kind == kind
    assert path in finding.reason_zh
    assert path in finding.reason_en


@pytest.mark.parametrize(
    ("change", "path", "group"),
    [
        (Change.BASELINE, "/etc/crontab", "autostart"),
        (Change.REMOVED, "/etc/xdg/autostart/x.desktop", "autostart"),
        (Change.MODIFIED, "/opt/jiankao/jiankao_agent/clock.py", "agent"),
        (Change.BASELINE, "/var/lib/jiankao-agent/ca.pem", "agent"),
        (
            Change.ADDED,
            "/var/lib/jiankao-agent/policy-keys.json",
            "agent",
        ),  # the agent says so itself
        (Change.UNSPECIFIED, "/opt/exam/exam", "exam-application"),
        (Change.ADDED, "/x", "a group of a later version"),
    ],
)
def test_what_is_nothing(change: Change, path: str, group: str) -> None:
    seat = watched_seat()
    seat.sends(2, WatchedFileChanged(change, path, group))
    assert seat.view.findings == ()


def test_a_program_on_a_stick_is_an_alert_and_is_over_with_the_stick() -> None:
    seat = watched_seat()
    seat.sends(2, WatchedFileChanged(Change.ADDED, STICK, "removable"))
    seat.lives(5, 200)
    assert not seat.log.alerts()["integrity"].over
    seat.sends(201, WatchedFileChanged(Change.REMOVED, STICK, "removable"))
    assert seat.log.alerts()["integrity"].over


def test_a_stick_that_was_there_before_never_becomes_one() -> None:
    seat = watched_seat()
    seat.sends(2, WatchedFileChanged(Change.BASELINE, STICK, "removable"))
    seat.lives(5, 300)
    assert seat.log.alerts() == {}
    assert [f.kind for f in seat.view.findings] == ["medium_present"]


def test_a_program_of_a_medium_that_runs_in_the_exam_session_is_an_alert_at_once() -> None:
    seat = watched_seat()
    path = r"E:\client32.exe"
    seat.sends(2, WatchedFileChanged(Change.ADDED, path, "removable", bytes(32)))
    seat.sends(3, ProcessStarted(process("other.exe", 8, executable=r"C:\other.exe")))
    told = {f.kind for f in seat.log.alerts()["integrity"].findings}
    assert told == {"program_on_medium"}
    seat.sends(4, ProcessStarted(process("client32.exe", 9, executable=path)))
    reasons = {f.reason_zh for f in seat.log.alerts()["integrity"].findings}
    assert f"移动存储设备上的程序被运行：{path}" in reasons
