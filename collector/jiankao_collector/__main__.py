"""The command line of the collector: jiankao-collector."""

import argparse
import logging
import os
import sys

from jiankao_collector.commands import (
    answers,
    demo,
    exam_session,
    init,
    knowledge,
    policy,
    roster,
    rules,
    serve,
    ticket,
    up,
    user,
)
from jiankao_collector.commands.base import Command
from jiankao_proto.errors import JiankaoError

_COMMANDS: dict[str, Command] = {
    "up": up,
    "init": init,
    "serve": serve,
    "demo": demo,
    "ticket": ticket,
    "user": user,
    "roster": roster,
    "exam-session": exam_session,
    "knowledge": knowledge,
    "policy": policy,
    "rules": rules,
    "answers": answers,
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="jiankao-collector",
        description="Keeps the evidence of an exam room, judges it, and shows it to the proctor.",
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _COMMANDS.values():
        command.add(subparsers)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command. Errors are one line on standard error and exit code 1."""
    try:
        arguments = build_parser().parse_args(argv)
    except JiankaoError as error:
        print(f"jiankao-collector: {error}", file=sys.stderr)
        return 2
    logging.basicConfig(
        level=logging.WARNING, format="jiankao-collector: %(message)s", stream=sys.stderr
    )
    try:
        return _COMMANDS[arguments.command].run(arguments)
    except JiankaoError as error:
        print(f"jiankao-collector: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read the output has gone (a pager, `head`); nothing is left to be flushed into the void at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        # What no command foresaw: a folder taken away, a full disk. It is one line all the same.
        where = f"{error.filename}: " if error.filename else ""
        print(f"jiankao-collector: {where}{error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
