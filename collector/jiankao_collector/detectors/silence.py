"""A workstation that stopped talking: its stream is broken, or it says nothing.

Whoever has the machine can always silence the agent; it must not go unseen. The collector's own stop is no finding, but
who was connected then has to come back. Batches that are admitted are words; a stream is the promise of one, and a
second promise without a word between is none.
"""

from collections.abc import Iterator

from jiankao_collector.detectors.base import (
    AlertKind,
    BatchSeen,
    Family,
    Finding,
    ScopeSeen,
    Seen,
    StandingSeen,
    StreamSeen,
    TimeSeen,
)
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_proto.observations import AgentLifecycle, LifecycleStage
from jiankao_proto.records import Severity

NAME = "silence"
BROKEN_US = 2_000_000
SILENT_US = 10_000_000
RETURN_US = 30_000_000
"""How long agents may take to come back after the collector was away."""

_WORDS = {
    "stream_broken": (
        "与考试机的连接已中断，2 秒内未恢复：网线、网络或采集程序被断开",
        "The connection to the workstation broke and was not back within 2 s: cable, network or agent cut off",
    ),
    "workstation_silent": (
        "考试机已 10 秒没有任何数据，此座位目前无人监测",
        "Nothing has been heard from the workstation for 10 s: nobody watches this seat now",
    ),
    "not_returned": (
        "监考服务恢复后，该考试机 30 秒内没有重新连接，此座位目前无人监测",
        "The workstation did not come back within 30 s after the collector did: nobody watches this seat now",
    ),
    "agent_stopped": (
        "考试机上的采集程序被正常停止（关机或有人停止服务），此座位目前无人监测",
        (
            "The agent on the workstation was stopped in an orderly way (shut down, or somebody stopped the service): "
            "nobody watches this seat now"
        ),
    ),
}
_WEIGHTS = {
    "stream_broken": Weight.STREAM_BROKEN,
    "workstation_silent": Weight.WORKSTATION_SILENT,
    "not_returned": Weight.NOT_RETURNED,
    "agent_stopped": Weight.AGENT_STOPPED,
}
_SEVERITY = {
    "stream_broken": (Severity.WARNING, Severity.NOTICE),
    "workstation_silent": (Severity.CRITICAL, Severity.WARNING),
    "not_returned": (Severity.CRITICAL, Severity.WARNING),
    "agent_stopped": (Severity.WARNING, Severity.NOTICE),
}
"""During an exam session, and outside of one."""


class Silence:
    """Follows whether one workstation is heard."""

    def __init__(self) -> None:
        self._in_exam = False
        self._superseded = False
        self._goodbye = False
        self._promised = False
        """A stream came up, and nothing on it yet."""
        self._due: dict[str, int] = {}
        self._open: dict[str, Finding] = {}

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Anything from the workstation is a sign of life; time without one is a finding."""
        if isinstance(seen, BatchSeen):
            self._promised = False
            yield from self._heard(seen)
            self._goodbye = any(
                isinstance(o.fact, AgentLifecycle) and o.fact.stage is LifecycleStage.STOPPING
                for o in seen.batch.observations
            )
        elif isinstance(seen, StreamSeen):
            yield from self._stream(seen)
        elif isinstance(seen, TimeSeen):
            yield from self._time(seen)
        elif isinstance(seen, StandingSeen):
            self._stands(seen)
        elif isinstance(seen, ScopeSeen):
            self._in_exam = seen.opened

    def wakes_at(self) -> int | None:
        """Return when the silence would become a finding."""
        return min(self._due.values(), default=None)

    def _heard(self, seen: BatchSeen | StreamSeen) -> Iterator[Finding]:
        self._due = {} if self._superseded else {"workstation_silent": seen.at_us + SILENT_US}
        for kind in sorted(self._open):
            yield self._open.pop(kind).over(seen.at_us, seen.record_number)

    def _stream(self, seen: StreamSeen) -> Iterator[Finding]:
        if seen.up:
            self._goodbye = False
            if self._promised:
                self._due.pop("stream_broken", None)
                return
            self._promised = not self._superseded
            yield from self._heard(seen)
        elif seen.orderly or self._superseded:
            self._due = {}
        elif self._goodbye:
            self._due = {}
            yield self._say("agent_stopped", seen)
        else:
            silent = self._due.get("workstation_silent", seen.at_us + SILENT_US)
            if "workstation_silent" not in self._open:
                self._due = {"stream_broken": seen.at_us + BROKEN_US, "workstation_silent": silent}

    def _time(self, seen: TimeSeen) -> Iterator[Finding]:
        for kind, at_us in sorted(self._due.items()):
            if seen.at_us >= at_us:
                del self._due[kind]
                yield self._say(kind, seen)

    def _stands(self, seen: StandingSeen) -> None:
        self._superseded = seen.superseded
        self._due = {}
        if seen.awaited:
            self._promised = False
        if seen.superseded:
            return
        if seen.awaited and self._open.keys() <= {"stream_broken"}:
            self._due = {"not_returned": seen.at_us + RETURN_US}
        elif seen.connected:
            self._due = {"workstation_silent": seen.at_us + SILENT_US}

    def _say(self, kind: str, seen: Seen) -> Finding:
        zh, en = _WORDS[kind]
        self._open[kind] = Finding(
            detector=NAME,
            kind=kind,
            family=Family.TAMPER,
            alert=AlertKind.SILENCE,
            severity=_SEVERITY[kind][0 if self._in_exam else 1],
            weight=_WEIGHTS[kind],
            alone=True,
            subject="",
            reason_zh=zh,
            reason_en=en,
            at_us=seen.at_us,
            record_number=seen.record_number,
        )
        return self._open[kind]
