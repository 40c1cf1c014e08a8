"""jiankao-collector serve."""

import argparse
import asyncio
import signal

from jiankao_collector.commands.base import folder_of, new_parser
from jiankao_collector.commands.exam_session import read_thresholds
from jiankao_collector.commands.init import add_addresses
from jiankao_collector.config import Addresses, read_addresses
from jiankao_collector.live import Live
from jiankao_collector.serving import serving


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser."""
    parser = new_parser(
        subparsers, "serve", "run the collector until it is stopped (Ctrl-C or SIGTERM)"
    )
    add_addresses(parser, None)


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    asyncio.run(_serve(arguments))
    return 0


async def _serve(arguments: argparse.Namespace) -> None:
    folder = folder_of(arguments)
    written = read_addresses(folder)
    read_thresholds(folder, ())  # a mistake is told now, not when an exam session opens
    addresses = Addresses(
        arguments.grpc or written.telemetry,
        arguments.enrolment or written.enrolment,
        arguments.console or written.console,
    )
    stop = stop_signal()
    async with serving(folder, addresses) as running:
        where = running.listening
        print(
            f"telemetry {where.telemetry}, enrolment {where.enrolment}, console {where.console_url}",
            flush=True,
        )
        telling = asyncio.create_task(_tell_when_judged(running.live))
        try:
            await running.until(stop)
        finally:
            telling.cancel()
            await asyncio.wait({telling})


async def _tell_when_judged(live: Live) -> None:
    """Say when what was recorded before is judged: the second of two moments, the first being that it serves."""
    await live.caught_up.wait()
    again = live.progress
    print(
        f"judging is up to date: {again.done} records judged in {again.took_s:.1f} s",
        flush=True,
    )


def stop_signal() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
