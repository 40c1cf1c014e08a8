"""Who may use the console: users and their web sessions, in access.sqlite.

The file outlives the collector's process, so a proctor stays logged in over a restart. Of a web session only the
SHA-256 of its token is kept: who reads the file cannot take a session over. A crash leaves either the whole change or
none. Calls are short; they are made from the console's one event loop and from the command line.
"""

import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from jiankao_collector.console.passwords import hash_password
from jiankao_collector.errors import ConfigurationError

FILE_NAME = "access.sqlite"
WEB_SESSION_US = 12 * 3600 * 1_000_000
"""A log-in lasts twelve hours: one exam day."""

_APPLICATION_ID = 0x4A4B4143  # "JKAC"
_NAME = re.compile(r"[\w.@-]{1,64}")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    name TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    role TEXT NOT NULL,
    language TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS web_sessions (
    token_sha256 BLOB PRIMARY KEY,
    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    expires_us INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS user_rooms (
    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    room TEXT NOT NULL,
    PRIMARY KEY (user, room)
) STRICT;
"""


class Role(StrEnum):
    """What a user is in the exam. An auditor looks and does not act."""

    PROCTOR = "proctor"
    CHIEF = "chief"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class User:
    """A person who may log in. `language`: `zh-CN`, `en`, or empty when never chosen.

    `rooms`: all that this person sees and acts on; empty: every room.
    """

    name: str
    role: Role
    language: str
    rooms: frozenset[str] = frozenset()


class Access:
    """The file `access.sqlite`; made when it is missing. Raises ConfigurationError when it is not ours."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        try:
            # The file holds password hashes: nobody but its owner reads it. WAL files inherit its mode.
            path.touch(mode=0o600)
            connection = sqlite3.connect(
                path, isolation_level=None, timeout=10, check_same_thread=False
            )
            self._connection = connection
            self._prepare(connection)
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise ConfigurationError(
                f"{path}: cannot be used as the list of users ({error}); it was left untouched"
            ) from error
        except ConfigurationError:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # ---- users ----

    def add_user(self, name: str, password: str, role: str, rooms: Iterable[str] = ()) -> User:
        """Add a user, bound to rooms if any are given.

        Raises ConfigurationError: a bad name, password or role, or the name is taken.
        """
        if not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"user {name!r}: a name has 1 to 64 letters, digits or any of . _ @ -; choose another"
            )
        user = User(name, _role(role), "", frozenset(rooms))
        stored = hash_password(password)
        try:
            # As a whole: a crash must not leave somebody who was to be bound and sees everything.
            with self._whole():
                self._execute(
                    "INSERT INTO users VALUES (?, ?, ?, '')", name, stored, user.role.value
                )
                self._bind(name, user.rooms)
        except sqlite3.IntegrityError:
            raise ConfigurationError(f"user {name}: already there; choose another name") from None
        return user

    def set_password(self, name: str, password: str) -> None:
        """Give a user a new password and end his or her web sessions. Raises ConfigurationError."""
        stored = hash_password(password)
        if not self._execute("UPDATE users SET hash = ? WHERE name = ?", stored, name):
            raise ConfigurationError(
                f"user {name}: there is none of that name; see the list of users"
            )
        self._execute("DELETE FROM web_sessions WHERE user = ?", name)

    def set_rooms(self, name: str, rooms: Iterable[str]) -> None:
        """Bind a user to rooms from now on, to none to let him or her see every room. Raises ConfigurationError."""
        with self._whole():
            if not self._query("SELECT name FROM users WHERE name = ?", name):
                raise ConfigurationError(
                    f"user {name}: there is none of that name; see the list of users"
                )
            self._execute("DELETE FROM user_rooms WHERE user = ?", name)
            self._bind(name, rooms)

    def set_language(self, name: str, language: str) -> None:
        """Remember the language a user has chosen."""
        self._execute("UPDATE users SET language = ? WHERE name = ?", language, name)

    def list_users(self) -> list[User]:
        """Return every user, by name."""
        rows = self._query("SELECT name, role, language FROM users ORDER BY name")
        return [
            User(name, Role(role), language, self._rooms(name)) for name, role, language in rows
        ]

    def stored_hash(self, name: str) -> str | None:
        """Return what is stored of a user's password, None when there is no such user."""
        rows = self._query("SELECT hash FROM users WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    # ---- web sessions ----

    def start_web_session(self, name: str, now_us: int) -> str:
        """Return the secret token of a new web session; old ones that have expired are cleared away."""
        token = secrets.token_urlsafe(32)
        self._execute("DELETE FROM web_sessions WHERE expires_us <= ?", now_us)
        self._execute(
            "INSERT INTO web_sessions VALUES (?, ?, ?)",
            _digest(token),
            name,
            now_us + WEB_SESSION_US,
        )
        return token

    def user_of(self, token: str, now_us: int) -> User | None:
        """Return who a web session belongs to, None when it is unknown or has expired.

        Looked up by the token's digest: timing tells nothing about a token.
        """
        rows = self._query(
            "SELECT name, role, language FROM web_sessions JOIN users ON name = user "
            "WHERE token_sha256 = ? AND expires_us > ?",
            _digest(token),
            now_us,
        )
        if not rows:
            return None
        name, role, language = rows[0]
        return User(name, Role(role), language, self._rooms(name))

    def end_web_session(self, token: str) -> None:
        """End a web session."""
        self._execute("DELETE FROM web_sessions WHERE token_sha256 = ?", _digest(token))

    # ---- the file ----

    def _bind(self, name: str, rooms: Iterable[str]) -> None:
        for room in sorted(set(rooms)):
            self._execute("INSERT INTO user_rooms VALUES (?, ?)", name, room)

    def _rooms(self, name: str) -> frozenset[str]:
        rows = self._query("SELECT room FROM user_rooms WHERE user = ?", name)
        return frozenset(room for (room,) in rows)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Have what is done within this block take effect as a whole or not at all."""
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
            self._execute("COMMIT")
        except BaseException:
            self._execute("ROLLBACK")
            raise

    def _prepare(self, connection: sqlite3.Connection) -> None:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != _APPLICATION_ID and (application or tables):
            raise ConfigurationError(
                f"{self._path}: a database, but not our list of users; it was left untouched"
            )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.executescript(
            f"BEGIN IMMEDIATE; PRAGMA application_id={_APPLICATION_ID};{_SCHEMA}COMMIT;"
        )

    def _query(self, sql: str, *arguments: str | int | bytes) -> list[tuple[str, ...]]:
        return self._cursor(sql, arguments).fetchall()

    def _execute(self, sql: str, *arguments: str | int | bytes) -> int:
        return self._cursor(sql, arguments).rowcount

    def _cursor(self, sql: str, arguments: tuple[str | int | bytes, ...]) -> sqlite3.Cursor:
        assert self._connection is not None
        try:
            return self._connection.execute(sql, arguments)
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise ConfigurationError(
                f"{self._path}: cannot be used ({error}); free space or close the program that holds it"
            ) from error


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        known = ", ".join(r.value for r in Role)
        raise ConfigurationError(f"role {text!r}: not one of {known}") from None


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
