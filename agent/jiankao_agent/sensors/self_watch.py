"""The agent's look at itself, the same on every system: what it runs in, who debugs it, its own files."""

import math
import time
from collections.abc import Callable
from dataclasses import replace

from jiankao_agent.binaries import FilesLook, binaries_digest, look_at_own_files
from jiankao_agent.sensors.base import SensorContext
from jiankao_proto.observations import EnvironmentSeen, ProcessRef

_FILES_EVERY_S = 10.0


class SelfWatch:
    """Tells what the agent runs in, who takes hold of it, and whether its files stay as they are."""

    def __init__(
        self,
        context: SensorContext,
        seen: EnvironmentSeen,
        debugger: Callable[[], ProcessRef],
        *,
        files_every_s: float = _FILES_EVERY_S,
        thorough_every_s: float = math.inf,
    ) -> None:
        """Take what the agent runs in, and the question who debugs it.

        `files_every_s`: how often its files are looked at.
        `thorough_every_s`: files are digested again after so long even if they look untouched.
        """
        self._context = context
        self._seen = seen
        self._debugger = debugger
        self._files_every_s, self._thorough_every_s = files_every_s, thorough_every_s
        self._told: EnvironmentSeen | None = None
        self._files: FilesLook = frozenset()
        self._files_at = 0.0
        self._digested_at = 0.0

    def turn(self) -> None:
        """Look once. Raises OSError or MalformedError."""
        self._seen = replace(self._seen, debugger=self._debugger(), binaries_digest=self._digest())
        if self._context.baseline_wanted():
            self._context.emit(replace(self._seen, baseline=True))
        elif self._seen != self._told:
            self._context.emit(self._seen, urgent=True)
        self._told = self._seen

    def _digest(self) -> bytes:
        """Return the digest of our files on the disk; empty while one of them is missing or unreadable."""
        now = time.monotonic()
        if self._files and now - self._files_at < self._files_every_s:
            return self._seen.binaries_digest
        self._files_at = now
        try:
            files = look_at_own_files()
            fresh = now - self._digested_at < self._thorough_every_s
            if files == self._files and fresh:
                return self._seen.binaries_digest
            digest = binaries_digest()
            self._digested_at = now
        except OSError:
            # In the middle of a replacement: looked at again at the next turn, and told when it is done.
            self._files = frozenset()
            return self._seen.binaries_digest
        self._files = files
        return digest
