"""How it is said that the policy permits what a program does."""

from typing import Final

from jiankao_collector.knowledge.permission import Effect, Permit, Sort
from jiankao_collector.knowledge.wording import shown

_LONGEST: Final = 120

_DOES: Final = {
    Effect.RUNS: ("已运行", "is running"),
    Effect.WINDOW: (
        "有窗口浮在考试窗口之上或不让截屏",
        "has a window over the exam's, or one hidden from capture",
    ),
    Effect.READS_SCREEN: ("在读取整个屏幕", "reads the whole screen"),
    Effect.INPUT: ("发送了键盘鼠标输入", "sent keyboard or mouse input"),
    Effect.LISTENS: ("在等待连接", "accepts connections"),
    Effect.CONNECTED: ("与允许的主机通信", "talks to a host it may talk to"),
}
_BY: Final = {
    Sort.PROGRAM: ("允许的程序", "allowed program"),
    Sort.CLASSROOM: ("机房自己的课堂控制软件，归属", "the room's own classroom control, of"),
    Sort.ACCOMMODATION: ("考生的照顾措施", "an accommodation"),
}


def permitted(permit: Permit, effect: Effect, program: str) -> tuple[str, str]:
    """Return the sentence in Chinese and in English."""
    name, said = shown(program), shown(permit.said, _LONGEST)
    does_zh, does_en = _DOES[effect]
    by_zh, by_en = _BY[permit.sort]
    return (
        f"程序 {name} {does_zh}：本场次策略第 {permit.line} 行允许（{by_zh}：{said}），不计入风险",
        f"Program {name} {does_en}; allowed by the policy, line {permit.line} ({by_en}: {said}); adds no risk",
    )
