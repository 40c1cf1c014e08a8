"""What the auditor's commands say, in Chinese and in English."""

import locale
from collections.abc import Mapping
from enum import StrEnum

from jiankao_collector.audit.findings import Fault
from jiankao_proto.records import Severity


class Language(StrEnum):
    """The languages people read here."""

    ZH = "zh"
    EN = "en"


Text = Mapping[Language, str]


def text(zh: str, en: str) -> Text:
    """Return a sentence in both languages."""
    return {Language.ZH: zh, Language.EN: en}


def preferred_language(environment: Mapping[str, str]) -> Language:
    """Return the language the user's locale asks for; English when it asks for neither."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name, ""):
            return Language.ZH if value.lower().startswith("zh") else Language.EN
    name = locale.getlocale()[0] or ""
    return Language.ZH if name.lower().startswith(("zh", "chinese")) else Language.EN


FAULTS: Mapping[Fault, Text] = {
    Fault.UNREADABLE: text(
        "从这里起，数据库文件已损坏，读不出来",
        "from here on the database file is damaged and gives no records",
    ),
    Fault.MISSING: text("这一号记录缺失", "there is no record of this number"),
    Fault.MISPLACED: text(
        "内容属于另一号记录（被调换或改号）",
        "its content belongs to another record: swapped or renumbered",
    ),
    Fault.DIGEST: text("内容与保存的摘要不符", "its content does not match its stored digest"),
    Fault.CONTENT: text("内容不是一条记录", "its content is not a record"),
    Fault.PREVIOUS: text(
        "与前一条记录接不上", "it does not follow the record before it: one of the two was altered"
    ),
    Fault.COLUMNS: text("表中的列与内容不一致", "a column of the table contradicts its content"),
    Fault.TIME: text("记录时间早于前一条", "it is dated before the record before it"),
    Fault.OPENING: text("日志的开头不对", "the log does not open as it must"),
    Fault.ENROLMENT: text(
        "注册记录与考试机自己签名的声明不符",
        "the enrolment does not match the workstation's own signed statement",
    ),
    Fault.ENVELOPE: text("签名信封不成立", "the signed envelope does not hold"),
    Fault.CHAIN: text(
        "不是该考试机哈希链的下一环", "the envelope is not the next link of its workstation's chain"
    ),
    Fault.POLICY: text(
        "考试策略的签名不成立，或签名的是另一份策略",
        "a policy's signature does not hold, or another text was signed",
    ),
    Fault.NOTED_HEAD: text(
        "与先前抄下的链头不同：此日志被改写过，或不是同一份",
        "it differs from the head noted down earlier: the log was rewritten, or is another one",
    ),
}

TAIL_NOTE = text(
    "注意：如果末尾的记录被整段删去，只有拿这个链头与先前抄下的链头比对才能发现"
    "（--noted 记录号：摘要）。请把链头抄到别处保存。",
    "Note: records cut off at the end can only be noticed by comparing this head"
    " with one noted down earlier (--noted RECORD:DIGEST). Keep a copy of the head elsewhere.",
)

SEVERITIES: Mapping[Severity, Text] = {
    Severity.UNSPECIFIED: text("未知", "unknown"),
    Severity.NOTICE: text("提示", "notice"),
    Severity.WARNING: text("警告", "warning"),
    Severity.CRITICAL: text("严重", "critical"),
}

KINDS: Mapping[str, Text] = {
    "remote_control": text("远程控制", "remote control"),
    "injected_input": text("注入输入", "injected input"),
    "policy": text("违反策略", "policy"),
    "silence": text("失联", "silence"),
    "sensor": text("采集器异常", "sensor"),
    "chain": text("哈希链异常", "chain"),
    "device": text("设备与显示器变化", "devices and displays"),
    "network": text("新的网络接口", "network"),
    "integrity": text("采集程序或考试机被改动", "tampering"),
    "hands": text("作答与手不符", "hands against answers"),
    "ring": text("多座位关联", "ring across seats"),
    "rulings": text("认定有疑问", "rulings in question"),
    "allowed": text("策略允许", "allowed by the policy"),
}
