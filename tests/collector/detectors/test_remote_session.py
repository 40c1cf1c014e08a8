"""Remote logons: an alert each, whoever it is and since whenever."""

import pytest

from jiankao_proto.observations import SessionEnded, SessionKind, SessionStarted
from jiankao_proto.records import Severity
from tests.support.judged import watched_seat


@pytest.mark.parametrize(
    ("started", "zh", "en"),
    [
        (
            SessionStarted("7", SessionKind.RDP, "Administrator", "10.1.0.66"),
            "检测到 RDP 远程桌面会话，用户 Administrator，来自 10.1.0.66",
            "RDP remote desktop session is active, user Administrator, from 10.1.0.66",
        ),
        (
            SessionStarted("c3", SessionKind.SSH, "root", "10.1.0.2", "pts/0", baseline=True),
            "检测到 SSH 远程登录，用户 root，来自 10.1.0.2（监测开始前已建立）",
            "SSH remote logon is active, user root, from 10.1.0.2 (since before watching began)",
        ),
        (
            SessionStarted("2", SessionKind.SHADOW),
            "检测到对考试桌面的影子会话",
            "Session shadowing the exam desktop is active",
        ),
        (
            SessionStarted("9", SessionKind.UNSPECIFIED, "x", "10.1.0.3"),
            "检测到远程会话，用户 x，来自 10.1.0.3",
            "Remote session is active, user x, from 10.1.0.3",
        ),
    ],
)
def test_a_remote_logon_is_an_alert(started: SessionStarted, zh: str, en: str) -> None:
    seat = watched_seat()
    seat.sends(2, started)
    assert seat.log.reasons() == [(zh, en)]
    assert seat.log.alerts()["remote_control"].severity is Severity.CRITICAL
    assert seat.view.state.value == "alert"


@pytest.mark.parametrize(
    "started",
    [
        SessionStarted("1", SessionKind.LOCAL, "student", "", ":0"),
        SessionStarted("1", SessionKind.UNSPECIFIED, "student"),
    ],
)
def test_a_local_logon_is_nothing(started: SessionStarted) -> None:
    seat = watched_seat()
    seat.sends(2, started)
    assert seat.view.findings == ()


def test_the_alert_is_over_with_the_last_session_of_its_kind_and_stays() -> None:
    seat = watched_seat()
    for session in ("1", "2"):
        seat.sends(2, SessionStarted(session, SessionKind.VNC, "", "10.1.0.66"))
    assert seat.sends(3, SessionEnded("1", SessionKind.VNC, "", "10.1.0.66")) == []
    (alert,) = seat.sends(4, SessionEnded("2", SessionKind.VNC, "", "10.1.0.66"))
    assert (alert.over, alert.findings[0].count) == (True, 2)
    assert seat.view.state.value == "alert"
    assert seat.view.alert_ids == (alert.alert_id,)
