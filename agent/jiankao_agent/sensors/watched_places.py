"""Which folders are watched, as what, and which of their files count."""

import os
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jiankao_agent.errors import ConfigurationError

AGENT, EXAM_APPLICATION, AUTOSTART, REMOVABLE = (
    "agent",
    "exam-application",
    "autostart",
    "removable",
)
SETTINGS_NAME = "watch.toml"
MOST_FOLDERS = 16
_STATE_NAMES = frozenset(
    {
        *("identity.key", "tls.key", "certificate.pem", "ca.pem"),
        *("enrolment.json", "policy-keys.json", SETTINGS_NAME),
    }
)
_PACKAGE_SUFFIXES = (".py", ".pyd", ".so", ".dll", ".json", ".toml")
_SYSTEM_AUTOSTART = (
    "/etc/xdg/autostart",
    "/etc/systemd/system",
    "/etc/systemd/user",
    "/etc/init.d",
    "/etc/profile.d",
    "/etc/cron.d",
    "/var/spool/cron",
)
_LOOSE_AUTOSTART = frozenset({"crontab", "rc.local", "ld.so.preload"})
"""Files in /etc itself."""
_HOME_AUTOSTART = (".config/autostart", ".config/systemd/user")


@dataclass(frozen=True, slots=True)
class Place:
    """A watched folder. `names`: only files of these names count; `suffixes`: only those that end so; in small letters.

    `left_out`: folders in it, by name and in small letters, of which nothing counts.

    `programs_only`: only what runs counts, not what a program writes beside itself. `told_first`: what is there at the
    start is told, as baseline.
    """

    path: Path
    group: str
    recursive: bool = True
    names: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()
    programs_only: bool = False
    told_first: bool = False
    left_out: frozenset[str] = frozenset()

    def below(self, path: str) -> str:
        """Return a path as seen from this folder, empty when it does not lie in it."""
        root = str(self.path).rstrip(os.sep) + os.sep
        return (
            path[len(root) :] if os.path.normcase(path).startswith(os.path.normcase(root)) else ""
        )

    def takes(self, path: str) -> bool:
        """Tell whether a file in it counts, as far as its name tells."""
        name = os.path.normcase(os.path.basename(path))  # noqa: PTH119 - thousands
        if self.left_out and self.left_out_by(self.below(path)):
            return False
        if self.names:
            return name in self.names
        if self.suffixes and not name.endswith(self.suffixes):
            return False
        return not is_editors(name)

    def left_out_by(self, below: str) -> bool:
        """Tell whether something `below` this folder lies in a folder of which nothing counts."""
        first, inside, _ = os.path.normcase(below).partition(os.sep)
        return bool(inside) and first in self.left_out


def is_editors(name: str) -> bool:
    """Tell whether a name is one that editors give to what they keep for a while; nothing starts from such a file."""
    return name.endswith(("~", ".swp", ".swx", ".dpkg-new", ".dpkg-tmp")) or name.startswith(".#")


def parse_settings(text: str, file: str = SETTINGS_NAME) -> tuple[Path, ...]:
    """Return the folders of the exam application that the settings name. Raises ConfigurationError, in one line."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"{file}: not valid TOML: {' '.join(str(error).split())}"
        ) from None
    for name in raw:
        if name != "exam_application":
            raise ConfigurationError(f"{file}: field {name[:60]!r}: no such field")
    folders = raw.get("exam_application", [])
    if not isinstance(folders, list) or len(folders) > MOST_FOLDERS:
        raise ConfigurationError(
            f"{file}: field exam_application: a list of at most {MOST_FOLDERS} folders is needed"
        )
    for folder in folders:
        if not isinstance(folder, str) or "\0" in folder or not Path(folder).is_absolute():
            raise ConfigurationError(
                f"{file}: field exam_application: {str(folder)[:60]!r} is not the full path of a folder"
            )
        if Path(folder) == Path(Path(folder).anchor) or ".." in Path(folder).parts:
            raise ConfigurationError(
                f"{file}: field exam_application: {folder[:60]!r} is no folder of one application"
            )
    return tuple(dict.fromkeys(Path(folder) for folder in folders))


def load_settings(state: Path) -> tuple[Path, ...]:
    """Read the settings in the agent's folder; without a file there are none. Raises ConfigurationError."""
    path = state / SETTINGS_NAME
    try:
        return parse_settings(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read ({error}); write it as UTF-8") from None


def own_places(state: Path, packages: Iterable[Path], applications: Iterable[Path]) -> list[Place]:
    """Return the places that every system has: the agent's own and the exam application's."""
    found = [Place(state, AGENT, recursive=False, names=_STATE_NAMES, told_first=True)]
    found += [Place(package, AGENT, suffixes=_PACKAGE_SUFFIXES) for package in packages]
    found += [Place(folder, EXAM_APPLICATION, programs_only=True) for folder in applications]
    return found


def places(
    state: Path, packages: Iterable[Path], applications: Iterable[Path], homes: Iterable[Path]
) -> tuple[Place, ...]:
    """Return every place to watch, whether it is there yet or not; removable media come besides."""
    found = own_places(state, packages, applications)
    found.extend(_autostart(tuple(homes)))
    return tuple(found)


@lru_cache(maxsize=1)
def _autostart(homes: tuple[Path, ...]) -> list[Place]:
    """Return the places of what starts by itself. They are asked for every few seconds and hardly ever change."""
    found = [Place(Path(folder), AUTOSTART, told_first=True) for folder in _SYSTEM_AUTOSTART]
    found.append(
        Place(Path("/etc"), AUTOSTART, recursive=False, names=_LOOSE_AUTOSTART, told_first=True)
    )
    found += [
        Place(home / folder, AUTOSTART, told_first=True)
        for home in homes
        for folder in _HOME_AUTOSTART
    ]
    return found
