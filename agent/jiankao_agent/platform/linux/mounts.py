"""What is mounted where media that come and go are mounted, and a wait for that to change.

Format: proc_pid_mountinfo(5). A poll for POLLPRI on that file returns when the list has changed (same page).
"""

import re
import select
import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from jiankao_agent.platform.stop_signal import URGENT, StopSignal

_MOUNTINFO = "/proc/self/mountinfo"
_MEDIA = re.compile(r"/(?:run/)?media/.+|/mnt(?:/.+)?")
_LOCAL = frozenset(
    {"vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "ext2", "ext3", "ext4", "btrfs", "xfs"}
    | {"f2fs", "iso9660", "udf", "hfs", "hfsplus", "tmpfs"}
)
"""File systems of sticks and discs. One of a network is left out: it may keep a reader waiting for ever."""
_POLLERR = 0x008
_MOST = 64


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount: where, of which type, and its number, which no other mount has while it is there."""

    number: int
    point: str
    kind: str


def parse_mountinfo(data: bytes) -> tuple[Mount, ...]:
    """Read the list; a line that is none is left out."""
    found = []
    for line in data.decode("utf-8", "surrogateescape").splitlines():
        fields = line.split(" ")
        try:
            kind = fields[fields.index("-", 6) + 1]
            found.append(Mount(int(fields[0]), _unescaped(fields[4]), kind))
        except (ValueError, IndexError):
            continue
    return tuple(found)


def removable(mounts: tuple[Mount, ...]) -> tuple[Mount, ...]:
    """Return those of media that come and go."""
    fitting = (m for m in mounts if m.kind in _LOCAL and _MEDIA.fullmatch(m.point))
    return tuple(fitting)[:_MOST]


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


class MountWatch:
    """The list of mounts, held open. Raises OSError when it cannot be read."""

    def __init__(self) -> None:
        self._file = open(_MOUNTINFO, "rb", buffering=0)  # noqa: SIM115, PTH123 - held until close
        self._fresh = True

    def wait(self, stopping: StopSignal, timeout_s: float) -> None:
        """Wait until the list may be another, or as the signal's own wait does."""
        # The kernel says it once to each open file: who waited for it has to keep it for who asks.
        if stopping.wait_for(self._file, timeout_s=timeout_s, news=URGENT):
            self._fresh = True

    def changed(self) -> bool:
        """Tell, without waiting, whether the list may be another than at the last question; yes at the first."""
        fresh, self._fresh = self._fresh, False
        if sys.platform == "win32":
            return fresh
        else:  # noqa: RET505 - mypy reads a platform's branch only as an else
            poller = select.poll()
            poller.register(self._file, URGENT | _POLLERR)
            return bool(poller.poll(0)) or fresh

    def media(self) -> tuple[Mount, ...]:
        """Return the media that come and go and are there now. Raises OSError."""
        return removable(self.read())

    def read(self) -> tuple[Mount, ...]:
        """Return what is mounted now. Raises OSError."""
        self._file.seek(0)
        return parse_mountinfo(self._file.readall() or b"")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._file.close()
