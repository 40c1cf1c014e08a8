"""jiankao-collector ticket."""

import argparse
import datetime as dt

from jiankao_collector.commands.base import append, folder_of, label, new_parser, now_us, operator
from jiankao_collector.config import DataFolder
from jiankao_collector.enrolment.certificates import load_authority
from jiankao_collector.enrolment.tickets import TicketOffice
from jiankao_collector.errors import ConfigurationError
from jiankao_proto.records import RecordBody
from jiankao_proto.ticket import fingerprint_of

_MOST = 500
_MOST_HOURS = 24 * 14
_HOUR_US = 3600 * 1_000_000


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = new_parser(
        subparsers,
        "ticket",
        "issue single-use enrolment tickets for a room",
        "Prints one line per ticket: room, seat and ticket, with tabs between. A ticket is shown only this once.",
    )
    parser.add_argument("--room", required=True, help="the room's name")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--seat", default="", help="the seat; without it the computer's name is used"
    )
    which.add_argument(
        "--count", type=int, metavar="N", help="issue tickets for seats 01 to N instead of one"
    )
    parser.add_argument(
        "--hours", type=float, default=24.0, help="how long the tickets can be used"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    folder = folder_of(arguments)
    room = label(arguments.room, "room")
    if arguments.count is not None and not 1 <= arguments.count <= _MOST:
        raise ConfigurationError(
            f"--count {arguments.count}: 1 to {_MOST} tickets can be issued at once"
        )
    if not 0 < arguments.hours <= _MOST_HOURS:
        raise ConfigurationError(
            f"--hours {arguments.hours:g}: more than 0 and at most {_MOST_HOURS}"
        )
    if arguments.count is None:
        seats = [label(arguments.seat, "seat") if arguments.seat else ""]
    else:
        width = max(2, len(str(arguments.count)))
        seats = [f"{number:0{width}d}" for number in range(1, arguments.count + 1)]
    for seat, ticket in issue(folder, room, seats, arguments.hours):
        print(f"{room}\t{seat}\t{ticket}")
    return 0


def issue(
    folder: DataFolder, room: str, seats: list[str], hours: float = 24.0
) -> list[tuple[str, str]]:
    """Issue a ticket per seat and record that; return (seat, ticket)."""
    authority = load_authority(folder.keys, dt.datetime.now(dt.UTC))
    fingerprint = fingerprint_of(authority.certificate_der)
    expires_at_us = now_us(folder) + int(hours * _HOUR_US)
    office = TicketOffice(folder.tickets)
    try:
        issued = office.issue(fingerprint, room, seats, expires_at_us, operator())
    finally:
        office.close()
    records: list[RecordBody] = [record for _, record in issued]
    append(folder, records)
    return list(zip(seats, (text for text, _ in issued), strict=True))
