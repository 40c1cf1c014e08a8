"""Single-use enrolment tickets, stored hashed.

A ticket is claimed in one statement that only one caller can win; a crash after the claim burns the ticket and enrols
nobody, and a new one is issued. It is never used twice.
"""

import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from jiankao_collector.errors import TicketError
from jiankao_proto.records import TicketIssued
from jiankao_proto.ticket import SECRET_SIZE, format_ticket, parse_ticket, ticket_digest

DEFAULT_LIFE_US = 24 * 3600 * 1_000_000
"""How long a ticket can be used: a day."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tickets (
    digest BLOB PRIMARY KEY,
    room TEXT NOT NULL,
    seat TEXT NOT NULL,
    expires_at_us INTEGER NOT NULL,
    used_at_us INTEGER
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a ticket was issued for."""

    digest: bytes
    room: str
    seat: str


class TicketOffice:
    """The tickets in the file at `path`."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = sqlite3.connect(
                path, isolation_level=None, timeout=10, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise TicketError(
                f"{path}: not a file of ours ({error}); restore it from the backup"
            ) from error
        path.chmod(0o600)

    def issue(
        self, fingerprint: bytes, room: str, seat: str, expires_at_us: int, issued_by: str
    ) -> tuple[str, TicketIssued]:
        """Make a ticket; return its text, shown once, and the record that says it was issued."""
        text = format_ticket(secrets.token_bytes(SECRET_SIZE), fingerprint)
        digest = ticket_digest(parse_ticket(text).secret)
        self._connection.execute(
            "INSERT INTO tickets VALUES (?, ?, ?, ?, NULL)", (digest, room, seat, expires_at_us)
        )
        return text, TicketIssued(digest, room, seat, expires_at_us, issued_by)

    def claim(self, secret: str, now_us: int) -> Claimed:
        """Use a ticket up. Raises TicketError when it is wrong, used or expired."""
        digest = ticket_digest(secret)
        row = self._connection.execute(
            "UPDATE tickets SET used_at_us = ? WHERE digest = ? AND used_at_us IS NULL AND expires_at_us > ? "
            "RETURNING room, seat",
            (now_us, digest, now_us),
        ).fetchone()
        if row is not None:
            return Claimed(digest, row[0], row[1])
        found = self._connection.execute(
            "SELECT used_at_us FROM tickets WHERE digest = ?", (digest,)
        ).fetchone()
        if found is None:
            raise TicketError("this collector issued no such ticket; ask for a new one")
        if found[0] is not None:
            raise TicketError("the ticket has been used already; ask for a new one")
        raise TicketError("the ticket has expired; ask for a new one")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
