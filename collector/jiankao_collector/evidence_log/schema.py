"""The database file the evidence log lives in.

One table. `content` is the record's bytes, `digest` its digest; `kind` and `workstation_id` repeat what the content
says so that readers need not parse everything, and `audit verify` checks that they do repeat it. `application_id` marks
the file as ours.
"""

import sqlite3
from pathlib import Path

from jiankao_collector.errors import EvidenceLogError

FILE_NAME = "evidence.sqlite"
APPLICATION_ID = 0x4A4B4C47  # "JKLG"
FORMAT = 1
LOCKED_S = 10.0
"""How long to wait for a program that holds the file."""

_SCHEMA = """
CREATE TABLE records (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    workstation_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    content BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE INDEX records_by_kind ON records (kind, number);
CREATE INDEX records_by_workstation ON records (workstation_id, kind, sequence);
"""


def connect(
    path: Path, *, create: bool = False, read_only: bool = False, wait_s: float = LOCKED_S
) -> sqlite3.Connection:
    """Open the log's file, making it when `create`. Raises EvidenceLogError when it is missing or not ours.

    A reader opens the file read-only: nothing an auditor does can change it. A new file is its owner's alone to read;
    SQLite gives the write-ahead log beside it the same mode.
    """
    if not create and not path.is_file():
        raise EvidenceLogError(f"{path}: there is no evidence log; name the folder given as --data")
    uri = f"{path.resolve().as_uri()}?mode={'rwc' if create else 'ro' if read_only else 'rw'}"
    try:
        if create:
            path.touch(mode=0o600)
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=wait_s, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise EvidenceLogError(f"{path}: cannot be opened ({error})") from error
    try:
        _prepare(connection, path, create=create, read_only=read_only)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error):
            raise _unusable(path, error) from error
        raise
    return connection


def _unusable(path: Path, error: sqlite3.Error) -> EvidenceLogError:
    if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
        return EvidenceLogError(f"{path}: not an evidence log of ours; it was left untouched")
    return EvidenceLogError(
        f"{path}: cannot be used ({error}); free space or close the program that holds the file"
    )


def _prepare(connection: sqlite3.Connection, path: Path, *, create: bool, read_only: bool) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if create and application == 0 and tables == 0:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(
            f"BEGIN IMMEDIATE; PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={FORMAT};{_SCHEMA}COMMIT;"
        )
        application, version = APPLICATION_ID, FORMAT
    if application != APPLICATION_ID:
        raise EvidenceLogError(
            f"{path}: a database, but not an evidence log of ours; it was left untouched"
        )
    if version != FORMAT:
        raise EvidenceLogError(f"{path}: log format {version}; this version reads format {FORMAT}")
    if not read_only:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
