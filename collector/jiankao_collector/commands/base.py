"""What every subcommand shares: the data folder's option, and appending records beside a running collector."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from jiankao_collector.clock import CollectorClock
from jiankao_collector.config import DataFolder
from jiankao_collector.enrolment.labels import MAX_LABEL, is_label
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_collector.evidence_log.writer import EvidenceLogWriter
from jiankao_collector.folder_lock import what_the_collector_says
from jiankao_proto.records import RecordBody

if sys.platform == "win32":
    import getpass

    def _account() -> str:
        return getpass.getuser()
else:
    import pwd

    def _account() -> str:
        number = os.getuid()
        try:
            return pwd.getpwuid(number).pw_name
        except KeyError:
            return str(number)


DEFAULT_DATA = Path("data")


class Command(Protocol):
    """A module of this package."""

    def add(self, subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
        """Add the subcommand's parser."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it and return the exit code. Raises CollectorError."""


def new_parser(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    summary: str,
    more: str = "",
) -> argparse.ArgumentParser:
    """Add a subcommand's parser with the option every one has."""
    parser = subparsers.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}. {more}",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="the collector's data folder"
    )
    return parser


def folder_of(arguments: argparse.Namespace) -> DataFolder:
    """Return the initialised data folder named on the command line. Raises ConfigurationError."""
    folder = DataFolder(arguments.data)
    folder.require()
    return folder


def append(folder: DataFolder, bodies: list[RecordBody]) -> None:
    """Append records; a collector may be running on the folder. Raises EvidenceLogError."""
    append_decided(folder, lambda: bodies)


def append_decided(folder: DataFolder, decide: Callable[[], Sequence[RecordBody]]) -> None:
    """Append what `decide` returns; until that is stored no other command and no collector can append anything.

    Raises EvidenceLogError, and whatever `decide` raises.
    """
    writer = EvidenceLogWriter(folder.evidence_log)
    try:
        writer.append_decided(decide, now_us(folder))
    finally:
        writer.close()


def now_us(folder: DataFolder) -> int:
    """Return the time for what is recorded: the running collector's, else the wall clock's. Raises CollectorError."""
    said = what_the_collector_says(folder.root)
    if said:
        return CollectorClock.told(int(said)).now_us()
    reader = EvidenceLogReader(folder.evidence_log)
    try:
        last = reader.last()
    finally:
        reader.close()
    return CollectorClock(last.recorded_at_us if last else 0).now_us()


def operator() -> str:
    """Return who gives the command, for the record: the account of the process, whatever the environment says."""
    return f"os:{_account()}"


def label(text: str, what: str) -> str:
    """Check a room's, seat's or exam session's name. Raises ConfigurationError."""
    if not is_label(text):
        raise ConfigurationError(
            f"{text!r} is no {what}'s name: 1 to {MAX_LABEL} printable characters, no space at its ends"
        )
    return text
