"""A simulated exam room against a running collector: python -m jiankao_collector.demo.

Runs in a process of its own, so that it costs the collector nothing. Ends cleanly on SIGINT and
SIGTERM: every agent says goodbye.
"""

import jiankao_collector.demo.quiet_grpc  # noqa: F401 - before anything imports grpc

# isort: split
import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from jiankao_collector.config import Address
from jiankao_collector.demo.cast import Part, cast
from jiankao_collector.demo.insider import Insider
from jiankao_collector.demo.room import Admittance, Room
from jiankao_collector.demo.scenes.catalogue import SCENES
from jiankao_collector.errors import ConfigurationError
from jiankao_proto.errors import JiankaoError

_PROGRESS_EVERY_S = 10.0
_COLUMNS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Play a room; return the exit code: 0 when stopped, 1 for an error, told in one line."""
    options = _parser().parse_args(arguments)
    try:
        telemetry, enrolment = Address.parse(options.telemetry), Address.parse(options.enrolment)
        admittances = read_tickets(options.tickets_file)
        parts = cast(len(admittances), options.scene)
        insider = insider_of(parts, options.evidence_log)
    except JiankaoError as error:
        print(f"jiankao-collector demo: {error}", file=sys.stderr)
        return 1
    for admittance, part in zip(admittances, parts, strict=True):
        print(_line(admittance, part), flush=True)
    room = Room(telemetry, enrolment, _tell, seed=options.seed, insider=insider)
    asyncio.run(_run(room, admittances, parts))
    return 0


def insider_of(parts: Sequence[Part], log: Path | None) -> Insider | None:
    """Return who plays what scenes have done at the collector. Raises ConfigurationError when he has no log."""
    if log is not None:
        return Insider(log)
    for part in parts:
        if part.scene.at_collector:
            raise ConfigurationError(
                f"scene {part.scene.id}: somebody rules on alerts at the collector; name its log with --evidence-log"
            )
    return None


def read_tickets(source: str) -> list[Admittance]:
    """Read tickets, one a line: room, seat and ticket with tabs between. `-` is standard input.

    Raises ConfigurationError, naming the line that is wrong.
    """
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{source}: the tickets cannot be read: {error}") from error
    admittances = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) != _COLUMNS or not all(columns):
            raise ConfigurationError(
                f"{source}, line {number}: expected room, seat and ticket with tabs between"
            )
        admittances.append(Admittance(*columns))
    if not admittances:
        raise ConfigurationError(f"{source}: holds no ticket; one line a seat is needed")
    return admittances


async def _run(room: Room, admittances: Sequence[Admittance], parts: Sequence[Part]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:  # Windows: Ctrl-C arrives as KeyboardInterrupt
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))
    progress = asyncio.create_task(_show_progress(room))
    try:
        await room.run(admittances, parts, stopping)
    finally:
        progress.cancel()
        await asyncio.wait({progress})


async def _show_progress(room: Room) -> None:
    while True:
        await asyncio.sleep(_PROGRESS_EVERY_S)
        now = room.progress()
        print(
            f"seats {now.connected}/{now.seats}  batches {now.acknowledged}/{now.sealed}"
            f"  refused {now.refused}  acknowledged after {now.median_ack_s * 1000:.0f} ms",
            flush=True,
        )


def _line(admittance: Admittance, part: Part) -> str:
    scene = part.scene
    onset = f"{part.onset_s:4.0f} s" if scene.alerts else "      "
    return (
        f"{admittance.room} {admittance.seat}  {onset}  {scene.id:<16}"
        f"  {scene.title_zh} / {scene.title_en}"
    )


def _tell(line: str) -> None:
    print(f"jiankao-collector demo: {line}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    known = ", ".join(s.id for s in SCENES)
    parser = argparse.ArgumentParser(
        prog="python -m jiankao_collector.demo",
        description="Plays a room of simulated workstations against a running collector.",
    )
    parser.add_argument("--telemetry", required=True, metavar="HOST:PORT")
    parser.add_argument("--enrolment", required=True, metavar="HOST:PORT")
    parser.add_argument(
        "--tickets-file",
        required=True,
        metavar="FILE",
        help="one line a seat: room, seat and ticket with tabs between; - for standard input",
    )
    parser.add_argument(
        "--scene",
        action="append",
        default=[],
        metavar="ID",
        help=f"a scene to play, once or several times; all of them when not given: {known}",
    )
    parser.add_argument(
        "--evidence-log",
        type=Path,
        metavar="FILE",
        help="the collector's evidence log, for scenes in which somebody at the collector writes rulings into it",
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="another number, another room (default: 1)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
