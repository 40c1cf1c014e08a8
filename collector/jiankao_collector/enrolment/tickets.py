"""Single-use enrolment tickets, stored hashed.

A ticket is claimed in one statement that only one caller can win; a crash after the claim burns the ticket and enrols
nobody, and a new one is issued. It is never used twice. Only when the enrolment could not be recorded is it put back.
"""

import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jiankao_collector.errors import CollectorError, TicketError
from jiankao_proto.records import TicketIssued
from jiankao_proto.ticket import SECRET_SIZE, format_ticket, parse_ticket, ticket_digest

_APPLICATION_ID = 0x4A4B544B  # "JKTK"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS tickets (
    digest BLOB PRIMARY KEY,
    room TEXT NOT NULL,
    seat TEXT NOT NULL,
    expires_at_us INTEGER NOT NULL,
    used_at_us INTEGER
) STRICT;
"""


class TicketsUnusableError(CollectorError):
    """The list of tickets cannot be read or written."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a ticket was issued for."""

    digest: bytes
    room: str
    seat: str


class TicketOffice:
    """The tickets in the file at `path`, made when it is missing. Raises TicketsUnusableError when it is not ours."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            # Nobody but the owner reads it; SQLite gives the write-ahead log beside it the same mode.
            path.touch(mode=0o600)
            self._connection = sqlite3.connect(
                path, isolation_level=None, timeout=10, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise TicketsUnusableError(f"{path}: cannot be opened ({error})") from error
        try:
            self._prepare()
        except BaseException as error:
            self._connection.close()
            if isinstance(error, sqlite3.Error):
                raise TicketsUnusableError(
                    f"{path}: cannot be used as the list of tickets ({error}); it was left untouched"
                ) from error
            raise

    def issue(
        self,
        fingerprint: bytes,
        room: str,
        seats: Sequence[str],
        expires_at_us: int,
        issued_by: str,
    ) -> list[tuple[str, TicketIssued]]:
        """Make a ticket per seat; return their texts, shown once, and the records that say they were issued.

        Raises TicketsUnusableError when none was made.
        """
        made = []
        for seat in seats:
            text = format_ticket(secrets.token_bytes(SECRET_SIZE), fingerprint)
            digest = ticket_digest(parse_ticket(text).secret)
            made.append((text, TicketIssued(digest, room, seat, expires_at_us, issued_by)))
        rows = [(t.ticket_digest, t.room, t.seat, t.expires_at_us) for _, t in made]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany("INSERT INTO tickets VALUES (?, ?, ?, ?, NULL)", rows)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        return made

    def claim(self, secret: str, now_us: int) -> Claimed:
        """Use a ticket up.

        Raises TicketError when it is wrong, used or expired, TicketsUnusableError when that cannot be told.
        """
        digest = ticket_digest(secret)
        rows = self._execute(
            "UPDATE tickets SET used_at_us = ? WHERE digest = ? AND used_at_us IS NULL AND expires_at_us > ? "
            "RETURNING room, seat",
            now_us,
            digest,
            now_us,
        )
        if rows:
            return Claimed(digest, *rows[0])
        found = next(
            iter(self._execute("SELECT used_at_us FROM tickets WHERE digest = ?", digest)), None
        )
        if found is None:
            raise TicketError("this collector issued no such ticket; ask for a new one")
        if found[0] is not None:
            raise TicketError("the ticket has been used already; ask for a new one")
        raise TicketError("the ticket has expired; ask for a new one")

    def put_back(self, claimed: Claimed) -> None:
        """Let a claimed ticket be used after all: nobody was enrolled with it. Raises TicketsUnusableError."""
        self._execute("UPDATE tickets SET used_at_us = NULL WHERE digest = ?", claimed.digest)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _prepare(self) -> None:
        (application,) = self._connection.execute("PRAGMA application_id").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != _APPLICATION_ID and (application or tables):
            raise TicketsUnusableError(
                f"{self._path}: a database, but not our list of tickets; it was left untouched"
            )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(
            f"BEGIN IMMEDIATE; PRAGMA application_id={_APPLICATION_ID};{_SCHEMA}COMMIT;"
        )

    def _execute(self, sql: str, *arguments: int | bytes) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, arguments).fetchall()
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _unusable(self, error: sqlite3.Error) -> TicketsUnusableError:
        return TicketsUnusableError(
            f"{self._path}: cannot be used ({error}); free space or close the program that holds it"
        )
