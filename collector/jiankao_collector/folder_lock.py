"""One collector per data folder."""

import sys
from pathlib import Path
from typing import IO

from jiankao_collector.errors import ConfigurationError

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lock_folder(root: Path) -> IO[str]:
    """Hold the folder until the returned file is closed or the process ends.

    Raises ConfigurationError when another collector holds it.
    """
    file = (root / "collector.lock").open("w", encoding="ascii")
    try:
        _lock(file)
    except OSError as error:
        file.close()
        raise ConfigurationError(
            f"{root}: another collector is serving this folder; stop it first"
        ) from error
    return file
