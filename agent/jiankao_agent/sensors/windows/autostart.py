"""What starts by itself on Windows: its folders, and what changed in the registry's lists. Pure."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from jiankao_agent.sensors.watched_places import AUTOSTART, Place
from jiankao_proto.observations import Change, WatchedFileChanged

_STARTUP = ("Microsoft", "Windows", "Start Menu", "Programs", "Startup")
_TASKS_OF_WINDOWS = frozenset({"microsoft"})
"""Windows rewrites its own tasks all day long. Whoever can write there is administrator, and has quieter ways."""
MOST = 5000


def autostart_places(program_data: Path, windows: Path, homes: Iterable[Path]) -> tuple[Place, ...]:
    """Return the folders from which Windows starts programs by itself; `windows` is the folder it lies in."""
    found = [
        Place(program_data.joinpath(*_STARTUP), AUTOSTART, told_first=True),
        Place(
            windows / "System32" / "Tasks",
            AUTOSTART,
            told_first=True,
            left_out=_TASKS_OF_WINDOWS,
        ),
        Place(windows / "Tasks", AUTOSTART, recursive=False, suffixes=(".job",), told_first=True),
    ]
    found += [
        Place(home.joinpath("AppData", "Roaming", *_STARTUP), AUTOSTART, told_first=True)
        for home in homes
    ]
    return tuple(found)


class AutostartLists:
    """Compares the registry's lists with what they held before."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._known: dict[str, bytes] | None = None

    def look(self, values: Mapping[str, bytes]) -> list[WatchedFileChanged]:
        """Take in all values (full name, digest); what is there at the first look is told as baseline."""
        now = dict(sorted(values.items())[:MOST])
        before, self._known = self._known, now
        if before is None:
            return self.baseline()
        found = [
            _fact(Change.MODIFIED if name in before else Change.ADDED, name, digest)
            for name, digest in now.items()
            if before.get(name) != digest
        ]
        return found + [_fact(Change.REMOVED, name) for name in before if name not in now]

    def baseline(self) -> list[WatchedFileChanged]:
        """Return everything that is there, to be told again."""
        return [_fact(Change.BASELINE, name, d) for name, d in (self._known or {}).items()]


def _fact(change: Change, name: str, digest: bytes = b"") -> WatchedFileChanged:
    return WatchedFileChanged(change, name, AUTOSTART, digest)
