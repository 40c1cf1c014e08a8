"""The homes of those who have a session now."""

import os
import sys
from functools import lru_cache
from pathlib import Path

MOST = 32


def session_homes(root: Path = Path("/")) -> tuple[Path, ...]:
    """Return the home folder of every user with a runtime folder, which logind keeps as long as somebody is logged on.

    `root` is the file system's root, another one in tests.
    """
    if sys.platform == "win32":
        return ()
    else:  # noqa: RET505 - mypy reads a platform's branch only as an else
        import pwd  # noqa: PLC0415 - it exists on Unix only

        homes = []
        try:
            names = sorted(os.listdir(f"{root}/run/user"))  # noqa: PTH208 - asked every few seconds
        except OSError:
            return ()  # nobody keeps runtime folders here: there is no session of logind
        for name in names[:MOST]:
            try:
                homes.append(_home(pwd.getpwuid(int(name)).pw_dir))
            except (KeyError, ValueError):
                continue  # no user's folder
        return tuple(dict.fromkeys(homes))


@lru_cache(maxsize=MOST)
def _home(text: str) -> Path:
    """Return the same path for the same text: each part of a new one is interned anew."""
    return Path(text)
