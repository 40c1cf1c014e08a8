"""One service or driver as the service manager tells of it. Pure."""

from dataclasses import dataclass

_STOPPED, _STOPPING = 1, 3
_DRIVERS, _OF_A_USER = 0x0B, 0x40
_AUTOMATIC = 2


@dataclass(frozen=True, slots=True)
class ServiceSeen:
    """`type_bits` are SERVICE_… types, `state` is a SERVICE_… state of winsvc.h."""

    name: str
    type_bits: int
    state: int

    @property
    def running(self) -> bool:
        """Tell whether it runs, or is about to."""
        return self.state not in {_STOPPED, _STOPPING}

    @property
    def driver(self) -> bool:
        """Tell whether it is code of the kernel."""
        return bool(self.type_bits & _DRIVERS)

    @property
    def of_a_user(self) -> bool:
        """Tell whether it is one user's, begun at a logon."""
        return not self.driver and bool(self.type_bits & _OF_A_USER)


@dataclass(frozen=True, slots=True)
class ServiceSetting:
    """What is configured: SERVICE_…_START and the command; what may not be read is -1 and empty."""

    start: int = -1
    command: str = ""

    @property
    def enabled(self) -> bool:
        """Tell whether it starts by itself: with the computer, or a moment later."""
        return 0 <= self.start <= _AUTOMATIC
