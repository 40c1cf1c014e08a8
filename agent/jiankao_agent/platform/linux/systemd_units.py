"""Which systemd units start by themselves and which run, read from folders: no systemctl is started.

A unit is enabled when a `.wants`, `.requires` or `.upholds` folder links to it (systemd.unit(5), [Install]). A service
runs while its control group is there: systemd makes the folder when it starts one and removes it when it has ended
(systemd's "Control Group APIs and Delegation"), in the unified hierarchy and in the older one alike.
"""

import os
from collections.abc import Iterator
from pathlib import Path

MOST_UNITS = 4096
"""Units that are followed of one kind; a system with more is not an exam computer."""
_DEEPEST = 6
_SUFFIXES = (".service", ".socket")
_LINK_FOLDERS = (".wants", ".requires", ".upholds")
_SYSTEM = ("etc/systemd/system", "run/systemd/system", "usr/lib/systemd/system")
_USER = ("etc/systemd/user", "run/systemd/user", "usr/lib/systemd/user")
_GROUPS = ("sys/fs/cgroup", "sys/fs/cgroup/systemd", "sys/fs/cgroup/unified")
RUN_USER = "run/user"


class SystemdUnits:
    """Reads the units. `root` is the file system's root, another one in tests."""

    def __init__(self, root: Path = Path("/")) -> None:
        # Text: these are looked at every few seconds, and each part of a new Path is interned anew.
        self._root = root
        self._system_places = [str(root / folder) for folder in _SYSTEM]
        self._user_places = [str(root / folder) for folder in _USER]
        self._slices = [
            (str(root / group / "system.slice"), str(root / group / "user.slice"))
            for group in _GROUPS
        ]

    def present(self) -> bool:
        """Tell whether systemd runs this system, as sd_booted(3) does."""
        return (self._root / "run/systemd/system").is_dir()

    def enabled_for_system(self) -> frozenset[str]:
        """Return the names of the system's units that start by themselves. Raises OSError."""
        return self._enabled(self._system_places)

    def enabled_for_users(self, homes: tuple[Path, ...]) -> frozenset[str]:
        """Return the units that start with a user's session; `homes` of those who have one. Raises OSError."""
        own = [f"{home}/.config/systemd/user" for home in homes]
        return self._enabled([*self._user_places, *own])

    def running(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the services that run: those of the system, those of users. Raises OSError."""
        system: set[str] = set()
        users: set[str] = set()
        for of_system, of_users in self._slices:
            system.update(_services(of_system))
            for user in _folders(of_users):
                for manager in _folders(user.path):
                    if manager.name.startswith("user@"):
                        users.update(_services(manager.path))
        return _limited(system), _limited(users)

    @staticmethod
    def _enabled(places: list[str]) -> frozenset[str]:
        found: set[str] = set()
        for place in places:
            for folder in _folders(place):
                if folder.name.endswith(_LINK_FOLDERS):
                    names = (entry.name for entry in _entries(folder.path))
                    found.update(name for name in names if name.endswith(_SUFFIXES))
        return _limited(found)


def _services(folder: str, depth: int = 0) -> Iterator[str]:
    for entry in _folders(folder):
        if entry.name.endswith(".service"):
            yield entry.name
        elif entry.name.endswith(".slice") and depth < _DEEPEST:
            yield from _services(entry.path, depth + 1)


def _folders(folder: str) -> list["os.DirEntry[str]"]:
    return [entry for entry in _entries(folder) if entry.is_dir()]


def _entries(folder: str) -> list["os.DirEntry[str]"]:
    """Return what is in a folder; nothing when it is not there, or went while it was read. Raises OSError."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _limited(names: set[str]) -> frozenset[str]:
    printable = (name.encode("utf-8", "replace").decode() for name in names)
    return frozenset(sorted(printable)[:MOST_UNITS])
