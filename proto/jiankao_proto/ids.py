"""Typed identifiers: parsed once at the edge, frozen, never mixed up."""

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from jiankao_proto.errors import MalformedError


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """A short printable name. Raises MalformedError when `value` is not one."""

    value: str

    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

    def __post_init__(self) -> None:
        if not isinstance(self.value, str) or not self.pattern.fullmatch(self.value):
            shown = repr(self.value)[:80]
            raise MalformedError(f"{type(self).__name__} is not a valid identifier: {shown}")

    def __str__(self) -> str:
        return self.value

    @classmethod
    def parse_optional(cls, text: str) -> Self | None:
        """Read an identifier where the empty string means that there is none."""
        return cls(text) if text else None


@dataclass(frozen=True, slots=True, order=True)
class WorkstationId(Identifier):
    """One enrolment of one workstation: a new enrolment is a new identity."""


@dataclass(frozen=True, slots=True, order=True)
class BootId(Identifier):
    """One start of the workstation's operating system."""


@dataclass(frozen=True, slots=True, order=True)
class ExamSessionId(Identifier):
    """One exam session."""


@dataclass(frozen=True, slots=True, order=True)
class AlertId(Identifier):
    """One alert; deterministic, so that a replay gives the same one."""


DIGEST_SIZE = 32
"""Bytes of a SHA-256 digest."""
