"""A chain that does not hold: another key, a fork, a wound-back machine, a hole, a wrong clock."""

from collections.abc import Iterator

from jiankao_collector.detectors.base import (
    AlertKind,
    BatchSeen,
    Family,
    Finding,
    RefusalSeen,
    Seen,
    StandingSeen,
    StreamSeen,
    TimeSeen,
)
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import shown
from jiankao_proto.batch import BatchHeader
from jiankao_proto.ids import BootId
from jiankao_proto.observations import ClockChanged, ObservationsDropped
from jiankao_proto.records import RefusalReason, Severity

NAME = "chain_broken"
QUIET_US = 60_000_000
"""Refusals that only add, and an older identity's word, are over when none came for so long."""
WRONG_CLOCK_US = 300_000_000
CLOCK_JUMP_US = 5_000_000
"""Smaller steps are what time synchronisation does."""
CLOCK_SET_US = 300_000_000
"""A jump as large as this, by a clock that had settled, is somebody's doing."""
SETTLED_US = 60_000_000
"""So long after the agent's first word of a start of the system, its clock has been synchronised."""
PACE_US = 5_000_000
OLD_STREAM_US = 10_000_000
"""How long the agent of an older enrolment may take to leave."""

_ALONE = {
    RefusalReason.SIGNATURE: (
        "数据签名不符：内容被改动，或使用了别的密钥",
        "A batch's signature does not hold: it was altered, or signed with another key",
    ),
    RefusalReason.CHAIN_BROKEN: (
        "数据链断裂：这批数据与之前收到的对不上，中间有缺失或被替换",
        "The chain is broken: a batch does not follow the one before; something is missing or was replaced",
    ),
    RefusalReason.FORK: (
        "数据链分叉：同一序号出现两份不同数据，密钥可能被复制到另一台电脑，或重放了旧数据",
        (
            "The chain forked: two different batches with one number; the key may have been copied to another "
            "computer, or old data replayed"
        ),
    ),
    RefusalReason.WRONG_WORKSTATION: (
        "这台考试机发来了以另一台考试机名义签发的数据",
        "This workstation sent data in the name of another one",
    ),
}
_ADDS = {
    RefusalReason.DUPLICATE: (
        "收到重复的数据批，多为网络重连",
        "A batch came twice, as after a reconnection",
    ),
    RefusalReason.OUT_OF_ORDER: (
        "数据批的顺序不对，多为网络重连",
        "A batch came out of order, as after a reconnection",
    ),
    RefusalReason.TOO_MANY: (
        "考试机反复断开重连，暂时不再接入：多为网线或网络接触不良，也可能有两台电脑共用一个密钥",
        (
            "The workstation came back too often and is held off for a while: a loose cable, a bad network, or two "
            "computers with one key"
        ),
    ),
    RefusalReason.TOO_LARGE: ("收到过大的数据批", "A batch was too large"),
    RefusalReason.MALFORMED_ENVELOPE: ("收到无法解读的数据", "Data came that cannot be read"),
    RefusalReason.MALFORMED_BATCH: ("收到无法解读的数据批", "A batch came that cannot be read"),
    RefusalReason.CERTIFICATE: (
        "考试机的证书不被接受",
        "The workstation's certificate was not accepted",
    ),
}
_MILD = {RefusalReason.DUPLICATE, RefusalReason.OUT_OF_ORDER}
_WEIGHTS = {
    RefusalReason.SIGNATURE: Weight.REFUSED_SIGNATURE,
    RefusalReason.CHAIN_BROKEN: Weight.REFUSED_CHAIN_BROKEN,
    RefusalReason.FORK: Weight.REFUSED_FORK,
    RefusalReason.WRONG_WORKSTATION: Weight.REFUSED_WRONG_WORKSTATION,
    RefusalReason.DUPLICATE: Weight.REFUSED_DUPLICATE,
    RefusalReason.OUT_OF_ORDER: Weight.REFUSED_OUT_OF_ORDER,
    RefusalReason.TOO_MANY: Weight.REFUSED_TOO_MANY,
    RefusalReason.TOO_LARGE: Weight.REFUSED_TOO_LARGE,
    RefusalReason.MALFORMED_ENVELOPE: Weight.REFUSED_MALFORMED_ENVELOPE,
    RefusalReason.MALFORMED_BATCH: Weight.REFUSED_MALFORMED_BATCH,
    RefusalReason.CERTIFICATE: Weight.REFUSED_CERTIFICATE,
}
_US_PER_MINUTE = 60_000_000


