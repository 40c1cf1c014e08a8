"""What keeps the agent's memory small, in a process of its own: it is for good."""

import json
import subprocess
import sys

import pytest

from jiankao_agent.platform.linux.memory import untouched_code

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is kept small on Linux")

_SMAPS = b"""\
7f0000000000-7f0000002000 r--p 00000000 fe:01 11 /usr/lib/libx.so.1
Anonymous:             0 kB
7f0000002000-7f0000009000 r-xp 00002000 fe:01 11 /usr/lib/lib x.so.1
Rss:                  28 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
7f0000010000-7f0000012000 r-xp 00000000 fe:01 12 /usr/lib/liby.so.1
Anonymous:             4 kB
7f0000020000-7f0000022000 r-xp 00000000 00:00 0 [vdso]
Anonymous:             0 kB
7f0000030000-7f0000032000 r-xp 00000000 00:00 0
Anonymous:             0 kB
7f0000040000-7f0000042000 rwxp 00000000 fe:01 13 /usr/lib/libz.so.1
Anonymous:             0 kB
"""
_SETTLES = """
import hashlib, json, ssl, threading
from pathlib import Path
from jiankao_agent.platform.linux import memory

def resident(kind):
    return next(int(l.split()[1]) for l in Path("/proc/self/status").open() if l.startswith(kind))

kept = memory.keep_small()
before = resident("RssFile")
memory.settle()
after = resident("RssFile")
worked = []
threads = [threading.Thread(target=lambda: worked.append(hashlib.sha256(b"x").hexdigest())) for _ in range(20)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
ssl.create_default_context()
memory.settle()
print(json.dumps([kept, before, after, len(set(worked)), len(worked)]))
"""


def test_only_code_that_is_as_in_its_file_is_let_go() -> None:
    assert list(untouched_code(_SMAPS.splitlines())) == [(0x7F0000002000, 0x7F0000009000)]


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\0\xff", b"Anonymous: 0 kB", b"x-y r-xp 0 0 0 /z", b"0-1 r-xp 0 0 0 /z\nAnonymous:"],
)
def test_garbage_names_no_code(garbage: bytes) -> None:
    assert list(untouched_code(garbage.splitlines())) == []


def test_a_process_that_has_settled_holds_less_and_works_on() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _SETTLES], check=True, capture_output=True, text=True
    ).stdout
    kept, before, after, different, worked = json.loads(said)
    assert kept
    assert after < before
    assert (different, worked) == (1, 20)
