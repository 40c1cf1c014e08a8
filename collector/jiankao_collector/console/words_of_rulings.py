"""The texts of rulings: key to (Chinese, English)."""

WORDS_OF_RULINGS: dict[str, tuple[str, str]] = {
    "ruling.title": ("认定告警", "Rule on an alert"),
    "ruling.link": ("认定…", "Rule…"),
    "ruling.means": (
        "认定是您查过之后的结论。两个人的认定一致才生效。告警不会因此被删除或隐藏。写入证据日志后不能撤回，只能再认定一次。",
        (
            "A ruling is what you conclude after looking into it. It takes effect when two people rule alike. The "
            "alert is neither deleted nor hidden. Once in the evidence log it cannot be taken back, only made anew."
        ),
    ),
    "ruling.on": ("您看到的是第 {revision} 版", "You see revision {revision}"),
    "ruling.choose": ("您的认定", "Your ruling"),
    "ruling.unspecified": ("未知", "Unknown"),
    "ruling.confirmed": ("属实", "Confirmed"),
    "ruling.unfounded": ("不属实", "Unfounded"),
    "ruling.undetermined": ("无法认定", "Undetermined"),
    "ruling_means.confirmed": (
        "确有其事：告警所说的情况发生过。",
        "It happened: what the alert says was so.",
    ),
    "ruling_means.unfounded": (
        "查清了另有原因，请在理由中写明。",
        "Another cause was found; name it in the reason.",
    ),
    "ruling_means.undetermined": ("查过了，仍不能断定。", "Looked into, and it cannot be told."),
    "ruling.reason": (
        "理由（必填，写入证据日志）",
        "Reason (required, kept in the evidence log)",
    ),
    "ruling.example": (
        "例如：到座位查看，交换机断电，网线已重新插好",
        "For example: went to the seat; the switch had lost power, cable back in",
    ),
    "ruling.submit": ("写入认定", "Record the ruling"),
    "ruling.cancel": ("不认定，返回", "Back without ruling"),
    "ruling.history": ("谁认定了什么", "Who ruled what"),
    "ruling.nobody": ("还没有人认定过这条告警。", "Nobody has ruled on this alert yet."),
    "ruling.said": (
        "{user} 于 {time}（第 {revision} 版）",
        "{user} at {time}, on revision {revision}",
    ),
    "ruling.label": ("认定", "Ruling"),
    "ruling.yours": (
        "您已认定过，再认定一次将取代它。",
        "You have ruled already; ruling again replaces it.",
    ),
    # ---- how an alert stands: on its page, and in a word or two on the list ----
    "ruling_state.not_counted": ("已作的认定不算数。", "What was ruled does not count."),
    "ruling_state.proposed": (
        "{ruling}：只有一人认定，尚未生效，还要另一人认定。",
        "{ruling}: by one person only and not in force; a second person has to rule.",
    ),
    "ruling_state.in_force": (
        "{ruling}：两人认定一致，已生效。",
        "{ruling}: two people ruled alike; it is in force.",
    ),
    "ruling_state.disputed": (
        "意见不一：两人认定不同，没有生效。",
        "Disputed: two people ruled differently; nothing is in force.",
    ),
    "ruling_state.reopened": (
        "认定之后又有新的疑点，原认定不再有效，请重新认定。",
        "Ruled before something new came: the ruling stands no more. Please rule anew.",
    ),
    "ruling_badge.not_counted": ("认定不算数", "ruling does not count"),
    "ruling_badge.proposed": ("{ruling}·仅一人", "{ruling} · one person"),
    "ruling_badge.in_force": ("认定：{ruling}", "Ruled: {ruling}"),
    "ruling_badge.disputed": ("认定不一致", "Ruling disputed"),
    "ruling_badge.reopened": ("须重新认定", "Rule again"),
    "bearing.changed": ("此人后来另作认定", "changed by the same person later"),
    "bearing.outdated": ("此后又有新的疑点", "something new came after it"),
    "bearing.own": (
        "不算数：告警说的正是此人的认定",
        "does not count: the alert is about this person's rulings",
    ),
    "bearing.unknown": ("本版本不认识这种认定", "a ruling this version does not know"),
    # ---- refusals ----
    "error.ruling_choice": (
        "没有写入：请先选择属实、不属实或无法认定。",
        "Not recorded: choose confirmed, unfounded or undetermined first.",
    ),
    "error.ruling_reason": (
        "没有写入：请写明理由，{least} 到 {most} 个字。",
        "Not recorded: give a reason of {least} to {most} characters.",
    ),
    "error.ruling_outdated": (
        "没有写入：您写的时候告警有了新的疑点。请看过上面的内容，再认定一次。",
        "Not recorded: something new was found while you wrote. Read the alert above, then rule again.",
    ),
    "error.ruling_role": (
        "审计员只能查看，不能认定告警。",
        "An auditor looks and does not rule on alerts.",
    ),
    "error.about_you": (
        "这条告警说的是您自己的认定，须由另一人处理；您的确认和认定不算数。",
        "This alert is about your own rulings: another person has to deal with it; what you say on it does not count.",
    ),
}
