"""What is kept does not grow with what has happened: batches that were sent, ports that were used, looks taken."""

import asyncio
import gc
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from jiankao_agent.binaries import look_at_own_files, own_folders
from jiankao_agent.config import StateFolder
from jiankao_agent.errors import SensorError
from jiankao_agent.platform.linux.proc_net import SocketTables
from jiankao_agent.platform.linux.session_homes import session_homes
from jiankao_agent.platform.linux.setting_files import SettingFiles
from jiankao_agent.platform.linux.sys_devices import SysDevices
from jiankao_agent.platform.linux.systemd_units import SystemdUnits
from jiankao_agent.platform.linux.uinput_holders import device_exists
from jiankao_agent.platform.linux.x11_connection import X11Connection
from jiankao_agent.platform.linux.x_displays import XDisplay, local_display_numbers
from jiankao_agent.sensors.watched_places import places
from jiankao_proto.observations import Endpoint
from tests.support.fake_collector import FakeCollector

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")

FIRST, LAST = 1_000, 4_000
MAY_GROW_KIB = 900
"""300 bytes a batch, which is what the agent once grew by; a sound one takes a step now and then, and then none."""
MAY_GROW_BLOCKS = 75
"""Of Python's allocator. A name that is made anew for each batch, and stays in a cache, takes twice as many."""


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
    (first_kib, first_blocks), (last_kib, last_blocks) = (
        map(int, line.split()) for line in out.splitlines()
    )
    assert last_kib - first_kib < MAY_GROW_KIB
    assert last_blocks - first_blocks < MAY_GROW_BLOCKS


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


_MAKES_TUPLES = """
import json, sys
from jiankao_agent.platform.linux import memory

def blocks_after(count):
    for _ in range(count):
        tuple(n for n in (1, 2, 3))  # made longer and then cut: it goes where those of three are kept
    return sys.getallocatedblocks()

memory.settle()
before = blocks_after(0)
made = blocks_after(1500)
memory.tidy()
print(json.dumps([before, made, blocks_after(0)]))
"""


def test_what_python_keeps_of_freed_tuples_is_given_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MAKES_TUPLES], check=True, capture_output=True, text=True
    )
    before, made, tidied = json.loads(done.stdout)
    assert made - before > 1000, "nothing to give back: Python keeps no tuples any more"
    assert tidied - before < 100


def test_looking_again_interns_no_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Python's table of interned names takes a place for each one, also when it goes: half a MiB at its next size."""
    units, settings, devices = SystemdUnits(), SettingFiles(), SysDevices()

    def look() -> None:
        homes = session_homes()
        units.enabled_for_system()
        units.enabled_for_users(homes)
        units.running()
        devices.read()
        settings.read()
        look_at_own_files()
        places(tmp_path, own_folders(), (), homes)
        device_exists()
        local_display_numbers()

    interned: list[str] = []
    intern = sys.intern

    def count(name: str) -> str:
        interned.append(name)
        return intern(name)

    look()
    monkeypatch.setattr(sys, "intern", count)
    monkeypatch.setattr(settings, "_asked_s", 0.0)
    look()
    kept = {*Path("/tmp/.X11-unix").parts}
    assert [name for name in interned if name not in kept] == []


def test_a_display_that_is_not_there_leaves_no_garbage() -> None:
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            with pytest.raises(SensorError):
                X11Connection(XDisplay(59_999), {})
        left = sum(isinstance(thing, FileNotFoundError) for thing in gc.get_objects())
    finally:
        gc.enable()
    assert left < 20


def _endpoints(ports: set[int]) -> int:
    gc.collect()
    return sum(isinstance(thing, Endpoint) and thing.port in ports for thing in gc.get_objects())
