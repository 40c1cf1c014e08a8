"""How each kind of program is called in a finding, how much it weighs, and which innocent reason goes with it."""

from dataclasses import dataclass
from typing import Final

from jiankao_collector.knowledge.tool import ALONE, Match, MatchedBy, ToolKind
from jiankao_collector.knowledge.weight_names import Weight

_MAYBE_OWN: Final = ("；可能是机房自己的教学软件", "; it may be the room's own")
_NOT_SHARING: Final = ("；仅运行不等于共享屏幕", "; running it is not yet sharing the screen")
_MANAGED: Final = ("；可能是学校自己的管理软件", "; it may be the school's own")
_HELPS: Final = (
    "；帮助有需要的考生，不计分",
    "; it helps a candidate who needs it and counts nothing",
)
_HONEST_DISPLAY: Final = ("；仅安装不等于在用", "; having it is not yet using it")


@dataclass(frozen=True, slots=True)
class KindWords:
    """What a kind is called, and the innocent reason that ends a finding's sentence (may be empty)."""

    zh: str
    en: str
    innocent_zh: str = ""
    innocent_en: str = ""


WORDS: Final = {
    ToolKind.REMOTE_CONTROL: KindWords("远程控制软件", "Remote-control software"),
    ToolKind.REMOTE_MANAGEMENT: KindWords("远程管理软件", "Remote-management software", *_MANAGED),
    ToolKind.SCREEN_SHARE: KindWords(
        "可共享屏幕的软件", "Software that can share the screen", *_NOT_SHARING
    ),
    ToolKind.MEETING: KindWords("会议软件", "Meeting software", *_NOT_SHARING),
    ToolKind.TUNNEL: KindWords("内网穿透软件", "Tunnelling software"),
    ToolKind.VIRTUAL_DESKTOP: KindWords("虚拟桌面软件", "Virtual-desktop software"),
    ToolKind.VIRTUAL_INPUT: KindWords(
        "模拟或共享键盘鼠标的软件", "Software that shares or imitates keyboard and mouse"
    ),
    ToolKind.VIRTUAL_DISPLAY: KindWords(
        "虚拟显示器软件", "Virtual-display software", *_HONEST_DISPLAY
    ),
    ToolKind.REMOTE_CLIENT: KindWords(
        "连接其他电脑的软件", "Software that connects to other computers"
    ),
    ToolKind.FILE_TRANSFER: KindWords("文件传输或网盘软件", "File-transfer software"),
    ToolKind.CLASSROOM_CONTROL: KindWords(
        "课堂控制软件", "Classroom-control software", *_MAYBE_OWN
    ),
    ToolKind.ASSISTIVE: KindWords("辅助功能软件", "Assistive technology", *_HELPS),
}
_LIGHT: Final = frozenset({ToolKind.FILE_TRANSFER})
_UNSURE: Final = frozenset({MatchedBy.SIGNER, MatchedBy.FOLDER})


def alone(match: Match) -> bool:
    """Tell whether starting it is enough for an alert: its kind, and a fact that names the program itself.

    A signer or a folder tells whose a program is, not what it does.
    """
    return match.tool.kind in ALONE and match.fact not in _UNSURE


def weight(match: Match, *, baseline: bool) -> Weight:
    """Return which weight a running program has; less when it ran before watching began."""
    if match.tool.kind is ToolKind.ASSISTIVE:
        return Weight.TOOL_PRESENT_ASSISTIVE if baseline else Weight.TOOL_STARTED_ASSISTIVE
    if alone(match):
        return Weight.TOOL_PRESENT_DRIVING if baseline else Weight.TOOL_STARTED_DRIVING
    if match.tool.kind in _LIGHT:
        return Weight.TOOL_PRESENT_LIGHT if baseline else Weight.TOOL_STARTED_LIGHT
    return Weight.TOOL_PRESENT_OTHER if baseline else Weight.TOOL_STARTED_OTHER


def graded(match: Match, driving: Weight, other: Weight, assistive: Weight) -> Weight:
    """Return the weight that goes with the kind of tool: one that drives, an aid, or any other."""
    if match.tool.kind is ToolKind.ASSISTIVE:
        return assistive
    return driving if match.tool.kind in ALONE else other
