"""A name for a thread that the system shows (`top -H`, `ps -L`), so that what a sensor costs can be seen."""

import threading
from contextlib import suppress
from pathlib import Path

LONGEST = 15
"""Bytes the kernel keeps (prctl(2), PR_SET_NAME)."""


def name_this_thread(name: str) -> None:
    """Give the calling thread a name; where there is no such file it goes without."""
    with suppress(OSError):
        Path(f"/proc/self/task/{threading.get_native_id()}/comm").write_bytes(
            name.encode()[:LONGEST]
        )
