"""Writing small files so that a crash leaves either the old content or the new, never half."""

import os
import sys
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def write_file(path: Path, data: bytes) -> None:
    """Replace `path` by `data`, readable by its owner only, durable when this returns.

    A crash may leave a file `.NAME.new` beside it; the next write replaces that. Raises OSError.
    """
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder for its owner only, and the ones above it as usual. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable. Windows writes them through and cannot open folders."""
    if sys.platform != "win32":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
