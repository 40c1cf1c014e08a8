"""jiankao-collector roster."""

import argparse
import csv
import sys
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
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(_COLUMNS)
    lines.writerows((e.room, e.seat, e.workstation_id or "", e.candidate) for e in latest)
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
            return _entries(path, reader)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path}: cannot be read as CSV in UTF-8 ({error})") from error


def _entries(path: Path, reader: "csv.DictReader[str]") -> tuple[RosterEntry, ...]:
    entries: list[RosterEntry] = []
    first_line: dict[object, int] = {}
    for row in reader:
        line = reader.line_num
        try:
            entry = _entry(row)
            if len(entries) == _MOST:
                raise ConfigurationError(f"more than {_MOST} seats")  # noqa: TRY301 - the line is named once, below
            taken: list[tuple[object, str]] = [
                ((entry.room, entry.seat), f"seat {entry.seat} of room {entry.room}")
            ]
            if entry.workstation_id:
                taken.append((entry.workstation_id, f"workstation {entry.workstation_id}"))
            for key, what in taken:
                if key in first_line:
                    raise ConfigurationError(f"{what} stands in line {first_line[key]} already")  # noqa: TRY301
                first_line[key] = line
        except (ConfigurationError, MalformedError) as error:
            raise ConfigurationError(f"{path}: line {line}: {error}") from error
        entries.append(entry)
    return tuple(entries)


def _entry(row: dict[str, str]) -> RosterEntry:
    if None in row:
        raise ConfigurationError("more fields than columns; put a field with a comma in quotes")
    candidate = (row.get("candidate") or "").strip()
    return RosterEntry(
        label((row["room"] or "").strip(), "room"),
        label((row["seat"] or "").strip(), "seat"),
        WorkstationId.parse_optional((row.get("workstation") or "").strip()),
        label(candidate, "candidate") if candidate else "",
    )
