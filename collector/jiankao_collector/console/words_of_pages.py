"""The texts of the pages: key to (Chinese, English)."""

WORDS_OF_PAGES: dict[str, tuple[str, str]] = {
    # ---- every page ----
    "product": ("监考", "jiankao"),
    "language.switch": ("English", "中文"),
    "language.label": ("Switch to English", "切换到中文"),
    "nav.room": ("考场总览", "Room"),
    "nav.back": ("返回考场总览", "Back to the room"),
    "nav.log_out": ("退出登录", "Log out"),
    "role.proctor": ("监考员", "Proctor"),
    "role.chief": ("主考", "Chief proctor"),
    "role.auditor": ("审计员", "Auditor"),
    "rules.complaint": (
        "本考场的 Sigma 规则有误，未按文件夹中的内容生效，请通知技术人员：{why}",
        "The room's Sigma rules are faulty and not in force as written; tell the technicians: {why}",
    ),
    "note.script": (
        "此页面未能自动更新，每 10 秒重新载入一次。请启用浏览器的 JavaScript。",
        "This page cannot update itself and reloads every 10 seconds. Please enable JavaScript.",
    ),
    # ---- is what I see live? ----
    "live.waiting": ("正在连接…", "Connecting…"),
    "live.on": ("实时", "Live"),
    "live.off": ("已中断", "Not live"),
    "lost.title": ("连接中断：画面不是实时的", "Connection lost: this is not live"),
    "lost.since": (
        "画面停在 {time}（{since}前）。正在自动重连；其间请到考场内巡视。",
        (
            "The screen stands still since {time} ({since} ago). Reconnecting by itself; meanwhile "
            "walk the room."
        ),
    ),
    "lost.replaced": (
        "您的账号打开了太多窗口，本窗口已停止更新。关闭其他窗口后，请重新载入本页。",
        (
            "Your account has too many windows open; this one no longer updates. Close others, then "
            "reload this page."
        ),
    ),
    "lost.failed": (
        "收集端内部出错，画面不再更新。请立即通知技术人员重启收集端。",
        "The collector has an internal fault and no longer updates. Have it restarted now.",
    ),
    # ---- after a restart ----
    "judging.label": ("重新评判的进度", "How far judging again has come"),
    "judging.again": ("正在重新评判已记录的内容：{n} %", "Judging again what was recorded: {n} %"),
    "judging.left": ("，约剩 {left}", ", about {left} left"),
    "judging.meanwhile": (
        "新的观测照常记录，评判到时即告警。标“?”的座位为最后记录的情况。",
        (
            "New observations are being recorded and alert once judging reaches them. Seats marked ? are "
            "shown as recorded last."
        ),
    ),
    # ---- log-in ----
    "login.title": ("登录监考台", "Log in to the console"),
    "login.name": ("用户名", "User name"),
    "login.password": ("密码", "Password"),
    "login.submit": ("登录", "Log in"),
    "login.recorded": (
        "登录、退出、每次确认和认定都会写入证据日志。",
        "Log-ins, log-outs, every acknowledgement and ruling are written to the evidence log.",
    ),
    "login.wrong": ("用户名或密码不对，请重新输入。", "Wrong user name or password. Try again."),
    "login.wait": (
        "失败次数过多，请等待 {n} 秒后再试。",
        "Too many failed attempts. Wait {n} second{s}, then try again.",
    ),
    "login.expired": ("登录已过期，请重新登录。", "Your log-in has expired. Please log in again."),
    # ---- the exam session and the summary ----
    "exam_session.label": ("场次", "Exam session"),
    "exam_session.policy_refused": (
        "新策略被拒绝，原策略仍有效：{why}",
        "A policy was refused, the former one stays in force: {why}",
    ),
    "exam_session.none": ("当前没有进行中的场次", "No exam session open"),
    "exam_session.since": ("{time} 开始", "since {time}"),
    "summary.label": ("各状态的座位数", "Seats by state"),
    "summary.seats": ("共 {n} 个座位", "{n} seat{s}"),
    # ---- states, severities, kinds ----
    "state.never_arrived": ("未到", "Not here"),
    "state.ready": ("就绪", "Ready"),
    "state.watched": ("监看中", "Watched"),
    "state.degraded": ("看不全", "Degraded"),
    "state.warning": ("留意", "Warning"),
    "state.alert": ("告警", "Alert"),
    "state.silent": ("失联", "Silent"),
    "state_means.never_arrived": (
        "已登记，但还没有收到这台考试机的任何数据。",
        "Registered, but nothing has been heard from this workstation yet.",
    ),
    "state_means.ready": (
        "已连接。本考场没有进行中的场次。",
        "Connected. No exam session is open for this room.",
    ),
    "state_means.watched": (
        "场次进行中，采集器全部正常，未发现疑点。",
        "Exam session open, every sensor works, nothing found.",
    ),
    "state_means.degraded": (
        "有采集器看不到东西：没有告警不等于没有问题。",
        "A sensor cannot see: no alert does not mean that all is well.",
    ),
    "state_means.warning": (
        "有疑点，尚不足以告警。经过时多看一眼。",
        "There are findings, not enough for an alert. Look twice when you pass.",
    ),
    "state_means.alert": ("请到座位旁查看。", "Go to the seat and look."),
    "state_means.silent": (
        "收不到这台考试机的数据。请到座位旁查看网线与主机。",
        "Nothing arrives from this workstation. Go and look at its cable and computer.",
    ),
    "severity.1": ("提示", "Notice"),
    "severity.2": ("警告", "Warning"),
    "severity.3": ("严重", "Critical"),
    "severity.0": ("未定", "Unrated"),
    "kind.remote_control": ("远程控制", "Remote control"),
    "kind.injected_input": ("非本机输入", "Injected input"),
    "kind.policy": ("违反网络规定", "Network policy"),
    "kind.silence": ("失联", "Silence"),
    "kind.sensor": ("采集器异常", "Sensor fault"),
    "kind.chain": ("证据链异常", "Evidence chain"),
    "kind.device": ("设备与显示器变化", "Devices and displays"),
    "kind.network": ("新的网络接口", "New network interface"),
    "kind.integrity": ("采集程序或考试机被改动", "Tampering"),
    "kind.hands": ("作答与手不符", "Answers without a hand"),
    "kind.allowed": ("策略允许", "Allowed by the policy"),
    "kind.rulings": ("认定有疑问", "Rulings in question"),
    "kind.ring": ("多座位关联", "Ring across seats"),
    "alert.whole_room": ("全考场", "whole room"),
    # ---- the seat map ----
    "map.title": ("座位图", "Seat map"),
    "map.empty": (
        "还没有座位。请先签发注册凭证，再在考试机上运行代理的注册命令。",
        "No seats yet. Issue enrolment tickets, then enrol the agents on the workstations.",
    ),
    "map.row": ("第 {row} 排", "Row {row}"),
    "map.room": ("考场 {room}", "Room {room}"),
    "seat.label": ("座位 {seat}", "Seat {seat}"),
    "seat.simulated": ("模拟", "SIMULATED"),
    "seat.simulated_short": ("模拟", "SIM"),
    "seat.simulated_means": (
        "模拟座位：不是真实考生。",
        "A simulated seat: no real candidate sits here.",
    ),
    "seat.unjudged": ("未评判", "not yet judged"),
    "seat.unjudged_means": (
        "收集端重新启动后尚未重新评判：显示的是最后记录的情况。",
        "Not yet judged since the collector was started again: this is what was recorded last.",
    ),
    "seat.badge": ("{n} 条未确认的告警", "{n} unacknowledged alert{s}"),
    "seat.score": ("风险分 {n}", "Risk score {n}"),
    "seat.score_label": ("风险分", "Risk score"),
    "seat.no_candidate": ("无考生", "No candidate"),
    # ---- alerts ----
    "alerts.title": ("告警", "Alerts"),
    "alerts.count": ("{n} 条未确认", "{n} unacknowledged"),
    "alerts.none": ("没有未确认的告警。", "No unacknowledged alerts."),
    "alerts.seen": ("已确认（{n}）", "Acknowledged ({n})"),
    "alerts.more": (
        "另有 {n} 条未在此列出，请从座位图进入座位查看。",
        "{n} more not listed here: open the seats on the map.",
    ),
    "alerts.announce": ("新告警", "New alert"),
    "alert.going_on": ("持续中", "Going on"),
    "alert.over": ("已结束", "Over"),
    "alert.lowered": ("风险分已回落", "Score has faded"),
    "alert.sum": (
        "起点 −{prior}，各项共 +{added}：风险分 {n}",
        "From −{prior}, findings add +{added}: score {n}",
    ),
    "alert.records": ("依据 {n} 条记录", "rests on {n} record{s}"),
    "alert.more_findings": ("另有 {n} 个疑点", "{n} more finding{s}"),
    "alert.score": ("风险分 {n}", "score {n}"),
    "alert.unfold": ("展开依据", "Show the evidence"),
    "alert.period": ("{first} 至 {last}", "{first} to {last}"),
    "alert.worse": ("确认后又有新的疑点", "something new was found since"),
    "alert.grown": ("确认后仍在增长", "has grown since"),
    "alert.seen_by": ("{user} 已于 {time} 确认", "acknowledged by {user} at {time}"),
    "alert.id": ("告警编号 {id}", "Alert {id}"),
    "alert.no_reason": ("（没有说明）", "(no explanation given)"),
    # ---- acknowledging ----
    "ack.button": ("确认…", "Acknowledge…"),
    "ack.title": ("确认告警", "Acknowledge alert"),
    "ack.means": (
        "确认表示您已看到并在处理。这不是对考生的认定。",
        "You have seen it and are dealing with it. This is not a ruling on the candidate.",
    ),
    "ack.note": ("备注（可不填，写入证据日志）", "Note (optional, kept in the evidence log)"),
    "ack.example": ("例如：已到座位查看", "For example: went to the seat and looked"),
    "ack.submit": ("确认", "Acknowledge"),
    "ack.cancel": ("取消", "Cancel"),
    "ack.failed": (
        "没有记录成功，请再试一次。",
        "It could not be recorded. Please try again.",
    ),
    # ---- the seat page ----
    "seat.score_title": ("风险分从何而来", "How the risk score adds up"),
    "seat.score_note": (
        "各项相加后换算为 0 到 100 分（+10：在被遥控的座位上常见十倍）；同类有上限，结束的渐减。权重是判断，并非实测。",
        (
            "The lines add up and are shown as 0 to 100 (+10: ten times as often seen at driven seats). A family is "
            "capped; what is over fades. The weights are judgements, not measured."
        ),
    ),
    "seat.no_findings": ("没有疑点。", "No findings."),
    "seat.points": ("本项 +{n}", "adds +{n}"),
    "seat.times": ("{n} 次", "{n}×"),
    "seat.arrived": ("断网期间发生，{at} 送达", "while cut off; arrived at {at}"),
    "seat.sensors": ("采集器", "Sensors"),
    "seat.no_sensors": ("尚未收到采集器状态。", "No sensor has reported yet."),
    "seat.alerts": ("本座位的告警", "Alerts of this seat"),
    "seat.no_alerts": ("没有告警。", "No alerts."),
    "seat.timeline": ("经过", "What happened"),
    "seat.timeline_note": (
        "最新的在前，只列出最近的记录；完整内容在证据日志中。",
        "Newest first; only the latest records are listed. The evidence log has them all.",
    ),
    "seat.no_timeline": ("还没有记录。", "No records yet."),
    "seat.timeline_failed": ("暂时读不到证据日志。", "The evidence log cannot be read just now."),
    "seat.policy": ("策略", "Policy"),
    "seat.policy_version": ("第 {n} 版", "version {n}"),
    "seat.policy_signed": ("签名密钥 {key}", "signed by key {key}"),
    "seat.policy_unsigned": ("未签名", "unsigned"),
    "seat.no_policy": ("没有，或无法读取", "none, or not readable"),
    "seat.accommodation": ("照顾措施", "Accommodation"),
    "aid.on_screen_keyboard": ("屏幕键盘", "on-screen keyboard"),
    "aid.screen_reader": ("读屏软件", "screen reader"),
    "aid.magnifier": ("放大软件", "magnifier"),
    "aid.switch_input": ("开关输入", "switch input"),
    "aid.eye_control": ("眼控", "eye control"),
    "aid.voice_input": ("语音输入", "voice input"),
    "aid.captions": ("字幕", "captions"),
    "seat.candidate": ("考生", "Candidate"),
    "seat.workstation": ("考试机", "Workstation"),
    "seat.hostname": ("主机名", "Host name"),
    "seat.last_seen": ("最近一次收到数据", "Last heard of"),
    "seat.connected": ("已连接", "Connected"),
    "seat.not_connected": ("未连接", "Not connected"),
    "seat.never": ("从未", "never"),
    "record.one": ("记录 {first}", "record {first}"),
    "record.many": ("记录 {numbers}", "records {numbers}"),
    "record.span": ("记录 {first}–{last}", "records {first}–{last}"),
    # ---- sound ----
    "sound.off": ("声音：关", "Sound: off"),
    "sound.on": ("声音：开", "Sound: on"),
    "sound.blocked": ("声音：点一下页面以启用", "Sound: click the page to enable"),
    # ---- about ----
    "about.title": ("说明", "Help"),
    "about.states": ("座位状态", "What the states mean"),
    "about.human": ("由人认定", "People decide"),
    "about.human_text": (
        "告警是请您去看一眼的理由，不是作弊的结论。是否违规由人认定。",
        (
            "An alert is a reason to go and look, not proof of cheating. Whether a rule was broken is for people "
            "to say."
        ),
    ),
    "about.blind": ("它看不到什么", "What it cannot see"),
    "about.blind_text": (
        (
            "HDMI 分配器、对着屏幕的摄像头不会在软件里留下痕迹，本系统看不到。硬件 KVM 只表现为设备、"
            "显示器的变化，以及鼠标操作手法的变化。它不能代替巡考。"
        ),
        (
            "An HDMI splitter or a camera pointed at the screen leaves no trace in software: this "
            "system cannot see them. A hardware KVM shows only as a change of devices, of displays "
            "and of the hand on the mouse. It does not replace walking the room."
        ),
    ),
    "about.privacy": ("隐私", "Privacy"),
    "about.privacy_text": (
        "不采集按键内容、文字、剪贴板、屏幕截图和窗口标题。输入只记录时间与移动特征。",
        (
            "No keys, typed text, clipboard, screenshots or window titles are collected. Of input, "
            "only timing and motion."
        ),
    ),
    # ---- errors ----
    "error.title": ("无法完成", "That did not work"),
    "error.not_found": ("没有这个页面。", "There is no such page."),
    "error.no_seat": ("没有这个座位：{seat}", "There is no such seat: {seat}"),
    "error.no_alert": ("没有这条告警：{id}", "There is no such alert: {id}"),
    "error.too_large": ("内容太长，未被接收。", "That was too long and was not accepted."),
    "error.note_too_long": (
        "备注最多 {n} 个字，请缩短后再试。",
        "A note has at most {n} characters. Please shorten it.",
    ),
    "error.malformed": ("请求内容无法读懂。", "The request could not be read."),
    "error.forged": (
        "此请求不是从您打开的页面发出的，已拒绝。请重新载入页面再试。",
        "This request did not come from a page you opened and was refused. Reload and try again.",
    ),
    "error.role": (
        "审计员只能查看，不能确认告警。",
        "An auditor looks and does not acknowledge alerts.",
    ),
    "error.not_recorded": (
        "证据日志无法写入，操作没有执行。请检查收集端的磁盘空间。",
        "The evidence log cannot be written, so nothing was done. Check the collector's disk.",
    ),
    "error.method": ("不支持这种请求方式。", "That kind of request is not supported here."),
    "error.internal": (
        "收集端内部出错，请查看其日志。",
        "Internal fault; see the collector's log.",
    ),
    # ---- durations ----
    "since.seconds": ("{n} 秒", "{n} s"),
    "since.minutes": ("{n} 分钟", "{n} min"),
    "since.hours": ("{h} 小时 {n} 分", "{h} h {n} min"),
}
