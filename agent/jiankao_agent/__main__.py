"""The command `jiankao-agent`: enrol, run, doctor; on Windows service."""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

# First of all: it sets what grpc reads while it is imported.
import jiankao_agent.tls  # noqa: F401 - for that effect
from jiankao_agent import identity, service
from jiankao_agent.config import (
    MAX_PORT,
    VERSION,
    Address,
    StateFolder,
    default_state_folder,
)
from jiankao_agent.errors import AgentError, ConfigurationError
from jiankao_agent.platform.linux import memory
from jiankao_agent.spool import DEFAULT_LIMIT
from jiankao_agent.state_lock import StateLock
from jiankao_proto.meeting import ENROLMENT_PORT, TELEMETRY_PORT

_MIB = 1 << 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0 done, 1 failed (one line on stderr), 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except AgentError as error:
        print(f"jiankao-agent: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jiankao-agent",
        description="Watches this workstation during an exam and reports to the exam room's collector.",
    )
    parser.add_argument("--version", action="version", version=f"jiankao-agent {VERSION}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    command = commands.add_parser(
        "enrol",
        help="give this workstation its identity, with a ticket of the collector",
        description="Makes this workstation's keys and has them certified by the collector that issued "
        "the ticket. Done once; nothing is stored unless all of it succeeds.",
    )
    command.set_defaults(command=_enrol)
    command.add_argument(
        "--collector",
        required=True,
        metavar="HOST",
        help="host name or IP address of the collector (required)",
    )
    command.add_argument(
        "--ticket",
        required=True,
        metavar="TICKET",
        help="the single-use ticket, seven groups of five characters; "
        "- reads it from standard input, which keeps it out of the list of processes (required)",
    )
    command.add_argument(
        "--telemetry-port",
        type=_port,
        default=TELEMETRY_PORT,
        metavar="PORT",
        help="the collector's port for observations (default: %(default)s)",
    )
    command.add_argument(
        "--enrolment-port",
        type=_port,
        default=ENROLMENT_PORT,
        metavar="PORT",
        help="the collector's port for enrolment (default: %(default)s)",
    )
    _add_state(command)
    command.add_argument(
        "--again",
        action="store_true",
        help="make a new identity although there is one; the old one is kept in a dated sub-folder "
        "(default: refuse)",
    )

    command = commands.add_parser(
        "run",
        help="watch and report until stopped",
        description="Watches this workstation and reports to its collector until it gets SIGTERM or "
        "Ctrl-C; a second one a second later ends it at once.",
    )
    command.set_defaults(command=_run)
    _add_state(command)
    command.add_argument(
        "--collector",
        metavar="HOST",
        help="host name or IP address of the collector, when it has moved since the enrolment "
        "(default: where it was then)",
    )
    command.add_argument(
        "--telemetry-port",
        type=_port,
        default=TELEMETRY_PORT,
        metavar="PORT",
        help="with --collector: its port for observations (default: %(default)s)",
    )
    _add_spool_limit(command)
    command.add_argument(
        "--verbose", action="store_true", help="log more, for finding faults (default: off)"
    )

    command = commands.add_parser(
        "doctor",
        help="tell for each sensor whether it works here and what to do if not",
        description="Tries every sensor without changing anything.",
    )
    command.set_defaults(command=_doctor)
    command.add_argument("--json", action="store_true", help="print JSON (default: text)")
    command.add_argument(
        "--language",
        choices=("zh", "en"),
        default="en",
        help="language of the text (default: %(default)s)",
    )
    _add_service(commands)
    return parser


def _add_service(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "service",
        help="on Windows: watch from its start on, as a service",
        description="Installs, removes, starts or stops the service, tells how it stands, or is the service: "
        "`run` in a command line does what the service does, until Ctrl-C.",
    )
    command.set_defaults(command=_service)
    command.add_argument(
        "do",
        choices=("install", "remove", "start", "stop", "status", "run"),
        help="what to do; `install` and `run` use --state",
    )
    _add_state(command)
    _add_spool_limit(command)


def _add_spool_limit(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--spool-limit",
        type=_mebibytes,
        default=DEFAULT_LIMIT // _MIB,
        metavar="MIB",
        help="how much may wait on disk while the collector is away, in MiB (default: %(default)s)",
    )


def _add_state(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--state",
        type=Path,
        default=default_state_folder(),
        metavar="DIR",
        help="folder of keys, certificate and spool, for its owner only (default: %(default)s)",
    )


def _enrol(options: argparse.Namespace) -> int:
    # Not at the top: what only an enrolment needs would stay in memory for as long as the agent runs.
    from jiankao_agent.enrol import enrol  # noqa: PLC0415 - see above

    state = StateFolder(options.state)
    ticket = sys.stdin.readline() if options.ticket == "-" else options.ticket
    identity.prepare(state, again=options.again)
    with StateLock(state.lock):
        new = enrol(
            ticket.strip(),
            Address(options.collector, options.enrolment_port),
            Address(options.collector, options.telemetry_port),
        )
        aside = identity.store(state, new)
    if aside is not None:
        print(f"the identity before this one is kept in {aside}")
    print(
        f"enrolled as {new.enrolment.workstation_id}, room {new.enrolment.room or '-'}, "
        f"seat {new.enrolment.seat or '-'}; start watching with: jiankao-agent run --state {state.path}"
    )
    return 0


def _log_to_stderr(*, verbose: bool = False) -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for chatty in ("grpc", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _run(options: argparse.Namespace) -> int:
    memory.keep_small()
    _log_to_stderr(verbose=options.verbose)
    # Not at the top: enrolment must work where a sensor's library cannot be loaded.
    from jiankao_agent.sensors import catalogue  # noqa: PLC0415

    moved_to = Address(options.collector, options.telemetry_port) if options.collector else None
    service.run(
        StateFolder(options.state),
        catalogue.sensors(options.state),
        options.spool_limit * _MIB,
        moved_to,
    )
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from jiankao_agent import doctor  # noqa: PLC0415 - as above

    text, code = doctor.run(options.json, options.language)
    print(text)
    return code


def _service(options: argparse.Namespace) -> int:
    if sys.platform == "win32":
        return _windows_service(options)
    else:  # noqa: RET505 - mypy reads a platform's branch only as an else
        raise ConfigurationError(
            "service: for Windows only; here systemd does it, see deploy/systemd/jiankao-agent.service"
        )


def _windows_service(options: argparse.Namespace) -> int:
    from jiankao_agent import windows_service  # noqa: PLC0415 - it stands on Windows

    match options.do:
        case "install":
            print(windows_service.install(options.state))
        case "remove":
            print(windows_service.remove())
        case "start":
            print(windows_service.start())
        case "stop":
            print(windows_service.stop())
        case "status":
            text, runs = windows_service.status()
            print(text)
            return 0 if runs else 1
        case _:
            state = StateFolder(options.state)
            windows_service.run(state, options.spool_limit * _MIB, _log_to_stderr)
    return 0


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) <= MAX_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 1 to {MAX_PORT}")


def _mebibytes(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a size; give a number of MiB from 1 on")


if __name__ == "__main__":
    sys.exit(main())
