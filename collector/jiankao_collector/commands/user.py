"""jiankao-collector user."""

import argparse
import getpass
import sys

from jiankao_collector.commands.base import append, folder_of, new_parser, operator
from jiankao_collector.console.access import Access, Role
from jiankao_collector.console.passwords import first_run_password
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.founding import FIRST_USER
from jiankao_proto.records import OperatorAction


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = new_parser(
        subparsers,
        "user",
        "add a console user, change a password, list users",
        "Passwords are asked for on the terminal, or read as one line from standard input.",
    )
    parser.add_argument("action", choices=("add", "password", "list"), help="what to do")
    parser.add_argument("name", nargs="?", help="the user's name")
    parser.add_argument(
        "--role",
        choices=[role.value for role in Role],
        default=Role.PROCTOR.value,
        help="for add: the user's role",
    )
    parser.add_argument(
        "--generate", action="store_true", help="make a password and print it instead of asking"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    folder = folder_of(arguments)
    access = Access(folder.access)
    try:
        if arguments.action == "list":
            for user in access.list_users():
                print(f"{user.name}\t{user.role}")
            return 0
        if not arguments.name:
            raise ConfigurationError(f"user {arguments.action} needs a NAME")
        password = first_run_password() if arguments.generate else _ask()
        if arguments.action == "add":
            access.add_user(arguments.name, password, Role(arguments.role))
            done = "user-added"
        else:
            access.set_password(arguments.name, password)
            done = "password-changed"
            if arguments.name == FIRST_USER:
                folder.first_password.unlink(missing_ok=True)
    finally:
        access.close()
    append(folder, [OperatorAction(operator(), done, arguments.name)])
    print(f"{arguments.name}: {done}" + (f"; password: {password}" if arguments.generate else ""))
    return 0


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
