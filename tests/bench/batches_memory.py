"""Whether the agent's memory grows with the batches it has sent. Prints one JSON object.

python -m tests.bench.batches_memory [--batches N] [--from N]

An agent (tests/support/many_batches.py) that seals, keeps and sends batch after batch without a pause, each a message
of its own on one gRPC stream with mutual TLS, to a collector that acknowledges them. Its memory that is no file's and
the blocks that Python's allocator has given out, after the first few and at the end; both once it has tidied.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

import jiankao_agent.tls  # noqa: F401 - before grpc: it says which TLS versions gRPC may speak

# isort: split
from tests.support.fake_collector import FakeCollector


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--batches", type=int, default=20_000)
    parser.add_argument("--from", type=int, default=2_000, dest="first")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jiankao-bench-") as root:
        said = asyncio.run(_run(Path(root) / "state", asked.first, asked.batches))
    (first_kib, first_blocks), (last_kib, last_blocks) = (
        map(int, line.split()) for line in said.splitlines()
    )
    batches = asked.batches - asked.first
    figures: dict[str, object] = {"bench": "batches_memory", "cores": os.cpu_count()}
    figures |= {"batches": [asked.first, asked.batches], "anonymous_kib": [first_kib, last_kib]}
    figures |= {"blocks": [first_blocks, last_blocks]}
    figures["bytes_a_batch"] = round(1024 * (last_kib - first_kib) / batches, 1)
    figures["load_average"] = round(psutil.getloadavg()[0], 1)
    print(json.dumps(figures))


async def _run(state: Path, first: int, last: int) -> str:
    """Return what the agent said. Raises SystemExit when it failed."""
    collector = FakeCollector()
    await collector.start()
    try:
        await _python(
            *("-m", "jiankao_agent", "enrol", "--state", str(state)),
            *("--collector", "127.0.0.1", "--ticket", collector.ticket),
            *("--telemetry-port", str(collector.telemetry_port)),
            *("--enrolment-port", str(collector.enrolment_port)),
        )
        return await _python("-m", "tests.support.many_batches", str(state), str(first), str(last))
    finally:
        await collector.kill()


async def _python(*words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    said, complaints = await process.communicate()
    if process.returncode:
        raise SystemExit(f"{words[1]} failed: {complaints.decode()}")
    return said.decode()


if __name__ == "__main__":
    main()
