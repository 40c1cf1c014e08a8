"""What a ring's findings say: of a whole room, and at one of its seats. {subject} and {seats} are filled in."""

from jiankao_collector.detectors.base import TraceKind

SHARED = {kind: f"shared_{kind}" for kind in TraceKind}
SAME_ONSET = "same_onset"
SAME_BOOT = "same_boot"
SHARED_PROGRAM = "shared_program"

OF_ROOM: dict[str, tuple[str, str]] = {
    SHARED[TraceKind.FAR_END]: (
        "多个座位受同一远端 {subject} 操作：{seats}",
        "Several seats are driven from the same far end {subject}: {seats}",
    ),
    SHARED[TraceKind.RELAY]: (
        "多个座位经同一中转 {subject} 被远程使用：{seats}",
        "Several seats are used from elsewhere through the same relay {subject}: {seats}",
    ),
    SAME_ONSET: (
        "多个座位几乎同时开始被远程操作：{seats}；教师机统一广播也会这样",
        (
            "Several seats began to be driven at the same moment: {seats}; a teacher's broadcast to "
            "the whole room looks like this too"
        ),
    ),
    SAME_BOOT: (
        "两个座位报告的是同一次开机：{seats}；可能是同一台机器冒充两个座位，由同一快照恢复的虚拟机也会这样",
        (
            "Two seats name the same system start: {seats}; perhaps one machine stands for both; "
            "virtual machines resumed from one snapshot look like this too"
        ),
    ),
    SHARED_PROGRAM: (
        "互有关联的座位运行同一个未知程序，考场其他座位没有：{seats}",
        "Seats that belong together run the same unknown program, which the room does not have: {seats}",
    ),
}
OF_SEAT: dict[str, tuple[str, str]] = {
    SHARED[TraceKind.FAR_END]: (
        "与座位 {seats} 受同一远端 {subject} 操作",
        "Driven from the same far end {subject} as seat {seats}",
    ),
    SHARED[TraceKind.RELAY]: (
        "与座位 {seats} 经同一中转 {subject} 被远程使用",
        "Used from elsewhere through the same relay {subject} as seat {seats}",
    ),
    SAME_ONSET: (
        "与座位 {seats} 几乎同时开始被远程操作",
        "Began to be driven at the same moment as seat {seats}",
    ),
    SAME_BOOT: (
        "与座位 {seats} 报告的是同一次开机：可能是同一台机器冒充两个座位；由同一快照恢复的虚拟机也会这样",
        (
            "Names the same system start as seat {seats}: perhaps one machine stands for two seats; "
            "virtual machines resumed from one snapshot look like this too"
        ),
    ),
    SHARED_PROGRAM: (
        "运行着来历不明的程序 {subject}，同一文件还在座位 {seats} 运行，多数座位没有；自带的小工具也会这样",
        (
            "An unknown program, {subject}, runs here and is the same file at seat {seats}, but not at most seats; "
            "a small tool that candidates brought along looks like this too"
        ),
    ),
}
