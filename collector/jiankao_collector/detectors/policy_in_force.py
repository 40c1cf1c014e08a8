"""Whether a workstation follows the policy of its exam session: its digest stands in every batch.

A batch that was sealed before the policy arrived still names the former one, and after an outage many such come at
once. What goes on for longer than that has a reason: the workstation refused the policy and says why, its agent is too
old to know of policies, or somebody keeps it from following.
"""

from collections.abc import Iterator
from hashlib import sha256

from jiankao_collector.detectors.base import (
    AlertKind,
    BatchSeen,
    Family,
    Finding,
    ScopeSeen,
    Seen,
    StreamSeen,
)
from jiankao_collector.knowledge.wording import shown
from jiankao_proto.bilingual import in_language
from jiankao_proto.observations import AgentLifecycle, LifecycleStage
from jiankao_proto.records import Severity

NAME = "policy_in_force"
GRACE_US = 30_000_000
"""How long batches may name another policy, from the first one that does."""
_SHOWN_DIGITS = 12
_LONGEST = 160


class PolicyInForce:
    """Compares the policy that the batches of one workstation name with the one in force."""

    def __init__(self) -> None:
        self._wanted: bytes | None = None
        self._since_us: int | None = None
        self._open: Finding | None = None
        self._refused: Finding | None = None

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Learn which policy is in force; look at the header of a batch."""
        if isinstance(seen, ScopeSeen):
            self._since_us = None
            self._wanted = None
            if seen.opened:
                toml = seen.policy_toml
                self._wanted = sha256(toml).digest() if toml else b""
        elif isinstance(seen, StreamSeen):
            self._since_us = None
        elif isinstance(seen, BatchSeen):
            for observation in seen.batch.observations:
                fact = observation.fact
                if isinstance(fact, AgentLifecycle) and fact.stage is LifecycleStage.POLICY_REFUSED:
                    self._refused = _refused(seen, fact.detail)
                    yield self._refused
            yield from self._compare(seen, seen.batch.header.policy_digest)

    def wakes_at(self) -> None:
        """Never: every batch names a policy, and a workstation without batches is silent."""
        return

    def _compare(self, seen: BatchSeen, named: bytes) -> Iterator[Finding]:
        if self._wanted is None or named == self._wanted:
            self._since_us = None
            for found in filter(None, (self._open, self._refused)):
                yield found.over(seen.at_us, seen.record_number)
            self._open = self._refused = None
            return
        if self._since_us is None:
            self._since_us = seen.at_us
        if self._open is None and seen.at_us - self._since_us >= GRACE_US:
            self._open = _other(seen, named, self._wanted)
            yield self._open


def _refused(seen: BatchSeen, why: str) -> Finding:
    zh, en = (shown(in_language(why, language), _LONGEST) for language in ("zh", "en"))
    return _finding(
        seen,
        "policy_refused",
        f"考试机拒绝了本场次的策略：{zh}；之前的策略仍有效。请由管理员查看策略的签名与登记的密钥",
        f"The workstation refused the exam session's policy: {en}. Its former one stays in force; have the policy's "
        "signature and the registered keys looked at",
        10,
    )


def _other(seen: BatchSeen, named: bytes, wanted: bytes) -> Finding:
    has, should = named.hex()[:_SHOWN_DIGITS], wanted.hex()[:_SHOWN_DIGITS]
    has_zh, has_en = (f"策略 {has}", f"policy {has}") if has else ("没有策略", "no policy")
    should_zh, should_en = (f"策略 {should}", f"policy {should}") if should else ("没有", "none")
    return _finding(
        seen,
        "other_policy",
        f"考试机使用的是{has_zh}，本场次的是{should_zh}：可能有人阻止它更新；旧版本的采集程序也会这样",
        f"The workstation follows {has_en}, and the exam session has {should_en}: somebody may keep it from following; "
        "an agent of an older version looks the same",
        25,
    )


def _finding(seen: BatchSeen, kind: str, zh: str, en: str, points: int) -> Finding:
    return Finding(
        detector=NAME,
        kind=kind,
        family=Family.TAMPER,
        alert=AlertKind.INTEGRITY,
        severity=Severity.WARNING,
        points=points,
        alone=False,
        subject="",
        reason_zh=zh,
        reason_en=en,
        at_us=seen.at_us,
        record_number=seen.record_number,
    )
