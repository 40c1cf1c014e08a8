"""What comes under a workstation's key does not come from that one machine, or not from now.

A key says who signed. Whoever copied it signs as well, on another machine or over a recording of a quiet day; what
gives him away is what he cannot sign for: which streams are open, how long a machine runs, where a connection comes
from.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jiankao_collector.detectors.base import (
    AlertKind,
    Family,
    Finding,
    ScopeSeen,
    Seen,
    Sign,
    SignSeen,
)
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import shown
from jiankao_proto.records import Severity

NAME = "other_origin"
_LOOK_ZH = "请到座位核对是不是这台电脑在考试，并查看谁能接触它的密钥"
_LOOK_EN = "go and see whether this very computer is in use, and who could get at its key"


@dataclass(frozen=True, slots=True)
class _Word:
    """What is said of a sign; `{before}` and `{now}` are its two sides."""

    zh: str
    en: str
    weight: Weight
    severity: Severity = Severity.CRITICAL


_WORDS = {
    Sign.SPOOL_BEHIND: _Word(
        "连接上来的采集程序下一批要发第 {now} 号，而收集端已存到第 {before} 号：密钥曾被复制到另一台电脑，"
        "或本机磁盘被还原过；" + _LOOK_ZH,
        "The agent that connects would send batch {now} next, and {before} are stored already: its key was copied to "
        "another computer, or a disk image put back; " + _LOOK_EN,
        Weight.SPOOL_BEHIND,
    ),
    Sign.TWO_COMPUTERS: _Word(
        "两台电脑同时使用这个座位的密钥（原来的连接来自 {before}，取代它的来自 {now}）；"
        + _LOOK_ZH,
        "Two computers use this seat's key at the same time (the stream came from {before}; the one that took over "
        "comes from {now}); " + _LOOK_EN,
        Weight.TWO_COMPUTERS,
    ),
    Sign.BOOTS_OVERLAP: _Word(
        "现在以这个座位的密钥发数据的电脑，在原来那台停止发送前 {before} 秒就已开机：这是另一台电脑；"
        + _LOOK_ZH,
        "The computer that now speaks with this seat's key was running {before} s before the former one fell silent: "
        "it is another computer; " + _LOOK_EN,
        Weight.BOOTS_OVERLAP,
    ),
    Sign.OLD_BATCH_AGAIN: _Word(
        "早已收到并存好的数据（第 {before} 号，目前到第 {now} 号）又被发来一次：有人在重放以前的记录；"
        + _LOOK_ZH,
        "A batch stored long ago (number {before}, the latest is {now}) was sent again: somebody replays what was "
        "recorded earlier; " + _LOOK_EN,
        Weight.OLD_BATCH_AGAIN,
    ),
    Sign.CLOCK_CONTRADICTS: _Word(
        "开机计时（任何人都无法改动）与之前的数据矛盾，相差 {now} 秒：数据不是同一台电脑此刻产生的；"
        + _LOOK_ZH,
        "The time since the computer started, which nobody can set, contradicts what it said before by {now} s: this "
        "is not one computer telling what it sees now; " + _LOOK_EN,
        Weight.CLOCK_CONTRADICTS,
    ),
    Sign.TIMES_CONTRADICT: _Word(
        "观测的时间与签发时间相差 {before} 秒，接连几批如此：这些是以前录下的数据，被重新签名；"
        + _LOOK_ZH,
        "Batch after batch holds observations whose time is {before} s from when it was sealed: they were recorded "
        "earlier and signed anew; " + _LOOK_EN,
        Weight.TIMES_CONTRADICT,
    ),
    Sign.STARTS_CONTRADICT: _Word(
        "报告为刚启动的程序，启动时间却相差 {before} 秒，接连几个如此：这些是以前录下的数据；"
        + _LOOK_ZH,
        "One program after another is told as just started, though it started {before} s from then: this was recorded "
        "earlier; " + _LOOK_EN,
        Weight.STARTS_CONTRADICT,
        Severity.WARNING,
    ),
    Sign.HAND_AGAIN: _Word(
        "鼠标移动与以前记录的分毫不差，接连几次如此：在重放以前录下的数据，或有装置在自动移动鼠标；"
        + _LOOK_ZH,
        "The mouse moves just as it did before, to the last digit, several times in a row: what was recorded earlier "
        "is replayed, or a device moves the mouse by itself; " + _LOOK_EN,
        Weight.HAND_AGAIN,
    ),
    Sign.OWN_STREAM_UNSEEN: _Word(
        "采集程序报告的网络连接中没有它自己正在使用的这一条（端口 {before}）：数据可能是录下的，"
        "或来自另一台电脑；采集程序太忙也会这样；" + _LOOK_ZH,
        "The connections told of do not hold the one they are told over (port {before}): they may be recorded, or "
        "another computer's; an agent that is too busy does this too; " + _LOOK_EN,
        Weight.OWN_STREAM_UNSEEN,
        Severity.WARNING,
    ),
}
_OTHER_ADDRESS = {
    True: _Word(
        "考试中数据改从另一个地址发来（原来 {before}，现在 {now}）：可能经手机网络，或来自另一台电脑；"
        + _LOOK_ZH,
        "During the exam session the data began to come from another address ({before} before, {now} now): through a "
        "phone, or from another computer; " + _LOOK_EN,
        Weight.OTHER_ADDRESS_ELSEWHERE,
        Severity.WARNING,
    ),
    False: _Word(
        "考试中数据改从同一网络的另一个地址发来（原来 {before}，现在 {now}）。地址重新分配、更换网卡也会这样",
        "During the exam session the data began to come from another address of the same network ({before} before, "
        "{now} now). A new lease or a replaced adapter does this too",
        Weight.OTHER_ADDRESS_NEAR,
        Severity.NOTICE,
    ),
}


class OtherOrigin:
    """Says what the signs about one workstation's origin mean."""

    def __init__(self) -> None:
        self._in_exam = False
        self._open: dict[Sign, Finding] = {}

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at signs."""
        if isinstance(seen, ScopeSeen):
            self._in_exam = seen.opened
        elif isinstance(seen, SignSeen):
            known = self._open.pop(seen.sign, None)
            if seen.ended:
                if known is not None:
                    yield known.over(seen.at_us, seen.record_number)
            elif seen.sign is Sign.OTHER_ADDRESS:
                if self._in_exam:
                    yield _finding(seen, _OTHER_ADDRESS[seen.sure], AlertKind.NETWORK, seen.now)
            else:
                finding = self._open[seen.sign] = _finding(seen, _WORDS[seen.sign], AlertKind.CHAIN)
                yield finding

    def wakes_at(self) -> None:
        """Never: signs come when they are due."""
        return


def _finding(seen: SignSeen, word: _Word, alert: AlertKind, subject: str = "") -> Finding:
    before, now = shown(seen.before), shown(seen.now)
    return Finding(
        detector=NAME,
        kind=seen.sign.value,
        family=Family.TAMPER,
        alert=alert,
        severity=word.severity,
        weight=word.weight,
        alone=seen.sure,
        subject=shown(subject),
        reason_zh=word.zh.format(before=before, now=now),
        reason_en=word.en.format(before=before, now=now),
        at_us=seen.at_us,
        record_number=seen.record_number,
    )
