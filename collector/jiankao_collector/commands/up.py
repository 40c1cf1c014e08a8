"""jiankao-collector up: everything on one machine, for a first look.

The one place where the collector's side starts the agent, as a separate process and through the real enrolment call.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from jiankao_collector.commands.base import append, new_parser, operator
from jiankao_collector.commands.exam_session import open_exam_session, open_exam_sessions
from jiankao_collector.commands.serve import stop_signal
from jiankao_collector.commands.ticket import issue
from jiankao_collector.config import CONSOLE_PORT, Address, Addresses, DataFolder
from jiankao_collector.errors import CollectorError
from jiankao_collector.founding import FIRST_USER, found
from jiankao_collector.knowledge.policy import read
from jiankao_collector.policy_admission import Admitted
from jiankao_collector.serving import Serving, serving
from jiankao_proto.ids import ExamSessionId
from jiankao_proto.meeting import TELEMETRY_PORT
from jiankao_proto.records import ExamSessionClosed

ROOM, SEAT = "trial", "01"
TRIAL = "试运行 / trial run"
_AGENT_STOPS_WITHIN_S = 5.0


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = new_parser(
        subparsers,
        "up",
        "start a collector and an agent that watches this machine",
        "Makes the data folder when it is new, enrols this machine as a workstation, opens a trial exam session, and "
        "prints the console's address and log-in. Ctrl-C stops everything.",
    )
    add_all_in_one(parser)


def add_all_in_one(parser: argparse.ArgumentParser) -> None:
    """Add the options of an all-in-one start."""
    parser.add_argument(
        "--grpc",
        type=Address.parse,
        default=Address("127.0.0.1", TELEMETRY_PORT),
        metavar="HOST:PORT",
        help="where workstations send telemetry; port 0 takes a free one",
    )
    parser.add_argument(
        "--enrolment",
        type=Address.parse,
        default=None,
        metavar="HOST:PORT",
        help="where workstations are enrolled; default: the port after that of --grpc",
    )
    parser.add_argument(
        "--console",
        type=Address.parse,
        default=Address("127.0.0.1", CONSOLE_PORT),
        metavar="HOST:PORT",
        help="where the console is; plain HTTP on loopback, HTTPS elsewhere; port 0 takes a free one",
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready")


def addresses_of(arguments: argparse.Namespace) -> Addresses:
    """Return the addresses of an all-in-one start."""
    grpc: Address = arguments.grpc
    enrolment = arguments.enrolment or Address(grpc.host, grpc.port + 1 if grpc.port else 0)
    return Addresses(grpc, enrolment, arguments.console)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    asyncio.run(_up(arguments))
    return 0


async def _up(arguments: argparse.Namespace) -> None:
    folder = DataFolder(arguments.data)
    if not folder.is_initialised:
        found(folder, addresses_of(arguments), operator())
    stop = stop_signal()
    state = folder.root / "this-workstation"
    async with serving(folder, addresses_of(arguments)) as running:
        if not (state / "enrolment.json").exists():
            await _enrol(running, state)
        where = running.listening.telemetry
        command = [
            *(sys.executable, "-m", "jiankao_agent", "run", "--state", str(state)),
            *("--collector", where.host, "--telemetry-port", str(where.port)),
        ]
        # The exam session is closed before the agent says goodbye: its going is no incident then.
        async with started(command, "the agent") as agent:
            with exam_session(folder, TRIAL, ROOM):
                announce(running, {"agent": agent.pid}, as_json=arguments.json)
                await running.until(stop)


async def _enrol(running: Serving, state: Path) -> None:
    """Enrol this machine through the real call, with a real ticket. Raises CollectorError."""
    ((_, ticket),) = await asyncio.to_thread(issue, running.folder, ROOM, [SEAT])
    where = running.listening
    agent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jiankao_agent", "enrol", "--state", str(state)),
        *("--collector", where.telemetry.host, "--telemetry-port", str(where.telemetry.port)),
        *("--enrolment-port", str(where.enrolment.port), "--ticket", ticket),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaint = await agent.communicate()
    if agent.returncode:
        raise CollectorError(f"this machine could not be enrolled: {complaint.decode().strip()}")


@contextlib.contextmanager
def exam_session(folder: DataFolder, name: str, room: str, policy: bytes = b"") -> Iterator[None]:
    """Have an exam session open in a room; one opened here is closed again."""
    if any(room in opened.rooms for opened, _ in open_exam_sessions(folder).values()):
        yield
        return
    own = Admitted(read(policy), policy) if policy else None
    session = open_exam_session(folder, name, (room,), own)
    try:
        yield
    finally:
        append(folder, [ExamSessionClosed(ExamSessionId(session), operator())])


@contextlib.asynccontextmanager
async def started(command: list[str], what: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process beside this one and stop it in an orderly way; say so when it ends by itself."""
    # A session of its own: Ctrl-C reaches us only, so that the process can say goodbye while the collector listens.
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=sys.stderr, start_new_session=True
    )

    async def watch() -> None:
        code = await process.wait()
        print(
            f"jiankao-collector: {what} ended with code {code}; start again to watch on",
            file=sys.stderr,
        )

    watching = asyncio.create_task(watch())
    try:
        yield process
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), _AGENT_STOPS_WITHIN_S)
            except TimeoutError:
                process.kill()
                await process.wait()


def announce(running: Serving, processes: dict[str, int], *, as_json: bool) -> None:
    """Say where everything is."""
    where = running.listening
    try:
        password = running.folder.first_password.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        password = ""
    if as_json:
        ready = {
            "console": where.console_url,
            "grpc": str(where.telemetry),
            "enrolment": str(where.enrolment),
            "user": FIRST_USER,
            "password": password or None,
            "data": str(running.folder.root.resolve()),
            "pids": {"collector": os.getpid(), **processes},
        }
        print(json.dumps(ready), flush=True)
        return
    shown = password or "(as you set it; jiankao-collector user password chief sets it anew)"
    print(
        f"\n  监考 jiankao\n\n  console 控制台   {where.console_url}\n  user 用户        {FIRST_USER}\n"
        f"  password 密码    {shown}\n  data 数据        {running.folder.root.resolve()}\n\n"
        "  Ctrl-C stops everything. 按 Ctrl-C 停止。\n",
        flush=True,
    )
