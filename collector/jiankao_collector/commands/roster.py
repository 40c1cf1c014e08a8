"""jiankao-collector roster."""

import argparse
import csv
from pathlib import Path

from jiankao_collector.commands.base import append, folder_of, label, new_parser, operator
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.evidence_log.reader import EvidenceLogReader
from jiankao_proto.errors import MalformedError
from jiankao_proto.ids import WorkstationId
from jiankao_proto.records import RosterChanged, RosterEntry

_COLUMNS = ("room", "seat", "workstation", "candidate")
_MOST = 10_000


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = new_parser(
        subparsers,
        "roster",
        "set or show who sits where",
        "The file is CSV (UTF-8) with the columns room, seat, workstation, candidate; workstation may be empty: then "
        "whatever is enrolled for the seat is meant. It replaces the roster. A candidate is an identifier, no name.",
    )
    parser.add_argument("action", choices=("set", "show"), help="what to do")
    parser.add_argument("file", nargs="?", type=Path, help="for set: the CSV file")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    folder = folder_of(arguments)
    if arguments.action == "set":
        if arguments.file is None:
            raise ConfigurationError(
                "roster set needs a FILE: a CSV with the columns " + ", ".join(_COLUMNS)
            )
        entries = read_roster(arguments.file)
        append(folder, [RosterChanged(entries, operator())])
        print(f"roster: {len(entries)} seats")
        return 0
    reader = EvidenceLogReader(folder.evidence_log)
    try:
        latest: tuple[RosterEntry, ...] = ()
        for record in reader.of_kinds(("roster_changed",)):
            if isinstance(record.body, RosterChanged):
                latest = record.body.entries
    finally:
        reader.close()
    print(",".join(_COLUMNS))
    for entry in latest:
        print(f"{entry.room},{entry.seat},{entry.workstation_id or ''},{entry.candidate}")
    return 0


def read_roster(path: Path) -> tuple[RosterEntry, ...]:
    """Read a roster file. Raises ConfigurationError naming the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = sorted(set(_COLUMNS[:2]) - set(reader.fieldnames or ()))
            unknown = sorted(set(reader.fieldnames or ()) - set(_COLUMNS))
            if missing or unknown:
                raise ConfigurationError(
                    f"{path}: line 1: "
                    + (
                        f"column {missing[0]} is missing"
                        if missing
                        else f"unknown column {unknown[0]}"
                    )
                    + f"; the columns are {', '.join(_COLUMNS)}"
                )
            entries = [_entry(path, reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path}: cannot be read as CSV in UTF-8 ({error})") from error
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        if (entry.room, entry.seat) in seen:
            raise ConfigurationError(
                f"{path}: seat {entry.seat} of room {entry.room} stands there twice"
            )
        seen.add((entry.room, entry.seat))
    if len(entries) > _MOST:
        raise ConfigurationError(f"{path}: {len(entries)} seats; at most {_MOST}")
    return tuple(entries)


def _entry(path: Path, line: int, row: dict[str, str]) -> RosterEntry:
    try:
        return RosterEntry(
            label((row["room"] or "").strip(), "room"),
            label((row["seat"] or "").strip(), "seat"),
            WorkstationId.parse_optional((row.get("workstation") or "").strip()),
            (row.get("candidate") or "").strip()[:64],
        )
    except (ConfigurationError, MalformedError) as error:
        raise ConfigurationError(f"{path}: line {line}: {error}") from error
