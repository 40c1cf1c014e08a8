"""What can go wrong at the collector. Every message is one line: what, where, what to do."""

from jiankao_proto.errors import IntegrityError, JiankaoError


class CollectorError(JiankaoError):
    """Root of the collector's own errors."""


class ConfigurationError(CollectorError):
    """A setting, file or command line is not usable as it is."""


class AddressInUseError(CollectorError):
    """An address is taken by another program."""


class EvidenceLogError(CollectorError):
    """The evidence log cannot be opened, read or written: not ours, locked, or no space."""


class AlteredEvidenceError(EvidenceLogError, IntegrityError):
    """The evidence log does not hold together. `number` is the first bad record."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(f"record {number}: {message}")
        self.number = number


class TicketError(CollectorError):
    """An enrolment ticket is wrong, used or expired."""


class RefusedError(CollectorError):
    """Something from outside was refused."""
