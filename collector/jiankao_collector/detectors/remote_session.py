"""Somebody is logged on from elsewhere."""

from collections.abc import Iterator

from jiankao_collector.detectors.base import (
    AlertKind,
    BatchSeen,
    Family,
    Finding,
    Seen,
    far_end,
)
from jiankao_collector.knowledge.weight_names import Weight
from jiankao_collector.knowledge.wording import shown
from jiankao_proto.observations import SessionEnded, SessionKind, SessionStarted
from jiankao_proto.records import Severity

NAME = "remote_session"
OPEN_KEPT = 1024
"""Logons that are followed at once; a seat that makes up more is told of already."""

_NAMES = {
    SessionKind.SSH: ("SSH 远程登录", "SSH remote logon"),
    SessionKind.RDP: ("RDP 远程桌面会话", "RDP remote desktop session"),
    SessionKind.VNC: ("VNC 远程桌面会话", "VNC remote desktop session"),
    SessionKind.X11_REMOTE: ("X11 远程显示会话", "X11 remote display session"),
    SessionKind.SHADOW: ("对考试桌面的影子会话", "session shadowing the exam desktop"),
    SessionKind.OTHER_REMOTE: ("远程会话", "remote session"),
}


class RemoteSession:
    """Follows the remote logons of one workstation."""

    def __init__(self) -> None:
        self._open: dict[str, Finding] = {}

    def see(self, seen: Seen) -> Iterator[Finding]:
        """Look at the logons of a batch."""
        if not isinstance(seen, BatchSeen):
            return
        for observation in seen.batch.observations:
            fact = observation.fact
            if isinstance(fact, SessionStarted):
                names = _names(fact)
                if names is not None:
                    yield self._started(seen, fact, *names)
            elif isinstance(fact, SessionEnded):
                yield from self._ended(seen, fact)

    def wakes_at(self) -> None:
        """Never: logons are told of."""
        return

    def _started(
        self, seen: BatchSeen, fact: SessionStarted, name_zh: str, name_en: str
    ) -> Finding:
        user, far = shown(fact.user), shown(fact.remote_host)
        zh = (
            f"检测到{' ' if name_zh[0].isascii() else ''}{name_zh}"
            + (f"，用户 {user}" if user else "")
            + (f"，来自 {far}" if far else "")
        )
        en = f"{name_en[0].upper()}{name_en[1:]} is active"
        en += (f", user {user}" if user else "") + (f", from {far}" if far else "")
        if fact.baseline:
            zh, en = f"{zh}（监测开始前已建立）", f"{en} (since before watching began)"
        finding = Finding(
            detector=NAME,
            kind="remote_session",
            family=Family.SESSION,
            alert=AlertKind.REMOTE_CONTROL,
            severity=Severity.CRITICAL,
            weight=Weight.REMOTE_SESSION,
            alone=True,
            subject=f"{fact.kind.name.lower()} {user}@{far}",
            reason_zh=zh,
            reason_en=en,
            at_us=seen.at_us,
            record_number=seen.record_number,
            traces=far_end(fact.remote_host),
        )
        if fact.session in self._open or len(self._open) < OPEN_KEPT:
            self._open[fact.session] = finding
        return finding

    def _ended(self, seen: BatchSeen, fact: SessionEnded) -> Iterator[Finding]:
        finding = self._open.pop(fact.session, None)
        if finding is None or any(f.subject == finding.subject for f in self._open.values()):
            return
        yield finding.over(seen.at_us, seen.record_number)


def _names(fact: SessionStarted) -> tuple[str, str] | None:
    """Return what to call a remote logon; None for a local one. A kind not known here is remote with a far end."""
    known = _NAMES.get(fact.kind)
    if known is None and fact.kind is SessionKind.UNSPECIFIED and fact.remote_host:
        return _NAMES[SessionKind.OTHER_REMOTE]
    return known
