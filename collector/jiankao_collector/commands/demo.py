"""jiankao-collector demo."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from jiankao_collector.commands.base import append, new_parser, operator
from jiankao_collector.commands.serve import stop_signal
from jiankao_collector.commands.ticket import issue
from jiankao_collector.commands.up import (
    add_all_in_one,
    addresses_of,
    announce,
    exam_session,
    started,
)
from jiankao_collector.config import DataFolder, write_private
from jiankao_collector.demo.address_plan import POLICY_TOML
from jiankao_collector.demo.scenes.catalogue import SCENES
from jiankao_collector.errors import ConfigurationError
from jiankao_collector.founding import found
from jiankao_collector.serving import serving
from jiankao_proto.records import RosterChanged, RosterEntry

ROOM = "demo"
NAME = "模拟考场 / simulated room"
_MOST_SEATS = 200


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = new_parser(
        subparsers,
        "demo",
        "show a room of simulated workstations on the console",
        "The workstations are simulated and marked so; keys, protocol, evidence log and judgement are real.",
    )
    parser.set_defaults(data=None)
    add_all_in_one(parser)
    parser.add_argument("--seats", type=int, default=30, help="how many workstations")
    parser.add_argument(
        "--scene",
        action="append",
        default=[],
        choices=[scene.id for scene in SCENES],
        metavar="ID",
        help="a scene to play; may be given several times: " + ", ".join(s.id for s in SCENES),
    )
    parser.add_argument("--seed", type=int, default=1, help="another number gives other candidates")


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    if not 1 <= arguments.seats <= _MOST_SEATS:
        raise ConfigurationError(f"--seats {arguments.seats}: 1 to {_MOST_SEATS}")
    if arguments.data is not None:
        asyncio.run(_demo(arguments, DataFolder(arguments.data)))
    else:
        with tempfile.TemporaryDirectory(prefix="jiankao-demo-") as root:
            asyncio.run(_demo(arguments, DataFolder(Path(root) / "data")))
    return 0


async def _demo(arguments: argparse.Namespace, folder: DataFolder) -> None:
    if folder.is_initialised:
        raise ConfigurationError(
            f"{folder.root}: holds evidence already; the demo wants a new folder"
        )
    found(folder, addresses_of(arguments), operator())
    stop = stop_signal()
    seats = [f"{number:02d}" for number in range(1, arguments.seats + 1)]
    tickets = folder.root / "demo-tickets"
    lines = "".join(f"{ROOM}\t{seat}\t{ticket}\n" for seat, ticket in issue(folder, ROOM, seats))
    write_private(tickets, lines.encode())
    roster = tuple(RosterEntry(ROOM, seat, None, f"C{20260000 + int(seat)}") for seat in seats)
    append(folder, [RosterChanged(roster, operator())])
    async with serving(folder, addresses_of(arguments)) as running:
        where = running.listening
        scenes = [word for scene in arguments.scene for word in ("--scene", scene)]
        command = [
            *(sys.executable, "-m", "jiankao_collector.demo", "--telemetry", str(where.telemetry)),
            *("--enrolment", str(where.enrolment), "--tickets-file", str(tickets)),
            *("--evidence-log", str(folder.evidence_log)),
            *("--seed", str(arguments.seed), *scenes),
        ]
        # As with `up`: the exam session is closed before the workstations say goodbye.
        async with started(command, "the simulated room") as room:
            with exam_session(folder, NAME, ROOM, POLICY_TOML.encode()):
                announce(running, {"room": room.pid}, as_json=arguments.json)
                await running.until(stop)
