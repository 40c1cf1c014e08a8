"""One session as Windows's terminal services tell of it. Pure."""

from dataclasses import dataclass
from enum import IntEnum


class SessionState(IntEnum):
    """WTS_CONNECTSTATE_CLASS; what is not named here is of no interest."""

    ACTIVE = 0
    CONNECTED = 1
    SHADOW = 3
    DISCONNECTED = 4


class Protocol(IntEnum):
    """WTSClientProtocolType: how the session's screen is shown."""

    CONSOLE = 0
    LEGACY = 1
    RDP = 2


@dataclass(frozen=True, slots=True)
class TerminalSession:
    """Texts are empty where Windows says nothing; `state` and `protocol` may be numbers that have no name here."""

    number: int
    state: int
    station: str = ""
    """"Console", "RDP-Tcp#3" …"""
    user: str = ""
    domain: str = ""
    protocol: int = Protocol.CONSOLE
    client_name: str = ""
    client_address: str = ""