class ChainBroken:
    """Follows refusals, boots and clocks of one workstation."""

    def __init__(self) -> None:
        self._boots: dict[BootId, None] = {}
        self._boot: BootId | None = None
        self._boot_us = 0
        self._pace: tuple[int, int] | None = None
        self._live = False
        self._skewed: Finding | None = None
        self._refused: dict[str, Finding] = {}
        self._superseded_us: int | None = None

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at what was refused, and at the header and the clock facts of what was admitted."""
        if isinstance(seen, BatchSeen):
            yield from self._batch(seen)
        elif isinstance(seen, RefusalSeen):
            yield from self._refusal(seen)
        elif isinstance(seen, TimeSeen):
            for kind, finding in sorted(self._refused.items()):
                if seen.at_us >= finding.at_us + QUIET_US:
                    del self._refused[kind]
                    yield finding.over(seen.at_us, seen.record_number)
        elif isinstance(seen, StandingSeen):
            self._boots = dict.fromkeys(seen.boots)
            self._boot = seen.boots[-1] if seen.boots else None
            if seen.superseded and self._superseded_us is None:
                self._superseded_us = seen.at_us
        elif isinstance(seen, StreamSeen) and seen.up:
            yield from self._old_agent(seen)

    def wakes_at(self) -> int | None:
        """Return when the refusals seen last are over unless more come."""
        return min((f.at_us + QUIET_US for f in self._refused.values()), default=None)

    def _batch(self, seen: BatchSeen) -> Iterator[Finding]:
        header = seen.batch.header
        yield from self._old_agent(seen)
        if header.boot_id != self._boot:
            yield from self._booted(seen, header.boot_id)
        yield from self._clock(seen, header)
        for observation in seen.batch.observations:
            fact = observation.fact
            if isinstance(fact, ClockChanged) and abs(fact.jump_us) >= CLOCK_JUMP_US:
                settled = observation.monotonic_us - self._boot_us >= SETTLED_US
                yield _jumped(seen, fact, alone=settled and abs(fact.jump_us) >= CLOCK_SET_US)
            elif isinstance(fact, ObservationsDropped):
                yield _dropped(seen, fact)

    def _booted(self, seen: BatchSeen, boot: BootId) -> Iterator[Finding]:
        self._pace, self._live = None, False
        if boot in self._boots:
            yield _finding(
                seen,
                "boot_returned",
                Severity.CRITICAL,
                Weight.BOOT_RETURNED,
                "考试机回到了更早的一次开机状态：可能恢复了快照、重放了旧数据，或密钥在两台电脑上使用",
                "The workstation went back to an earlier start of its system: a snapshot was restored, old data "
                "replayed, or its key is used on two computers",
            )
        self._boots[boot] = None
        self._boot = boot
        self._boot_us = seen.batch.header.monotonic_us

    def _clock(self, seen: BatchSeen, header: BatchHeader) -> Iterator[Finding]:
        """Compare the workstation's clock with ours.

        What was spooled while the network was down is old by right: a clock that is behind counts only while batches
        come at the pace at which they were sealed.
        """
        if self._pace is None:
            self._pace = (seen.at_us, header.monotonic_us)
        waited = seen.at_us - self._pace[0]
        if waited >= PACE_US:
            passed = header.monotonic_us - self._pace[1]
            self._live = waited // 2 <= passed <= waited + waited // 2
            self._pace = (seen.at_us, header.monotonic_us)
        ahead = header.wall_clock_us - seen.at_us
        wrong = ahead > WRONG_CLOCK_US or (ahead < -WRONG_CLOCK_US and self._live)
        if wrong and self._skewed is None:
            self._skewed = _skewed(seen, ahead)
            yield self._skewed
        elif self._skewed is not None and abs(ahead) <= WRONG_CLOCK_US:
            yield self._skewed.over(seen.at_us, seen.record_number)
            self._skewed = None

    def _refusal(self, seen: RefusalSeen) -> Iterator[Finding]:
        kind = f"refused_{seen.reason.name.lower()}"
        if seen.reason in _ALONE:
            yield _finding(
                seen, kind, Severity.CRITICAL, _WEIGHTS[seen.reason], *_ALONE[seen.reason]
            )
        elif seen.reason in _ADDS:
            mild = seen.reason in _MILD
            severity = Severity.NOTICE if mild else Severity.WARNING
            zh, en = _ADDS[seen.reason]
            self._refused[kind] = _finding(
                seen, kind, severity, _WEIGHTS[seen.reason], zh, en, alone=False
            )
            yield self._refused[kind]

    def _old_agent(self, seen: BatchSeen | StreamSeen) -> Iterator[Finding]:
        if self._superseded_us is not None and seen.at_us > self._superseded_us + OLD_STREAM_US:
            self._refused["superseded_talks"] = _finding(
                seen,
                "superseded_talks",
                Severity.WARNING,
                Weight.SUPERSEDED_TALKS,
                "该座位已重新注册，旧的注册身份却仍在发送数据：可能有两台电脑，或旧采集程序未停止",
                "This seat was enrolled anew, yet its older identity still sends data: perhaps there are two "
                "computers, or the old agent was not stopped",
            )
            yield self._refused["superseded_talks"]


def _jumped(seen: BatchSeen, fact: ClockChanged, *, alone: bool) -> Finding:
    zh = "快" if fact.jump_us > 0 else "慢"
    en = "forward" if fact.jump_us > 0 else "back"
    span_zh, span_en = _span(abs(fact.jump_us))
    return _finding(
        seen,
        "clock_jumped",
        Severity.WARNING,
        Weight.CLOCK_JUMPED_SET if alone else Weight.CLOCK_JUMPED,
        f"考试机的时钟被拨{zh}了 {span_zh}；刚开机对时也会这样",
        f"The workstation's clock was set {en} by {span_en}; the first synchronisation after a start does this too",
        alone=alone,
        ended=True,
    )


def _skewed(seen: BatchSeen, ahead: int) -> Finding:
    zh, en = ("快", "ahead of") if ahead > 0 else ("慢", "behind")
    span_zh, span_en = _span(abs(ahead))
    return _finding(
        seen,
        "clock_wrong",
        Severity.WARNING,
        Weight.CLOCK_WRONG,
        f"考试机的时钟比监考服务{zh} {span_zh}；请校准考试机时间",
        f"The workstation's clock is {span_en} {en} the collector's; set the workstation's time",
        alone=False,
    )


def _dropped(seen: BatchSeen, fact: ObservationsDropped) -> Finding:
    why = shown(fact.reason, 200)
    return _finding(
        seen,
        "observations_dropped",
        Severity.WARNING,
        Weight.OBSERVATIONS_DROPPED,
        f"考试机有 {fact.count} 条观测未能保存，这段时间的记录不完整" + (f"：{why}" if why else ""),
        f"{fact.count} observations of the workstation could not be kept: its record has a hole"
        + (f" ({why})" if why else ""),
        ended=True,
    )


def _span(us: int) -> tuple[str, str]:
    """Return a length of time in words, in whole minutes or seconds."""
    if us < _US_PER_MINUTE:
        return f"{us // 1_000_000} 秒", f"{us // 1_000_000} s"
    hours, minutes = divmod(us // _US_PER_MINUTE, 60)
    if not hours:
        return f"{minutes} 分钟", f"{minutes} min"
    if not minutes:
        return f"{hours} 小时", f"{hours} h"
    return f"{hours} 小时 {minutes} 分钟", f"{hours} h {minutes} min"


def _finding(  # noqa: PLR0917 - what, how bad, how much, then the sentence twice: read in that order everywhere
    seen: Seen,
    kind: str,
    severity: Severity,
    weight: Weight,
    zh: str,
    en: str,
    *,
    alone: bool = True,
    ended: bool = False,
) -> Finding:
    return Finding(
        detector=NAME,
        kind=kind,
        family=Family.TAMPER,
        alert=AlertKind.CHAIN,
        severity=severity,
        weight=weight,
        alone=alone,
        subject="",
        reason_zh=zh,
        reason_en=en,
        at_us=seen.at_us,
        record_number=seen.record_number,
        ended=ended,
    )
