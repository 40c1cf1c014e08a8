"""Rows of an evidence log as an auditor meets them: nothing about them is believed yet."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One row as it stands. In a damaged file any column can hold any type of value."""

    number: object
    kind: object
    workstation_id: object
    sequence: object
    content: object
    digest: object


@dataclass(frozen=True, slots=True)
class UnreadableRest:
    """From here on the file gives no rows any more; `why` is the database's own word."""

    why: str
