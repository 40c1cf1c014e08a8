"""Remote desktop sessions out of the Security log (4624, 4778, 4779, 4634, 4647) and the RDP service's own (1149).

A network logon (type 3) is how file shares, printers and management reach a computer: it is no remote desktop, and is
passed over. An unlock (type 7) is one only when it comes from another address: that is how Windows tells of somebody
who reconnects to a session.
Source: https://learn.microsoft.com/windows/security/threat-protection/auditing/event-4624 (and -4778, -4779).
"""

from dataclasses import dataclass

from jiankao_collector.knowledge.policy import is_loopback
from jiankao_collector.recordings.windows_event import WindowsEvent
from jiankao_proto.observations import Fact, SessionEnded, SessionKind, SessionStarted

_REMOTE_INTERACTIVE = {10, 12}  # 12: the same with stored credentials
_UNLOCK = 7
_KEPT = 1024


@dataclass(frozen=True, slots=True)
class _Open:
    user: str
    far: str


class Logons:
    """The remote desktop sessions of one computer, by the number Windows gives a logon."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}

    def logged_on(self, event: WindowsEvent) -> tuple[Fact, ...]:
        """Read 4624."""
        far, kind = event.text("IpAddress"), event.number("LogonType")
        remote_unlock = kind == _UNLOCK and bool(far) and not is_loopback(far)
        if kind not in _REMOTE_INTERACTIVE and not remote_unlock:
            return ()
        return self._begin(event.text("TargetLogonId"), event.text("TargetUserName"), far)

    def reconnected(self, event: WindowsEvent) -> tuple[Fact, ...]:
        """Read 4778: somebody came back to a session, at the computer itself or from elsewhere."""
        if not _is_remote(event):
            return ()
        far = event.text("ClientAddress", "ClientName")
        return self._begin(event.text("LogonID", "LogonId"), event.text("AccountName"), far)

    def disconnected(self, event: WindowsEvent) -> tuple[Fact, ...]:
        """Read 4779: the far end let go of the session, and with it every logon that belonged to it."""
        if not _is_remote(event):
            return ()
        return self._end(event.text("LogonID", "LogonId"), event.text("AccountName"))

    def logged_off(self, event: WindowsEvent) -> tuple[Fact, ...]:
        """Read 4634 or 4647."""
        return self._end(event.text("TargetLogonId"), "")

    def reached(self, event: WindowsEvent) -> tuple[Fact, ...]:
        """Read 1149: somebody got through to the remote desktop service, logged on or not."""
        user, far = event.text("Param1", "User"), event.text("Param3", "Address")
        if any(o.far == far or not far for o in self._open.values()):
            return ()
        return self._begin(f"1149 {user}@{far}", user, far)

    def _begin(self, logon: str, user: str, far: str) -> tuple[Fact, ...]:
        if logon in self._open:
            return ()
        began = SessionStarted(logon, SessionKind.RDP, user, far)
        self._open[logon] = _Open(user, far)
        if len(self._open) > _KEPT:
            del self._open[next(iter(self._open))]
        return (began,)

    def _end(self, logon: str, user: str) -> tuple[Fact, ...]:
        ended = self._open.get(logon)
        if ended is None and not user:
            return ()
        name = (user or (ended.user if ended else "")).casefold()
        whole = bool(user)
        gone = [
            key
            for key, value in self._open.items()
            if key == logon or (whole and value.user.casefold() == name)
        ]
        return tuple(
            SessionEnded(key, SessionKind.RDP, value.user, value.far)
            for key in gone
            for value in (self._open.pop(key),)
        )


def _is_remote(event: WindowsEvent) -> bool:
    """Tell whether 4778 or 4779 is of a session from elsewhere: at the computer it is `Console` and `LOCAL`."""
    session = event.text("SessionName").casefold()
    return session != "console" and event.text("ClientAddress").casefold() not in {"local", ""}
