"""One agent per state folder: two would fork its chain."""

import os
import sys
from pathlib import Path
from types import TracebackType

from jiankao_agent.durable_files import PRIVATE_FILE
from jiankao_agent.errors import ConfigurationError


class StateLock:
    """Holds the state folder for this process; the system frees it however the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def __enter__(self) -> None:
        """Take the lock. Raises ConfigurationError when another process holds it."""
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        except OSError as error:
            raise ConfigurationError(
                f"{self._path}: cannot be opened ({error.strerror}); run as the folder's owner"
            ) from error
        try:
            _lock(handle)
        except OSError:
            os.close(handle)
            raise ConfigurationError(
                f"{self._path.parent}: another jiankao-agent uses this folder; stop that one first"
            ) from None
        self._handle = handle

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go. The file stays: removing it would let two processes hold two locks."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
