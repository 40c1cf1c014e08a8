"""How soon a seat is heard again after its cable was out, or its collector gone. Prints one JSON object. Needs root.

python -m tests.bench.reconnect [--out SECONDS ...]

A real agent and a real collector on hosts of their own (network namespaces). The cable is pulled for each of the given
times and put back; told is how long after that the collector has admitted the next batch. Then the same with the
collector killed and started again, where the time counts from its being ready.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import psutil

from tests.support.exam_room import ExamRoom, exam_room, until
from tests.support.hosts import why_not

_HEARD_WITHIN_S = 120


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", type=float, nargs="+", default=[5.0, 30.0, 90.0, 90.0])
    asked = parser.parse_args()
    figures: dict[str, object] = {"bench": "reconnect", "cores": os.cpu_count()}
    if reason := why_not():
        print(json.dumps({**figures, "why_not": reason}))
        return
    with (
        tempfile.TemporaryDirectory(prefix="jiankao-bench-") as root,
        exam_room(Path(root), seats=("01",)) as room,
    ):
        figures["cable"] = [_cable(room, out_s) for out_s in asked.out]
        figures["collector"] = [_collector(room, out_s) for out_s in asked.out]
    figures["load_average"] = round(psutil.getloadavg()[0], 1)
    print(json.dumps(figures))


def _cable(room: ExamRoom, out_s: float) -> dict[str, float]:
    host = room.seats["01"].host
    room.switch.pull(host)
    time.sleep(out_s)
    room.switch.put_back(host)
    return {"out_s": out_s, "heard_after_s": _heard_after_s(room)}


def _collector(room: ExamRoom, out_s: float) -> dict[str, float]:
    assert room.collector.program is not None
    room.collector.program.kill()
    time.sleep(out_s)
    room.collector.start()
    return {"out_s": out_s, "heard_after_s": _heard_after_s(room)}


def _heard_after_s(room: ExamRoom) -> float:
    back = time.time_ns() // 1000
    heard = until(
        "the seat", lambda: room.collector.records("envelope_admitted", back), _HEARD_WITHIN_S
    )
    return round((heard[0].recorded_at_us - back) / 1e6, 2)


if __name__ == "__main__":
    main()
