"""How the agent's memory is kept small: its heap (with glibc; others have nothing to set) and the libraries' code.

Each thread gets a heap of its own by default, so that threads need not wait for each other; the agent has dozens of
threads that mostly wait, and Python lets only one run at a time anyway. Numbers: glibc's malloc.h, mallopt(3);
Linux's mman-common.h, madvise(2); proc_pid_smaps(5).

Python keeps tuples that were freed for the next ones, up to 2000 of each length, and gives them back only in a full
collection of garbage. It makes one by itself when a quarter more objects are there than at the last: with all that the
start made, that is hours. So what the start made is set apart, and a collection, which then has little to walk
through, is made now and then (CPython's gc module, gc.freeze; Objects/tupleobject.c).
"""

import ctypes
import gc
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_GIVEN_BACK_ABOVE = 128 * 1024
"""What glibc begins with; by itself it raises both after the first large block was freed, and keeps the next ones."""
_MADV_DONTNEED = 4
_SMAPS = Path("/proc/self/smaps")
_FIELDS_OF_A_FILE = 6
"""Range, rights, offset, device, inode, and the path, which the others have not."""


def keep_small() -> bool:
    """Use one heap for all threads, and give large blocks back as they are freed; False when that is not to be had.

    Call it before there are threads: heaps that exist already stay.
    """
    library = _library()
    if library is None or not hasattr(library, "mallopt"):
        return False
    wanted = (
        (_M_ARENA_MAX, 1),
        (_M_TRIM_THRESHOLD, _GIVEN_BACK_ABOVE),
        (_M_MMAP_THRESHOLD, _GIVEN_BACK_ABOVE),
    )
    return all(library.mallopt(option, value) for option, value in wanted)


def settle() -> None:
    """Let go of what only the start needed. To be called once the agent is under way.

    What garbage it left is collected, and what it made is left alone by later collections: it stays for good anyway,
    and walking through it would map libraries again that are not used any more.
    Free pieces of the heap go back to the system. The libraries' code, much of which has run for the last time, is
    unmapped; what is used is mapped again from the file when it runs, piece by piece.
    """
    gc.collect()
    gc.freeze()
    library = _library()
    if library is None:
        return
    library.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    try:
        # Line by line: all of them at once would leave half a megabyte of the heap in pieces.
        with _SMAPS.open("rb") as lines:
            ranges = list(untouched_code(lines))
    except OSError:  # /proc is not mounted: the sensors say so, this is no loss
        ranges = []
    for begin, end in ranges:
        library.madvise(begin, end - begin, _MADV_DONTNEED)
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)


def tidy() -> None:
    """Let go of what Python keeps for later. To be called now and then: it costs a millisecond once it has settled."""
    gc.collect()


def untouched_code(smaps: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each mapping of code that is just as it is in its file.

    A page that differs from the file (a debugger's breakpoint) would be lost, and its mapping is left out.
    """
    code: tuple[int, int] | None = None
    for line in smaps:
        fields = line.split(None, _FIELDS_OF_A_FILE - 1)
        if len(fields) == _FIELDS_OF_A_FILE and fields[1] == b"r-xp" and fields[5].startswith(b"/"):
            code = _range(fields[0])
        elif fields and not fields[0].endswith(b":"):
            code = None
        elif code is not None and fields[0] == b"Anonymous:":
            if fields[1:2] == [b"0"]:
                yield code
            code = None


def _range(text: bytes) -> tuple[int, int] | None:
    first, _, last = text.partition(b"-")
    try:
        return int(first, 16), int(last, 16)
    except ValueError:
        return None


def _library() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    else:  # noqa: RET505 - mypy reads a platform's branch only as an else
        return ctypes.CDLL(None)
