"""The agent, which also keeps a diary of where its memory is. For measurements.

python -m tests.support.memory_diary FILE EVERY_S [--objects] -- ARGUMENTS OF jiankao-agent

Appends a line of JSON to FILE every EVERY_S seconds, from a thread of its own:
- `malloc`: glibc's heap in bytes: what it has of the system (`arena` by brk, `hblkhd` by mmap), what of it is in use
  (`uordblks`) and what lies free in between (`fordblks`); mallinfo(3).
- `pymalloc`: Python's own allocator for small objects, which takes arenas of 256 KiB by mmap: how many arenas it holds
  now and held at most, and bytes in use, free in pools, and free as whole pools (`sys._debugmallocstats`, which says
  nothing while tracemalloc runs). `blocks`: how many it has given out.
- `threads`, and how far Python is from its next collections of garbage (`gc`).
- With --objects: by type, how much garbage there was that only a collection finds, and how many objects there are;
  where the most memory was asked for since the first line (tracemalloc). It costs memory and time, and collects all.
"""

import ctypes
import gc
import json
import os
import re
import sys
import threading
import time
import tracemalloc
from collections import Counter
from pathlib import Path
from tempfile import TemporaryFile

from jiankao_agent.__main__ import main as agent_main

_FRAMES = 6
_SHOWN = 25
_FIELDS = (
    *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
    *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
)
_SAID = re.compile(
    r"^(?P<name># arenas allocated total|# arenas reclaimed|# arenas highwater mark|# arenas allocated current"
    r"|# bytes in allocated blocks|# bytes in available blocks|.*unused pools.*)\s*=\s*(?P<value>[\d,]+)$",
    re.MULTILINE,
)


class _Mallinfo2(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in _FIELDS]


def malloc_now() -> dict[str, int]:
    """Return what glibc says of its heap, in bytes."""
    asked = ctypes.CDLL(None).mallinfo2
    asked.restype = _Mallinfo2
    said = asked()
    return {name: int(getattr(said, name)) for name in ("arena", "hblkhd", "uordblks", "fordblks")}


def pymalloc_now() -> dict[str, int]:
    """Return what Python says of its arenas. It says so on stderr, which is turned aside for that moment."""
    with TemporaryFile() as aside:
        sys.stderr.flush()
        kept = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            sys._debugmallocstats()  # noqa: SLF001 - the only way to know
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        aside.seek(0)
        text = aside.read().decode("ascii", "replace")
    return {
        " ".join(found["name"].strip("# ").split()): int(found["value"].replace(",", ""))
        for found in _SAID.finditer(text)
    }


def garbage_now() -> dict[str, int]:
    """Collect all garbage; return the most frequent types in it."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    gc.set_debug(0)
    found = _types(gc.garbage)
    gc.garbage.clear()
    gc.collect()
    return found


def objects_now() -> dict[str, int]:
    """Return the most frequent types of objects that the collector of garbage knows."""
    return _types(gc.get_objects())


def _types(objects: list[object]) -> dict[str, int]:
    counted = Counter(f"{type(o).__module__}.{type(o).__qualname__}" for o in objects)
    return dict(counted.most_common(_SHOWN))


def keep(file: Path, every_s: float, *, objects: bool) -> None:
    """Write a line every so often, for good."""
    began = time.monotonic()
    first: tracemalloc.Snapshot | None = None
    while True:
        time.sleep(every_s)
        line: dict[str, object] = {"at_s": round(time.monotonic() - began)}
        line |= {"malloc": malloc_now(), "pymalloc": pymalloc_now()}
        line |= {"threads": len(list(Path("/proc/self/task").iterdir()))}
        line |= {"blocks": sys.getallocatedblocks(), "gc": gc.get_count()}
        if objects:
            line["garbage"] = garbage_now()
            line["objects"] = objects_now()
            now = tracemalloc.take_snapshot().filter_traces(
                (tracemalloc.Filter(inclusive=False, filename_pattern=tracemalloc.__file__),)
            )
            first = first or now
            line["traced"] = tracemalloc.get_traced_memory()[0]
            line["grown"] = [
                [g.size_diff, g.count_diff, [f"{f.filename}:{f.lineno}" for f in g.traceback]]
                for g in now.compare_to(first, "traceback")[:_SHOWN]
            ]
            del now
        with file.open("a", encoding="utf-8") as diary:
            diary.write(json.dumps(line) + "\n")


def main() -> int:
    """Run the agent beside its diary."""
    file, every_s, *rest = sys.argv[1:]
    objects = rest[0] == "--objects"
    if objects:
        tracemalloc.start(_FRAMES)
    threading.Thread(
        target=keep, args=(Path(file), float(every_s)), kwargs={"objects": objects}, daemon=True
    ).start()
    return agent_main(rest[rest.index("--") + 1 :])


if __name__ == "__main__":
    sys.exit(main())
