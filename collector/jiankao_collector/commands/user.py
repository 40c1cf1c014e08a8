"""jiankao-collector user."""

import argparse
import getpass
import sys

from jiankao_collector.commands.base import append, folder_of, label, new_parser, operator
from jiankao_collector.console.access import Access, Role
from jiankao_collector.console.passwords import first_run_password
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.founding import FIRST_USER
from jiankao_proto.records import OperatorAction

_MOST_ROOMS = 100
"""So that their names fit into a record."""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = new_parser(
        subparsers,
        "user",
        "add a console user, change a password, bind a user to rooms, list users",
        "Passwords are asked for on the terminal, or read as one line from standard input.",
    )
    parser.add_argument("action", choices=("add", "password", "rooms", "list"), help="what to do")
    parser.add_argument("name", nargs="?", help="the user's name")
    parser.add_argument(
        "--role",
        choices=[role.value for role in Role],
        default=Role.PROCTOR.value,
        help="for add: the user's role",
    )
    parser.add_argument(
        "--room",
        action="append",
        default=[],
        help="for add and rooms: a room the user sees and acts on, and no other; may be given several times",
    )
    parser.add_argument(
        "--all-rooms", action="store_true", help="for rooms: let the user see every room again"
    )
    parser.add_argument(
        "--generate", action="store_true", help="make a password and print it instead of asking"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    folder = folder_of(arguments)
    rooms = _rooms(arguments)
    access = Access(folder.access)
    try:
        if arguments.action == "list":
            for user in access.list_users():
                bound = ", ".join(sorted(user.rooms)) or "all rooms"
                print(f"{user.name}\t{user.role}\t{bound}")
            return 0
        if not arguments.name:
            raise ConfigurationError(f"user {arguments.action} needs a NAME")
        if arguments.action == "rooms":
            access.set_rooms(arguments.name, rooms)
            append(folder, [_bound(arguments.name, rooms)])
            print(f"{arguments.name}: {', '.join(rooms) or 'all rooms'}")
            return 0
        password = first_run_password() if arguments.generate else _ask()
        if arguments.action == "add":
            access.add_user(arguments.name, password, Role(arguments.role), rooms)
            done = "user-added"
        else:
            access.set_password(arguments.name, password)
            done = "password-changed"
            if arguments.name == FIRST_USER:
                folder.first_password.unlink(missing_ok=True)
    finally:
        access.close()
    actions = [OperatorAction(operator(), done, arguments.name)]
    if rooms:
        actions.append(_bound(arguments.name, rooms))
    append(folder, [*actions])
    print(f"{arguments.name}: {done}" + (f"; password: {password}" if arguments.generate else ""))
    return 0


def _rooms(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Return the rooms named on the command line. Raises ConfigurationError."""
    rooms = tuple(dict.fromkeys(label(room, "room") for room in arguments.room))
    binds = arguments.action in {"add", "rooms"}
    if (rooms and not binds) or (arguments.all_rooms and arguments.action != "rooms"):
        raise ConfigurationError(
            f"user {arguments.action} takes no rooms; bind a user with: user rooms NAME --room ROOM"
        )
    if arguments.action == "rooms" and bool(rooms) == arguments.all_rooms:
        raise ConfigurationError(
            "user rooms needs either --room ROOM, once or more, or --all-rooms"
        )
    if len(rooms) > _MOST_ROOMS:
        raise ConfigurationError(f"a user is bound to at most {_MOST_ROOMS} rooms; use --all-rooms")
    return rooms


def _bound(name: str, rooms: tuple[str, ...]) -> OperatorAction:
    """Return the record of which rooms a user sees from now on."""
    return OperatorAction(operator(), "rooms-bound", f"{name}: {', '.join(rooms) or '*'}")


def _ask() -> str:
    try:
        if sys.stdin.isatty():
            return getpass.getpass("password: ")
        return sys.stdin.readline().rstrip("\r\n")
    except EOFError:
        raise ConfigurationError("no password was given; nothing was changed") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"the password cannot be read as {error.encoding}; nothing was changed"
        ) from None
