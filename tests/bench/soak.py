"""A simulated room for a long time: does anything grow that should not, and does the log still hold? Prints JSON.

python -m tests.bench.soak [--minutes N] [--seats N]

Every scene plays once near the beginning; what follows is an ordinary exam. The resident memory of the collector and of
the room is sampled each half minute. At the end the collector is stopped, its log verified, and judged again.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

PROGRAMS = Path(sys.executable).parent
SAMPLE_S = 30.0
STOPS_WITHIN_S = 60.0


def resident_mib(pid: int) -> float:
    """Return what a process holds in memory."""
    return round(psutil.Process(pid).memory_info().rss / 2**20, 1)


def audit(word: str, data: Path) -> tuple[int, float]:
    """Run jiankao-audit WORD; return its exit code and the seconds it took."""
    began = time.monotonic()
    done = subprocess.run(
        [PROGRAMS / "jiankao-audit", word, data, "--json"], stdout=subprocess.DEVNULL, check=False
    )
    return done.returncode, round(time.monotonic() - began, 1)


def watch(ready: dict[str, Any], minutes: float) -> list[dict[str, float]]:
    """Sample both processes until the time is over. Raises psutil.NoSuchProcess when one has ended."""
    began = time.monotonic()
    samples = []
    while (passed := time.monotonic() - began) < minutes * 60:
        sample = {"at_s": round(passed)} | {
            f"{name}_mib": resident_mib(pid) for name, pid in ready["pids"].items()
        }
        samples.append(sample)
        print(json.dumps(sample), file=sys.stderr, flush=True)
        time.sleep(min(SAMPLE_S, max(0.0, minutes * 60 - passed)))
    return samples


def soak(data: Path, minutes: float, seats: int) -> dict[str, Any]:
    """Run the room; return the figures."""
    free = [part for n in ("grpc", "enrolment", "console") for part in (f"--{n}", "127.0.0.1:0")]
    with (data.parent / "demo.log").open("w", encoding="utf-8") as log:
        demo = subprocess.Popen(
            [
                *(str(PROGRAMS / "jiankao-collector"), "demo", "--json"),
                *("--data", str(data), "--seats", str(seats), *free),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        with demo:
            try:
                assert demo.stdout is not None
                said = demo.stdout.readline()
                if not said:
                    sys.exit("the demo ended before it was ready")
                samples = watch(json.loads(said), minutes)
            finally:
                demo.send_signal(signal.SIGINT)
                demo.wait(STOPS_WITHIN_S)
    verify_code, verify_s = audit("verify", data)
    replay_code, replay_s = audit("replay", data)
    # The first two minutes fill caches and play the first scenes.
    settled = [s for s in samples if s["at_s"] >= 120] or samples
    return {
        "bench": "soak",
        "seats": seats,
        "minutes": minutes,
        "stopped_with": demo.returncode,
        "collector_mib": [settled[0]["collector_mib"], settled[-1]["collector_mib"]],
        "collector_mib_most": max(s["collector_mib"] for s in samples),
        "log_mib": round((data / "evidence.sqlite").stat().st_size / 2**20, 1),
        "verify": {"exit_code": verify_code, "seconds": verify_s},
        "replay": {"exit_code": replay_code, "seconds": replay_s},
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="how long (default: %(default)s)"
    )
    parser.add_argument(
        "--seats", type=int, default=30, help="how many seats (default: %(default)s)"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jiankao-soak-") as folder:
        print(json.dumps(soak(Path(folder) / "data", asked.minutes, asked.seats)))


if __name__ == "__main__":
    main()
