"""Sixty seats in every state there is, with alerts old and new: a busy room for screenshots and for the browser."""

from jiankao_collector.scoring.seats import SeatState
from jiankao_proto.observations import Health
from jiankao_proto.records import AlertAcknowledged, AlertChanged, Severity
from tests.support.scripted_live import SECOND, ScriptedLive, alert, finding, seat

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章"
GIVEN = ("雨桐", "浩然", "静", "子涵", "建国", "思远", "欣怡", "明", "若曦", "志强")

REMOTE = finding(
    "x11vnc 正在把本机屏幕交给 10.7.3.200 操作（端口 5900）",
    "x11vnc is letting 10.7.3.200 operate this screen (port 5900)",
    points=60,
    count=12,
    records=(1204, 1207, 1211, 1219, 1220, 1226, 1231, 1240),
)
INJECTED = finding(
    "10 秒内有 46 次鼠标、键盘输入不是来自本机的鼠标和键盘",
    "46 mouse and keyboard events in 10 s did not come from this computer's mouse or keyboard",
    points=45,
    count=31,
    records=(1209, 1213, 1218),
    subject="xtest",
)
UNKNOWN = finding(
    "考试规定之外的网络连接：chrome → 203.0.113.24:443",
    "Connection outside the exam policy: chrome → 203.0.113.24:443",
    points=35,
    count=2,
    records=(1188, 1193),
    subject="203.0.113.24:443",
)
SILENT = finding(
    "已 26 秒没有收到这台考试机的数据",
    "Nothing has been heard from this workstation for 26 seconds",
    points=50,
    count=1,
    records=(1230,),
    subject="",
)
LISTENER = finding(
    "远程桌面程序 ToDesk 已安装，未见连接",
    "Remote-control software ToDesk is installed; no connection seen",
    points=20,
    count=1,
    records=(311,),
    subject="todesk",
)


def fill(live: ScriptedLive, now_us: int, *, simulated: bool = False) -> None:
    """Put the room into a live side, as of `now_us`."""
    special = {
        7: (SeatState.ALERT, 92, (REMOTE, INJECTED)),
        18: (SeatState.WARNING, 20, (LISTENER,)),
        23: (SeatState.ALERT, 55, (UNKNOWN,)),
        31: (SeatState.DEGRADED, 10, ()),
        44: (SeatState.SILENT, 50, (SILENT,)),
        58: (SeatState.NEVER_ARRIVED, 0, ()),
        59: (SeatState.READY, 0, ()),
    }
    for i in range(60):
        state, score, findings = special.get(i + 1, (SeatState.WATCHED, 0, ()))
        broken = {"input": Health.UNAVAILABLE} if state is SeatState.DEGRADED else {}
        live.put(
            seat(
                f"{i + 1:02d}",
                state,
                room="三楼 301",
                score=score,
                candidate=SURNAMES[i % len(SURNAMES)] + GIVEN[i % len(GIVEN)],
                hostname=f"KS301-{i + 1:02d}",
                findings=findings,
                simulated=simulated or i >= 50,
                sensors=dict.fromkeys(("processes", "connections", "input", "sessions"), Health.OK)
                | broken,
                last_seen_us=now_us - (26 if state is SeatState.SILENT else 1) * SECOND,
            )
        )
    live.open_exam_session("特种作业操作证理论考试 2026-11 第 3 场", now_us - 47 * 60 * SECOND)
    for each in alerts(now_us):
        live.raise_alert(each)
    live.acknowledge(
        AlertAcknowledged(alerts(now_us)[-1].alert_id, "li.na", "网线松了，已插好"),
        now_us - 300 * SECOND,
    )


def alerts(now_us: int) -> tuple[AlertChanged, ...]:
    """The alerts of that room, the newest first."""
    room = "三楼 301"
    return (
        alert(4, "07", REMOTE, INJECTED, room=room, first_us=now_us - 38 * SECOND, last_us=now_us),
        alert(3, "44", SILENT, room=room, kind="silence", severity=Severity.CRITICAL, score=50,
              first_us=now_us - 26 * SECOND, last_us=now_us),
        alert(2, "23", UNKNOWN, room=room, kind="policy", severity=Severity.WARNING, score=55,
              first_us=now_us - 190 * SECOND, last_us=now_us - 150 * SECOND),
        alert(1, "12", SILENT, room=room, kind="silence", severity=Severity.CRITICAL, score=50,
              first_us=now_us - 460 * SECOND, last_us=now_us - 400 * SECOND, over=True),
    )  # fmt: skip
