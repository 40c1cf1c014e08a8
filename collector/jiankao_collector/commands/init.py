"""jiankao-collector init."""

import argparse

from jiankao_collector.commands.base import new_parser, operator
from jiankao_collector.config import DEFAULT_ADDRESSES, Address, Addresses, DataFolder
from jiankao_collector.founding import FIRST_USER, found


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = new_parser(
        subparsers,
        "init",
        "make a data folder: keys, evidence log, first user",
        "Prints the first user's password. The addresses go to collector.toml in the folder.",
    )
    add_addresses(parser, DEFAULT_ADDRESSES)


def add_addresses(parser: argparse.ArgumentParser, defaults: Addresses | None) -> None:
    """Add the options for the three addresses; without `defaults` they come from the data folder."""
    said = "from collector.toml in the data folder"
    for name, metavar, explained in (
        ("grpc", "telemetry", "where workstations send telemetry (mutual TLS)"),
        ("enrolment", "enrolment", "where workstations are enrolled (TLS)"),
        ("console", "console", "where the console is (HTTPS; plain HTTP on loopback only)"),
    ):
        parser.add_argument(
            f"--{name}",
            type=Address.parse,
            default=getattr(defaults, metavar) if defaults else None,
            metavar="HOST:PORT",
            help=explained + ("" if defaults else f"; default: {said}"),
        )


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    folder = DataFolder(arguments.data)
    password = found(
        folder, Addresses(arguments.grpc, arguments.enrolment, arguments.console), operator()
    )
    print(f"{folder.root}: ready. Console user: {FIRST_USER}  password: {password}")
    print(f"Change it with: jiankao-collector user password {FIRST_USER} --data {folder.root}")
    return 0
