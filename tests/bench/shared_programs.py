"""What comparing programs across seats costs at a province's size, where every seat compiles programs of its own.

python -m tests.bench.shared_programs [--seats N] [--own N]

Every seat runs five programs that all have, one that a twentieth of the seats share (another one in every fifty rooms),
and --own programs nobody else has. Prints one JSON object: processor time for each program started, and memory at the
end as Python counts it, of which the digests, names and seats that came in are a part.
"""

import argparse
import json
import time
import tracemalloc
from hashlib import sha256

from jiankao_collector.assessment import load_rules
from jiankao_collector.scoring.rings import Member
from jiankao_collector.scoring.shared_programs import SETTLE_US, SharedPrograms
from jiankao_proto.ids import WorkstationId
from jiankao_proto.observations import Process

SEATS_OF_ROOM = 40


def started(name: str) -> Process:
    """Return an unsigned program that somebody downloaded."""
    digest = sha256(name.encode()).digest()
    path = f"C:\\Users\\candidate\\Downloads\\{name}.exe"
    return Process(1, 1, f"{name}.exe", executable=path, executable_sha256=digest)


def run(seats: int, own: int) -> tuple[SharedPrograms, int, int]:
    """Let every seat start its programs; return what follows them, how many started and how many were told."""
    catalogue = load_rules().catalogue
    programs = SharedPrograms(lambda process: catalogue.find(process) is not None)
    count = told = 0
    for turn in range(own + 6):
        for number in range(seats):
            room = number // SEATS_OF_ROOM
            member = Member(WorkstationId(f"ws-{number}"), f"room-{room}", str(number))
            if turn < 5:
                name = f"exam-{turn}"
            elif turn == 5:
                name = f"brought-{room // 50}" if number % 20 == 0 else f"own-{number}"
            else:
                name = f"compiled-{number}-{turn}"
            found = programs.take(member, [started(name)], turn * 60_000_000, count)
            count += 1
            told += len(found.at_workstations)
    told += len(programs.settle((own + 6) * 60_000_000 + SETTLE_US, count).at_workstations)
    return programs, count, told


def main() -> None:
    """Measure and print: time first, memory in a run of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seats", type=int, default=10_000)
    parser.add_argument("--own", type=int, default=20)
    arguments = parser.parse_args()
    began = time.process_time()
    _, count, told = run(arguments.seats, arguments.own)
    spent_s = time.process_time() - began
    load_rules()
    tracemalloc.start()
    programs, *_ = run(arguments.seats, arguments.own)
    memory, _ = tracemalloc.get_traced_memory()
    del programs
    without, _ = tracemalloc.get_traced_memory()
    print(
        json.dumps(
            {
                "seats": arguments.seats,
                "programs_started": count,
                "findings": told,
                "us_per_program_with_making_it": round(spent_s / count * 1e6, 2),
                "memory_mib": round((memory - without) / 2**20, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
