"""What one reading of the kernel's socket tables costs, and what asking its counters does. Prints one JSON object.

python -m tests.bench.socket_tables [--readings N] [--sockets N]

As the agent reads them: /proc/net/{tcp,tcp6,udp,udp6} opened, read and compared with the reading before; and the
counters that say whether that is worth while. First with the sockets that are there, then with N more. Milliseconds of
processor time of one thread, most of which is the kernel's: it walks through tables whose size depends on the machine's
memory, not on how many sockets there are.
"""

import argparse
import contextlib
import json
import os
import socket
import time
from collections.abc import Callable
from statistics import median

import psutil

from jiankao_agent.platform.linux.proc_net import SocketCounters, SocketTables


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--readings", type=int, default=200)
    parser.add_argument("--sockets", type=int, default=300)
    asked = parser.parse_args()
    counters, tables = SocketCounters(), SocketTables()
    figures: dict[str, object] = {"bench": "socket_tables", "cores": os.cpu_count()}
    figures["counters_ms"] = _cost_ms(counters.read, asked.readings)
    figures["few"] = _tables(tables, asked.readings)
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for _ in range(asked.sockets // 2):
            stack.enter_context(socket.create_connection(listening.getsockname()))
            stack.enter_context(listening.accept()[0])
        figures["with_more"] = _tables(tables, asked.readings)
    figures["load_average"] = round(psutil.getloadavg()[0], 1)
    print(json.dumps(figures))


def _tables(tables: SocketTables, readings: int) -> dict[str, object]:
    return {
        "sockets": len(tables.read(b"")),
        "reading_ms": _cost_ms(lambda: tables.read(b""), readings),
    }


def _cost_ms(call: Callable[[], object], times: int) -> dict[str, float]:
    taken: list[float] = []
    for _ in range(times):
        began = time.thread_time_ns()
        call()
        taken.append((time.thread_time_ns() - began) / 1e6)
    return {"median": round(median(taken), 3), "most": round(max(taken), 3)}


if __name__ == "__main__":
    main()
