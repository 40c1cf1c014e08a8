"""What is kept does not grow with what has happened: batches that were sent, ports that were used."""

import asyncio
import gc
import socket
import sys

import pytest

from jiankao_agent.config import StateFolder
from jiankao_agent.platform.linux.proc_net import SocketTables
from jiankao_proto.observations import Endpoint
from tests.support.fake_collector import FakeCollector

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")

FIRST, LAST = 1_000, 4_000
MAY_GROW_KIB = 900
"""300 bytes a batch, which is what the agent once grew by; a sound one takes a step now and then, and then none."""


async def test_memory_does_not_grow_with_batches(
    collector: FakeCollector, state: StateFolder
) -> None:
    agent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.many_batches", str(state.path)),
        *(str(FIRST), str(LAST)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await asyncio.wait_for(agent.communicate(), 120)
    assert agent.returncode == 0, errors.decode()
    assert collector.count >= LAST // 2
    first, last = (int(line) for line in out.split())
    assert last - first < MAY_GROW_KIB


def test_ports_that_were_used_are_forgotten() -> None:
    tables = SocketTables()
    seen: set[int] = set()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        for turn in range(20):
            pairs = []
            for _ in range(20):
                near = socket.create_connection(listening.getsockname())
                pairs += [near, listening.accept()[0]]
            rows = tables.read(b"%d" % turn)
            here = listening.getsockname()[1]
            seen |= {row.remote.port for row in rows if row.local.port == here}
            for one in pairs:
                one.close()
    assert len(seen) >= 300
    rows = tables.read(b"now")
    # A few may be in use again by then.
    assert _endpoints(seen) <= 40
    assert rows


def test_who_comes_second_gets_what_the_first_has_read() -> None:
    tables = SocketTables()
    rows = tables.read(b"1")
    assert tables.at(b"1") is rows
    assert tables.at(b"2") is not rows


def _endpoints(ports: set[int]) -> int:
    gc.collect()
    return sum(isinstance(thing, Endpoint) and thing.port in ports for thing in gc.get_objects())
