"""What every subcommand shares: the data folder's option, and appending records beside a running collector."""

import argparse
import getpass
import time
from pathlib import Path
from typing import Protocol

from jiankao_collector.config import DataFolder
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.evidence_log.writer import EvidenceLogWriter
from jiankao_proto.records import RecordBody

DEFAULT_DATA = Path("data")
MAX_LABEL = 64


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
    writer = EvidenceLogWriter(folder.evidence_log)
    try:
        writer.append(bodies, time.time_ns() // 1000)
    finally:
        writer.close()


def operator() -> str:
    """Return who gives the command, for the record."""
    return f"os:{getpass.getuser()}"


def label(text: str, what: str) -> str:
    """Check a room's, seat's or exam session's name. Raises ConfigurationError."""
    if not 0 < len(text) <= MAX_LABEL or not text.isprintable() or text != text.strip():
        raise ConfigurationError(
            f"{text!r} is no name for a {what}: 1 to {MAX_LABEL} printable characters, no space at its ends"
        )
    return text
