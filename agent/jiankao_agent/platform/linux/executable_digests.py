"""SHA-256 of running executables, without ever delaying the report that one was started.

Small ones are hashed at once. A large one is hashed in the background and known from then on, so that the
next report about it (a second start, the next baseline) carries the digest.
"""

import hashlib
import os
import queue
import threading

AT_ONCE_BYTES = 2 << 20
"""Up to this size a digest costs a few milliseconds of a file that is in memory anyway, having just been started."""
LIMIT_BYTES = 512 << 20
_PIECE = 1 << 20
_REMEMBERED = 1024

_FileKey = tuple[str, int, int, int, int]


class ExecutableDigests:
    """Digests by (path, device, inode, modification time, size). Close it to end its thread."""

    def __init__(self) -> None:
        """Start the background thread."""
        self._known: dict[_FileKey, bytes] = {}
        self._waiting: queue.SimpleQueue[tuple[int, _FileKey] | None] = queue.SimpleQueue()
        self._queued: set[_FileKey] = set()
        self._closing = False
        self._worker = threading.Thread(target=self._work, name="executable-digests", daemon=True)
        self._worker.start()

    def of_process(self, pid: int, executable: str) -> bytes:
        """Return the digest of what `pid` runs, or empty bytes while (or when) it is not known."""
        # Opened through /proc, the file is the one that runs, also when its path was replaced or deleted.
        try:
            descriptor = os.open(f"/proc/{pid}/exe", os.O_RDONLY)
        except OSError:
            return b""
        try:
            key = _key(executable, descriptor)
            if key in self._known:
                return self._known[key]
            if key[-1] <= AT_ONCE_BYTES:
                return self._learn(key, descriptor)
        except OSError:
            return b""
        finally:
            os.close(descriptor)
        if key[-1] <= LIMIT_BYTES and key not in self._queued:
            self._queued.add(key)
            self._waiting.put((pid, key))
        return b""

    def close(self) -> None:
        """End the background thread, within one piece of reading."""
        self._closing = True
        self._waiting.put(None)
        self._worker.join()

    def _work(self) -> None:
        while not self._closing and (item := self._waiting.get()) is not None:
            pid, key = item
            try:
                descriptor = os.open(f"/proc/{pid}/exe", os.O_RDONLY)
            except OSError:
                self._queued.discard(key)  # it ended; the next start asks again
                continue
            try:
                if _key(key[0], descriptor) == key:
                    self._learn(key, descriptor)
            except OSError:
                pass  # an unreadable disk: the digest stays empty, which says "not computed"
            finally:
                os.close(descriptor)
                self._queued.discard(key)

    def _learn(self, key: _FileKey, descriptor: int) -> bytes:
        digest = hashlib.sha256()
        while part := os.read(descriptor, _PIECE):
            if self._closing:
                return b""
            digest.update(part)
        if len(self._known) >= _REMEMBERED:
            self._known.pop(next(iter(self._known)))
        self._known[key] = digest.digest()
        return self._known[key]


def _key(executable: str, descriptor: int) -> _FileKey:
    status = os.fstat(descriptor)
    return (executable, status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
