"""How the C library's heap is kept small. Other C libraries than glibc have nothing to set, and are left alone.

Each thread gets a heap of its own by default, so that threads need not wait for each other; the agent has dozens of
threads that mostly wait, and Python lets only one run at a time anyway. Numbers: glibc's malloc.h; mallopt(3).
"""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_GIVEN_BACK_ABOVE = 128 * 1024
"""What glibc begins with; by itself it raises both after the first large block was freed, and keeps the next ones."""


def keep_small() -> bool:
    """Use one heap for all threads, and give large blocks back as they are freed; False when that is not to be had.

    Call it before there are threads: heaps that exist already stay.
    """
    library = _library()
    if library is None:
        return False
    wanted = (
        (_M_ARENA_MAX, 1),
        (_M_TRIM_THRESHOLD, _GIVEN_BACK_ABOVE),
        (_M_MMAP_THRESHOLD, _GIVEN_BACK_ABOVE),
    )
    return all(library.mallopt(option, value) for option, value in wanted)


def give_back() -> None:
    """Return to the system what the heap holds and nobody uses."""
    if library := _library():
        library.malloc_trim(0)


def _library() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    else:  # noqa: RET505 - mypy reads a platform's branch only as an else
        library = ctypes.CDLL(None)
        return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
