"""One event of a Windows event log, whatever wrote it down as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass

_ABSENT = {"-", "N/A", "?", "(null)"}
_LONGEST = 4096
_HIGHEST = 0xFFFF_FFFF

SYSMON, SECURITY, SYSTEM = "sysmon", "security", "system"
REMOTE_CONNECTIONS = "terminalservices-remoteconnectionmanager"
_SERVICES = {
    "microsoft-windows-sysmon/operational": SYSMON,
    "microsoft-windows-sysmon": SYSMON,
    "security": SECURITY,
    "microsoft-windows-security-auditing": SECURITY,
    "system": SYSTEM,
    "microsoft-windows-terminalservices-remoteconnectionmanager/operational": REMOTE_CONNECTIONS,
    "microsoft-windows-terminalservices-remoteconnectionmanager": REMOTE_CONNECTIONS,
}
SERVICE_CONTROL = "service control manager"


def service_of(channel: str, provider: str) -> str:
    """Return the log an event is of, as Sigma names it; the channel's own name where it has none here.

    An event's number says nothing without it: number 3 of Sysmon is a connection, that of Hyper-V's network driver not.
    """
    channel = channel.casefold()
    return _SERVICES.get(channel) or _SERVICES.get(provider.casefold(), "") or channel


@dataclass(frozen=True, slots=True)
class WindowsEvent:
    """An event. `fields`: its own data by the names the system gives them, every value a text."""

    computer: str
    at_us: int
    service: str
    provider: str
    event_id: int
    fields: Mapping[str, str]

    def text(self, *names: str) -> str:
        """Return the first of these fields that says something, empty when none does; cut where no name is so long."""
        for name in names:
            value = self.fields.get(name, "").strip()
            if value and value not in _ABSENT:
                # Half a surrogate pair can be written in JSON and in nothing else.
                return value[:_LONGEST].encode("utf-8", "replace").decode()
        return ""

    def number(self, name: str) -> int:
        """Return a field as a number of 32 bits, written in decimals or as 0x…; 0 when it is none."""
        value = self.fields.get(name, "").strip()
        try:
            number = int(value, 16 if value[:2].casefold() == "0x" else 10)
        except ValueError:
            return 0
        return number if 0 <= number <= _HIGHEST else 0
