"""A file of /proc that is read again and again.

Opened once: walking its path, opening and closing it cost several times what reading it does. The kernel makes its
content anew for every reading from the beginning (seq_file).
"""

import os
import sys
from contextlib import suppress

_USUAL = 4096
"""Bytes that are asked for: what is read here again and again is short."""


class KeptFile:
    """One file. It is opened when it is read first, and again after an error."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1

    def read(self, limit: int = _USUAL) -> bytes:
        """Return its content, at most `limit` bytes. Raises OSError."""
        if sys.platform == "win32":
            raise FileNotFoundError(self._path)
        else:  # noqa: RET506 - mypy reads a platform's branch only as an else
            if self._descriptor < 0:
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                return os.pread(self._descriptor, limit, 0)
            except OSError:
                self.close()
                raise

    def close(self) -> None:
        """Close it; a reading opens it again."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)

    def __del__(self) -> None:
        """Close it: who holds it has no end of its own to do so at."""
        self.close()
