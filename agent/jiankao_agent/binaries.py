"""A digest of the agent's own files, so that the collector can tell a changed agent."""

import os
import sys
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

import jiankao_agent
import jiankao_proto

_SUFFIXES = frozenset({".py", ".pyd", ".so", ".dll", ".json", ".toml"})
_DOMAIN = b"jiankao.binaries.v1\n"


@cache
def own_folders() -> tuple[Path, ...]:
    """Return the folders of the agent's two packages."""
    return tuple(Path(package.__path__[0]) for package in (jiankao_agent, jiankao_proto))


def own_files() -> Iterator[tuple[str, Path]]:
    """Yield name and place of every file of the agent's two packages, in a fixed order. Raises OSError.

    Byte-compiled caches are left out: the interpreter writes them.
    """
    for package, root in zip(("jiankao_agent", "jiankao_proto"), own_folders(), strict=True):
        for path in sorted(p for p in root.rglob("*") if p.suffix in _SUFFIXES and p.is_file()):
            yield f"{package}/{path.relative_to(root).as_posix()}", path


FilesLook = frozenset[tuple[str, int, int, int]]
"""Path, inode, size and time of the last change of each file."""


def look_at_own_files() -> FilesLook:
    """Return what changes when one of our files is written, replaced, added or removed. Raises OSError.

    On Linux the time of the last change of an inode (ctime) is the kernel's own; no program can set it back. On Windows
    every time of a file can be set: there the files are digested again now and then, whatever their times say. Costs a
    part of what `own_files` does, whose order and names nobody needs here.
    """
    windows = sys.platform == "win32"
    found: list[tuple[str, int, int, int]] = []
    folders = [str(folder) for folder in own_folders()]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif os.path.splitext(entry.name)[1] in _SUFFIXES:  # noqa: PTH122 - a Path for each costs the most
                    status = entry.stat()
                    changed_ns = status.st_mtime_ns if windows else status.st_ctime_ns
                    found.append((entry.path, status.st_ino, status.st_size, changed_ns))
    return frozenset(found)


def binaries_digest() -> bytes:
    """Return SHA-256 over name and content of every one of the agent's files. Raises OSError."""
    total = sha256(_DOMAIN)
    for text, path in own_files():
        name, content = text.encode(), sha256(path.read_bytes()).digest()
        total.update(len(name).to_bytes(4, "big") + name + content)
    return total.digest()
