"""One collector per data folder, and what it tells the commands beside it.

The lock is the operating system's: it ends with the process, however that ends. What the file says holds only while it
is locked.
"""

import os
import sys
import time
from pathlib import Path
from typing import IO

from jiankao_collector.errors import ConfigurationError

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30
    """Windows forbids reading what is locked: the lock is on a byte far behind the text."""

    def _lock(file: IO[str]) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


_NAME = "collector.lock"
_TRIES, _BETWEEN_S = 6, 0.05


def lock_folder(root: Path) -> IO[str]:
    """Hold the folder until the returned file is closed or the process ends.

    Raises ConfigurationError when another collector holds it, or the folder cannot be written to.
    """
    file = _open(root)
    try:
        _lock_soon(file)
    except OSError as error:
        file.close()
        raise ConfigurationError(
            f"{root}: another collector is serving this folder; stop it first"
        ) from error
    tell(file, "")  # what an earlier one said holds no longer
    return file


def tell(held: IO[str], text: str) -> None:
    """Say something to the commands beside this collector."""
    held.seek(0)
    held.truncate()
    held.write(text)
    held.flush()


def what_the_collector_says(root: Path) -> str | None:
    """Return what the collector that serves this folder says, None when none does. Raises ConfigurationError."""
    with _open(root) as file:
        try:
            _lock(file)
        except OSError:
            file.seek(0)
            return file.read()
        return None


def _lock_soon(file: IO[str]) -> None:
    """Lock; a command that looks whether a collector is there holds the lock for a moment."""
    for _ in range(_TRIES - 1):
        try:
            return _lock(file)
        except OSError:
            time.sleep(_BETWEEN_S)
    return _lock(file)


def _open(root: Path) -> IO[str]:
    path = root / _NAME
    try:
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii")
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be opened ({error.strerror}); the data folder must belong to whoever runs this"
        ) from error
